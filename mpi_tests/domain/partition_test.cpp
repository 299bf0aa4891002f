// SPDX-License-Identifier: BSD-3-Clause
#include "domain/partition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "support/domains.hpp"
#include "support/keys.hpp"
#include "support/mpi_counts.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

/// A cost at a place of the Morton curve.
using Cost = std::pair<PointKey, std::int64_t>;

/// Where the curve may be cut: where the largest octants begin that hold an octant of few points and nothing before it.
std::vector<PointKey> borders_of(const GlobalTree& tree, int points_per_leaf) {
  const auto has_few = [&](OctantKey key) {
    const GlobalOctant& octant = tree.at(key);
    return std::max(octant.num_sources, octant.num_targets) <= points_per_leaf || level_of(key) == max_depth;
  };
  std::vector<OctantKey> few;
  for (const auto& [key, octant] : tree)
    if (has_few(key) && (key == root_octant || !has_few(parent_of(key)))) few.push_back(key);
  std::sort(few.begin(), few.end(), [](OctantKey a, OctantKey b) { return first_point(a) < first_point(b); });
  std::vector<PointKey> borders{point_key_end};
  for (std::size_t i = 0; i < few.size(); ++i) {
    int level = 0;
    while (i > 0 && first_point(octant_at(first_point(few[i]), level)) < end_point(few[i - 1])) ++level;
    borders.push_back(first_point(octant_at(first_point(few[i]), level)));
  }
  return borders;
}

struct Cut {
  DealtPoints dealt;
  Partition partition;
  GlobalTree tree;
  std::vector<OrderedPoint> sources, targets;  ///< of all ranks

  Cut(const DomainSetting& setting, const PartitionOptions& options)
      : dealt(setting, comm),
        partition(make_partition(comm, dealt.view(), options)),
        tree(global_tree(setting, options.root)),
        sources(in_global_order(setting.sources, dealt.source_shares, options.root)),
        targets(in_global_order(setting.all_targets(), dealt.target_shares, options.root)) {}
  explicit Cut(const DomainSetting& setting) : Cut(setting, options_of(setting)) {}

  [[nodiscard]] std::vector<PointKey> borders(int points_per_leaf) const { return borders_of(tree, points_per_leaf); }
  [[nodiscard]] std::vector<Cost> point_costs() const {
    std::vector<Cost> costs;
    for (const auto* points : {&sources, &targets})
      for (const OrderedPoint& point : *points) costs.emplace_back(point.key, 1);
    return costs;
  }
};

std::int64_t cost_below(const std::vector<Cost>& costs, PointKey key) {
  std::int64_t sum = 0;
  for (const auto& [place, cost] : costs) sum += place < key ? cost : 0;
  return sum;
}

/// No other place is nearer to equal shares, or none by more than 1/64 of a share.
void expect_near_cuts(std::span<const PointKey> splitters, const std::vector<PointKey>& borders,
                      const std::vector<Cost>& costs) {
  const auto num_ranks = static_cast<double>(std::ssize(splitters) - 1);
  const auto total = static_cast<double>(cost_below(costs, point_key_end));
  for (std::size_t r = 1; r + 1 < splitters.size(); ++r) {
    const double ideal = total * static_cast<double>(r) / num_ranks;
    const auto distance = [&](PointKey key) { return std::abs(static_cast<double>(cost_below(costs, key)) - ideal); };
    double least = total;
    for (const PointKey border : borders) least = std::min(least, distance(border));
    EXPECT_LE(distance(splitters[r]), std::max(least, total / (64.0 * num_ranks)) + 1.0) << "splitter " << r;
  }
}

void expect_records(const PointRecords& records, const std::vector<OrderedPoint>& expected) {
  ASSERT_EQ(records.size(), expected.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].key, expected[i].key);
    EXPECT_EQ(records[i].rank, expected[i].rank);
    EXPECT_EQ(records[i].index, expected[i].index);
  }
}

