// SPDX-License-Identifier: BSD-3-Clause
// Where a layout has the points, and how it is chosen and moved; on one rank.
#include "fmm/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fmm/costs.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_SELF;

struct Made {
  Layout layout;
  TargetLists lists;
  PhaseLog log;
  Made(const CallerPoints& points, Tuning tuning) { lists = make_layout(comm, points, std::move(tuning), layout, log); }
};

Tuning tuning_of(const Options& options, int point_weight = 1) {
  return {.kernel = make_kernel("laplace"), .options = options, .point_weight = point_weight};
}

const Options options{.order = 4, .points_per_leaf = 20, .root_scale = 1.25, .precision = Precision::full};

/// Coordinates of a point of the tree lie in the box of its leaf, which is how operators see it.
void expect_inside(const Coordinates& points, IndexRange range, const Box& box) {
  const std::array axes{&points.x, &points.y, &points.z};
  for (Index i = range.begin; i < range.end; ++i)
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double distance = (*axes[axis])[usize(i)] - box.origin[axis] - box.centre[axis];
      ASSERT_LE(std::abs(distance), box.half_width * (1.0 + 1e-12));
    }
}

TEST(Layout, HasEachPointInTheBoxOfItsLeaf) {
  const Points sources = app::sample_points(app::Distribution::plummer, 3, 0, 2000);
  const Points targets = app::sample_points(app::Distribution::cube, 4, 0, 1000);
  for (const bool same : {true, false}) {
    Made made({sources, targets, same}, tuning_of(options));
    const Layout& layout = made.layout;
    const Octree& tree = layout.essential.tree;
    std::vector<IndexRange> of_targets;
    std::vector<int> times(2000, 0);
    for (Index i = 0; i < tree.size(); ++i) {
      if (!tree.is_leaf(i)) continue;
      const Box box = layout.box(i);
      EXPECT_DOUBLE_EQ(box.half_width, layout.partition.root.side / std::ldexp(2.0, level_of(tree.key(i))));
      const auto& octant = tree.octants[usize(i)];
      const IndexRange own{octant.source_begin, octant.source_begin + static_cast<Index>(octant.num_sources)};
      for (Index k = own.begin; k < own.end; ++k) ++times[usize(k)];
      expect_inside(layout.points.sources, own, box);
      expect_inside(layout.points.targets(), layout.target_range(i), box);
      EXPECT_EQ(layout.target_range(i).size(), octant.num_targets);
      of_targets.push_back(layout.target_range(i));
      EXPECT_LE(octant.num_sources, 20);
      EXPECT_LE(octant.num_targets, 20);
    }
    EXPECT_EQ(times, std::vector<int>(2000, 1));
    std::sort(of_targets.begin(), of_targets.end(),
              [](auto& a, auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    Index next = 0;
    for (const IndexRange& range : of_targets) {
      EXPECT_EQ(range.begin, next);
      next = range.end;
    }
    EXPECT_EQ(next, layout.points.num_targets);
  }
}

/// What is given stays; what is left open is what the tuner chooses, and nothing is left open.
TEST(Layout, FillsInTheOptions) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, 3000);
  const Options given = Made({points, {}, true}, tuning_of(options)).layout.tuning.options;
  EXPECT_EQ(given.order, 4);
  EXPECT_EQ(given.points_per_leaf, 20);
  EXPECT_EQ(given.root_scale, 1.25);
  const Options chosen = Made({points, {}, true}, tuning_of({.tolerance = 1e-5})).layout.tuning.options;
  EXPECT_GT(chosen.order, 2);
  EXPECT_NE(chosen.precision, Precision::automatic);
  EXPECT_GT(chosen.points_per_leaf, 20);
  EXPECT_GE(chosen.root_scale, 1.0);
  const Options half = Made({points, {}, true}, tuning_of({.order = 4, .points_per_leaf = 20})).layout.tuning.options;
  EXPECT_EQ(half.points_per_leaf, 20);
  EXPECT_GE(half.root_scale, 1.0);
}

/// Cubes of that scale on the lower corner of the points.
TEST(Layout, TheRootCubeHasTheScaleAskedFor) {
  Points points = app::sample_points(app::Distribution::cube, 3, 0, 500);
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = 3.0 + 2.0 * points[i];
  points.insert(points.end(), {3.0, 3.0, 3.0, 5.0, 5.0, 5.0});
  const RootCube root = Made({points, {}, true}, tuning_of(options)).layout.partition.root;
  EXPECT_DOUBLE_EQ(root.side * root.unit, 2.5);
  for (std::size_t axis = 0; axis < 3; ++axis)
    EXPECT_DOUBLE_EQ((root.origin[axis] + root.corner[axis]) * root.unit, 3.0);
}

