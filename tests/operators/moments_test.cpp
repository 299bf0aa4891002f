// SPDX-License-Identifier: BSD-3-Clause
#include "operators/moments.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "operators/simd_loops.hpp"

namespace nearfar {
namespace {

/// Points in the box, two of them at its corners.
struct Points {
  std::vector<double> x, y, z;
  explicit Points(Index count) {
    std::mt19937_64 random(5);
    std::uniform_real_distribution<double> coordinate(-1.0, 1.0);
    for (auto* axis : {&x, &y, &z})
      for (Index i = 0; i < count; ++i) axis->push_back(coordinate(random));
    x[0] = y[0] = z[0] = 1.0;
    if (count > 1) x[1] = y[1] = z[1] = -1.0;
  }
  [[nodiscard]] PointArrays arrays() const { return {x.data(), y.data(), z.data()}; }
};

std::vector<double> random_numbers(std::size_t count) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> number(-1.0, 1.0);
  std::vector<double> numbers(count);
  for (double& value : numbers) value = number(random);
  return numbers;
}

using Real = long double;

Real chebyshev(int n, Real x) { return std::cos(n * std::acos(x)); }

Real chebyshev_slope(int n, Real x) {
  if (std::abs(x) == 1.0L) return n * n * (n % 2 == 0 ? x : 1.0L);
  return n * std::sin(n * std::acos(x)) / std::sin(std::acos(x));
}

/// The second derivative, by T_n'' = n ((n + 1) T_n - U_n) / (x^2 - 1).
Real chebyshev_curve(int n, Real x) {
  const Real m = n;
  if (std::abs(x) == 1.0L) return (m * m * m * m - m * m) / 3.0L * (n % 2 == 0 ? 1.0L : x);
  return m * ((m + 1.0L) * chebyshev(n, x) - chebyshev_slope(n + 1, x) / (m + 1.0L)) / (x * x - 1.0L);
}

/// The largest difference seen.
struct LargestError {
  double value = 0.0;
  void see(Real computed, Real exact) {
    const auto difference = static_cast<double>(std::abs(computed - exact));
    if (!(difference <= value)) value = difference;  // keeps a NaN
  }
};

/// All terms of a ball, by a search of the cube around it.
std::vector<std::array<int, 3>> terms_of(int square) {
  std::vector<std::array<int, 3>> terms;
  for (int a = 0; a <= square; ++a)
    for (int b = 0; b <= square; ++b)
      for (int c = 0; c <= square; ++c)
        if (a * a + b * b + c * c <= square) terms.push_back({a, b, c});
  return terms;
}

/// From less than a vector to several groups of four.
constexpr std::array<Index, 7> counts{1, 2, 3, 7, 8, 16, 41};

TEST(PolynomialBasis, HoldsTheTermsOfABallInOrder) {
  for (const int square : {0, 1, 6, 24, 54}) {
    const PolynomialBasis basis(square);
    std::vector<std::array<int, 3>> terms;
    basis.for_each_term([&](int a, int b, int c) { terms.push_back({a, b, c}); });
    EXPECT_EQ(terms, terms_of(square));
    EXPECT_EQ(usize(basis.size), terms.size());
    EXPECT_EQ(basis.degree, terms.back()[0]);
  }
}

struct Case {
  int square;
  double moment_bound, slope_bound, potential_bound, gradient_bound, curve_bound;
};
/// The last is the largest basis that a plan may use, that of order 16.
constexpr std::array cases{Case{1, 1e-14, 2e-14, 1e-15, 6e-16, 1e-15}, Case{6, 1e-14, 2e-14, 1e-15, 1.2e-15, 2e-15},
                           Case{54, 1e-14, 2e-13, 4e-15, 4e-14, 3e-13}, Case{384, 1e-14, 2e-12, 3e-14, 3e-12, 2e-10}};

TEST(PolynomialBasis, OfTheLargestOrderIsTested) {
  EXPECT_EQ(make_basis(16).size, PolynomialBasis(cases.back().square).size);
}

/// All polynomials of one variable, and their first and second derivatives, at the coordinates of a point.
struct PolynomialTable {
  std::array<std::array<std::vector<Real>, 3>, 3> of;  ///< [derivatives][axis][degree]

  PolynomialTable(int degree, const Points& points, std::size_t i) {
    const std::array<Real, 3> at{points.x[i], points.y[i], points.z[i]};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      for (int n = 0; n <= degree; ++n) {
        of[0][axis].push_back(chebyshev(n, at[axis]));
        of[1][axis].push_back(chebyshev_slope(n, at[axis]));
        of[2][axis].push_back(chebyshev_curve(n, at[axis]));
      }
    }
  }
  /// Derivative of a polynomial of three variables.
  [[nodiscard]] Real term(const std::array<int, 3>& degrees, const std::array<int, 3>& derivatives) const {
    Real value = 1.0;
    for (std::size_t axis = 0; axis < 3; ++axis) value *= of[usize(derivatives[axis])][axis][usize(degrees[axis])];
    return value;
  }
};

