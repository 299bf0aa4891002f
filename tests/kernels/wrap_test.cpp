// SPDX-License-Identifier: BSD-3-Clause
// Sums of all kernels against loops over formulas written down here once more.
#include "nearfar/formula/wrap.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <thread>
#include <vector>

#include "support/largest.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

using Real = long double;
const Real pi = std::acos(Real{-1});
constexpr double lambda = 3.7;

/// Entry (i, j) of a kernel's matrix at (x, y, z).
Real formula(const std::string& name, int i, int j, Real x, Real y, Real z) {
  const Real r = std::sqrt(x * x + y * y + z * z);
  if (r == 0) return 0;
  if (name == "laplace") return 1 / (4 * pi * r);
  if (name == "yukawa") return std::exp(-Real{lambda} * r) / (4 * pi * r);
  if (name == "one") return 1;
  const Real d[3] = {x, y, z};
  return ((i == j ? 1 / r : 0) + d[i] * d[j] / (r * r * r)) / (8 * pi);
}

/// Its derivatives by central differences in extended precision, good to about 1e-13.
Real derivative(const std::string& name, int i, int j, int axis, Real x, Real y, Real z) {
  const Real r = std::sqrt(x * x + y * y + z * z);
  if (r == 0) return 0;
  const Real h = r * Real{1e-4};
  const auto at_offset = [&](Real step) {
    return formula(name, i, j, x + (axis == 0 ? step : 0), y + (axis == 1 ? step : 0), z + (axis == 2 ? step : 0));
  };
  const Real first = (at_offset(h) - at_offset(-h)) / (2 * h),
             second = (at_offset(2 * h) - at_offset(-2 * h)) / (4 * h);
  return (4 * first - second) / 3;
}

struct Problem {
  std::vector<double> x, y, z, charges;
  std::vector<IndexRange> ranges;
  Kernel kernel;
  std::vector<double> potentials, gradients;

  /// Sources with a gap between their two ranges; the targets are the first sources, so that pairs coincide.
  Problem(const Kernel& the_kernel, int num_targets) : ranges{{0, 23}, {30, 41}}, kernel(the_kernel) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> uniform(-0.5, 0.5);
    for (auto* array : {&x, &y, &z}) {
      array->resize(50);
      for (double& value : *array) value = uniform(random);
    }
    charges.resize(x.size() * static_cast<std::size_t>(kernel.source_dim));
    for (double& value : charges) value = uniform(random);
    potentials.assign(static_cast<std::size_t>(num_targets * kernel.target_dim), 0.0);
    gradients.assign(3 * potentials.size(), 0.0);
  }

  PairSum sum(bool with_potentials, bool with_gradients) {
    PairSum result;
    result.targets = result.sources = {x.data(), y.data(), z.data()};
    result.num_targets = static_cast<Index>(potentials.size()) / kernel.target_dim;
    result.charges = charges.data();
    result.source_ranges = ranges;
    if (with_potentials) result.potentials = potentials.data();
    if (with_gradients) result.gradients = gradients.data();
    return result;
  }

  template <class Entry>
  Real expected(std::size_t target, int i, const Entry& entry) const {
    Real result = 0;
    for (const IndexRange range : ranges)
      for (auto s = static_cast<std::size_t>(range.begin); s < static_cast<std::size_t>(range.end); ++s)
        for (int j = 0; j < kernel.source_dim; ++j)
          result += entry(i, j, Real{x[target]} - x[s], Real{y[target]} - y[s], Real{z[target]} - z[s]) *
                    charges[s * static_cast<std::size_t>(kernel.source_dim) + static_cast<std::size_t>(j)];
    return result;
  }

  /// Largest error of the potentials relative to the largest potential, given factor and what was there before.
  double potential_error(Real factor, Real before) const {
    const auto dim = static_cast<std::size_t>(kernel.target_dim);
    Real error = 0, largest = 0;
    for (std::size_t k = 0; k < potentials.size(); ++k) {
      const Real exact = expected(k / dim, static_cast<int>(k % dim), [&](int i, int j, Real a, Real b, Real c) {
        return factor * formula(kernel.name, i, j, a, b, c);
      });
      error = largest_of(error, std::abs(potentials[k] - before - exact));
      largest = std::max(largest, std::abs(exact));
    }
    return static_cast<double>(error / largest);
  }

  double gradient_error() const {
    const auto dim = static_cast<std::size_t>(kernel.target_dim);
    Real error = 0, largest = 0;
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      const int axis = static_cast<int>(k % 3);
      const Real exact =
          expected(k / 3 / dim, static_cast<int>(k / 3 % dim),
                   [&](int i, int j, Real a, Real b, Real c) { return derivative(kernel.name, i, j, axis, a, b, c); });
      error = largest_of(error, std::abs(gradients[k] - exact));
      largest = std::max(largest, std::abs(exact));
    }
    return static_cast<double>(largest > 0 ? error / largest : error);
  }
};

