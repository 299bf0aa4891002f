// SPDX-License-Identifier: BSD-3-Clause
#include "domain/partition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/domains.hpp"
#include "support/keys.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

TEST(WorkProfile, AddsWhatLiesBetweenTwoKeys) {
  std::mt19937_64 random(1);
  std::vector<std::pair<PointKey, std::int64_t>> costs;
  for (int i = 0; i < 200; ++i) costs.emplace_back(random() % 100, static_cast<std::int64_t>(random() % 50) - 5);
  const WorkProfile profile(costs);
  for (PointKey begin = 0; begin <= 101; ++begin)
    for (PointKey end = begin; end <= 101; ++end) {
      std::int64_t sum = 0;
      for (const auto& [anchor, cost] : costs) sum += begin <= anchor && anchor < end ? cost : 0;
      ASSERT_EQ(profile.between(begin, end), sum) << name_of(begin) << ' ' << name_of(end);
    }
}

TEST(WorkProfile, OfNothingIsZero) {
  EXPECT_EQ(WorkProfile().between(0, point_key_end), 0);
  EXPECT_EQ(WorkProfile({{5, 9}}).between(6, point_key_end), 0);
  EXPECT_EQ(WorkProfile({{5, 9}}).between(5, 5), 0);
}

TEST(OwnerOf, IsTheRankWhoseRangeHoldsTheKey) {
  const std::vector<PointKey> splitters{0, 0, 10, 10, 10, 12, 40, 40};  // ranks 0, 2, 3 and 6 own nothing
  for (PointKey key = 0; key < 40; ++key) {
    const auto owner = usize(owner_of(splitters, key));
    ASSERT_LT(owner + 1, splitters.size());
    EXPECT_LE(splitters[owner], key);
    EXPECT_LT(key, splitters[owner + 1]);
  }
}

/// Each of 512 ranks has an octant of level 3. The eight shared children of an octant have one owner, and octants of
/// different levels at one corner have different ones.
TEST(OwnerOf, SharedOctantsIsTheRankInTheMiddleOfTheirParent) {
  std::vector<PointKey> splitters;
  for (PointKey rank = 0; rank <= 512; ++rank) splitters.push_back(point_key_end / 512 * rank);
  const auto owner = [&](int level, int number) {
    return owner_of_octant(splitters, octant_at((point_key_end >> (3 * level)) * static_cast<PointKey>(number), level));
  };
  for (int number = 0; number < 512; ++number) EXPECT_EQ(owner(3, number), number);
  for (int number = 0; number < 64; ++number) EXPECT_EQ(owner(2, number), 64 * (number / 8) + 32);
  for (int number = 0; number < 8; ++number) EXPECT_EQ(owner(1, number), 256);
  EXPECT_EQ(owner(0, 0), 256);
}

TEST(PointsBetween, AreThoseOfTheRange) {
  std::mt19937_64 random(2);
  PointRecords records;
  for (int i = 0; i < 100; ++i) records.push_back({random() % 60, 0, i});
  std::sort(records.begin(), records.end(), comes_before);
  for (PointKey begin = 0; begin <= 61; ++begin)
    for (PointKey end = begin; end <= 61; ++end) {
      const IndexRange range = points_between(records, begin, end);
      for (Index i = 0; i < size_of(records); ++i) {
        const PointKey key = records[usize(i)].key;
        ASSERT_EQ(range.begin <= i && i < range.end, begin <= key && key < end);
      }
    }
  EXPECT_EQ(points_between({}, 0, point_key_end).size(), 0);
}

TEST(Extent, HoldsThePointsThatAreAdded) {
  Extent extent, other;
  for (std::size_t axis = 0; axis < 3; ++axis) EXPECT_GT(extent.lower[axis], extent.upper[axis]) << "of no points";
  extent.add(std::array{1.0, -2.0, 3.0}.data());
  EXPECT_EQ(extent.lower, extent.upper);
  extent.add(std::array{0.0, 5.0, 3.5}.data());
  other.add(std::array{7.0, 0.0, -1.0}.data());
  extent.add(other);
  extent.add(Extent());
  EXPECT_EQ(extent.lower, (std::array{0.0, -2.0, -1.0}));
  EXPECT_EQ(extent.upper, (std::array{7.0, 5.0, 3.5}));
}

