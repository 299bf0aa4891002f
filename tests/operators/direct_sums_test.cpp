// SPDX-License-Identifier: BSD-3-Clause
// Only a distance of exactly zero is left out, however small the others are.
#include "operators/direct_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/types.hpp"
#include "operators/operators.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

/// Points in [0, 1]^3 shrunk by `size` around the origin, of which the first two coincide.
struct Crowd {
  std::vector<double> x, y, z, charges;
  Points points;

  Crowd(double size, int source_dim, int count = 40) {
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    for (int i = 0; i < count; ++i)
      for (auto* axis : {&x, &y, &z}) axis->push_back(i == 1 ? axis->front() : size * uniform(random));
    for (int i = 0; i < count * source_dim; ++i) charges.push_back(uniform(random) - 0.3);
    for (std::size_t i = 0; i < x.size(); ++i) points.insert(points.end(), {x[i], y[i], z[i]});
  }
  [[nodiscard]] PointArrays arrays() const { return {x.data(), y.data(), z.data()}; }
};

/// Largest error at a point, relative to the largest value.
double largest_error(std::span<const double> a, std::span<const double> b) {
  double error = 0.0, largest = 0.0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    error = std::max(error, std::abs(a[i] - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  return error / largest;
}

class SmallDistances : public testing::TestWithParam<std::string> {};

TEST_P(SmallDistances, CountInP2p) {
  const double lambda = 3.0;
  const Kernel kernel = make_kernel(GetParam(), {.lambda = lambda});
  for (const double size : {1.0, 1e-15, 1e-19, 1e-30, 1e-45, 1e-100, 1e-140}) {
    const Crowd crowd(size, kernel.source_dim);
    const Index count = size_of(crowd.x);
    const Field exact = direct_field(GetParam(), lambda, crowd.points, crowd.charges, crowd.points);
    for (const Digits digits : {Digits::all, Digits::ten, Digits::seven, Digits::seven_of_length}) {
      for (const bool mutual : {false, true}) {
        Field sums{std::vector<double>(exact.potentials.size(), 0.0), std::vector<double>(exact.gradients.size(), 0.0)};
        std::vector<double> alone(exact.potentials.size(), 0.0);
        const auto add = [&](IndexRange targets, std::vector<IndexRange> sources, std::vector<IndexRange> both) {
          const DirectSums how{.first_own = 0, .mutual = both, .digits = digits, .length = size};
          const SourceArrays from{crowd.arrays(), crowd.charges.data()};
          p2p(kernel, sources, from, targets, {crowd.arrays(), sums.potentials.data(), sums.gradients.data()}, how);
          p2p(kernel, sources, from, targets, {crowd.arrays(), alone.data(), nullptr}, how);
        };
        if (mutual) {
          add({0, 15}, {{0, 15}}, {{15, count}});
          add({15, count}, {{15, count}}, {});
        } else {
          add({0, count}, {{0, 22}, {22, count}}, {});
        }
        const double bound = digits == Digits::all ? 4e-15 : digits == Digits::ten ? 1e-9 : 2e-6;
        const auto where = [&] {
          return "size " + std::to_string(std::log10(size)) + ", digits " + std::to_string(static_cast<int>(digits));
        };
        EXPECT_LT(largest_error(sums.potentials, exact.potentials), bound) << where();
        EXPECT_LT(largest_error(alone, exact.potentials), bound) << where();
        EXPECT_LT(largest_error(sums.gradients, exact.gradients), 4 * bound) << where();
      }
    }
  }
}

TEST_P(SmallDistances, CountInReferenceSums) {
  const Kernel kernel = make_kernel(GetParam(), {.lambda = 3.0});
  for (const double size : {10.0, 1.0, 1e-100, 1e-280}) {
    const Crowd crowd(size, kernel.source_dim, 700);
    const Points few(crowd.points.begin(), crowd.points.begin() + 3 * 9);
    const Field exact = direct_field(GetParam(), 3.0, crowd.points, crowd.charges, few);
    const bool with_gradients = size > 1e-150;
    Field sums{std::vector<double>(exact.potentials.size(), 0.0), std::vector<double>(exact.gradients.size(), 0.0)};
    const IndexRange all{0, 700};
    kernel.add_reference_sums({.targets = crowd.arrays(),
                               .num_targets = 9,
                               .sources = crowd.arrays(),
                               .charges = crowd.charges.data(),
                               .source_ranges = {&all, 1},
                               .potentials = sums.potentials.data(),
                               .gradients = with_gradients ? sums.gradients.data() : nullptr});
    EXPECT_LT(largest_error(sums.potentials, exact.potentials), 3e-15) << size;
    if (with_gradients) {
      EXPECT_LT(largest_error(sums.gradients, exact.gradients), 6e-15) << size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, SmallDistances, testing::Values("laplace", "yukawa", "stokeslet"),
                         [](const auto& kernel) { return kernel.param; });

TEST(ClosePairs, AreFoundWhereVectorSumsMayLeaveThemOut) {
  const auto found = [](std::vector<double> targets, std::vector<double> sources, bool mutual = false) {
    const std::vector<double> zeros(10, 0.3);
    const IndexRange all{0, size_of(sources)};
    PairSum sum;
    sum.targets = {targets.data(), zeros.data(), zeros.data()};
    sum.num_targets = size_of(targets);
    sum.sources = {sources.data(), zeros.data(), zeros.data()};
    (mutual ? sum.mutual_ranges : sum.source_ranges) = {&all, 1};
    return has_close_pair(sum);
  };
  EXPECT_FALSE(found({0.0, 1.0}, {0.0, 1.0})) << "one place";
  EXPECT_TRUE(found({1.0, 0.0}, {2.0, 1e-30}));
  EXPECT_TRUE(found({1.0, 1e-30}, {2.0, 0.0}));
  EXPECT_TRUE(found({0.0}, {5e-324}, true));
  EXPECT_TRUE(found({-4e-19}, {4e-19}));
  EXPECT_FALSE(found({-5e-19}, {5e-19})) << "far enough";
  EXPECT_FALSE(found({0.0, 3.0}, {1e-10, 1.0}));
}

}
}
