// SPDX-License-Identifier: BSD-3-Clause
// The tree in numbers, against a tree that is built and searched the slow way.
#include "fmm/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/open_plan.hpp"
#include "support/samples.hpp"
#include "support/trees.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_SELF;

Options lists_of(int points_per_leaf) {
  return {.order = 4, .points_per_leaf = points_per_leaf, .root_scale = 1.0, .lists_only = true};
}

Octree slow_tree(const Points& points, const RootCube& root, int points_per_leaf) {
  std::vector<PointKey> keys;
  for (std::size_t i = 0; i < points.size(); i += 3)
    keys.push_back(root.point_key(points[i] / root.unit, points[i + 1] / root.unit, points[i + 2] / root.unit));
  std::sort(keys.begin(), keys.end());
  return balanced_tree(keys, points_per_leaf);
}

/// Lengths of one kind of list, octant by octant.
struct Lengths {
  std::int64_t sum = 0, sum_of_leaves = 0, max = 0;
  void add(std::int64_t length, bool leaf) {
    sum += length;
    if (leaf) sum_of_leaves += length;
    max = std::max(max, length);
  }
};

void expect_lengths(const ListStatistics& told, const Lengths& counted, const Octree& tree, const char* list) {
  const auto leaves = std::count_if(tree.octants.begin(), tree.octants.end(), [](auto& o) { return o.leaf != 0; });
  EXPECT_DOUBLE_EQ(told.mean, static_cast<double>(counted.sum) / static_cast<double>(tree.size())) << list;
  EXPECT_DOUBLE_EQ(told.mean_of_leaves, static_cast<double>(counted.sum_of_leaves) / static_cast<double>(leaves))
      << list;
  EXPECT_EQ(told.max, counted.max) << list;
}

/// Ying, Biros and Zorin (2004), over all pairs of octants.
void expect_lists(const TreeStatistics& statistics, const Octree& tree) {
  Lengths u, v, w, x;
  for (Index b = 0; b < tree.size(); ++b) {
    std::int64_t in_u = 0, in_v = 0, in_w = 0, in_x = 0;
    for (Index a = 0; a < tree.size(); ++a) {
      const OctantKey kb = tree.key(b), ka = tree.key(a);
      const bool touch = adjacent(ka, kb);
      const auto touches_parent_only = [&](Index inner, Index outer) {
        return tree.is_leaf(outer) && !touch && level_of(tree.key(inner)) > level_of(tree.key(outer)) &&
               adjacent(parent_of(tree.key(inner)), tree.key(outer));
      };
      if (touch && tree.is_leaf(a) && tree.is_leaf(b)) ++in_u;
      if (level_of(ka) == level_of(kb) && level_of(ka) > 0 && !touch && adjacent(parent_of(ka), parent_of(kb))) ++in_v;
      if (touches_parent_only(a, b)) ++in_w;
      if (touches_parent_only(b, a)) ++in_x;
    }
    const bool leaf = tree.is_leaf(b);
    u.add(in_u, leaf);
    v.add(in_v, leaf);
    w.add(in_w, leaf);
    x.add(in_x, leaf);
  }
  expect_lengths(statistics.u, u, tree, "U");
  expect_lengths(statistics.v, v, tree, "V");
  expect_lengths(statistics.w, w, tree, "W");
  expect_lengths(statistics.x, x, tree, "X");
}

TEST(Statistics, AreThoseOfATreeBuiltTheSlowWay) {
  for (const auto distribution : all_distributions) {
    const Points points = app::sample_points(distribution, 7, 0, 1200);
    const OpenGeometry geometry(comm, make_kernel("laplace"), {points, {}, true}, lists_of(15));
    const TreeStatistics& told = geometry.layout().statistics;
    const Octree tree = slow_tree(points, geometry.layout().partition.root, 15);

    std::array<std::int64_t, max_depth + 1> by_level{};
    std::int64_t leaves = 0, largest = 0;
    int depth = 0;
    for (Index i = 0; i < tree.size(); ++i) {
      const int level = level_of(tree.key(i));
      ++by_level[usize(level)];
      if (!tree.is_leaf(i)) continue;
      ++leaves;
      depth = std::max(depth, level);
      largest = std::max(largest, tree.octants[usize(i)].num_sources);
    }
    EXPECT_EQ(told.num_sources, 1200);
    EXPECT_EQ(told.num_targets, 1200);
    EXPECT_EQ(told.num_octants, tree.size());
    EXPECT_EQ(told.octants_per_level, by_level);
    EXPECT_EQ(told.num_leaves, leaves);
    EXPECT_EQ(told.depth, depth);
    EXPECT_EQ(told.largest_leaf, largest);
    EXPECT_EQ(told.num_overfull_leaves, 0);
    expect_lists(told, tree);
  }
}

