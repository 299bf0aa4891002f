// SPDX-License-Identifier: BSD-3-Clause
// Sums in single precision against the same sums in double, whose oracle is in wrap_test.cpp.
#include "nearfar/formula/block_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "base/types.hpp"
#include "support/largest.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

constexpr double length = 0x1p40 * 1.7;  // half the side of the targets' box

/// Targets in a box, which are the sources `own` .. as well, and sources in and around it.
struct Block {
  Kernel kernel;
  int num_targets;
  std::vector<double> x, y, z, charges;
  std::vector<IndexRange> ranges{{3, 280}, {290, 700}, {700, 701}};
  Index own = 200;
  Digits fewer = Digits::seven;

  Block(const Kernel& the_kernel, int targets) : kernel(the_kernel), num_targets(targets) {
    std::mt19937_64 random(5);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (auto* array : {&x, &y, &z}) {
      array->resize(720);
      for (int i = 0; i < 720; ++i)
        (*array)[usize(i)] = 1e3 * length + length * uniform(random) * (i >= own && i < own + num_targets ? 1.0 : 3.0);
    }
    charges.resize(720 * usize(kernel.source_dim));
    for (double& value : charges) value = uniform(random);
  }

  [[nodiscard]] PointArrays targets() const { return {x.data() + own, y.data() + own, z.data() + own}; }

  /// Potentials, then gradients in units of `length`.
  [[nodiscard]] std::vector<double> sums(bool with_fewer, bool with_gradients, bool targets_are_sources = true) const {
    const auto size = usize(num_targets * kernel.target_dim);
    std::vector<double> potentials(size), gradients(with_gradients ? 3 * size : 0);
    PairSum sum;
    sum.targets = targets();
    sum.num_targets = num_targets;
    sum.sources = {x.data(), y.data(), z.data()};
    sum.charges = charges.data();
    sum.source_ranges = ranges;
    sum.first_own = targets_are_sources ? own : -1;
    if (with_fewer) sum.digits = fewer;
    sum.length = length;
    sum.factor = std::pow(length, -kernel.degree);
    sum.potentials = potentials.data();
    if (with_gradients) sum.gradients = gradients.data();
    kernel.add_sums(sum);
    for (const double g : gradients) potentials.push_back(g * length);
    return potentials;
  }
};

/// Largest difference relative to the largest value.
double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double error = 0.0, largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    error = largest_of(error, std::abs(a[i] - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  return error / largest;
}

class SingleSums : public testing::TestWithParam<const char*> {
 protected:
  static Kernel kernel() {
    if (std::string(GetParam()) == "dipole") return dipole_kernel();
    return make_kernel(GetParam(), {.lambda = 0.8 / length});
  }
};

TEST_P(SingleSums, AgreeWithDoubleForAnyNumberOfTargets) {
  for (const int targets : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 100, 256, 257, 400}) {
    const Block block(kernel(), targets);
    EXPECT_LT(difference(block.sums(true, false), block.sums(false, false)), 1.2e-6) << targets;
    EXPECT_LT(difference(block.sums(true, true), block.sums(false, true)), 1.5e-6) << targets;
  }
}

TEST_P(SingleSums, OfRoundedCoordinatesLoseLittle) {
  for (const int targets : {1, 8, 17, 100, 257}) {
    Block block(kernel(), targets);
    block.fewer = Digits::seven_of_length;
    EXPECT_LT(difference(block.sums(true, false), block.sums(false, false)), 4e-6) << targets;
    EXPECT_LT(difference(block.sums(true, true), block.sums(false, true)), 1e-5) << targets;
  }
}

