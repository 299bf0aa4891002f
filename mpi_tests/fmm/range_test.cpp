// SPDX-License-Identifier: BSD-3-Clause
// Coordinates and charges from one end of the range of doubles to the other.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "comm/mpi.hpp"
#include "nearfar/families.hpp"
#include "nearfar/plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

/// relative_l2 for numbers whose squares leave the range.
double scaled_error(std::vector<double> a, std::vector<double> b) {
  double largest = 0.0;
  for (const double x : b) largest = std::max(largest, std::abs(x));
  for (auto* values : {&a, &b})
    for (double& x : *values) x /= largest;
  return relative_l2(a, b);
}

/// Results of a plan on all ranks, several vectors side by side.
struct Evaluation {
  std::vector<double> potentials, gradients;
  SampledError checked;  ///< of one vector
  TreeStatistics tree;

  Evaluation(const Kernel& kernel, const Points& all, const std::vector<double>& all_charges, double tolerance,
             int num_vectors = 1, Deal deal = Deal::round_robin) {
    const std::size_t count = all.size() / 3, dim = usize(kernel.target_dim * num_vectors);
    const auto numbers = dealt(count, deal, MPI_COMM_WORLD);
    const Points points = take(all, numbers, 3);
    const auto charges = take(all_charges, numbers, usize(kernel.source_dim * num_vectors));
    Plan plan(MPI_COMM_WORLD, kernel, points, {.tolerance = tolerance});
    std::vector<double> own_potentials(numbers.size() * dim), own_gradients(3 * own_potentials.size());
    plan.apply(charges, own_potentials, own_gradients, num_vectors);
    tree = plan.tree_statistics();
    if (num_vectors == 1)
      checked = sampled_error(MPI_COMM_WORLD, kernel, {points, charges, points, own_potentials, own_gradients}, 400);
    potentials = collect(own_potentials, numbers, count, dim, MPI_COMM_WORLD);
    gradients = collect(own_gradients, numbers, count, 3 * dim, MPI_COMM_WORLD);
  }
};

std::vector<double> random_numbers(std::size_t count, double low, double high, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<double> numbers(count);
  for (double& x : numbers) x = uniform(random);
  return numbers;
}

/// The first `count` of the rows, the potentials of an outlier excepted.
std::vector<double> first(const std::vector<double>& values, std::size_t count) {
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count)};
}

TEST(Range, PointsBesideAnOutlierKeepTheirPotentials) {
  constexpr std::size_t count = 400;
  for (const std::string name : {"laplace", "stokeslet"}) {
    const Kernel kernel = make_kernel(name);
    const std::size_t dim = usize(kernel.target_dim);
    // In double and in floats; operators of many components take long at tight tolerances.
    const auto tolerances = dim == 1 ? std::vector{1e-4, 1e-6, 1e-10} : std::vector{1e-3};
    for (const double distance : {1e30, 1e50, 1e80, 1e100, 1e300}) {
      Points points = random_numbers(3 * (count - 1), 0.0, 1.0, 5);
      points.insert(points.end(), {distance, 0.3 * distance, -distance});
      const auto charges = random_numbers(count * dim, 0.5, 1.0, 6);
      const Field exact = direct_field(name, 0.0, points, charges, points);
      for (const double tolerance : tolerances) {
        const Evaluation found(kernel, points, charges, tolerance);
        const auto others = (count - 1) * dim;
        const auto where = [&] { return ::testing::Message() << name << " " << distance << " " << tolerance; };
        EXPECT_LT(scaled_error(first(found.potentials, others), first(exact.potentials, others)), tolerance) << where();
        EXPECT_NEAR(found.potentials[others] / exact.potentials[others], 1.0, tolerance) << where();
        EXPECT_LT(found.checked.potential_rel_l2, tolerance) << where();
        // In units in which the cube is about 1e18 wide, gradients of closer points leave the range.
        if (distance > 1e150) continue;
        EXPECT_LT(scaled_error(first(found.gradients, 3 * others), first(exact.gradients, 3 * others)), 10 * tolerance)
            << where();
        EXPECT_LT(found.checked.gradient_rel_l2, 10 * tolerance) << where();
      }
    }
  }
}

