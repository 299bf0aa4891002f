// SPDX-License-Identifier: BSD-3-Clause
// Transposition of a square of lanes in registers.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "base/types.hpp"
#include "operators/m2l_dft.hpp"

namespace nearfar {

using M2lSquare = std::array<M2lReal, m2l_lanes>;

/// Vectors a = (a_0, a_1, ..) and b exchange blocks of `distance` lanes: a keeps its even blocks and gets those of b
/// for its odd ones, and b the other way round.
template <int distance, int... lane>
[[gnu::always_inline]] inline void exchange_blocks(M2lReal& a, M2lReal& b,
                                                   std::integer_sequence<int, lane...>) noexcept {
  const M2lReal even = __builtin_shufflevector(a, b, (lane & distance ? lane - distance + m2l_lanes : lane)...);
  b = __builtin_shufflevector(a, b, (lane & distance ? lane + m2l_lanes : lane + distance)...);
  a = even;
}

/// Rows become columns: the blocks of 1, 2, 4 .. lanes beside the diagonal change places.
template <int distance = 1>
[[gnu::always_inline]] inline void transpose(M2lSquare& square) noexcept {
  if constexpr (distance < m2l_lanes) {
#pragma GCC unroll 8
    for (int i = 0; i < m2l_lanes; ++i) {
      if ((i & distance) != 0) continue;
      exchange_blocks<distance>(square[at(i)], square[at(i + distance)], std::make_integer_sequence<int, m2l_lanes>());
    }
    transpose<2 * distance>(square);
  }
}

/// The same for the real and imaginary parts of m2l_lanes complex vectors.
[[gnu::always_inline]] inline void transpose(const M2lComplex* from, M2lComplex* to) noexcept {
  M2lSquare re, im;
#pragma GCC unroll 8
  for (int i = 0; i < m2l_lanes; ++i) {
    re[at(i)] = from[i].re;
    im[at(i)] = from[i].im;
  }
  transpose(re);
  transpose(im);
#pragma GCC unroll 8
  for (int i = 0; i < m2l_lanes; ++i) to[i] = {re[at(i)], im[at(i)]};
}

}