TEST(Partition, EveryPointIsOnTheRankOfItsKeyInTheOrderOfTheTree) {
  const auto rank = usize(rank_of(comm));
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    const Cut cut(setting);
    const auto& splitters = cut.partition.splitters;
    ASSERT_EQ(std::ssize(splitters), size_of_communicator(comm) + 1);
    EXPECT_EQ(splitters.front(), 0U);
    EXPECT_EQ(splitters.back(), point_key_end);
    EXPECT_TRUE(std::is_sorted(splitters.begin(), splitters.end()));
    expect_records(cut.partition.sources, between(cut.sources, splitters[rank], splitters[rank + 1]));
    expect_records(cut.partition.target_records(), between(cut.targets, splitters[rank], splitters[rank + 1]));
    EXPECT_TRUE(!setting.same || cut.partition.targets.empty());
    EXPECT_EQ(cut.partition.num_sources, std::ssize(cut.sources));
    EXPECT_EQ(cut.partition.num_targets, std::ssize(cut.targets));
  }
}

TEST(Partition, NoLeafOfTheTreeIsCut) {
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    const Cut cut(setting);
    int deepest = -1;
    for (const auto& [key, octant] : cut.tree) {
      const auto& splitters = cut.partition.splitters;
      const bool is_cut =
          std::any_of(splitters.begin(), splitters.end(),
                      [first = first_point(key), end = end_point(key)](PointKey s) { return first < s && s < end; });
      EXPECT_FALSE(is_cut && octant.leaf) << name_of(key);
      if (is_cut) deepest = std::max(deepest, level_of(key));
    }
    EXPECT_EQ(cut.partition.deepest_shared_level, deepest);
  }
}

/// The largest octants on one rank alone hold all points, and the octants above them are those that are shared.
TEST(Partition, SharedOctantsAreThoseAboveTheTopOctantsOfAllRanks) {
  const int rank = rank_of(comm);
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    const Cut cut(setting);
    const Partition& partition = cut.partition;
    for (const OctantKey top : partition.top_octants) {
      EXPECT_EQ(partition.owner(first_point(top)), rank);
      EXPECT_EQ(partition.owner(end_point(top) - 1), rank);
    }
    const auto tops = all_gather_lists(comm, partition.top_octants);
    std::set<OctantKey> above;
    std::int64_t num_sources = 0, num_targets = 0;
    for (std::size_t i = 0; i < tops.size(); ++i) {
      ASSERT_TRUE(cut.tree.contains(tops[i])) << name_of(tops[i]);
      EXPECT_TRUE(i == 0 || end_point(tops[i - 1]) <= first_point(tops[i]));
      num_sources += cut.tree.at(tops[i]).num_sources;
      num_targets += cut.tree.at(tops[i]).num_targets;
      for (OctantKey key = parent_of(tops[i]); key != 0; key = parent_of(key)) above.insert(key);
    }
    EXPECT_EQ(num_sources, partition.num_sources);
    EXPECT_EQ(num_targets, partition.num_targets);
    ASSERT_EQ(partition.shared_octants.size(), above.size());
    auto expected = above.begin();
    for (const OctantRecord& octant : partition.shared_octants) {
      ASSERT_EQ(octant.key, *expected++);
      EXPECT_EQ(octant.num_sources, cut.tree.at(octant.key).num_sources);
      EXPECT_EQ(octant.num_targets, cut.tree.at(octant.key).num_targets);
      const OctantKey family = octant.key == root_octant ? octant.key : parent_of(octant.key);
      const PointKey middle = first_point(family) / 2 + end_point(family) / 2;
      EXPECT_LE(partition.splitters[usize(octant.owner)], middle);
      EXPECT_GT(partition.splitters[usize(octant.owner) + 1], middle);
      EXPECT_NE(partition.owner(first_point(octant.key)), partition.owner(end_point(octant.key) - 1));
      EXPECT_EQ(octant.leaf, 0);
    }
  }
}

TEST(Partition, PointsAreSharedAsEvenlyAsLeavesAllow) {
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    const Cut cut(setting);
    expect_near_cuts(cut.partition.splitters, cut.borders(setting.points_per_leaf), cut.point_costs());
  }
}

