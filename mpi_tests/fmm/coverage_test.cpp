// SPDX-License-Identifier: BSD-3-Clause
// The real evaluation with the kernel K = 1 for r > 0: every target must receive the number of sources that do not
// coincide with it, so every pair is counted once, through U, V, W or X.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "comm/mpi.hpp"
#include "support/open_plan.hpp"
#include "support/samples.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

struct Case {
  Points sources;
  Points targets{};  // unless the targets are the sources
  bool same = true;
  Deal deal = Deal::blocks;
  int points_per_leaf = 20;
  PartitionOptions partition{};
};

/// Largest relative error of the counts over all ranks.
double coverage_error(const Case& c, MPI_Comm communicator = MPI_COMM_WORLD) {
  const Points& all_targets = c.same ? c.sources : c.targets;
  const auto source_numbers = dealt(c.sources.size() / 3, c.deal, communicator);
  const auto target_numbers = dealt(all_targets.size() / 3, c.deal, communicator);
  const auto sources = take(c.sources, source_numbers, 3);
  const auto targets = take(all_targets, target_numbers, 3);
  OpenPlan plan(communicator, one_kernel(), {sources, targets, c.same},
                {.order = 2, .points_per_leaf = c.points_per_leaf}, c.partition);
  std::vector<double> counts(target_numbers.size(), NAN);
  const std::vector<double> ones(source_numbers.size(), 1.0);
  plan.plan.apply({ones, counts, {}});

  const auto expected = take(count_others(c.sources, all_targets), target_numbers, 1);
  double error = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double difference = std::abs(counts[i] - expected[i]) / std::max(1.0, expected[i]);
    error = std::isnan(difference) ? INFINITY : std::max(error, difference);
  }
  return all_max(communicator, error);
}

Points uniform_points(std::size_t count, unsigned seed, double width = 1.0, double shift = 0.0) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  Points points;
  for (std::size_t i = 0; i < 3 * count; ++i) points.push_back(shift + width * uniform(random));
  return points;
}

constexpr double bound = 1e-10;

TEST(Coverage, OfAllDistributions) {
  for (const auto distribution : all_distributions)
    for (const Deal deal : {Deal::blocks, Deal::round_robin, Deal::odd_ranks})
      EXPECT_LT(coverage_error({.sources = app::sample_points(distribution, 3, 0, 5000), .deal = deal}), bound)
          << "distribution " << static_cast<int>(distribution) << " deal " << static_cast<int>(deal);
}

TEST(Coverage, OfFewPoints) {
  for (const std::size_t count : {0U, 1U, 2U, 3U, 20U, 21U, 41U})
    EXPECT_LT(coverage_error({.sources = uniform_points(count, 4)}), bound) << count << " points";
}

TEST(Coverage, WithAllPointsOnOneRank) {
  EXPECT_LT(coverage_error({.sources = uniform_points(3000, 5), .deal = Deal::all_on_last}), bound);
}

TEST(Coverage, OfCoincidentPoints) {
  Points equal;
  for (int i = 0; i < 700; ++i) equal.insert(equal.end(), {0.3, -2.0, 5.0});
  EXPECT_LT(coverage_error({.sources = equal}), bound);

  const Points places = uniform_points(10, 6);
  Points copies;
  for (int i = 0; i < 1000; ++i) copies.insert(copies.end(), places.begin(), places.end());
  EXPECT_LT(coverage_error({.sources = copies}), bound);
}

/// Run by scripts/accept, as it has a million points.
TEST(FullSizeCoverage, OfAHundredThousandCopiesOfTenPoints) {
  const Points places = uniform_points(10, 7);
  Points copies;
  for (int i = 0; i < 100000; ++i) copies.insert(copies.end(), places.begin(), places.end());
  EXPECT_LT(coverage_error({.sources = copies, .points_per_leaf = 100}), bound);
}

TEST(Coverage, OfLinesAndPlanes) {
  Points line, plane, diagonal;
  std::mt19937_64 random(8);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (int i = 0; i < 2000; ++i) {
    const double s = uniform(random), t = uniform(random);
    line.insert(line.end(), {s, 0.25, 0.5});
    diagonal.insert(diagonal.end(), {s, s, s});
    plane.insert(plane.end(), {s, t, 0.5});
  }
  for (const auto& points : {line, diagonal, plane}) EXPECT_LT(coverage_error({.sources = points}), bound);
}

