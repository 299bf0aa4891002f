// SPDX-License-Identifier: BSD-3-Clause
// Costs counted on trial trees against the predicted work of the trees themselves, and the choice that follows.
#include "fmm/trial_trees.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fmm/layout.hpp"
#include "fmm/tuner.hpp"
#include "operators/surface.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_SELF;
const std::vector<int> sizes{40, 64, 100, 160, 250, 400, 640, 1000, 1600, 2500};

/// Cuspy haloes of very unequal size: radii down to a thousandth of each one's are as likely by their logarithms.
Points haloes(int num_points) {
  constexpr int num_haloes = 40;
  std::vector<double> before{0.0};
  for (int halo = 0; halo < num_haloes; ++halo) before.push_back(before.back() + 1.0 / (halo + 1.0));
  const auto number = [](int i, std::uint64_t stream) {
    return app::uniform_number(7, static_cast<std::uint64_t>(i), stream);
  };
  Points points;
  for (int i = 0; i < num_points; ++i) {
    const double place = before.back() * number(i, 0);
    const auto halo = static_cast<int>(std::upper_bound(before.begin(), before.end(), place) - before.begin()) - 1;
    const double radius = std::pow(halo + 1.0, -1.0 / 3.0) * std::pow(10.0, -3.0 * number(i, 1));
    const double height = 2.0 * number(i, 2) - 1.0, angle = 6.283185307179586 * number(i, 3);
    const double across = std::sqrt(1.0 - height * height);
    const double direction[] = {across * std::cos(angle), across * std::sin(angle), height};
    for (std::uint64_t axis = 0; axis < 3; ++axis)
      points.push_back(40.0 * number(halo + num_points, axis) + radius * direction[axis]);
  }
  return points;
}

struct Cloud {
  std::string name;
  Points points;
};

const std::vector<Cloud>& clouds() {
  constexpr int count = 30000;
  static const std::vector<Cloud> all{{"cube", app::sample_points(app::Distribution::cube, 1, 0, count)},
                                      {"sphere", app::sample_points(app::Distribution::sphere, 1, 0, count)},
                                      {"plummer", app::sample_points(app::Distribution::plummer, 1, 0, count)},
                                      {"haloes", haloes(count)}};
  return all;
}

CallerPoints view(const Points& points) { return {points, {}, true}; }

Options options_of(double tolerance) {
  Options options = choose_accuracy({.tolerance = tolerance}, make_kernel("laplace"));
  options.root_scale = 1.0;
  return options;
}

/// What the lists of the whole tree ask for, without what each point costs whatever the tree is.
double cost_of_tree(const Points& points, Options options, int size) {
  const Kernel kernel = make_kernel("laplace");
  options.points_per_leaf = size;
  Layout layout;
  PhaseLog log;
  (void)make_layout(comm, view(points), {.kernel = kernel, .options = options}, layout, log);
  const Costs costs = estimate_costs(kernel, options.order, options.precision);
  PhaseWork work = sum_of(layout.octant_work);
  work[Phase::p2p] /= near_field_time_here();
  return work.total() - static_cast<double>(points.size() / 3) * (costs.source_point + costs.target_point);
}

/// Every `rate`-th point, unrelated to where it lies.
std::vector<PointKey> keys_of(const Points& points, std::size_t rate) {
  const Extent extent = find_extent(comm, view(points));
  const RootCube root = make_root_cube(extent.lower, extent.upper);
  std::vector<PointKey> keys;
  for (std::size_t i = 0; i < points.size(); i += 3 * rate)
    keys.push_back(root.point_key(points[i] / root.unit, points[i + 1] / root.unit, points[i + 2] / root.unit));
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<double> counted(const std::vector<PointKey>& keys, double points_per_key, const Options& options) {
  const Kernel kernel = make_kernel("laplace");
  const CountedCosts costs = count_costs(keys, points_per_key, sizes,
                                         {.costs = estimate_costs(kernel, options.order, options.precision),
                                          .direct_limit = direct_limit(kernel, options)});
  std::vector<double> sum = costs.far;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += costs.near[i];
  return sum;
}

/// The prediction takes the cheaper M2L octant by octant, the count family by family, and there the least is higher;
/// the count has transforms of octants with nothing around them too.
TEST(TrialTrees, OfAllPointsCostWhatTheListsOfTheTreePredict) {
  for (const Cloud& cloud : clouds())
    for (const double tolerance : {1e-3, 1e-6}) {
      const Options options = options_of(tolerance);
      const std::vector<double> costs = counted(keys_of(cloud.points, 1), 1.0, options);
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        const double whole = cost_of_tree(cloud.points, options, sizes[i]);
        EXPECT_GT(costs[i], 0.998 * whole) << cloud.name << ' ' << sizes[i];
        EXPECT_LT(costs[i], 1.06 * whole) << cloud.name << ' ' << sizes[i];
      }
    }
}

