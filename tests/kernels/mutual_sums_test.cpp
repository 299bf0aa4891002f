// SPDX-License-Identifier: BSD-3-Clause
// Sums over pairs taken once against the same sums one side after the other, whose oracle is in wrap_test.cpp.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <tuple>
#include <vector>

#include "base/types.hpp"
#include "support/largest.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

struct Points {
  Kernel kernel;
  std::vector<double> x, y, z, charges;

  explicit Points(const Kernel& the_kernel) : kernel(the_kernel) {
    std::mt19937_64 random(8);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (auto* array : {&x, &y, &z}) {
      array->resize(900);
      for (double& value : *array) value = 2.5 * uniform(random);
    }
    charges.resize(900 * usize(kernel.source_dim));
    for (double& value : charges) value = uniform(random);
  }

  /// Potentials of all points, then their gradients; sums at `targets` over the ranges.
  void add(IndexRange targets, std::span<const IndexRange> one_sided, std::span<const IndexRange> mutual, bool single,
           bool with_gradients, std::vector<double>& outputs) const {
    const auto dim = usize(kernel.target_dim), first = usize(targets.begin);
    PairSum sum;
    sum.targets = {x.data() + first, y.data() + first, z.data() + first};
    sum.num_targets = targets.size();
    sum.sources = {x.data(), y.data(), z.data()};
    sum.charges = charges.data();
    sum.source_ranges = one_sided;
    sum.mutual_ranges = mutual;
    sum.first_own = targets.begin;
    if (single) sum.digits = Digits::seven;
    sum.factor = 0.7;
    sum.potentials = outputs.data() + first * dim;
    if (with_gradients) sum.gradients = outputs.data() + 900 * dim + 3 * first * dim;
    kernel.add_sums(sum);
  }
};

using Case = std::tuple<const char*, bool, bool>;  // kernel, single, with gradients

class MutualSums : public testing::TestWithParam<Case> {
 protected:
  const char* name = std::get<0>(GetParam());
  bool single = std::get<1>(GetParam()), with_gradients = std::get<2>(GetParam());
  double bound = single ? 4e-6 : 1e-14;
  Points points{std::string(name) == "dipole" ? dipole_kernel() : make_kernel(name, {.lambda = 0.8})};

  /// Largest difference of the two ways relative to the largest output.
  double difference(IndexRange targets, const std::vector<IndexRange>& partners) const {
    std::vector<double> once(900 * 4 * usize(points.kernel.target_dim)), twice(once.size());
    const std::vector<IndexRange> own{targets};
    points.add(targets, own, partners, single, with_gradients, once);
    points.add(targets, own, {}, false, with_gradients, twice);
    for (const IndexRange range : partners) {
      points.add(targets, std::vector{range}, {}, false, with_gradients, twice);
      points.add(range, own, {}, false, with_gradients, twice);
    }
    double error = 0.0, largest = 0.0;
    for (std::size_t i = 0; i < once.size(); ++i) {
      error = largest_of(error, std::abs(once[i] - twice[i]));
      largest = std::max(largest, std::abs(twice[i]));
    }
    EXPECT_GT(largest, 0.0);
    return error / largest;
  }
};

TEST_P(MutualSums, ArePairsTakenFromBothSides) {
  for (const int size : {1, 3, 8, 15, 33, 64, 100, 256, 300})
    EXPECT_LT(difference({200, 200 + size}, {{0, 1}, {5, 180}, {500, 640}, {700, 900}}), bound) << size;
}

TEST_P(MutualSums, KeepClosePairs) {
  points.x[600] = points.x[205] + 1e-9;
  points.y[600] = points.y[205];
  points.z[600] = points.z[205];
  EXPECT_LT(difference({200, 230}, {{500, 640}}), bound);
}

// Blocks with close pairs are summed again, on their own, and there are several blocks of so many targets.
TEST_P(MutualSums, KeepClosePairsOfLaterBlocks) {
  for (const std::size_t target : {205U, 470U, 499U}) {
    Points moved = points;
    moved.x[600] = moved.x[target] + 1e-9;
    moved.y[600] = moved.y[target];
    moved.z[600] = moved.z[target];
    std::swap(points, moved);
    EXPECT_LT(difference({200, 500}, {{5, 150}, {500, 640}}), bound) << target;
    std::swap(points, moved);
  }
}

TEST_P(MutualSums, LeaveCoincidentPointsOut) {
  for (auto* array : {&points.x, &points.y, &points.z}) (*array)[600] = (*array)[205];
  EXPECT_LT(difference({200, 230}, {{500, 640}}), bound);
}

INSTANTIATE_TEST_SUITE_P(Kernels, MutualSums,
                         testing::Combine(testing::Values("laplace", "yukawa", "stokeslet", "dipole"), testing::Bool(),
                                          testing::Bool()),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) +
                                  (std::get<1>(test.param) ? "Single" : "Double") +
                                  (std::get<2>(test.param) ? "Gradients" : "Potentials");
                         });

}
}