TEST(Coverage, OfPointsOnOctantFacesEdgesAndCorners) {
  Points grid;  // multiples of 1/16 of the root: corners of octants down to level 4
  for (int x = 0; x <= 16; ++x)
    for (int y = 0; y <= 16; ++y)
      for (int z = 0; z <= 16; z += (x + y) % 3 + 1) grid.insert(grid.end(), {x / 16.0, y / 16.0, z / 16.0});
  for (const int points_per_leaf : {1, 8, 30})
    EXPECT_LT(coverage_error({.sources = grid, .deal = Deal::round_robin, .points_per_leaf = points_per_leaf}), bound);
}

TEST(Coverage, OfTwoTightClusters) {
  Points points = uniform_points(5000, 9, 1e-6);
  const Points other = uniform_points(5000, 10, 1e-6, 1.0);
  points.insert(points.end(), other.begin(), other.end());
  EXPECT_LT(coverage_error({.sources = points, .deal = Deal::round_robin}), bound);
}

TEST(Coverage, OfDifferentSourcesAndTargets) {
  const Points cloud = uniform_points(3000, 11);
  const Points sphere = app::sample_points(app::Distribution::sphere, 12, 0, 2000);
  EXPECT_LT(coverage_error({.sources = cloud, .targets = sphere, .same = false}), bound);
  EXPECT_LT(coverage_error({.sources = sphere, .targets = cloud, .same = false, .deal = Deal::odd_ranks}), bound);
  // Far apart, so that most octants have only sources or only targets.
  EXPECT_LT(
      coverage_error(
          {.sources = uniform_points(2000, 13, 0.1), .targets = uniform_points(1000, 14, 0.3, 0.6), .same = false}),
      bound);
  EXPECT_LT(coverage_error({.sources = cloud, .targets = {}, .same = false}), bound);
  EXPECT_LT(coverage_error({.sources = {}, .targets = cloud, .same = false}), bound);
}

/// Cuts at random octant borders, so that they fall between children of one octant, inside colleagues of leaves, and on
/// one another.
TEST(Splitters, AtRandomOctantBorders) {
  const int world = size_of_communicator(MPI_COMM_WORLD);
  if (world == 1) {  // one rank has no splitters; the case is that of the other tests
    EXPECT_LT(coverage_error({.sources = uniform_points(500, 15)}), bound);
    return;
  }
  for (unsigned seed = 0; seed < 100; ++seed) {
    const int size = 2 + static_cast<int>(seed) % (world - 1);
    MPI_Comm part = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, rank_of(MPI_COMM_WORLD) < size ? 0 : MPI_UNDEFINED, 0, &part);
    if (part == MPI_COMM_NULL) continue;
    std::mt19937_64 random(seed);
    Case c{.sources = uniform_points(150, seed),
           .deal = Deal::round_robin,
           .points_per_leaf = 2 + static_cast<int>(seed) % 5};
    const Points cluster = uniform_points(150, seed + 1000, 0.01, 0.2 + 0.006 * seed);
    c.sources.insert(c.sources.end(), cluster.begin(), cluster.end());
    for (int cut = 1; cut < size; ++cut) {
      const auto level = static_cast<int>(random() % 8);
      const auto cell = [&] { return random() >> (64 - max_depth); };
      const auto clustered_cell = [&] {
        constexpr std::uint64_t cells = std::uint64_t{1} << max_depth;
        return cells / 5 + random() % (cells / 50);
      };
      const PointKey point = interleave({cell(), cell(), cell()});
      const PointKey clustered = interleave({clustered_cell(), clustered_cell(), clustered_cell()});
      c.partition.forced_splitters.push_back(first_point(octant_at(random() % 2 == 0 ? point : clustered, level)));
    }
    std::sort(c.partition.forced_splitters.begin(), c.partition.forced_splitters.end());
    EXPECT_LT(coverage_error(c, part), bound) << "seed " << seed << ", " << size << " ranks";
    MPI_Comm_free(&part);
  }
}

}
}