/// Of haloes, a sample misses many an octant with few points, but for all sizes alike.
TEST(TrialTrees, OfASampleCostAboutAsMuch) {
  for (const Cloud& cloud : clouds()) {
    const Options options = options_of(1e-6);
    const std::vector<double> all = counted(keys_of(cloud.points, 1), 1.0, options),
                              some = counted(keys_of(cloud.points, 8), 8.0, options);
    double mean = 0.0;
    for (std::size_t i = 1; i < sizes.size(); ++i) mean += std::log(some[i] / all[i]) / 9.0;
    EXPECT_LT(mean, 0.1) << cloud.name;
    EXPECT_GT(mean, cloud.name == "haloes" ? -0.33 : -0.1) << cloud.name;
    for (std::size_t i = 1; i < sizes.size(); ++i)
      EXPECT_NEAR(std::log(some[i] / all[i]), mean, cloud.name == "cube" ? 0.4 : 0.25)
          << cloud.name << ' ' << sizes[i] << ": most in the cube, where all leaves of a level are nearly too full";
  }
}

/// The choice from every other key.
Options chosen_for(const Points& points, double tolerance) {
  return choose_tree({.tolerance = tolerance, .root_scale = 1.0}, make_kernel("laplace"), keys_of(points, 2), 2.0, 1.0);
}

TEST(TrialTrees, LeadToNearlyTheCheapestLeaves) {
  for (const Cloud& cloud : clouds()) {
    const Options options = options_of(1e-6);
    double least = INFINITY;
    for (const int size : sizes) least = std::min(least, cost_of_tree(cloud.points, options, size));
    const int chosen = chosen_for(cloud.points, 1e-6).points_per_leaf;
    EXPECT_LT(cost_of_tree(cloud.points, options, chosen), 1.08 * least) << cloud.name << ' ' << chosen;
  }
}

TEST(TrialTrees, LeadToLargerLeavesForHaloes) {
  EXPECT_GE(chosen_for(clouds()[3].points, 1e-6).points_per_leaf, 400);
  EXPECT_LE(chosen_for(clouds()[0].points, 1e-6).points_per_leaf, 250);
}

TEST(TrialTrees, LeadToTheSameChoiceForAnyOrderOfThePoints) {
  for (const Cloud& cloud : clouds()) {
    Points reversed;
    for (std::size_t i = cloud.points.size(); i > 0; i -= 3)
      reversed.insert(reversed.end(), &cloud.points[i - 3], &cloud.points[i - 3] + 3);
    const auto chosen = [](const Points& points) {
      Layout layout;
      PhaseLog log;
      (void)make_layout(comm, view(points), {.kernel = make_kernel("laplace"), .options = {.tolerance = 1e-6}}, layout,
                        log);
      return std::pair{layout.tuning.options.points_per_leaf, layout.tuning.options.root_scale};
    };
    EXPECT_EQ(chosen(reversed), chosen(cloud.points)) << cloud.name;
  }
}

/// Far from each other, two clouds have what each has alone, but for the octants above them.
TEST(TrialTrees, SeeThroughEmptySpace) {
  const Points& cube = clouds()[0].points;
  Points both = cube;
  for (std::size_t i = 0; i < cube.size(); i += 3)
    both.insert(both.end(), {cube[i] + 1023.0, cube[i + 1], cube[i + 2]});
  const Options options = options_of(1e-6);
  const std::vector<double> one = counted(keys_of(cube, 1), 1.0, options),
                            two = counted(keys_of(both, 1), 1.0, options);
  for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_NEAR(two[i] / one[i], 2.0, 0.05) << sizes[i];
}

TEST(TrialTrees, HaveNothingToCountWithoutPointsOrSizes) {
  const std::vector<PointKey> none;
  EXPECT_EQ(count_costs(none, 1.0, sizes, {}).far, std::vector<double>(sizes.size(), 0.0));
  EXPECT_TRUE(count_costs(std::vector<PointKey>{3}, 1.0, {}, {}).near.empty());
}

}
}
