// SPDX-License-Identifier: BSD-3-Clause
#include "domain/essential_tree.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <numeric>

#include "support/domains.hpp"

namespace nearfar {
namespace {

TEST(EssentialTree, OfOneRankIsTheGlobalTree) {
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    const BuiltDomain built(setting);
    const Octree& tree = built.essential.tree;
    const GlobalTree global = global_tree(setting, built.options.root);
    ASSERT_EQ(tree.size(), size_of(global));
    EXPECT_EQ(built.essential.num_owned, tree.size());
    auto expected = global.begin();
    for (Index i = 0; i < tree.size(); ++i, ++expected) {
      ASSERT_EQ(tree.key(i), expected->first);
      EXPECT_EQ(tree.octants[usize(i)].num_sources, expected->second.num_sources);
      EXPECT_EQ(tree.octants[usize(i)].num_targets, expected->second.num_targets);
      EXPECT_EQ(tree.is_leaf(i), expected->second.leaf);
      EXPECT_EQ(tree.octants[usize(i)].slot, i);
    }
  }
}

/// Points that touch a corner of the root's centre from one side only: balance must split far octants of few points.
TEST(EssentialTree, IsBalancedAroundADeepCorner) {
  Points points = uniform_points(400, 1, 1e-4, 0.5);
  for (const double x : {0.0, 1.0}) points.insert(points.end(), {x, x, x});
  const Points around = uniform_points(200, 2);
  points.insert(points.end(), around.begin(), around.end());
  const BuiltDomain built({.name = "corner", .sources = points, .points_per_leaf = 20});
  const Octree& tree = built.essential.tree;
  int deepest_step = 0;
  Index num_split_by_balance = 0;
  for (Index a = 0; a < tree.size(); ++a) {
    if (!tree.is_leaf(a) && tree.octants[usize(a)].num_sources <= 20) ++num_split_by_balance;
    for (Index b = 0; b < tree.size(); ++b)
      if (tree.is_leaf(a) && tree.is_leaf(b) && adjacent(tree.key(a), tree.key(b)))
        deepest_step = std::max(deepest_step, level_of(tree.key(a)) - level_of(tree.key(b)));
  }
  EXPECT_EQ(deepest_step, 1);
  EXPECT_GT(num_split_by_balance, 10);
  EXPECT_GT(tree.num_levels(), 12);
}

TEST(EssentialTree, DoesNotDependOnThreads) {
  const int threads_before = omp_get_max_threads();
  const DomainSetting setting{.name = "plummer", .sources = app::sample_points(app::Distribution::plummer, 3, 0, 5000)};
  std::vector<EssentialTree> trees;
  for (const int threads : {1, 3}) {
    omp_set_num_threads(threads);
    trees.push_back(BuiltDomain(setting).essential);
  }
  omp_set_num_threads(threads_before);
  ASSERT_EQ(trees[0].tree.size(), trees[1].tree.size());
  for (Index i = 0; i < trees[0].tree.size(); ++i) {
    ASSERT_EQ(trees[0].tree.key(i), trees[1].tree.key(i));
    ASSERT_EQ(trees[0].tree.octants[usize(i)].source_begin, trees[1].tree.octants[usize(i)].source_begin);
  }
  EXPECT_EQ(trees[0].target_begin, trees[1].target_begin);
}

TEST(EssentialTree, SplitsWhereTargetsAreMany) {
  const BuiltDomain built(
      {.name = "targets", .sources = uniform_points(3, 3), .targets = uniform_points(500, 4), .same = false});
  const Octree& tree = built.essential.tree;
  for (Index i = 0; i < tree.size(); ++i)
    if (tree.is_leaf(i)) {
      EXPECT_LE(tree.octants[usize(i)].num_targets, 10);
    }
  EXPECT_GT(tree.size(), 50);
}

/// Cut for many ranks, none tells of its octants to many more than the others do.
TEST(EssentialTree, SendsOfGhostsAreFewWherePointsAreCrowded) {
  constexpr int num_ranks = 1000;
  BuiltDomain built({.name = "plummer", .sources = app::sample_points(app::Distribution::plummer, 3, 0, 60000)});
  built.partition.splitters = choose_cuts(MPI_COMM_SELF, built.partition, built.options, num_ranks).splitters;
  const std::vector<Index> sends = ghost_sends(built.essential, built.partition);
  const Index sum = std::accumulate(sends.begin(), sends.end(), 0);
  const Index most = *std::max_element(sends.begin(), sends.end());
  EXPECT_LE(most, 195);  // found: 191 at most, and a third of it in the mean
  EXPECT_LE(most * num_ranks, 3 * sum);
}

}
}