/// A point that stands for several: leaves hold fewer, but never fewer than four.
TEST(Layout, PointsMayStandForSeveral) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, 4000);
  for (const auto& [asked, weight] : {std::pair{1, 1}, {3, 3}, {5, 5}, {6, 5}, {100, 5}}) {
    const Layout layout = std::move(Made({points, {}, true}, tuning_of(options, asked)).layout);
    EXPECT_EQ(layout.tuning.point_weight, weight);
    EXPECT_EQ(layout.partition.points_per_leaf, 20 / weight);
    EXPECT_LE(layout.statistics.largest_leaf, 20 / weight);
  }
}

/// Lists with direct sums up to the limit that costs.hpp tells: what they replace is neither in W nor in X.
TEST(Layout, ReturnsTheListsThatTheTuningAsksFor) {
  const Points points = app::sample_points(app::Distribution::plummer, 3, 0, 3000);
  const auto least = [](const Made& made) {
    std::int64_t fewest = 1000;
    const Octree& tree = made.layout.essential.tree;
    for (const Index octant : made.lists.lists.w.values)
      if (tree.is_leaf(octant)) fewest = std::min(fewest, tree.octants[usize(octant)].num_sources);
    return fewest;
  };
  Options of_two = options;
  of_two.order = 2;
  of_two.points_per_leaf = 100;
  const Made made({points, {}, true}, tuning_of(of_two));
  EXPECT_EQ(direct_limit(make_kernel("laplace"), of_two), 8);
  EXPECT_GT(least(made), 8);
  EXPECT_LT(least(made), 30) << "those above stay";
  of_two.num_vectors = 8;  // 8 / 0.35
  EXPECT_GT(least(Made({points, {}, true}, tuning_of(of_two))), 23);
}

TEST(Layout, MovesToWhereThePointsAre) {
  Points points = app::sample_points(app::Distribution::cube, 3, 0, 2000);
  Made made({points, {}, true}, tuning_of(options));
  for (const bool keep_side : {false, true}) {
    for (double& x : points) x = 2.0 * x + 1.0;
    const RootCube before = made.layout.partition.root;
    made.lists = move_layout(comm, {points, {}, true}, {.keep_side = keep_side}, made.layout, made.log);
    Made fresh({points, {}, true}, tuning_of(options));
    const auto side = [](const Layout& layout) { return layout.partition.root.side * layout.partition.root.unit; };
    EXPECT_NEAR(side(made.layout), (keep_side ? 1.05 : 1.0) * side(fresh.layout), 1e-12);
    EXPECT_NE(made.layout.partition.root, before);
    const Octree& tree = made.layout.essential.tree;
    for (Index i = 0; i < tree.size(); ++i)
      if (tree.is_leaf(i)) expect_inside(made.layout.points.sources, made.layout.target_range(i), made.layout.box(i));
    EXPECT_EQ(made.layout.statistics.checksum == fresh.layout.statistics.checksum, !keep_side);
    EXPECT_EQ(made.layout.points.num_sources, 2000);
    EXPECT_EQ(size_of(made.layout.octant_work), tree.size());
  }
}

TEST(Layout, ReleasesWhatOnlyAnotherMoveCouldUse) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, 2000);
  Made made({points, points, false}, tuning_of(options));
  EXPECT_GT(made.layout.partition.sources.capacity(), 0U);
  EXPECT_GT(made.layout.partition.targets.capacity(), 0U);
  release_records(made.layout.partition);
  EXPECT_EQ(made.layout.partition.sources.capacity(), 0U);
  EXPECT_EQ(made.layout.partition.targets.capacity(), 0U);
  EXPECT_EQ(made.layout.partition.scratch.capacity(), 0U);
  const std::uint64_t checksum = made.layout.statistics.checksum;
  made.lists = move_layout(comm, {points, points, false}, {}, made.layout, made.log);
  EXPECT_EQ(made.layout.statistics.checksum, checksum) << "a move makes its own";
}

TEST(Layout, LogsItsPhases) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, 2000);
  Made made({points, {}, true}, tuning_of(options));
  for (const Phase phase : {Phase::partition, Phase::tree, Phase::lists}) EXPECT_GT(made.log.time(phase).seconds, 0.0);
  for (const Phase phase : {Phase::translations, Phase::expansions, Phase::p2p})
    EXPECT_EQ(made.log.time(phase).seconds, 0.0);
}

}
}