TEST(Partition, CostsAreSharedWhereverTheyAre) {
  DomainSetting setting{.name = "clusters", .sources = uniform_points(1500, 41, 0.2)};
  const Points others = uniform_points(1500, 42, 0.2, 0.8);
  setting.sources.insert(setting.sources.end(), others.begin(), others.end());
  for (int i = 0; i < 40; ++i) setting.sources.insert(setting.sources.end(), {0.5, 0.3, 0.7});  // below a long chain
  const Cut even(setting);
  std::vector<PointKey> anchors;
  for (const auto& [key, octant] : even.tree) anchors.push_back(first_point(key));
  std::mt19937_64 random(5);
  std::uniform_int_distribution<std::int64_t> cost(0, 1000);
  for (const bool at_anchors : {false, true}) {
    // At points, or at the anchors of octants, which may be where no points are.
    std::vector<Cost> costs, own;
    for (std::size_t i = 0; i < 3000; ++i)
      costs.emplace_back(at_anchors ? anchors[random() % anchors.size()] : even.sources[random() % 1000].key,
                         cost(random));
    for (std::size_t i = usize(rank_of(comm)); i < costs.size(); i += usize(size_of_communicator(comm)))
      own.push_back(costs[i]);
    PartitionOptions options = options_of(setting);
    options.work = WorkProfile(own);
    const Cut cut(setting, options);
    expect_near_cuts(cut.partition.splitters, cut.borders(setting.points_per_leaf), costs);
    const auto rank = usize(rank_of(comm));
    expect_records(cut.partition.sources,
                   between(cut.sources, cut.partition.splitters[rank], cut.partition.splitters[rank + 1]));
  }
}

/// Where a forced cut is: the border of the octant with few points that holds the key, or of a larger one that has no
/// other points before that border. Leaves that only balance makes smaller are not cut.
PointKey border_before(const GlobalTree& tree, int points_per_leaf, PointKey key) {
  const auto has_few = [&](const GlobalOctant& o) { return std::max(o.num_sources, o.num_targets) <= points_per_leaf; };
  int level = 0;
  while (level < max_depth && !has_few(tree.at(octant_at(key, level)))) ++level;
  return first_point(octant_at(key, level));
}

TEST(Partition, IsCutAtTheLeafBordersThatAreAskedFor) {
  std::mt19937_64 random(8);
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    PartitionOptions options = options_of(setting);
    const Cut free(setting);
    if (free.sources.empty()) continue;
    for (int trial = 0; trial < 3; ++trial) {
      options.forced_splitters.clear();
      // Anywhere, at borders of leaves, or all in one leaf, so that ranks remain empty.
      for (int rank = 1; rank < size_of_communicator(comm); ++rank) {
        const PointKey key = free.sources[trial == 2 ? 0 : random() % free.sources.size()].key;
        options.forced_splitters.push_back(trial == 1 ? first_point(leaf_of(free.tree, key)) : key);
      }
      std::sort(options.forced_splitters.begin(), options.forced_splitters.end());
      const Cut cut(setting, options);
      for (std::size_t r = 0; r < options.forced_splitters.size(); ++r) {
        const PointKey splitter = cut.partition.splitters[r + 1];
        const PointKey border = border_before(cut.tree, setting.points_per_leaf, options.forced_splitters[r]);
        EXPECT_LE(splitter, border);
        EXPECT_TRUE(between(cut.sources, splitter, border).empty());
        EXPECT_TRUE(between(cut.targets, splitter, border).empty());
      }
      const auto rank = usize(rank_of(comm));
      expect_records(cut.partition.sources,
                     between(cut.sources, cut.partition.splitters[rank], cut.partition.splitters[rank + 1]));
    }
  }
}

TEST(Partition, CutsAgainWithTheSameRecords) {
  const DomainSetting setting{.name = "cube", .sources = uniform_points(2000, 4), .deal = Deal::blocks};
  Cut cut(setting);
  PartitionOptions options = options_of(setting);
  // Nearly all of the work is at the end of the curve.
  options.work = WorkProfile({{cut.sources.front().key, 1}, {cut.sources.back().key, 1000}});
  cut_again(comm, options, cut.partition);
  const auto& splitters = cut.partition.splitters;
  const auto rank = usize(rank_of(comm));
  expect_records(cut.partition.sources, between(cut.sources, splitters[rank], splitters[rank + 1]));
  const OctantKey last = leaf_of(cut.tree, cut.sources.back().key);
  for (std::size_t r = 1; r + 1 < splitters.size(); ++r)
    EXPECT_TRUE(between(cut.sources, splitters[r], first_point(last)).empty());
}

