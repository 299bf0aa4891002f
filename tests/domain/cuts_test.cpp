// SPDX-License-Identifier: BSD-3-Clause
// Cuts of very many ranks, of which one is there; see support/clouds.hpp.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/clouds.hpp"

namespace nearfar {
namespace {

/// All points of a cloud on one rank.
Partition whole(Cloud& cloud) { return share_of(cloud, 0, 1); }

/// One for each point, so that the answers of a cloud are those of work as well.
WorkProfile work_of(const Partition& partition) {
  std::vector<std::pair<PointKey, std::int64_t>> costs;
  for (const PointRecord& record : partition.sources) costs.emplace_back(record.key, 1);
  return WorkProfile(std::move(costs));
}

void expect_equal(const Cuts& a, const Cuts& b) {
  EXPECT_EQ(a.splitters, b.splitters);
  ASSERT_EQ(a.shared_octants.size(), b.shared_octants.size());
  for (std::size_t i = 0; i < a.shared_octants.size(); ++i) {
    EXPECT_EQ(a.shared_octants[i].key, b.shared_octants[i].key);
    EXPECT_EQ(a.shared_octants[i].num_sources, b.shared_octants[i].num_sources);
    EXPECT_EQ(a.shared_octants[i].num_targets, b.shared_octants[i].num_targets);
    EXPECT_EQ(a.shared_octants[i].owner, b.shared_octants[i].owner);
  }
}

TEST(Cloud, CountsThePointsThatItHolds) {
  for (const Shape shape : all_shapes) {
    SCOPED_TRACE(name_of(shape));
    Cloud cloud(shape, 5000);
    const Partition partition = whole(cloud);
    ASSERT_EQ(partition.sources.size(), 5000U);
    EXPECT_TRUE(std::is_sorted(partition.sources.begin(), partition.sources.end(), comes_before));
    std::size_t of_shares = 0;
    for (int rank = 0; rank < 7; ++rank) of_shares += share_of(cloud, rank, 7).sources.size();
    EXPECT_EQ(of_shares, 5000U);
    for (std::size_t i = 0; i < 5000; i += 7)
      for (const int level : {2, 5, 12, max_depth}) {
        const PointKey key = first_point(octant_at(partition.sources[i].key, level));
        EXPECT_EQ(cloud.below(key), points_between(partition.sources, 0, key).end);
      }
  }
}

/// What one rank finds with the answers of a cloud is what it finds where all points are.
TEST(Cuts, OfOneRankInACloudAreTheRealOnes) {
  constexpr int num_ranks = 24;
  for (const Shape shape : all_shapes) {
    SCOPED_TRACE(name_of(shape));
    Cloud cloud(shape, num_ranks * 500);
    const Partition undivided = whole(cloud);
    PartitionOptions options, own_options;
    for (const bool by_work : {false, true}) {
      if (by_work) options.work = work_of(undivided);
      const Cuts real = choose_cuts(MPI_COMM_SELF, undivided, options, num_ranks);
      for (const int rank : {0, 11}) {
        const Partition own = share_of(cloud, rank, num_ranks);
        if (by_work) own_options.work = work_of(own);
        CloudCounts global(cloud);
        expect_equal(choose_cuts(global, own, own_options, num_ranks), real);
      }
    }
  }
}

/// Octants that all ranks know while they cut, bytes in reductions, and octants that a rank keeps.
TEST(Cuts, TakeLittleOfEachOfThousandRanks) {
  constexpr int num_ranks = 1000, points_per_rank = 20000;
  for (const Shape shape : all_shapes) {
    SCOPED_TRACE(name_of(shape));
    Cloud cloud(shape, std::int64_t{num_ranks} * points_per_rank);
    Partition partition = share_of(cloud, 333, num_ranks);
    CloudCounts global(cloud);
    Cuts cuts = choose_cuts(global, partition, {}, num_ranks);
    const auto num_shared = static_cast<std::int64_t>(cuts.shared_octants.size());
    EXPECT_LE(num_shared, 28 * num_ranks / 10);  // found: 1.5 to 2.7
    EXPECT_LE(global.bytes, 115 * num_ranks);    // 44 to 109
    EXPECT_LE(global.num_reductions, 33);        // 10 to 32
    std::map<int, std::set<OctantKey>> families;
    for (const OctantRecord& octant : cuts.shared_octants)
      if (octant.num_sources > 8 * points_per_rank) families[octant.owner].insert(parent_of(octant.key));
    for (const auto& [owner, parents] : families) EXPECT_LE(parents.size(), 2U) << "families of large octants";
    for (int rank = 0; rank < num_ranks; ++rank) {
      const auto size = cloud.below(cuts.splitters[usize(rank) + 1]) - cloud.below(cuts.splitters[usize(rank)]);
      ASSERT_LE(size, points_per_rank * 33 / 32 + 1) << "rank " << rank;
    }
    partition.splitters = std::move(cuts.splitters);
    std::int64_t most = 0;
    for (int rank = 0; rank < num_ranks; rank += 9) {
      partition.shared_octants = cuts.shared_octants;
      keep_shared_octants_around(rank, partition);
      most = std::max<std::int64_t>(most, std::ssize(partition.shared_octants));
    }
    EXPECT_LE(most, 1600);  // 341 to 1510
  }
}

}
}
