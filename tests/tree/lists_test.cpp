// SPDX-License-Identifier: BSD-3-Clause
#include "tree/lists.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "support/trees.hpp"

namespace nearfar {
namespace {

/// All octants of a tree as targets.
struct Listed {
  Octree tree;
  std::vector<Index> targets;
  ColleagueTable colleagues;
  InteractionLists lists;
};

Listed listed(Octree tree, Index direct_limit = 0) {
  Listed result{std::move(tree), {}, {}, {}};
  result.targets.resize(usize(result.tree.size()));
  std::iota(result.targets.begin(), result.targets.end(), 0);
  result.colleagues = make_colleagues(result.tree, std::vector<std::uint8_t>(usize(result.tree.size()), 1));
  result.lists =
      make_lists(result.tree, result.colleagues, make_child_masks(result.tree), result.targets, direct_limit);
  return result;
}

std::set<Index> as_set(std::span<const Index> list) { return {list.begin(), list.end()}; }

/// The definitions, by brute force over all pairs of octants.
void expect_lists_by_definition(const Listed& l) {
  const Octree& tree = l.tree;
  const auto colleagues = [&](Index a, Index b) {
    return level_of(tree.key(a)) == level_of(tree.key(b)) && adjacent(tree.key(a), tree.key(b));
  };
  for (Index b = 0; b < tree.size(); ++b) {
    std::set<Index> u, w, x;
    Index v = 0;
    for (Index other = 0; other < tree.size(); ++other) {
      const bool touch = adjacent(tree.key(b), tree.key(other));
      const Index pb = tree.parent[usize(b)];
      const Index po = tree.parent[usize(other)];
      if (tree.is_leaf(b) && tree.is_leaf(other) && touch) u.insert(other);
      if (pb >= 0 && po >= 0 && colleagues(pb, po) && !touch) ++v;
      if (tree.is_leaf(b) && po >= 0 && colleagues(b, po) && !touch) w.insert(other);
      if (tree.is_leaf(other) && pb >= 0 && colleagues(pb, other) && !touch) x.insert(other);
    }
    ASSERT_EQ(as_set(l.lists.direct[b]), u);
    ASSERT_EQ(l.lists.direct[b].size(), u.size()) << "duplicates";
    ASSERT_EQ(as_set(l.lists.w[b]), w);
    ASSERT_EQ(as_set(l.lists.x[b]), x);
    ASSERT_EQ(l.lists.v_length[usize(b)], v);
  }
}

TEST(Lists, FollowTheDefinitionsOnAdaptiveTrees) {
  for (const unsigned seed : {1U, 2U, 3U})
    expect_lists_by_definition(listed(balanced_tree(random_point_keys(600, seed, 0.02), 4)));
  expect_lists_by_definition(listed(balanced_tree(random_point_keys(300, 4, 1e-6), 10)));
}

TEST(Lists, DirectSumsReplaceMembersWithFewPointsInMortonOrder) {
  constexpr Index limit = 2;
  const Octree tree = balanced_tree(random_point_keys(800, 5, 0.02), 4);
  const Listed all = listed(tree), some = listed(tree, limit);
  const auto by_anchor = [&](Index a, Index b) { return first_point(tree.key(a)) < first_point(tree.key(b)); };
  std::size_t num_replaced = 0;
  for (Index b = 0; b < tree.size(); ++b) {
    std::set<Index> direct = as_set(all.lists.direct[b]), w, x;
    for (const Index other : all.lists.w[b])
      (tree.is_leaf(other) && tree.octants[usize(other)].num_sources <= limit ? direct : w).insert(other);
    for (const Index other : all.lists.x[b])
      (tree.is_leaf(b) && tree.octants[usize(b)].num_targets <= limit ? direct : x).insert(other);
    ASSERT_EQ(as_set(some.lists.direct[b]), direct);
    ASSERT_EQ(as_set(some.lists.w[b]), w);
    ASSERT_EQ(as_set(some.lists.x[b]), x);
    const auto list = some.lists.direct[b];
    ASSERT_TRUE(std::is_sorted(list.begin(), list.end(), by_anchor));
    num_replaced += direct.size() - all.lists.direct[b].size();
  }
  EXPECT_GT(num_replaced, 100U);
  EXPECT_EQ(some.lists.summary.w.sum, all.lists.summary.w.sum);
  EXPECT_EQ(some.lists.summary.x.max, all.lists.summary.x.max);
  EXPECT_EQ(all.lists.summary.u.sum, std::ssize(all.lists.direct.values));
  EXPECT_EQ(all.lists.summary.x.sum, std::ssize(all.lists.x.values));
}

TEST(Lists, CoverEveryPairOfLeavesOnce) {
  const Listed l = listed(balanced_tree(random_point_keys(800, 9, 0.01), 4));
  const Octree& tree = l.tree;
  for (Index target = 0; target < tree.size(); ++target) {
    if (!tree.is_leaf(target)) continue;
    std::vector<int> times(usize(tree.size()), 0);
    const auto cover = [&](Index source) {
      for (Index leaf = 0; leaf < tree.size(); ++leaf)
        if (tree.is_leaf(leaf) && contains(tree.key(source), tree.key(leaf))) ++times[usize(leaf)];
    };
    for (const Index source : l.lists.direct[target]) cover(source);
    for (const Index source : l.lists.w[target]) cover(source);
    for (Index b = target; b >= 0; b = tree.parent[usize(b)]) {
      for (const Index source : l.lists.x[b]) cover(source);
      const Index parent = tree.parent[usize(b)];
      if (parent < 0) continue;
      for (int d = 0; d < num_directions; ++d) {
        const Index other = l.colleagues[parent][usize(d)];
        if (other < 0 || d == own_direction) continue;
        for (int number = 0; number < 8; ++number) {
          const Index child = tree.child(other, number);
          const bool near = (touching_children(d, child_number(tree.key(b))) >> number & 1U) != 0;
          if (child >= 0 && !near) cover(child);
        }
      }
    }
    for (Index leaf = 0; leaf < tree.size(); ++leaf)
      if (tree.is_leaf(leaf)) {
        ASSERT_EQ(times[usize(leaf)], 1) << "target " << target << " source " << leaf;
      }
  }
}

/// A tree in which the given octants of level 3 are split and all of level 2 are.
Octree tree_with_splits(const std::vector<OctantKey>& split) {
  SplitSets splits(4);
  splits[0] = {root_octant};
  for (int level = 1; level < 3; ++level)
    for (OctantKey key = level_bit(level); key < 2 * level_bit(level); ++key) splits[usize(level)].push_back(key);
  splits[3] = split;
  std::sort(splits[3].begin(), splits[3].end());
  close_splits(splits);
  std::vector<OctantRecord> records;
  for (int level = 0; level <= 4; ++level)
    for (OctantKey key = level_bit(level); key < 2 * level_bit(level); ++key)
      if (level == 0 || is_split(splits, parent_of(key)))
        records.push_back({.key = key, .num_sources = 1, .num_targets = 1, .leaf = is_split(splits, key) ? 0 : 1});
  return make_octree(records);
}

TEST(Lists, ALeafWhoseColleaguesAreAllSplitReachesTheBoundOfW) {
  const OctantKey centre = octant_key({3, 3, 3}, 3);
  std::vector<OctantKey> split;
  for (int d = 0; d < num_directions; ++d)
    if (d != own_direction) split.push_back(colleague(centre, d));

  const Listed l = listed(tree_with_splits(split));

  const Index leaf = l.tree.find(centre);
  ASSERT_TRUE(l.tree.is_leaf(leaf));
  EXPECT_EQ(l.lists.w[leaf].size(), 152U);        // 26 * 8 children, 56 of them touching
  EXPECT_EQ(l.lists.direct[leaf].size(), 57U);    // those and the leaf itself
  EXPECT_EQ(l.lists.v_length[usize(leaf)], 189);  // all neighbours of the parent are split once
}

TEST(Lists, StayWithinTheirBounds) {
  std::mt19937_64 random(11);
  std::size_t most_u = 0, most_w = 0, most_x = 0;
  Index most_v = 0;
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<OctantKey> split;
    for (OctantKey key = level_bit(3); key < 2 * level_bit(3); ++key)
      if (random() % 20 < static_cast<unsigned>(trial)) split.push_back(key);
    const Listed l = listed(tree_with_splits(split));
    for (Index i = 0; i < l.tree.size(); ++i) {
      most_u = std::max(most_u, l.lists.direct[i].size());
      most_w = std::max(most_w, l.lists.w[i].size());
      most_x = std::max(most_x, l.lists.x[i].size());
      most_v = std::max(most_v, l.lists.v_length[usize(i)]);
    }
  }
  EXPECT_LE(most_u, 60U);
  EXPECT_LE(most_v, 189);
  EXPECT_LE(most_w, 152U);
  EXPECT_LE(most_x, 19U);
  // The random trees come close, so that the bounds are tested where it matters.
  EXPECT_GE(most_u, 45U);
  EXPECT_EQ(most_v, 189);
  EXPECT_GE(most_w, 120U);
  EXPECT_GE(most_x, 15U);
}

}
}
