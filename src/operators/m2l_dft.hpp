// SPDX-License-Identifier: BSD-3-Clause
// Discrete Fourier transforms of odd length n = 2p-1, as sums, on vectors of independent lanes.
//
// The frequencies k and n-k share their products: with folded input, even_j = x_j + x_{n-j}, odd_j = x_j - x_{n-j},
//   X_k = x_0 + sum_{j=1}^{p-1} (cos(2 pi j k / n) even_j - i sin(2 pi j k / n) odd_j)
// and X_{n-k} is the same with +i. Input that is zero at p .. n-1 is its own even and odd part; and the inverse
// transform at k is the forward one at n-k.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/types.hpp"
#include "kernels/simd.hpp"

namespace nearfar {

inline constexpr int m2l_lanes = simd::width;
using M2lReal = simd::Vec;

struct M2lComplex {
  M2lReal re, im;
};

[[nodiscard]] inline M2lComplex operator+(const M2lComplex& a, const M2lComplex& b) noexcept {
  return {a.re + b.re, a.im + b.im};
}
[[nodiscard]] inline M2lComplex operator-(const M2lComplex& a, const M2lComplex& b) noexcept {
  return {a.re - b.re, a.im - b.im};
}

struct M2lTwiddles {
  int p = 0;
  int n = 0;
  std::vector<double> cosine, sine;  ///< of 2 pi j k / n at [k p + j], 0 <= j, k < p

  M2lTwiddles() = default;
  explicit M2lTwiddles(int points_per_edge);
};

/// Folded input of a number of lines: point j of line l is even[j even_stride + l line_stride], and the same for odd.
struct M2lFolded {
  const M2lComplex* even;
  const M2lComplex* odd;
  std::ptrdiff_t even_stride;
  std::ptrdiff_t odd_stride;
  std::ptrdiff_t line_stride;
};

/// Input that is zero at p .. n-1.
[[nodiscard]] inline M2lFolded zero_extended(const M2lComplex* points, std::ptrdiff_t stride,
                                             std::ptrdiff_t line_stride) noexcept {
  return {points, points, stride, stride, line_stride};
}

/// Folds lines of n points in place.
[[nodiscard]] M2lFolded fold(const M2lTwiddles& twiddles, M2lComplex* points, std::ptrdiff_t stride,
                             std::ptrdiff_t line_stride, int num_lines) noexcept;

struct M2lOutput {
  M2lComplex* values;
  std::ptrdiff_t stride;
  std::ptrdiff_t line_stride;
};

/// Forward transform of lines at the frequencies 0 .. num_frequencies-1, which is p or n.
void dft(const M2lTwiddles& twiddles, const M2lFolded& input, const M2lOutput& output, int num_lines,
         int num_frequencies) noexcept;

/// Inverse transform, without the factor 1/n, of lines at the points 0 .. p-1.
void inverse_dft(const M2lTwiddles& twiddles, const M2lFolded& input, const M2lOutput& output, int num_lines) noexcept;

}
