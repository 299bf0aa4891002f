// SPDX-License-Identifier: BSD-3-Clause
// Chebyshev polynomials of points in a box: T_a(x) T_b(y) T_c(z) in units of the box's half width. A box's sources
// enter its multipole by their moments in these, its targets get the field of its local from coefficients of these, so
// that a point costs no evaluation of the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/types.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar {

/// The terms with a^2 + b^2 + c^2 <= square, in lexicographic order of (a, b, c): of all sets of that many terms, a
/// ball is about the best for fields that are equally smooth in all directions (Trefethen 2017, multivariate polynomial
/// approximation in the hypercube). Arrays over terms are [component][term].
struct PolynomialBasis {
  PolynomialBasis() = default;
  explicit PolynomialBasis(int square);

  int degree = 0;                     ///< the largest a, b or c
  int size = 0;                       ///< number of terms
  std::vector<std::int32_t> lengths;  ///< [a][b]: number of terms with these; b = 0 .. lengths of (a, 0) - 1

  /// Calls visit(a, b, c) for each term.
  template <class Visit>
  void for_each_term(const Visit& visit) const {
    const std::int32_t* length = lengths.data();
    for (int a = 0; a <= degree; ++a)
      for (int b = 0, rows = *length; b < rows; ++b, ++length)
        for (int c = 0; c < *length; ++c) visit(a, b, c);
  }
};

inline constexpr int largest_degree = 28;  ///< make_basis gives 19 for order 16, and 27 at the largest phase

/// The basis that leaves the accuracy of expansions of that order as it is, in boxes of that phase if the kernel
/// oscillates (operators/oscillation.hpp).
[[nodiscard]] PolynomialBasis make_basis(int order, double phase = 0.0);

/// Sources as the moments see them.
struct MomentWeights {
  const double* values = nullptr;    ///< [component][4][stride]: of T_a T_b T_c and its derivatives along x, y, z
  std::ptrdiff_t stride = 0;         ///< points that there is room for
  std::span<const char> has_slopes;  ///< [component]: whether weights of derivatives are not all 0
};

/// Adds the sums over points s of weights times T_a(x_s) T_b(y_s) T_c(z_s) and its derivatives to
/// [component][term][lane]; it is the sum over the lanes, SimdLoops::width of them, that counts.
void add_moments(const PolynomialBasis& basis, const PointArrays& points, Index count, const MomentWeights& weights,
                 double* lane_sums) noexcept;

/// Results of a series at a point: its value, first derivatives, and second ones xx xy xz yy yz zz.
inline constexpr std::array num_series_results{1, 4, 10};  ///< by derivatives wanted
[[nodiscard]] int series_result(std::array<int, 2> axes) noexcept;

/// Adds `factor` times a result of a component's series to `to`, once for each point.
struct SeriesTerm {
  int component = 0, result = 0;
  double factor = 1.0;
  double* to = nullptr;
  std::ptrdiff_t stride = 1;  ///< between points
};

/// Adds the sum of coefficients[component][term] T_a T_b T_c and derivatives up to those that `terms`, which are sorted
/// by component, ask for.
void add_series(const PolynomialBasis& basis, const PointArrays& points, Index count, const double* coefficients,
                std::span<const SeriesTerm> terms) noexcept;

/// Floating-point operations of these for one point and component, without the polynomials themselves.
[[nodiscard]] double moments_flops(const PolynomialBasis& basis, bool with_slopes = false) noexcept;
[[nodiscard]] double series_flops(const PolynomialBasis& basis, int num_derivatives) noexcept;

}