/// What charges are scaled by is that of the largest, whichever rank has it.
TEST(Range, ChargesOfOtherSizesOnOtherRanksAreScaledAlike) {
  constexpr std::size_t count = 1000;
  const Points points = random_numbers(3 * count, 0.0, 1.0, 31);
  auto charges = random_numbers(count, -1.0, 1.0, 32);
  for (std::size_t i = 0; i < count / 2; ++i) charges[i] *= 1e30;
  const Field exact = direct_field("laplace", 0.0, points, charges, points);
  for (const double tolerance : {1e-5, 1e-9}) {
    const Evaluation found(make_kernel("laplace"), points, charges, tolerance, 1, Deal::blocks);
    EXPECT_LT(scaled_error(found.potentials, exact.potentials), tolerance);
    EXPECT_LT(scaled_error(found.gradients, exact.gradients), 10 * tolerance);
  }
}

/// Two clusters that are as far apart as the depth of the tree allows, of which the first, around zero, has all digits.
TEST(Range, ClustersAreSplitAndKeepTheirDigitsAtAnyDistance) {
  constexpr std::size_t count = 1200;
  for (const double distance : {1e4, -1e8, 3e11}) {
    Points points = random_numbers(3 * count, -1.0, 1.0, 21);
    for (std::size_t i = points.size() / 2; i < points.size(); ++i) points[i] += distance;
    const auto charges = random_numbers(count, -1.0, 1.0, 22);
    const Points targets(points.begin(), points.begin() + 3 * 200);
    for (const auto& [name, tolerance] : {std::pair<std::string, double>{"laplace", 1e-11}, {"yukawa", 1e-5}}) {
      const Field exact = direct_field(name, 0.7, points, charges, targets);
      const Evaluation found(make_kernel(name, {.lambda = 0.7}), points, charges, tolerance);
      const auto where = [&, name = name] { return ::testing::Message() << name << " " << distance; };
      EXPECT_LT(scaled_error(first(found.potentials, 200), exact.potentials), tolerance) << where();
      EXPECT_LT(scaled_error(first(found.gradients, 600), exact.gradients), 10 * tolerance) << where();
      EXPECT_GT(found.tree.depth, std::log2(std::abs(distance)) - 1.0) << where();
      EXPECT_EQ(found.tree.num_overfull_leaves, 0) << where();
    }
  }
}

/// Targets close together, of which the far field is all they have. On one rank: where the border of two goes through
/// such a cluster, each knows less of the octants above it.
TEST(Range, TargetsInATinyClusterHaveTheirGradients) {
  constexpr std::size_t count = 1500, num_targets = 200;
  constexpr double tolerance = 1e-6;
  const Points sources = random_numbers(3 * count, 0.0, 1.0, 31);
  const auto charges = random_numbers(count, 0.5, 1.0, 32);
  for (const double width : {1e-2, 1e-5, 1e-8, 1e-12}) {
    Points targets = random_numbers(3 * num_targets, 0.0, width, 33);
    for (std::size_t i = 0; i < targets.size(); ++i) targets[i] += 0.1 * static_cast<double>(3 + i % 3);
    const Field exact = direct_field("laplace", 0.0, sources, charges, targets);
    Plan plan(MPI_COMM_SELF, make_kernel("laplace"), sources, targets, {.tolerance = tolerance, .points_per_leaf = 30});
    std::vector<double> potentials(num_targets), gradients(3 * num_targets);
    plan.apply(charges, potentials, gradients);
    EXPECT_LT(relative_l2(potentials, exact.potentials), tolerance) << width;
    EXPECT_LT(relative_l2(gradients, exact.gradients), 10 * tolerance) << width;
  }
}

