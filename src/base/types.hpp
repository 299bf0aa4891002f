// SPDX-License-Identifier: BSD-3-Clause
// Index types. Index counts what one rank holds, GlobalIndex what all ranks hold together.
#pragma once

#include <cstdint>

#include "nearfar/kernel.hpp"

namespace nearfar {

using GlobalIndex = std::int64_t;

/// Signed size of a container, without a conversion warning at every use.
template <class Container>
[[nodiscard]] Index size_of(const Container& container) noexcept {
  return static_cast<Index>(container.size());
}

/// A non-negative index as the unsigned type of the standard containers.
template <class Integer>
[[nodiscard]] constexpr std::size_t usize(Integer index) noexcept {
  return static_cast<std::size_t>(index);
}

}
