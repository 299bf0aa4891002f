// SPDX-License-Identifier: BSD-3-Clause
#include "operators/moments.hpp"

#include <algorithm>
#include <cmath>

#include "operators/simd_loops.hpp"

namespace nearfar {

PolynomialBasis::PolynomialBasis(int square) {
  const auto in_ball = [square](int a, int b, int c) { return a * a + b * b + c * c <= square; };
  while (in_ball(degree + 1, 0, 0)) ++degree;
  for (int a = 0; a <= degree; ++a) {
    for (int b = 0; in_ball(a, b, 0); ++b) {
      int length = 0;
      while (in_ball(a, b, length)) ++length;
      lengths.push_back(length);
      size += length;
    }
  }
}

// Measured on all 189 interactions of the eight children of one box (60 random sources each, charges of both signs):
// the error with polynomials over that with sums of the kernel over the surfaces.
//   order                 3     4     5     6     7     8     9     10    12
//   terms                 45    90    169   290   419   606   847   1166  1926
//   laplace   potential   1.04  1.08  1.01  1.05  1.10  1.21  1.11  1.06  1.08
//             gradient    1.04  1.10  1.15  1.08  1.02  1.06  1.03  0.95  1.01
//   yukawa    potential   1.03  1.17  1.03  1.04  1.11  1.16        1.03
//             gradient    1.09  1.17  1.17  1.08  1.02  1.06        0.96
//   stokeslet potential   0.99  0.97  1.07  1.03        1.00
//             gradient    1.04  1.15  1.24  1.16        1.03
// In a tree the same leaves also add the errors of coarser levels, which are larger and have less of this in them.
//
// The coefficients of a plane wave of phase z are Bessel functions J_n(z), which are small from n = z on.
PolynomialBasis make_basis(int order, double phase) {
  if (phase == 0.0) return PolynomialBasis(3 * order * order / 2);
  const double degree = std::sqrt(1.5) * order + phase;
  return PolynomialBasis(static_cast<int>(std::min(degree * degree, 1.0 * largest_degree * largest_degree)));
}

int series_result(std::array<int, 2> axes) noexcept {
  constexpr int second[3][3] = {{4, 5, 6}, {5, 7, 8}, {6, 8, 9}};
  if (axes[0] < 0) return 0;
  return axes[1] < 0 ? 1 + axes[0] : second[axes[0]][axes[1]];
}

void add_moments(const PolynomialBasis& basis, const PointArrays& points, Index count, const MomentWeights& weights,
                 double* lane_sums) noexcept {
  simd_loops().add_moments(basis, points, count, weights, lane_sums);
}

void add_series(const PolynomialBasis& basis, const PointArrays& points, Index count, const double* coefficients,
                std::span<const SeriesTerm> terms) noexcept {
  simd_loops().add_series(basis, points, count, coefficients, terms);
}

double moments_flops(const PolynomialBasis& basis, bool with_slopes) noexcept {
  const double flops = 2.0 * basis.size + static_cast<double>(basis.lengths.size()) + basis.degree + 1;
  return with_slopes ? 2.0 * flops : flops;
}

double series_flops(const PolynomialBasis& basis, int num_derivatives) noexcept {
  const auto pairs = static_cast<double>(basis.lengths.size());
  const double lines = basis.degree + 1.0;
  if (num_derivatives == 0) return 2.0 * (basis.size + pairs + lines);
  if (num_derivatives == 1) return 4.0 * basis.size + 6.0 * pairs + 8.0 * lines;
  return 6.0 * basis.size + 12.0 * pairs + 20.0 * lines;
}

}