TEST(Statistics, TellSourcesFromTargets) {
  const Points sources = app::sample_points(app::Distribution::cube, 7, 0, 40);
  const Points targets = app::sample_points(app::Distribution::cube, 8, 0, 300);
  const OpenGeometry geometry(comm, make_kernel("laplace"), {sources, targets, false}, lists_of(1000));
  const TreeStatistics& told = geometry.layout().statistics;
  EXPECT_EQ(told.num_sources, 40);
  EXPECT_EQ(told.num_targets, 300);
  EXPECT_EQ(told.num_leaves, 1);
  EXPECT_EQ(told.depth, 0);
  EXPECT_EQ(told.largest_leaf, 300) << "most sources or targets";
  EXPECT_EQ(told.u.mean, 1.0);
  EXPECT_EQ(told.v.max, 0);
}

TEST(Statistics, CountOverfullLeavesAtTheDepthLimit) {
  Points points = app::sample_points(app::Distribution::cube, 7, 0, 100);
  for (const double x : {0.25, 0.5})
    for (int i = 0; i < 20; ++i) points.insert(points.end(), {x, x, x});
  for (int i = 0; i < 5; ++i) points.insert(points.end(), {0.1, 0.2, 0.7});
  for (int i = 0; i < 15; ++i) points.insert(points.end(), {0.7501 + i * 0x1p-53, 0.1, 0.1});  // smaller than a cell
  const OpenGeometry geometry(comm, make_kernel("laplace"), {points, {}, true}, lists_of(10));
  const TreeStatistics& told = geometry.layout().statistics;
  EXPECT_EQ(told.num_overfull_leaves, 3);
  EXPECT_EQ(told.num_piles, 2);
  EXPECT_EQ(told.depth, max_depth);
  EXPECT_EQ(told.largest_leaf, 20);
}

TEST(Statistics, OfNoPointsAreZeros) {
  const OpenGeometry geometry(comm, make_kernel("laplace"), {{}, {}, true}, lists_of(10));
  const TreeStatistics& told = geometry.layout().statistics;
  EXPECT_EQ(told.num_sources, 0);
  EXPECT_EQ(told.largest_leaf, 0);
  for (const ListStatistics* list : {&told.u, &told.v, &told.w, &told.x}) {
    EXPECT_EQ(list->mean, 0.0);
    EXPECT_EQ(list->mean_of_leaves, 0.0);
  }
}

/// The checksum is of the set of leaves: not of the points in them, but of every leaf.
TEST(Statistics, TheChecksumTellsSetsOfLeavesApart) {
  const auto checksum = [](const Points& points, int points_per_leaf) {
    return OpenGeometry(comm, make_kernel("laplace"), {points, {}, true}, lists_of(points_per_leaf))
        .layout()
        .statistics.checksum;
  };
  Points points{0.0, 0.0, 0.0, 1.0, 1.0, 1.0};  // so that the root stays
  const std::uint64_t one_leaf = checksum(points, 2), two_leaves = checksum(points, 1);
  EXPECT_NE(one_leaf, two_leaves);
  Points third = points;
  third.insert(third.end(), {0.9, 0.1, 0.1});
  EXPECT_NE(checksum(third, 1), two_leaves) << "a leaf more";
  Points mirrored = points;
  mirrored.insert(mirrored.end(), {0.1, 0.9, 0.1});
  EXPECT_NE(checksum(mirrored, 1), checksum(third, 1)) << "as many elsewhere";
  third[6] = 0.95;
  Points same = points;
  same.insert(same.end(), {0.9, 0.1, 0.1});
  EXPECT_EQ(checksum(third, 1), checksum(same, 1)) << "the same leaves";
}

/// Two leaves that are the first and the last child of the root, or of its first child.
TEST(Statistics, TheChecksumTellsLevelsApart) {
  const auto statistics = [](double root_scale) {
    Options options = lists_of(1);
    options.root_scale = root_scale;
    const Points points{0.0, 0.0, 0.0, 1.001, 1.001, 1.001};  // the cube is rounded up, and so less than half full
    return OpenGeometry(comm, make_kernel("laplace"), {points, {}, true}, options).layout().statistics;
  };
  const TreeStatistics first = statistics(1.0), second = statistics(2.0);
  ASSERT_EQ(first.depth, 1);
  ASSERT_EQ(second.depth, 2);
  ASSERT_EQ(second.num_leaves, 2);
  EXPECT_NE(first.checksum, second.checksum);
}

}
}