class AllKernels : public testing::TestWithParam<const char*> {
 protected:
  Kernel kernel() const {
    return std::string(GetParam()) == "one" ? one_kernel() : make_kernel(GetParam(), {.lambda = lambda});
  }
};

TEST_P(AllKernels, PotentialsMatchTheFormulaForAnyNumberOfTargets) {
  for (int num_targets = 1; num_targets <= 19; ++num_targets) {
    Problem problem(kernel(), num_targets);
    problem.kernel.add_sums(problem.sum(true, false));
    EXPECT_LT(problem.potential_error(1, 0), 2e-15) << num_targets;
  }
}

TEST_P(AllKernels, SumsMatchTheFormulaForAnyNumberOfSources) {
  for (Index num_sources = 1; num_sources <= 41; ++num_sources) {
    for (const int num_targets : {2, 9, 18}) {
      for (const Digits digits : {Digits::all, Digits::ten}) {
        Problem problem(kernel(), num_targets), alone(kernel(), num_targets);
        problem.ranges = alone.ranges = {{0, num_sources / 3}, {num_sources / 3, num_sources}};
        for (double& charge : problem.charges) charge = std::abs(charge);  // so that sums do not cancel
        alone.charges = problem.charges;
        PairSum sum = problem.sum(true, true), of_alone = alone.sum(true, false);
        sum.digits = of_alone.digits = digits;
        problem.kernel.add_sums(sum);
        alone.kernel.add_sums(of_alone);
        EXPECT_LT(problem.potential_error(1, 0), digits == Digits::all ? 4e-15 : 2e-10) << num_sources;
        EXPECT_LT(alone.potential_error(1, 0), digits == Digits::all ? 4e-15 : 2e-10) << num_sources;
        EXPECT_LT(problem.gradient_error(), digits == Digits::all ? 2e-13 : 1e-9) << num_sources;
      }
    }
  }
}

TEST_P(AllKernels, PotentialsWithGradientsMatchTheFormula) {
  for (int num_targets = 1; num_targets <= 19; ++num_targets) {
    Problem problem(kernel(), num_targets);
    problem.kernel.add_sums(problem.sum(true, true));
    EXPECT_LT(problem.potential_error(1, 0), 2e-15) << num_targets;
  }
}

TEST_P(AllKernels, GradientsMatchDifferencesOfTheFormula) {
  for (int num_targets = 1; num_targets <= 19; ++num_targets) {
    Problem problem(kernel(), num_targets);
    problem.kernel.add_sums(problem.sum(true, true));
    EXPECT_LT(problem.gradient_error(), 5e-14) << num_targets;
  }
}

TEST_P(AllKernels, GradientsAloneAreThoseWithPotentials) {
  Problem alone(kernel(), 13), both(kernel(), 13);

  alone.kernel.add_sums(alone.sum(false, true));
  both.kernel.add_sums(both.sum(true, true));

  EXPECT_EQ(alone.gradients, both.gradients);
  for (const double untouched : alone.potentials) EXPECT_EQ(untouched, 0.0);
}