TEST(MakeRecords, WritesTheRangeAlone) {
  const Points points = uniform_points(20, 3, 4.0, -1.0);
  const RootCube root = root_of({.name = "cube", .sources = points});
  PointRecords records(20, PointRecord{7, 7, 7});
  make_records(root, points, {5, 12}, 4, records);
  for (Index i = 0; i < 20; ++i) {
    const double* p = &points[3 * usize(i)];
    const bool made = 5 <= i && i < 12;
    const PointKey key = root.point_key(p[0] / root.unit, p[1] / root.unit, p[2] / root.unit);
    EXPECT_EQ(records[usize(i)].key, made ? key : 7);
    EXPECT_EQ(records[usize(i)].rank, made ? 4 : 7);
    EXPECT_EQ(records[usize(i)].index, made ? i : 7);
  }
}

TEST(Partition, OfOneRankSharesNothing) {
  for (const auto& setting : domain_settings()) {
    const DealtPoints dealt(setting, comm);
    const Partition partition = make_partition(comm, dealt.view(), options_of(setting));
    EXPECT_EQ(partition.splitters, (std::vector<PointKey>{0, point_key_end})) << setting.name;
    EXPECT_EQ(partition.deepest_shared_level, -1) << setting.name;
  }
}

TEST(Partition, FinerPartsGiveMoreEvenShares) {
  const DomainSetting setting{.name = "cube", .sources = uniform_points(20000, 4), .points_per_leaf = 5};
  const DealtPoints dealt(setting, comm);
  PartitionOptions options = options_of(setting);
  const Partition partition = make_partition(comm, dealt.view(), options);
  constexpr int num_ranks = 13;
  const double share = 20000.0 / num_ranks;
  std::size_t num_shared = 0;
  for (const int parts_per_rank : {1, 8, 64}) {
    options.parts_per_rank = parts_per_rank;
    const Cuts cuts = choose_cuts(comm, partition, options, num_ranks);
    for (int rank = 1; rank < num_ranks; ++rank) {
      const Index below = points_between(partition.sources, 0, cuts.splitters[usize(rank)]).end;
      EXPECT_LE(std::abs(static_cast<double>(below) - share * rank), share / 2.0 / parts_per_rank + 1.0);
    }
    EXPECT_GT(cuts.shared_octants.size(), num_shared);
    num_shared = cuts.shared_octants.size();
  }
}

TEST(Partition, CoincidentPointsAreNotDivided) {
  Points points;
  for (int i = 0; i < 300; ++i) points.insert(points.end(), {0.25, 0.5, 0.75});
  const DomainSetting setting{.name = "pile", .sources = points};
  const DealtPoints dealt(setting, comm);
  const PartitionOptions options = options_of(setting);
  const Partition partition = make_partition(comm, dealt.view(), options);
  for (const PointRecord& record : partition.sources) ASSERT_EQ(record.key, partition.sources[0].key);
  const Cuts cuts = choose_cuts(comm, partition, options, 5);
  for (const PointKey splitter : cuts.splitters) EXPECT_TRUE(splitter == 0 || splitter == point_key_end);
  EXPECT_TRUE(cuts.shared_octants.empty());
}

TEST(Partition, OfNoPointsGivesAllToTheFirstRank) {
  const Partition partition = make_partition(comm, {}, {});
  const Cuts cuts = choose_cuts(comm, partition, {}, 4);
  EXPECT_EQ(cuts.splitters, (std::vector<PointKey>{0, point_key_end, point_key_end, point_key_end, point_key_end}));
  EXPECT_TRUE(cuts.shared_octants.empty());
}

TEST(PointSample, OfFewPointsIsAllOfThem) {
  const DomainSetting setting{.name = "cube", .sources = uniform_points(1000, 5)};
  const DealtPoints dealt(setting, comm);
  const PointSample sample = sample_points(comm, dealt.view(), find_extent(comm, dealt.view()));
  std::vector<PointKey> keys;
  for (const auto& point : in_global_order(setting.sources, dealt.source_shares, root_of(setting)))
    keys.push_back(point.key);
  EXPECT_EQ(sample.keys, keys);
  EXPECT_EQ(sample.points_per_key, 1.0);
  EXPECT_TRUE(sample_points(comm, {}, Extent()).keys.empty());
}

}
}