TEST_P(SingleSums, OfRoundedCoordinatesKeepFourDigitsOfAnyPair) {
  double largest = 0.0;
  for (const double distance : {0.1, 0.02, 0.006, 0.00391, 0.0039, 0.001, 1e-6}) {
    Block block(kernel(), 20);
    block.fewer = Digits::seven_of_length;
    block.x[500] = block.x[usize(block.own) + 4] + distance * length;
    block.y[500] = block.y[usize(block.own) + 4];
    block.z[500] = block.z[usize(block.own) + 4];
    const double error = difference(block.sums(true, true), block.sums(false, true));
    EXPECT_LT(error, distance < 0.0039 ? 2e-6 : 1e-4) << distance;
    largest = std::max(largest, error);
  }
  EXPECT_GT(largest, 2e-6) << "coordinates are not rounded at all";
}

TEST_P(SingleSums, OfTenDigitsInDoubleKeepThem) {
  for (const int targets : {1, 8, 17, 100, 257}) {
    Block block(kernel(), targets);
    block.fewer = Digits::ten;
    EXPECT_LT(difference(block.sums(true, false), block.sums(false, false)), 1e-10) << targets;
    EXPECT_LT(difference(block.sums(true, true), block.sums(false, true)), 1e-10) << targets;
  }
}

TEST_P(SingleSums, DifferFromDouble) {
  const Block block(kernel(), 20);
  EXPECT_GT(difference(block.sums(true, false), block.sums(false, false)), 1e-9);
}

TEST_P(SingleSums, ClosePairsKeepTheirDigits) {
  // The pair dominates its targets' sums; float coordinates alone would have no digit of it left beyond 1e-7.
  for (const double distance : {1e-3, 1e-5, 2e-6, 1e-6, 9e-7, 5e-7, 1e-8, 1e-11}) {
    Block block(kernel(), 20);
    block.x[500] = block.x[usize(block.own) + 4] + distance * length;
    block.y[500] = block.y[usize(block.own) + 4];
    block.z[500] = block.z[usize(block.own) + 4];
    EXPECT_LT(difference(block.sums(true, false), block.sums(false, false)), 1.2e-6) << distance;
    EXPECT_LT(difference(block.sums(true, true), block.sums(false, true)), 2e-6) << distance;
  }
}

TEST_P(SingleSums, ClosePairsOfTargetsKeepTheirDigits) {
  for (const double distance : {1e-6, 1e-11}) {
    Block block(kernel(), 30);
    for (const auto& [a, b] : {std::pair{2, 3}, {4, 20}}) {
      block.x[usize(block.own + b)] = block.x[usize(block.own + a)];
      block.y[usize(block.own + b)] = block.y[usize(block.own + a)] - distance * length;
      block.z[usize(block.own + b)] = block.z[usize(block.own + a)];
    }
    EXPECT_LT(difference(block.sums(true, true), block.sums(false, true)), 2e-6) << distance;
  }
}

TEST_P(SingleSums, CoincidentPointsAddNothingWhoeverTheyAre) {
  Block block(kernel(), 20);
  for (auto* array : {&block.x, &block.y, &block.z})
    (*array)[600] = (*array)[usize(block.own) + 6] = (*array)[usize(block.own) + 5];
  for (const bool own : {true, false})
    EXPECT_LT(difference(block.sums(true, true, own), block.sums(false, true, own)), 1.5e-6);
}

INSTANTIATE_TEST_SUITE_P(Kernels, SingleSums, testing::Values("laplace", "yukawa", "stokeslet", "dipole"),
                         [](const auto& test) { return std::string(test.param); });

TEST(SingleSumsOfSets, TargetsOfTheirOwnNeedNoSelfPairs) {
  Block block(make_kernel("laplace"), 20);
  block.ranges = {{0, 200}, {220, 720}};
  EXPECT_LT(difference(block.sums(true, true, false), block.sums(false, true, false)), 1.2e-6);
}

TEST(SingleSumsOfSets, FullScreeningIsZero) {
  const Block block(make_kernel("yukawa", {.lambda = 1e308}), 20);
  for (const double value : block.sums(true, true)) EXPECT_EQ(value, 0.0);
}

}
}
