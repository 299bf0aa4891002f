// SPDX-License-Identifier: BSD-3-Clause
// How figures scale to more points than there are.
#include <gtest/gtest.h>

#include <cmath>

#include "app/distributions.hpp"
#include "forecast/virtual_ranks.hpp"

namespace nearfar {
namespace {

/// A tree whose internal octants have so many children each.
TreeStatistics tree_with(std::int64_t children, std::int64_t internal) {
  TreeStatistics tree;
  tree.num_octants = 1 + children * internal;
  tree.num_leaves = tree.num_octants - internal;
  return tree;
}

/// Of N points in d dimensions, the border of a part grows as N^((d-1)/d); children tell the dimension as 2^d.
TEST(Growth, BordersGrowByTheDimensionOfThePoints) {
  for (const double factor : {1.0, 8.0, 64.0}) {
    EXPECT_NEAR(growth_of(tree_with(8, 73), factor).surface, std::pow(factor, 2.0 / 3.0), 1e-12 * factor) << "a volume";
    EXPECT_NEAR(growth_of(tree_with(4, 21), factor).surface, std::sqrt(factor), 1e-12 * factor) << "a surface";
    EXPECT_NEAR(growth_of(tree_with(2, 7), factor).surface, 1.0, 1e-12) << "a line has ends";
    EXPECT_NEAR(growth_of(tree_with(1, 20), factor).surface, 1.0, 1e-12) << "no less than a line";
    EXPECT_NEAR(growth_of(tree_with(8, 0), factor).surface, 1.0, 1e-12) << "one leaf";
    EXPECT_EQ(growth_of(tree_with(4, 21), factor).volume, factor);
  }
  EXPECT_NEAR(growth_of(TreeStatistics{}, 4.0).surface, 1.0, 1e-12) << "no tree";
}

TEST(Growth, KnowsTheDimensionOfRealPoints) {
  const auto surface = [](app::Distribution distribution) {
    const std::vector<double> points = app::sample_points(distribution, 0, 0, 40000);
    const WholeTree whole(MPI_COMM_SELF, make_kernel("laplace"), {points, {}, true},
                          {.order = 2, .points_per_leaf = 20, .root_scale = 1.0});
    return std::log(growth_of(whole.layout.statistics, std::exp(1.0)).surface);
  };
  EXPECT_NEAR(surface(app::Distribution::cube), 2.0 / 3.0, 0.02);
  EXPECT_NEAR(surface(app::Distribution::sphere), 0.5, 0.04);
}

/// Figures that are all different, so that none can take another's place.
VirtualRank some_rank() {
  VirtualRank rank;
  rank.sizes = {.sources = 1000,
                .ghost_sources = 300,
                .targets = 1100,
                .travelling = 700,
                .multipoles = 90 + 40,
                .locals = 80,
                .ghost_multipoles = 40,
                .octants = 91 + 40,
                .parents = 30,
                .largest_level = 50,
                .near_ranges = 400,
                .wx_members = 60,
                .kept_bytes = 5000};
  rank.communication = {.neighbours = 5,
                        .messages = 20,
                        .coarse_messages = 4,
                        .bytes = 8000,
                        .ghost_sources = 300,
                        .ghost_multipoles = 40,
                        .ghost_locals = 6,
                        .caller_messages = 10,
                        .caller_bytes = 9000};
  rank.work[Phase::p2p] = 100.0;
  rank.work[Phase::m2l] = 10.0;
  return rank;
}

TEST(Growth, ScalesWhatARankHasByVolumeAndWhatItSharesBySurface) {
  VirtualRank rank = some_rank();
  scale({.volume = 8.0, .surface = 4.0}, rank);
  const RankSizes& sizes = rank.sizes;
  EXPECT_EQ(sizes.sources, 8000);
  EXPECT_EQ(sizes.targets, 8800);
  EXPECT_EQ(sizes.travelling, 5600);
  EXPECT_EQ(sizes.locals, 640);
  EXPECT_EQ(sizes.parents, 240);
  EXPECT_EQ(sizes.largest_level, 400);
  EXPECT_EQ(sizes.near_ranges, 3200);
  EXPECT_EQ(sizes.wx_members, 480);
  EXPECT_EQ(sizes.ghost_sources, 1200);
  EXPECT_EQ(sizes.ghost_multipoles, 160);
  EXPECT_EQ(sizes.multipoles, 8 * 90 + 160) << "own by volume, ghosts by surface";
  EXPECT_EQ(sizes.octants, 8 * 91 + 160);
  const CommunicationCounts& counts = rank.communication;
  EXPECT_EQ(counts.bytes, 32000);
  EXPECT_EQ(counts.ghost_sources, 1200);
  EXPECT_EQ(counts.ghost_multipoles, 160);
  EXPECT_EQ(counts.ghost_locals, 24);
  EXPECT_EQ(counts.caller_bytes, 72000);
  EXPECT_EQ(counts.neighbours, 5) << "messages do not grow";
  EXPECT_EQ(counts.messages, 20);
  EXPECT_EQ(counts.coarse_messages, 4);
  EXPECT_EQ(counts.caller_messages, 10);
  EXPECT_EQ(rank.work[Phase::p2p], 800.0);
  EXPECT_EQ(rank.work[Phase::m2l], 80.0);
}

TEST(Growth, ByNothingChangesNothing) {
  VirtualRank rank = some_rank();
  const VirtualRank before = rank;
  scale(growth_of(tree_with(8, 73), 1.0), rank);
  EXPECT_EQ(rank.sizes.multipoles, before.sizes.multipoles);
  EXPECT_EQ(rank.sizes.octants, before.sizes.octants);
  EXPECT_EQ(rank.sizes.ghost_multipoles, before.sizes.ghost_multipoles);
  EXPECT_EQ(rank.communication.bytes, before.communication.bytes);
  EXPECT_EQ(rank.work.total(), before.work.total());
}

}
}
