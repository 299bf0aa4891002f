// SPDX-License-Identifier: BSD-3-Clause
// Discrete Fourier transforms of odd length n = 2p-1, as sums, on vectors of independent lanes.
//
// The frequencies k and n-k share their products: with folded input, even_j = x_j + x_{n-j}, odd_j = x_j - x_{n-j},
//   X_k = x_0 + sum_{j=1}^{p-1} (cos(2 pi j k / n) even_j - i sin(2 pi j k / n) odd_j)
// and X_{n-k} is the same with +i. Input that is zero at p .. n-1 is its own even and odd part; and the inverse
// transform at k is the forward one at n-k.
#pragma once

#include <cstddef>
#include <vector>

#include "base/types.hpp"
#include "operators/m2l_complex.hpp"

namespace nearfar {

template <class Scalar>
struct M2lDft {
  using Value = M2lChildren<Scalar>;

  /// Folded input of a number of lines: point j of line l is even[j even_stride + l line_stride], and the same for odd.
  struct Folded {
    const Value* even;
    const Value* odd;
    std::ptrdiff_t even_stride;
    std::ptrdiff_t odd_stride;
    std::ptrdiff_t line_stride;
  };
  struct Output {
    Value* values;
    std::ptrdiff_t stride;
    std::ptrdiff_t line_stride;
  };

  int p = 0;
  int n = 0;
  std::vector<Scalar> cosine, sine;  ///< of 2 pi j k / n at [k p + j], 0 <= j, k < p

  explicit M2lDft(int points_per_edge);
  /// Input that is zero at p .. n-1.
  [[nodiscard]] static Folded zero_extended(const Value* points, std::ptrdiff_t stride,
                                            std::ptrdiff_t line_stride) noexcept {
    return {points, points, stride, stride, line_stride};
  }
  /// Folds lines of n points in place.
  [[nodiscard]] Folded fold(Value* points, std::ptrdiff_t stride, std::ptrdiff_t line_stride,
                            int num_lines) const noexcept;
  /// Forward transform of lines at the frequencies 0 .. num_frequencies-1, which is p or n.
  void forward(const Folded& input, const Output& output, int num_lines, int num_frequencies) const noexcept;
  /// Inverse transform, without the factor 1/n, of lines at the points 0 .. p-1.
  void inverse(const Folded& input, const Output& output, int num_lines) const noexcept;
};

}
