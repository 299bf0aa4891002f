// SPDX-License-Identifier: BSD-3-Clause
#include "operators/moments.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "kernels/simd.hpp"

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

/// The largest difference seen.
struct LargestError {
  double value = 0.0;
  void see(Real computed, Real exact) { value = std::max(value, static_cast<double>(std::abs(computed - exact))); }
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
  double moment_bound, potential_bound, gradient_bound;
};
/// The last is the largest basis that a plan may use, that of order 16.
constexpr std::array cases{Case{1, 1e-14, 1e-15, 6e-16}, Case{6, 1e-14, 1e-15, 8e-16}, Case{54, 1e-14, 4e-15, 2e-14},
                           Case{384, 1e-14, 3e-14, 3e-12}};

TEST(PolynomialBasis, OfTheLargestOrderIsTested) {
  EXPECT_EQ(make_basis(16).size, PolynomialBasis(cases.back().square).size);
}

TEST(Moments, AreSumsOfChargesTimesPolynomials) {
  for (const Case& test : cases) {
    const PolynomialBasis basis(test.square);
    LargestError error;
    for (const int components : {1, 3}) {
      for (const Index count : counts) {
        const Points points(count);
        const std::vector<double> charges = random_numbers(usize(count * components));
        std::vector<double> sums(usize(components * basis.size * simd::width), 0.25);
        add_moments(basis, points.arrays(), count, charges.data(), components, sums.data());

        const double* lanes = sums.data();
        for (int component = 0; component < components; ++component) {
          basis.for_each_term([&](int a, int b, int c) {
            Real computed = -0.25 * simd::width, exact = 0.0;
            for (int lane = 0; lane < simd::width; ++lane) computed += *lanes++;
            for (std::size_t i = 0; i < usize(count); ++i)
              exact += charges[i * usize(components) + usize(component)] * chebyshev(a, points.x[i]) *
                       chebyshev(b, points.y[i]) * chebyshev(c, points.z[i]);
            error.see(computed, exact);
          });
        }
      }
    }
    EXPECT_LT(error.value, test.moment_bound) << test.square;
  }
}

/// A series at one point, followed by its derivatives.
std::array<Real, 4> exact_series(const PolynomialBasis& basis, const double* coefficients, Real x, Real y, Real z) {
  std::array<Real, 4> sums{};
  basis.for_each_term([&](int a, int b, int c) {
    const Real coefficient = *coefficients++;
    sums[0] += coefficient * chebyshev(a, x) * chebyshev(b, y) * chebyshev(c, z);
    sums[1] += coefficient * chebyshev_slope(a, x) * chebyshev(b, y) * chebyshev(c, z);
    sums[2] += coefficient * chebyshev(a, x) * chebyshev_slope(b, y) * chebyshev(c, z);
    sums[3] += coefficient * chebyshev(a, x) * chebyshev(b, y) * chebyshev_slope(c, z);
  });
  return sums;
}

TEST(Series, IsAddedWithItsDerivatives) {
  for (const Case& test : cases) {
    const PolynomialBasis basis(test.square);
    LargestError potential_error, gradient_error;
    for (const int components : {1, 3}) {
      const std::vector<double> coefficients = random_numbers(usize(components * basis.size));
      for (const Index count : counts) {
        const Points points(count);
        std::vector<double> potentials(usize(count * components), 2.0), gradients(3 * potentials.size(), 3.0);
        std::vector<double> potentials_alone = potentials;
        add_series(basis, points.arrays(), count, coefficients.data(), components,
                   {potentials.data(), gradients.data(), 0.5, 0.125});
        add_series(basis, points.arrays(), count, coefficients.data(), components,
                   {potentials_alone.data(), nullptr, 0.5, 0.125});

        for (std::size_t k = 0; k < potentials.size(); ++k) {
          const std::size_t i = k / usize(components), component = k % usize(components);
          const auto exact = exact_series(basis, coefficients.data() + component * usize(basis.size), points.x[i],
                                          points.y[i], points.z[i]);
          potential_error.see(potentials[k], 2.0 + 0.5 * exact[0]);
          potential_error.see(potentials_alone[k], 2.0 + 0.5 * exact[0]);
          for (std::size_t axis = 0; axis < 3; ++axis)
            gradient_error.see(gradients[3 * k + axis], 3.0 + 0.125 * exact[1 + axis]);
        }
      }
    }
    EXPECT_LT(potential_error.value, test.potential_bound) << test.square;
    EXPECT_LT(gradient_error.value, test.gradient_bound) << test.square;
  }
}

}
}