/// A pile far below the octants around it lies on one rank with all octants that hold it alone.
TEST(Partition, ChainsAbovePilesAreNotCut) {
  DomainSetting setting{.name = "piles", .sources = uniform_points(40, 9), .points_per_leaf = 10};
  for (const double x : {0.21, 0.52, 0.83})
    for (int i = 0; i < 500; ++i) setting.sources.insert(setting.sources.end(), {x, 0.5 * x, 0.9 - x});
  const Cut cut(setting);
  for (const auto& [key, octant] : cut.tree) {
    if (octant.leaf || octant.num_sources != 500) continue;
    EXPECT_EQ(cut.partition.owner(first_point(key)), cut.partition.owner(end_point(key) - 1)) << name_of(key);
  }
}

TEST(Partition, OtherNumbersOfRanksAreCutAsIfTheyWereThere) {
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    const PartitionOptions options = options_of(setting);
    const Cut cut(setting);
    DomainSetting alone = setting;
    alone.deal = Deal::blocks;
    const DealtPoints all(alone, MPI_COMM_SELF);
    const Partition undivided = make_partition(MPI_COMM_SELF, all.view(), options);
    const auto borders = cut.borders(setting.points_per_leaf);
    for (const int num_ranks : {1, 2, 5, 16, size_of_communicator(comm)}) {
      const Cuts cuts = choose_cuts(comm, cut.partition, options, num_ranks);
      ASSERT_EQ(std::ssize(cuts.splitters), num_ranks + 1);
      EXPECT_EQ(cuts.splitters, choose_cuts(MPI_COMM_SELF, undivided, options, num_ranks).splitters);
      expect_near_cuts(cuts.splitters, borders, cut.point_costs());
      if (num_ranks != size_of_communicator(comm)) continue;
      EXPECT_EQ(cuts.splitters, cut.partition.splitters);
      EXPECT_EQ(cuts.shared_octants.size(), cut.partition.shared_octants.size());
    }
  }
}

TEST(Extent, IsThatOfThePointsOfAllRanks) {
  for (const auto& setting : domain_settings()) {
    const DealtPoints dealt(setting, comm);
    const Extent extent = find_extent(comm, dealt.view());
    for (std::size_t axis = 0; axis < 3; ++axis) {
      double lower = std::numeric_limits<double>::infinity(), upper = -lower;
      for (const Points* points : {&setting.sources, &setting.targets})
        for (std::size_t i = axis; i < points->size(); i += 3) {
          lower = std::min(lower, (*points)[i]);
          upper = std::max(upper, (*points)[i]);
        }
      EXPECT_EQ(extent.lower[axis], lower) << setting.name;
      EXPECT_EQ(extent.upper[axis], upper) << setting.name;
    }
  }
}

TEST(PointSample, IsTheSameForAnyNumberOfRanks) {
  DomainSetting setting{
      .name = "many", .sources = uniform_points(60000, 6), .targets = uniform_points(500, 7), .same = false};
  for (int trial = 0; trial < 2; ++trial) {
    const DealtPoints dealt(setting, comm);
    const Extent extent = find_extent(comm, dealt.view());
    PointSample sample;
    const MpiCounts counts = count_mpi([&] { sample = sample_points(comm, dealt.view(), extent); });
    EXPECT_EQ(counts.of("MPI_Allreduce"), 4);
    EXPECT_EQ(counts.of("MPI_Allgather") + counts.of("MPI_Allgatherv"), 0) << "takes memory of each rank";
    const PointSample alone = sample_points(MPI_COMM_SELF, {setting.sources, setting.targets, setting.same}, extent);
    EXPECT_EQ(sample.keys, alone.keys);
    EXPECT_EQ(sample.points_per_key, alone.points_per_key);
    // A third of the larger set, all over it.
    const Points& larger = trial == 0 ? setting.sources : setting.targets;
    EXPECT_NEAR(static_cast<double>(sample.keys.size()), 20000.0, 600.0);
    EXPECT_NEAR(sample.points_per_key * static_cast<double>(sample.keys.size()), 60000.0, 1e-6);
    std::vector<PointKey> keys;
    for (const OrderedPoint& point :
         in_global_order(larger, trial == 0 ? dealt.source_shares : dealt.target_shares, root_of(setting)))
      keys.push_back(point.key);
    EXPECT_TRUE(std::includes(keys.begin(), keys.end(), sample.keys.begin(), sample.keys.end()));
    const auto middle = std::lower_bound(sample.keys.begin(), sample.keys.end(), keys[keys.size() / 2]);
    EXPECT_NEAR(static_cast<double>(middle - sample.keys.begin()), 10000.0, 400.0);
    std::swap(setting.sources, setting.targets);
  }
}

}
}
