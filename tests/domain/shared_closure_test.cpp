// SPDX-License-Identifier: BSD-3-Clause
#include "domain/shared_closure.hpp"

#include <gtest/gtest.h>

#include <set>

#include "domain/essential_tree.hpp"
#include "support/clouds.hpp"
#include "support/keys.hpp"

namespace nearfar {
namespace {

constexpr int points_per_leaf = 6;

/// The whole tree of a cloud, and its cuts for many ranks.
struct CutTree {
  CutTree(Shape shape, int num_ranks) : num_ranks_(num_ranks) {
    Cloud cloud(shape, 12000);
    Partition whole = share_of(cloud, 0, 1);
    PartitionOptions options;
    options.points_per_leaf = points_per_leaf;
    cut_again(MPI_COMM_SELF, options, whole);
    Cuts cuts = choose_cuts(MPI_COMM_SELF, whole, options, num_ranks);
    whole.points_per_leaf = points_per_leaf;
    tree = make_essential_tree(MPI_COMM_SELF, whole).tree;
    cut.splitters = std::move(cuts.splitters);
    cut.shared_octants = std::move(cuts.shared_octants);
    cut.deepest_shared_level = level_of(cut.shared_octants.back().key);
  }
  [[nodiscard]] bool is_full(const OctantRecord& octant) const {
    return octant.num_sources > points_per_leaf && level_of(octant.key) < max_depth;
  }
  [[nodiscard]] int num_ranks() const noexcept { return num_ranks_; }

  Octree tree;
  Partition cut;

 private:
  int num_ranks_;
};

template <class Visit>
void for_all_cuts(const Visit& visit) {
  for (const Shape shape : all_shapes)
    for (const int num_ranks : {3, 64, 500}) {
      SCOPED_TRACE(name_of(shape) + " on " + std::to_string(num_ranks) + " ranks");
      visit(CutTree(shape, num_ranks));
    }
}

/// By close_splits of all shared octants, and for what touches these and their closure.
TEST(SharedClosure, HoldsWhatFollowsFromTheSharedOctants) {
  std::int64_t inside = 0, outside = 0;
  for_all_cuts([&](const CutTree& cut_tree) {
    SplitSets splits(max_depth + 1);
    for (const OctantRecord& octant : cut_tree.cut.shared_octants)
      splits[usize(level_of(octant.key))].push_back(octant.key);
    close_splits(splits);
    SharedClosure closure(cut_tree.cut);
    for (const auto& level : splits)
      for (const OctantKey key : level)
        for (int d = 0; d < num_directions; ++d) {
          const OctantKey other = colleague(key, d);
          if (other == 0 || closure.is_shared(other)) continue;
          ASSERT_EQ(closure.contains(other), is_split(splits, other)) << name_of(other);
          (is_split(splits, other) ? inside : outside) += 1;
        }
  });
  EXPECT_GT(inside, 1000);
  EXPECT_GT(outside, 1000);
}

/// What each rank tells others and what they find for themselves is the closure of all that is split.
TEST(SharedClosure, AndWhatRanksTellIsTheWholeClosure) {
  for_all_cuts([](const CutTree& cut_tree) {
    const Partition& cut = cut_tree.cut;
    SharedClosure closure(cut);
    std::vector<SplitSets> of_ranks(usize(cut_tree.num_ranks()), SplitSets(max_depth + 1));
    for (const OctantRecord& octant : cut_tree.tree.octants)
      if (cut_tree.is_full(octant) && !cut.is_shared(octant.key))
        of_ranks[usize(cut.owner_of_octant(octant.key))][usize(level_of(octant.key))].push_back(octant.key);
    std::set<OctantKey> told;
    for (std::size_t rank = 0; rank < of_ranks.size(); ++rank) {
      close_splits_of_rank(cut, static_cast<int>(rank), closure, of_ranks[rank]);
      for (const auto& level : of_ranks[rank]) told.insert(level.begin(), level.end());
    }
    for (const OctantRecord& octant : cut_tree.tree.octants) {
      if (closure.is_shared(octant.key)) continue;
      const bool split = told.contains(octant.key) || closure.contains(octant.key);
      EXPECT_EQ(split, octant.leaf == 0) << name_of(octant.key);
    }
  });
}

}
}