TEST_P(AllKernels, SumsAreScaledAndAdded) {
  Problem problem(kernel(), 11);
  std::fill(problem.potentials.begin(), problem.potentials.end(), 0.25);
  PairSum sum = problem.sum(true, false);
  sum.factor = -2.5;

  problem.kernel.add_sums(sum);

  EXPECT_LT(problem.potential_error(Real{-2.5}, Real{0.25}), 2e-15);
}

TEST_P(AllKernels, NoSourcesAddNothing) {
  Problem problem(kernel(), 5);
  problem.ranges = {{3, 3}};
  problem.kernel.add_sums(problem.sum(true, true));
  for (const double value : problem.potentials) EXPECT_EQ(value, 0.0);
  for (const double value : problem.gradients) EXPECT_EQ(value, 0.0);
}

TEST_P(AllKernels, UnitsOfLengthFactorOut) {
  const Kernel original = kernel();
  constexpr double length = 0.375;
  Problem far(original, 17), near(original.in_units_of(length), 17);
  for (auto* array : {&near.x, &near.y, &near.z})
    for (double& value : *array) value /= length;

  far.kernel.add_sums(far.sum(true, true));
  PairSum scaled = near.sum(true, true);
  scaled.factor = std::pow(length, original.degree);
  near.kernel.add_sums(scaled);

  EXPECT_EQ(original.scale, near.kernel.scale);
  for (std::size_t k = 0; k < far.potentials.size(); ++k)
    EXPECT_NEAR(near.potentials[k], far.potentials[k], 1e-14 * std::abs(far.potentials[k]) + 1e-14);
  for (std::size_t k = 0; k < far.gradients.size(); ++k)
    EXPECT_NEAR(near.gradients[k] / length, far.gradients[k], 1e-13 * std::abs(far.gradients[k]) + 1e-13);
}

TEST_P(AllKernels, SeveralThreadsMayCallAtOnce) {
  Problem reference(kernel(), 19);
  reference.kernel.add_sums(reference.sum(true, true));
  std::vector<Problem> problems(4, Problem(kernel(), 19));

  std::vector<std::thread> threads;
  for (Problem& problem : problems)
    threads.emplace_back([&problem, &reference] { reference.kernel.add_sums(problem.sum(true, true)); });
  for (std::thread& thread : threads) thread.join();

  for (const Problem& problem : problems) {
    EXPECT_EQ(problem.potentials, reference.potentials);
    EXPECT_EQ(problem.gradients, reference.gradients);
  }
}

INSTANTIATE_TEST_SUITE_P(Wrap, AllKernels, testing::Values("laplace", "yukawa", "stokeslet", "one"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Wrap, OneKernelCountsTheOthers) {
  Problem problem(one_kernel(), 19);
  std::fill(problem.charges.begin(), problem.charges.end(), 1.0);
  problem.kernel.add_sums(problem.sum(true, true));
  for (const double value : problem.potentials) EXPECT_EQ(value, 33.0);  // 34 sources, of which one is the target
  for (const double value : problem.gradients) EXPECT_EQ(value, 0.0);
}

TEST(Wrap, CoincidentPointsOfDifferentIndexAddNothing) {
  for (const char* name : {"laplace", "yukawa", "stokeslet"}) {
    Problem problem(make_kernel(name), 9);
    for (auto* array : {&problem.x, &problem.y, &problem.z}) std::fill(array->begin(), array->end(), 0.3);
    problem.kernel.add_sums(problem.sum(true, true));
    for (const double value : problem.potentials) EXPECT_EQ(value, 0.0) << name;
    for (const double value : problem.gradients) EXPECT_EQ(value, 0.0) << name;
  }
}

TEST(Wrap, StrongScreeningUnderflowsToZero) {
  Problem problem(make_kernel("yukawa", {.lambda = 1e308}).in_units_of(1e10), 9);
  problem.kernel.add_sums(problem.sum(true, true));
  for (const double value : problem.potentials) EXPECT_EQ(value, 0.0);
  for (const double value : problem.gradients) EXPECT_EQ(value, 0.0);
}

}
}
