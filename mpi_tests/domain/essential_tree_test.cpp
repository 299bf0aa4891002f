// SPDX-License-Identifier: BSD-3-Clause
#include "domain/essential_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/domains.hpp"
#include "support/keys.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

/// The domain of a setting beside the naive tree, cut where points are even or, for `seed` > 0, at random places.
struct Built : BuiltDomain {
  GlobalTree global;

  Built(const DomainSetting& setting, unsigned seed)
      : BuiltDomain(setting, comm, borders(setting, seed)), global(global_tree(setting, options.root)) {}

  static std::vector<PointKey> borders(const DomainSetting& setting, unsigned seed) {
    if (seed == 0) return {};
    return random_leaf_borders(global_tree(setting, root_of(setting)), seed, comm);
  }
  [[nodiscard]] const OctantRecord& octant(Index i) const { return essential.tree.octants[usize(i)]; }
};

template <class Action>
void for_all_domains(const Action& action) {
  for (const auto& setting : domain_settings())
    for (const unsigned seed : {0U, 1U}) {
      SCOPED_TRACE(setting.name + ", cut " + std::to_string(seed));
      action(Built(setting, seed));
    }
}

TEST(EssentialTree, RanksTogetherOwnTheGlobalTree) {
  for_all_domains([](const Built& built) {
    std::vector<OctantKey> own;
    EXPECT_EQ(built.essential.rank, rank_of(comm));
    for (Index i = 0; i < built.essential.tree.size(); ++i) {
      const OctantRecord& octant = built.octant(i);
      // The owner is the rank that has all of it, or of octants on several ranks that of the middle of the parent.
      const auto& splitters = built.partition.splitters;
      const bool is_alone = std::none_of(splitters.begin(), splitters.end(), [&](PointKey cut) {
        return first_point(octant.key) < cut && cut < end_point(octant.key);
      });
      const OctantKey family = is_alone || octant.key == root_octant ? octant.key : parent_of(octant.key);
      const PointKey middle = first_point(family) / 2 + end_point(family) / 2;
      EXPECT_LE(splitters[usize(octant.owner)], middle);
      EXPECT_GT(splitters[usize(octant.owner) + 1], middle);
      EXPECT_EQ(built.essential.is_owned(i), octant.owner == rank_of(comm));
      if (built.essential.is_owned(i)) own.push_back(octant.key);
    }
    EXPECT_EQ(std::ssize(own), built.essential.num_owned);
    auto all = all_gather_lists(comm, own);
    std::sort(all.begin(), all.end());
    std::vector<OctantKey> expected;
    for (const auto& [key, octant] : built.global) expected.push_back(key);
    EXPECT_EQ(all, expected);
  });
}

TEST(EssentialTree, OctantsAreKnownAsInTheGlobalTree) {
  for_all_domains([](const Built& built) {
    for (Index i = 0; i < built.essential.tree.size(); ++i) {
      const OctantRecord& octant = built.octant(i);
      ASSERT_TRUE(built.global.contains(octant.key));
      const GlobalOctant& expected = built.global.at(octant.key);
      EXPECT_EQ(octant.num_sources, expected.num_sources);
      EXPECT_EQ(octant.num_targets, expected.num_targets);
      EXPECT_EQ(octant.leaf != 0, expected.leaf);
    }
  });
}

TEST(EssentialTree, SlotsCountTheOctantsOfTheOwnerByKey) {
  for_all_domains([](const Built& built) {
    std::vector<Index> next(usize(size_of_communicator(comm)), 0);
    for (const auto& [key, octant] : built.global) {
      const auto owner = usize(built.partition.owner_of_octant(key));
      const Index slot = next[owner]++;
      const Index known = built.essential.tree.find(key);
      if (known >= 0) {
        EXPECT_EQ(built.octant(known).slot, slot) << name_of(key);
      }
    }
    for (const OctantRecord& shared : built.partition.shared_octants)
      EXPECT_EQ(shared.slot, built.octant(built.essential.tree.find(shared.key)).slot);
  });
}

TEST(EssentialTree, LeavesTellWhereTheirPointsBegin) {
  for_all_domains([](const Built& built) {
    const auto points_below = [](const PointRecords& records, PointKey key) {
      return std::count_if(records.begin(), records.end(), [&](const PointRecord& r) { return r.key < key; });
    };
    // All owners tell where the sources of their leaves begin.
    std::vector<OctantKey> own;
    for (Index i = 0; i < built.essential.tree.size(); ++i) {
      if (!built.essential.is_owned(i) || !built.essential.tree.is_leaf(i)) continue;
      const PointKey first = first_point(built.essential.tree.key(i));
      own.push_back(built.essential.tree.key(i));
      own.push_back(static_cast<OctantKey>(points_below(built.partition.sources, first)));
      EXPECT_EQ(built.essential.target_begin[usize(i)], points_below(built.partition.target_records(), first));
    }
    const auto all = all_gather_lists(comm, own);
    for (std::size_t i = 0; i < all.size(); i += 2)
      if (const Index known = built.essential.tree.find(all[i]); known >= 0) {
        EXPECT_EQ(built.octant(known).source_begin, static_cast<Index>(all[i + 1]));
      }
    EXPECT_EQ(size_of(built.essential.target_begin), built.essential.tree.size());
  });
}

