// SPDX-License-Identifier: BSD-3-Clause
#include "tree/octree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "support/keys.hpp"
#include "support/trees.hpp"

namespace nearfar {
namespace {

TEST(Octree, LinksParentsAndChildren) {
  const Octree tree = balanced_tree(random_point_keys(2000, 6, 0.1), 5);
  ASSERT_GT(tree.num_levels(), 4);
  for (Index i = 0; i < tree.size(); ++i) {
    EXPECT_EQ(tree.find(tree.key(i)), i);
    const int level = level_of(tree.key(i));
    EXPECT_GE(i, tree.level_begin[usize(level)]);
    EXPECT_LT(i, tree.level_begin[usize(level) + 1]);
    if (i > 0) {
      ASSERT_GE(tree.parent[usize(i)], 0);
      EXPECT_EQ(tree.key(tree.parent[usize(i)]), parent_of(tree.key(i)));
      EXPECT_EQ(tree.child(tree.parent[usize(i)], child_number(tree.key(i))), i);
    }
    EXPECT_EQ(tree.is_leaf(i), tree.child_mask[usize(i)] == 0);
  }
  Index num_missing = 0;
  for (Index i = 0; i < tree.size(); ++i)
    for (int number = 0; number < 8; ++number)
      if (tree.child(i, number) < 0) {
        ++num_missing;
        EXPECT_EQ(tree.find(child_of(tree.key(i), number)), -1);
      }
  EXPECT_GT(num_missing, tree.size());
}

TEST(Octree, OfNothingIsEmpty) {
  const Octree tree = make_octree({});
  EXPECT_EQ(tree.size(), 0);
  EXPECT_EQ(tree.num_levels(), 0);
}

/// All colleagues of a split octant exist when the parents of its colleagues are split.
TEST(Balance, TheClosureIsTheSmallestBalancedSuperset) {
  std::mt19937_64 random(7);
  SplitSets splits(8);
  const PointKey deep = random_key(random);
  for (int level = 0; level < 8; ++level) splits[usize(level)].push_back(octant_at(deep, level));
  std::set<OctantKey> expected;
  for (const auto& level : splits) expected.insert(level.begin(), level.end());
  for (bool grown = true; grown;) {  // brute force to the fixed point
    grown = false;
    for (const OctantKey key : std::set(expected))
      for (int d = 0; d < num_directions; ++d)
        if (const OctantKey around = colleague(key, d); around > root_octant)
          grown = expected.insert(parent_of(around)).second || grown;
  }

  close_splits(splits);

  std::set<OctantKey> closed;
  for (const auto& level : splits) {
    EXPECT_TRUE(std::is_sorted(level.begin(), level.end()));
    closed.insert(level.begin(), level.end());
  }
  EXPECT_EQ(closed, expected);
  EXPECT_GT(closed.size(), 30U);
}

TEST(Balance, NeighbouringLeavesDifferByOneLevelAtMost) {
  const Octree tree = balanced_tree(random_point_keys(3000, 8, 1e-4), 3);
  int deepest_step = 0;
  for (Index a = 0; a < tree.size(); ++a)
    for (Index b = 0; b < tree.size(); ++b)
      if (tree.is_leaf(a) && tree.is_leaf(b) && adjacent(tree.key(a), tree.key(b)))
        deepest_step = std::max(deepest_step, level_of(tree.key(a)) - level_of(tree.key(b)));
  EXPECT_EQ(deepest_step, 1);
}

}
}
