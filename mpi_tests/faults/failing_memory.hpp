// SPDX-License-Identifier: BSD-3-Clause
// Memory that runs out at a chosen place: operator new of this program alone, which counts.
#pragma once

#include <cstdint>

namespace nearfar::faults {

/// From now on the `number`-th allocation of this process, counted from 1 over all threads, throws std::bad_alloc, and
/// no other; 0 for none.
void fail_allocation(std::int64_t number) noexcept;

/// Allocations since then. Ends the counting and the failing.
std::int64_t end_counting() noexcept;

/// Whether it has happened.
[[nodiscard]] bool has_failed() noexcept;

}