TEST(Range, PairsOfAnyDistanceCount) {
  constexpr std::size_t count = 500;
  for (const double distance : {1e-37, 1e-60, 1e-150, 1e-200, 1e-300}) {
    Points points = random_numbers(3 * count, -1.0, 1.0, 7);
    // Three of them around the origin, where doubles are that dense, two of which coincide.
    for (std::size_t axis = 0; axis < 3; ++axis) points[axis] = points[3 + axis] = 0.0;
    points[6] = distance, points[7] = -distance, points[8] = 0.0;
    const auto charges = random_numbers(count, 0.5, 1.0, 8);
    const Field exact = direct_field("laplace", 0.0, points, charges, points);
    for (const double tolerance : {1e-4, 1e-6, 1e-10}) {
      const Evaluation found(make_kernel("laplace"), points, charges, tolerance);
      for (std::size_t i = 0; i < 3; ++i)
        EXPECT_NEAR(found.potentials[i] / exact.potentials[i], 1.0, 1e-9) << distance << " " << i;
      for (std::size_t i = 3; i < count; ++i)
        EXPECT_NEAR(found.potentials[i] / exact.potentials[i], 1.0, 10 * tolerance) << distance << " " << i;
    }
  }
}

/// The same for several vectors, whose kernels are others.
TEST(Range, PairsOfAnyDistanceCountForSeveralVectors) {
  constexpr std::size_t count = 300;
  Points points = random_numbers(3 * count, -1.0, 1.0, 7);
  for (std::size_t axis = 0; axis < 3; ++axis) points[axis] = 0.0;
  points[3] = 1e-100, points[4] = -1e-100, points[5] = 0.0;
  for (const std::string field : {"potential", "gradient"}) {
    const Kernel kernel = make_kernel(KernelChoice{.name = "laplace", .fields = {field}});
    const auto values = usize(kernel.num_values());
    for (const int num_vectors : {2, 8}) {
      const auto charges = random_numbers(count * usize(num_vectors), 0.5, 1.0, 8);
      const auto numbers = dealt(count, Deal::round_robin, MPI_COMM_WORLD);
      Plan plan(MPI_COMM_WORLD, kernel, take(points, numbers, 3), {.tolerance = 1e-6});
      std::vector<double> own(numbers.size() * values * usize(num_vectors));
      plan.apply(take(charges, numbers, usize(num_vectors)), own, {}, num_vectors);
      const auto found = collect(own, numbers, count, values * usize(num_vectors), MPI_COMM_WORLD);
      // All but the other one of the pair is far too weak to be seen.
      for (std::size_t v = 0; v < usize(num_vectors); ++v)
        for (const std::size_t i : {0U, 1U}) {
          const double charge = charges[(1 - i) * usize(num_vectors) + v] / (4.0 * M_PI);
          const double value = found[(i * usize(num_vectors) + v) * values];
          const double distance = std::sqrt(2.0) * 1e-100, side = i == 0 ? 1.0 : -1.0;
          if (values == 1)
            EXPECT_NEAR(value * distance / charge, 1.0, 1e-9) << num_vectors;
          else
            EXPECT_NEAR(value * distance * distance / charge, side * std::sqrt(0.5), 1e-9) << num_vectors;
        }
    }
  }
}

TEST(Range, CheckSeesWhatIsMissing) {
  const Points points = random_numbers(3 * 400, 0.0, 1e-200, 9);
  const auto charges = random_numbers(400, 0.5, 1.0, 10);
  const auto numbers = dealt(400, Deal::blocks, MPI_COMM_WORLD);
  const Points own = take(points, numbers, 3);
  const std::vector<double> own_charges = take(charges, numbers, 1), nothing(numbers.size(), 0.0);
  EXPECT_NEAR(
      sampled_error(MPI_COMM_WORLD, make_kernel("laplace"), {own, own_charges, own, nothing}, 50).potential_rel_l2, 1.0,
      1e-12);
}

