// SPDX-License-Identifier: BSD-3-Clause
#include "domain/points.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/domains.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

/// Own points have the places, the coordinates in units of the root and the origins of a sort of all points.
void expect_points(const Points& all, const Shares& shares, const Partition& partition, const Coordinates& coordinates,
                   const PointMap& map) {
  const auto rank = usize(rank_of(comm));
  const auto expected =
      between(in_global_order(all, shares, partition.root), partition.splitters[rank], partition.splitters[rank + 1]);
  ASSERT_EQ(coordinates.size(), size_of(expected));
  ASSERT_EQ(map.size(), size_of(expected));
  const double unit = partition.root.unit;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double* point = &all[3 * expected[i].number];
    EXPECT_EQ(coordinates.x[i] * unit, point[0]);
    EXPECT_EQ(coordinates.y[i] * unit, point[1]);
    EXPECT_EQ(coordinates.z[i] * unit, point[2]);
    EXPECT_EQ(map.origin(static_cast<Index>(i)).rank, expected[i].rank);
    EXPECT_EQ(map.origin(static_cast<Index>(i)).index, expected[i].index);
  }
}

void expect_domain(const DomainSetting& setting, const DealtPoints& dealt, const Partition& partition,
                   const DomainPoints& points) {
  EXPECT_EQ(points.targets_are_sources, setting.same);
  EXPECT_EQ(points.num_sources, size_of(partition.sources));
  EXPECT_EQ(points.num_targets, size_of(partition.target_records()));
  expect_points(setting.sources, dealt.source_shares, partition, points.sources, points.caller_sources);
  expect_points(setting.all_targets(), dealt.target_shares, partition, points.targets(), points.target_map());
  EXPECT_TRUE(!setting.same || (points.own_targets.size() == 0 && points.caller_targets.size() == 0));
}

/// Adds up to `distance` to each coordinate.
Points moved(Points points, double distance, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> step(-distance, distance);
  for (double& x : points) x += step(random);
  return points;
}

/// On a grid of that width, so that many coincide.
Points on_grid(Points points, double width) {
  for (double& x : points) x = width * std::floor(x / width);
  return points;
}

/// The domain of a setting whose points move on and on.
struct MovingDomain {
  DomainSetting setting;
  DealtPoints dealt;
  PartitionOptions options;
  Partition partition;
  DomainPoints points;

  explicit MovingDomain(const DomainSetting& first)
      : setting(first),
        dealt(first, comm),
        options(options_of(first)),
        partition(make_partition(comm, dealt.view(), options)) {
    fetch_points_to_tree(comm, partition, dealt.view(), points);
  }

  void move_to(const Points& sources, const Points& targets) {
    setting.sources = sources;
    setting.targets = targets;
    dealt = DealtPoints(setting, comm);
    const MovedPoints moved = in_tree_order(comm, dealt.view(), points, partition);
    options.root = root_of(setting);
    partition = make_partition(comm, moved, options, std::move(partition));
    fetch_points_to_tree(comm, partition, moved, points);
  }
};

TEST(Points, ComeToTheTreeInUnitsOfTheRoot) {
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    const BuiltDomain built(setting);
    expect_domain(setting, built.dealt, built.partition, built.points);
    for (const double x : built.points.sources.x) {
      EXPECT_GE(x, built.partition.root.corner[0]);
      EXPECT_LE(x, built.partition.root.corner[0] + built.partition.root.side);
    }
  }
}

TEST(Points, ThatMovedComeAsAllWouldFromTheCaller) {
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    MovingDomain domain(setting);
    for (const double distance : {1e-3, 0.1, 0.0, 5.0}) {
      domain.move_to(moved(domain.setting.sources, distance, 32), moved(domain.setting.targets, distance, 33));
      expect_domain(domain.setting, domain.dealt, domain.partition, domain.points);
    }
  }
}

TEST(Points, ThatCoincideKeepTheOrderOfTheCaller) {
  for (const Deal deal : {Deal::round_robin, Deal::blocks, Deal::all_on_last}) {
    const Points apart = uniform_points(2000, 31);
    MovingDomain domain({.name = "grid", .sources = on_grid(apart, 0.125), .deal = deal});
    expect_domain(domain.setting, domain.dealt, domain.partition, domain.points);
    // They part, meet others, and part again.
    for (const double width : {1e-6, 0.25, 0.1, 1e-6, 0.5}) {
      domain.move_to(on_grid(apart, width), {});
      expect_domain(domain.setting, domain.dealt, domain.partition, domain.points);
    }
  }
}

TEST(Points, InTreeOrderAreWhereTheTreeHasThem) {
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    MovingDomain domain(setting);
    // Neither order nor ranks depend on where the points are now.
    const auto rank = usize(rank_of(comm));
    const auto order = between(in_global_order(setting.sources, domain.dealt.source_shares, domain.partition.root),
                               domain.partition.splitters[rank], domain.partition.splitters[rank + 1]);
    DomainSetting later = setting;
    later.sources = moved(setting.sources, 0.3, 41);
    later.targets = moved(setting.targets, 0.3, 42);
    const DealtPoints dealt(later, comm);
    const MovedPoints moved = in_tree_order(comm, dealt.view(), domain.points, domain.partition);
    ASSERT_EQ(moved.sources.size(), 3 * order.size());
    ASSERT_EQ(domain.partition.sources.size(), order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      const double* point = &later.sources[3 * order[i].number];
      EXPECT_TRUE(std::equal(point, point + 3, &moved.sources[3 * i]));
      const RootCube& root = domain.partition.root;
      const PointRecord& record = domain.partition.sources[i];
      EXPECT_EQ(record.key, root.point_key(point[0] / root.unit, point[1] / root.unit, point[2] / root.unit));
      EXPECT_EQ(record.rank, rank_of(comm));
      EXPECT_EQ(record.index, static_cast<Index>(i));
    }
    EXPECT_EQ(moved.targets.size(), 3 * domain.partition.targets.size());
    const Extent extent = find_extent(comm, dealt.view());
    EXPECT_EQ(moved.extent.lower, extent.lower);
    EXPECT_EQ(moved.extent.upper, extent.upper);
  }
}

}
}
