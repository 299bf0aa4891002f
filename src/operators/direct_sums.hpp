// SPDX-License-Identifier: BSD-3-Clause
// Direct sums in which only pairs of distance exactly zero are left out.
#pragma once

#include "nearfar/kernel.hpp"

namespace nearfar {

/// Whether two points of the block are closer than 2^-60, though not in one place: Kernel::add_sums may leave such
/// pairs out, because their squared distance is below the smallest normal float. Takes no time worth mentioning for
/// points that do not crowd around a coordinate of zero: numbers that differ by so little are both below 2^-7.
[[nodiscard]] bool has_close_pair(const PairSum& sum) noexcept;

/// Adds a block of sums by Kernel::add_sums, or pair by pair where it holds too close a pair.
void add_direct_sums(const Kernel& kernel, const PairSum& sum);

}
