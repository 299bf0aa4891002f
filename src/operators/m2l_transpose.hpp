// SPDX-License-Identifier: BSD-3-Clause
// Transposition of a square of lanes in registers.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

namespace nearfar {

/// Vectors a = (a_0, a_1, ..) and b exchange blocks of `distance` lanes: a keeps its even blocks and gets those of b
/// for its odd ones, and b the other way round.
template <int distance, class Vector, int... lane>
[[gnu::always_inline]] inline void exchange_blocks(Vector& a, Vector& b, std::integer_sequence<int, lane...>) noexcept {
  constexpr int lanes = sizeof...(lane);
  const Vector even = __builtin_shufflevector(a, b, (lane & distance ? lane - distance + lanes : lane)...);
  b = __builtin_shufflevector(a, b, (lane & distance ? lane + lanes : lane + distance)...);
  a = even;
}

/// Rows become columns: the blocks of 1, 2, 4 .. lanes beside the diagonal change places.
template <int distance = 1, class Vector, std::size_t lanes>
[[gnu::always_inline]] inline void transpose(std::array<Vector, lanes>& square) noexcept {
  if constexpr (distance < lanes) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < lanes; ++i) {
      if ((i & distance) != 0) continue;
      exchange_blocks<distance>(square[i], square[i + distance],
                                std::make_integer_sequence<int, static_cast<int>(lanes)>());
    }
    transpose<2 * distance>(square);
  }
}

}