TEST(EssentialTree, HoldsAllThatInteractsWithOwnOctants) {
  for_all_domains([](const Built& built) {
    const Octree& tree = built.essential.tree;
    for (const auto& [key, octant] : built.global) {
      if (built.partition.owner_of_octant(key) != rank_of(comm)) continue;
      const GeometricLists lists = geometric_lists(built.global, key);
      for (const auto* list : {&lists.u, &lists.v, &lists.w, &lists.x})
        for (const OctantKey other : *list)
          EXPECT_GE(tree.find(other), 0) << name_of(other) << " interacts with " << name_of(key);
      for (OctantKey above = key; above != 0; above = parent_of(above))
        EXPECT_GE(tree.find(above), 0) << name_of(above);
      for (int number = 0; number < 8; ++number)
        if (built.global.contains(child_of(key, number))) {
          EXPECT_GE(tree.find(child_of(key, number)), 0) << "child of " << name_of(key);
        }
    }
  });
}

TEST(EssentialTree, LeavesOutWhatIsFar) {
  const Built built({.name = "cube", .sources = uniform_points(4000, 51), .points_per_leaf = 4}, 0);
  const auto& splitters = built.partition.splitters;
  const auto rank = usize(rank_of(comm));
  for (Index i = 0; i < built.essential.tree.size(); ++i) {
    const OctantKey key = built.essential.tree.key(i);
    // The parent touches the part of the root that this rank owns.
    bool touches = key == root_octant;
    for (int d = 0; d < num_directions && !touches; ++d)
      if (const OctantKey around = colleague(parent_of(key), d); around != 0)
        touches = first_point(around) < splitters[rank + 1] && splitters[rank] < end_point(around);
    EXPECT_TRUE(touches) << name_of(key);
  }
  if (size_of_communicator(comm) == 7) {
    EXPECT_LT(built.essential.tree.size(), 2 * static_cast<Index>(built.global.size()) / 3);
  }
}

/// Points in shells around one place, as many in each: leaves of outer shells see inner ones in one octant of their
/// size.
TEST(EssentialTree, RanksInsideAClusterHearOfNoLeavesFarOutside) {
  std::mt19937_64 random(61);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  Points points;
  for (int i = 0; i < 3000; ++i) {
    std::array<double, 3> p{uniform(random), uniform(random), uniform(random)};
    const double scale = std::pow(10.0, 4.0 * uniform(random) - 4.0);
    for (std::size_t axis = 0; axis < 3; ++axis) points.push_back(0.1 * static_cast<double>(axis) + scale * p[axis]);
  }
  const Built built({.name = "shells", .sources = points}, 0);
  const auto size = usize(size_of_communicator(comm));
  std::vector<int> hears(size * size, 0);  // [owner][rank that knows an octant of that owner alone]
  for (Index i = 0; i < built.essential.tree.size(); ++i) {
    const OctantRecord& octant = built.octant(i);
    if (!built.partition.is_shared(octant.key)) hears[usize(octant.owner) * size + usize(built.essential.rank)] = 1;
  }
  // A rank that owns a shared octant has to do with all that touches its parent's colleagues.
  std::vector<int> reaches(size * size, 0);
  const auto& splitters = built.partition.splitters;
  for (const auto& octant : built.partition.shared_octants)
    for (int d = 0; octant.owner == built.essential.rank && octant.key != root_octant && d < num_directions; ++d)
      for (std::size_t outside = 0; outside < size; ++outside)
        if (const OctantKey around = colleague(parent_of(octant.key), d); around != 0)
          if (first_point(around) < splitters[outside + 1] && splitters[outside] < end_point(around))
            reaches[outside * size + usize(built.essential.rank)] = 1;
  all_reduce(comm, std::span<int>(hears), MPI_SUM);
  all_reduce(comm, std::span<int>(reaches), MPI_SUM);
  if (size != 7) return;
  int num_far = 0;
  for (const std::size_t outside : {0U, 5U, 6U})
    for (const std::size_t inside : {2U, 3U}) {
      if (reaches[outside * size + inside] != 0) continue;
      ++num_far;
      EXPECT_EQ(hears[outside * size + inside], 0) << outside << ' ' << inside;
    }
  EXPECT_GE(num_far, 3);
}

}
}