std::vector<PolynomialTable> tables_of(const PolynomialBasis& basis, const Points& points) {
  std::vector<PolynomialTable> tables;
  for (std::size_t i = 0; i < points.x.size(); ++i) tables.emplace_back(basis.degree, points, i);
  return tables;
}

TEST(Moments, AreSumsOfWeightsTimesPolynomialsAndTheirDerivatives) {
  for (const Case& test : cases) {
    const PolynomialBasis basis(test.square);
    LargestError error, error_with_slopes;
    for (const int first : {0, 1, 2}) {
      const int components = first == 1 ? 3 : 1;
      for (const Index count : counts) {
        const Points points(count);
        const auto tables = tables_of(basis, points);
        const std::vector<double> weights = random_numbers(usize(4 * count * components));
        // Derivatives count in every second component.
        std::vector<char> has_slopes;
        for (int component = 0; component < components; ++component)
          has_slopes.push_back(component % 2 == first ? 1 : 0);
        std::vector<double> sums(usize(components * basis.size * simd_loops().width), 0.25);
        add_moments(basis, points.arrays(), count, {weights.data(), count, has_slopes}, sums.data());

        const double* lanes = sums.data();
        for (int component = 0; component < components; ++component) {
          basis.for_each_term([&](int a, int b, int c) {
            Real computed = -0.25 * simd_loops().width, exact = 0.0;
            for (int lane = 0; lane < simd_loops().width; ++lane) computed += *lanes++;
            for (std::size_t i = 0; i < usize(count); ++i)
              for (int part = 0; part < (has_slopes[usize(component)] != 0 ? 4 : 1); ++part)
                exact += weights[(4 * usize(component) + usize(part)) * usize(count) + i] *
                         tables[i].term({a, b, c}, {part == 1, part == 2, part == 3});
            (has_slopes[usize(component)] != 0 ? error_with_slopes : error).see(computed, exact);
          });
        }
      }
    }
    EXPECT_LT(error.value, test.moment_bound) << test.square;
    EXPECT_LT(error_with_slopes.value, test.slope_bound) << test.square;
  }
}

/// A series at one point, followed by its derivatives x, y, z, xx, xy, xz, yy, yz, zz.
std::array<Real, 10> exact_series(const PolynomialBasis& basis, const double* coefficients,
                                  const PolynomialTable& table) {
  constexpr std::array<std::array<int, 3>, 10> derivatives{
      {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {2, 0, 0}, {1, 1, 0}, {1, 0, 1}, {0, 2, 0}, {0, 1, 1}, {0, 0, 2}}};
  std::array<Real, 10> sums{};
  basis.for_each_term([&](int a, int b, int c) {
    const Real coefficient = *coefficients++;
    for (std::size_t k = 0; k < 10; ++k) sums[k] += coefficient * table.term({a, b, c}, derivatives[k]);
  });
  return sums;
}

TEST(Series, IsAddedWithItsDerivatives) {
  EXPECT_EQ(series_result({-1, -1}), 0);
  EXPECT_EQ(series_result({2, -1}), 3);
  EXPECT_EQ(series_result({0, 2}), series_result({2, 0}));
  EXPECT_EQ(series_result({2, 1}), 8);
  for (const Case& test : cases) {
    const PolynomialBasis basis(test.square);
    for (const int num_derivatives : {0, 1, 2}) {
      const int results = num_series_results[usize(num_derivatives)];
      std::array<LargestError, 3> errors;  // of values, first and second derivatives
      for (const int components : {1, 3}) {
        const std::vector<double> coefficients = random_numbers(usize(components * basis.size));
        for (const Index count : counts) {
          const Points points(count);
          const std::ptrdiff_t row = std::ptrdiff_t{components} * results;
          std::vector<double> sums(usize(count * row), 2.0);
          std::vector<SeriesTerm> terms;
          for (int component = 0; component < components; ++component)
            for (int result = 0; result < results; ++result)
              terms.push_back({component, result, 0.5, sums.data() + component * results + result, row});
          add_series(basis, points.arrays(), count, coefficients.data(), terms);
          const double* computed = sums.data();
          for (const PolynomialTable& table : tables_of(basis, points)) {
            for (int component = 0; component < components; ++component) {
              const auto exact = exact_series(basis, coefficients.data() + component * basis.size, table);
              for (std::size_t result = 0; result < usize(results); ++result)
                errors[result == 0 ? 0 : result < 4 ? 1 : 2].see(*computed++, 2.0 + 0.5 * exact[result]);
            }
          }
        }
      }
      EXPECT_LT(errors[0].value, test.potential_bound) << test.square;
      EXPECT_LT(errors[1].value, test.gradient_bound) << test.square;
      EXPECT_LT(errors[2].value, test.curve_bound) << test.square;
    }
  }
}

}
}