TEST(Range, ChargesOfAnySizeKeepTheTolerance) {
  constexpr std::size_t count = 3000;
  const Points points = random_numbers(3 * count, 0.0, 1.0, 11);
  const Points targets(points.begin(), points.begin() + 3 * 300);
  for (const double size : {1e-300, 1e-200, 1e-20, 1e20, 1e200, 1e305}) {
    auto charges = random_numbers(count, -size, size, 12);
    const Field exact = direct_field("laplace", 0.0, points, charges, targets);
    for (const double tolerance : {1e-5, 1e-10}) {
      const Evaluation found(make_kernel("laplace"), points, charges, tolerance);
      EXPECT_LT(scaled_error(first(found.potentials, 300), exact.potentials), tolerance) << size;
      EXPECT_LT(scaled_error(first(found.gradients, 900), exact.gradients), 10 * tolerance) << size;
      EXPECT_LT(found.checked.potential_rel_l2, tolerance) << size;
      EXPECT_LT(found.checked.gradient_rel_l2, 10 * tolerance) << size;
    }
  }
}

// Ranks that scaled by their own charges would mix up sizes; so would one whose charges are all zero.
TEST(Range, ChargesMayDifferBetweenRanks) {
  constexpr std::size_t count = 3000;
  const Points points = random_numbers(3 * count, 0.0, 1.0, 13);
  const Points targets(points.begin(), points.begin() + 3 * 300);
  for (const auto& [in_corner, elsewhere] : {std::pair{1e3, 1.0}, {1e200, 1.0}, {1e-200, 0.0}, {1e-300, 1e-10}}) {
    std::vector<double> charges = random_numbers(count, -1.0, 1.0, 14);
    for (std::size_t i = 0; i < count; ++i) {  // the corner has one owner
      const bool inside = points[3 * i] < 0.4 && points[3 * i + 1] < 0.4 && points[3 * i + 2] < 0.4;
      charges[i] *= inside ? in_corner : elsewhere;
    }
    const Field exact = direct_field("laplace", 0.0, points, charges, targets);
    for (const double tolerance : {1e-5, 1e-10}) {
      const Evaluation found(make_kernel("laplace"), points, charges, tolerance, 1, Deal::blocks);
      EXPECT_LT(scaled_error(first(found.potentials, 300), exact.potentials), tolerance) << in_corner;
    }
  }
}

// Each vector has a size of its own, and all of them are evaluated side by side.
TEST(Range, VectorsMayDifferInSize) {
  constexpr std::size_t count = 2000;
  const std::vector<double> sizes{1e-300, 1.0, 0.0, 1e200, 1e-30};
  const Points points = random_numbers(3 * count, 0.0, 1.0, 15);
  for (const std::string name : {"laplace", "stokeslet"}) {
    const Kernel kernel = make_kernel(name);
    const std::size_t dim = usize(kernel.source_dim);
    std::vector<double> charges = random_numbers(count * sizes.size() * dim, -1.0, 1.0, 16);
    for (std::size_t i = 0; i < charges.size(); ++i) charges[i] *= sizes[i / dim % sizes.size()];
    for (const double tolerance : dim == 1 ? std::vector{1e-4, 1e-9} : std::vector{1e-3}) {
      const Evaluation found(kernel, points, charges, tolerance, static_cast<int>(sizes.size()));
      for (std::size_t v = 0; v < sizes.size(); ++v) {
        const auto column = [&](const std::vector<double>& values, std::size_t width) {
          std::vector<double> result;
          for (std::size_t row = 0; row < count; ++row)
            for (std::size_t k = 0; k < width; ++k) result.push_back(values[(row * sizes.size() + v) * width + k]);
          return result;
        };
        const auto potentials = column(found.potentials, dim), gradients = column(found.gradients, 3 * dim);
        if (sizes[v] == 0.0) {
          for (const double x : potentials) EXPECT_EQ(x, 0.0);
          for (const double x : gradients) EXPECT_EQ(x, 0.0);
          continue;
        }
        const Points targets(points.begin(), points.begin() + 3 * 100);
        const Field exact = direct_field(name, 0.0, points, column(charges, dim), targets);
        EXPECT_LT(scaled_error(first(potentials, 100 * dim), exact.potentials), tolerance) << name << v;
        EXPECT_LT(scaled_error(first(gradients, 300 * dim), exact.gradients), 10 * tolerance) << name << v;
      }
    }
  }
}

}
}
