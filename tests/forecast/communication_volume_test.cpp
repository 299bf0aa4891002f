// SPDX-License-Identifier: BSD-3-Clause
// The formulas of scripts/README.md for what ranks share, against counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "app/distributions.hpp"
#include "forecast/virtual_ranks.hpp"

namespace nearfar {
namespace {

/// Means of the ranks, and of the busiest one.
struct Counted {
  TreeStatistics tree;
  double messages = 0.0, ghost_multipoles = 0.0, ghost_sources = 0.0;
  double setup_messages = 0.0;
  std::int64_t most_coarse_messages = 0, most_messages = 0, most_setup_messages = 0;
};

Counted count(app::Distribution distribution, std::int64_t num_points, int num_ranks) {
  const std::vector<double> points = app::sample_points(distribution, 0, 0, num_points);
  const WholeTree whole(MPI_COMM_SELF, make_kernel("laplace"), {points, {}, true},
                        {.order = 4, .points_per_leaf = 40, .root_scale = 1.0});
  Counted counted{.tree = whole.layout.statistics};
  for (const VirtualRank& rank : make_virtual_ranks(whole, {.num_ranks = num_ranks})) {
    const CommunicationCounts& counts = rank.communication;
    counted.messages += static_cast<double>(counts.messages) / num_ranks;
    counted.ghost_multipoles += static_cast<double>(counts.ghost_multipoles) / num_ranks;
    counted.ghost_sources += static_cast<double>(counts.ghost_sources) / num_ranks;
    counted.most_coarse_messages = std::max(counted.most_coarse_messages, counts.coarse_messages);
    counted.most_messages = std::max(counted.most_messages, counts.messages);
    counted.setup_messages += static_cast<double>(rank.setup.messages) / num_ranks;
    counted.most_setup_messages = std::max(counted.most_setup_messages, rank.setup.messages);
  }
  return counted;
}

/// Octants of each level over those of a full level, and none below the last level.
std::vector<double> fill_of_levels(const TreeStatistics& tree, const std::vector<double>& full) {
  std::vector<double> fill;
  for (std::size_t level = 0; static_cast<int>(level) <= tree.depth; ++level)
    fill.push_back(std::min(1.0, static_cast<double>(tree.octants_per_level[level]) / full[level]));
  fill.push_back(0.0);
  return fill;
}

void expect_near(double formula, double counted, const char* what, double part = 0.15) {
  EXPECT_NEAR(formula, counted, part * counted) << what;
}

/// Of boxes cut into so many parts along each axis, those around a part of `side` boxes, if they are taken from
/// `width` boxes away; outer faces have no neighbours.
double boxes_around(const std::array<double, 3>& parts, double level_side, double width) {
  double with = 1.0, own = 1.0;
  for (const double k : parts) {
    own *= level_side / k;
    with *= std::max(level_side / k, 1.0) + 2.0 * width * (k - 1.0) / k;
  }
  return with - own;
}

/// A uniform cube, with scripts/README.md.
TEST(CommunicationVolume, OfAUniformCube) {
  const std::vector<double> full{1, 8, 64, 512, 4096, 32768, 262144, 2097152};
  for (const std::int64_t points_per_rank : {2000, 10000})
    for (const auto& parts : {std::array{2.0, 2.0, 2.0}, {4.0, 2.0, 2.0}, {4.0, 4.0, 2.0}, {4.0, 4.0, 4.0}}) {
      const auto num_ranks = static_cast<int>(parts[0] * parts[1] * parts[2]);
      SCOPED_TRACE(std::to_string(points_per_rank) + " points on each of " + std::to_string(num_ranks) + " ranks");
      const std::int64_t num_points = points_per_rank * num_ranks;
      const Counted counted = count(app::Distribution::cube, num_points, num_ranks);
      const std::vector<double> fill = fill_of_levels(counted.tree, full);
      double multipoles = 0.0, sources = 0.0;
      bool is_mixed = false;
      for (std::size_t level = 0; level + 1 < fill.size(); ++level) {
        const double side = std::ldexp(1.0, static_cast<int>(level));
        if (level >= 2) multipoles += 1.15 * fill[level] * boxes_around(parts, side, 2.0);
        sources += 1.12 * (fill[level] - fill[level + 1]) * static_cast<double>(num_points) / full[level] *
                   boxes_around(parts, side, 1.0);
        is_mixed |= fill[level] > 0.05 && fill[level] < 0.95;
      }
      expect_near(multipoles, counted.ghost_multipoles, "multipoles");
      expect_near(sources * (is_mixed ? 1.3 : 1.0), counted.ghost_sources, "sources");
      expect_near(std::min(8.6 * std::pow(num_ranks, 0.75), 115.0), counted.messages, "messages");
    }
}

/// A closed surface, which cuts 1.5 boxes where a plane along the axes cuts one. The border of a rank's part is `shape`
/// times that of a square.
TEST(CommunicationVolume, OfASphere) {
  const std::vector<double> full{1, 8, 56, 272, 1160, 4680, 18800, 75500, 302000};
  for (const std::int64_t points_per_rank : {2000, 10000})
    for (const int num_ranks : {8, 16, 32, 64}) {
      SCOPED_TRACE(std::to_string(points_per_rank) + " points on each of " + std::to_string(num_ranks) + " ranks");
      const double shape = 0.9 * std::pow(num_ranks / 8.0, 0.22);
      const std::int64_t num_points = points_per_rank * num_ranks;
      const Counted counted = count(app::Distribution::sphere, num_points, num_ranks);
      const std::vector<double> fill = fill_of_levels(counted.tree, full);
      double multipoles = 0.0, sources = 0.0;
      for (std::size_t level = 0; level + 1 < fill.size(); ++level) {
        const auto octants = static_cast<double>(counted.tree.octants_per_level[level]);
        if (level >= 2) multipoles += 1.5 * (8.0 * shape * std::sqrt(octants / (1.5 * num_ranks)) + 16.0);
        sources += 1.5 * (fill[level] - fill[level + 1]) * static_cast<double>(num_points) / full[level] *
                   (6.0 * shape * std::sqrt(full[level] / (1.5 * num_ranks)) + 9.0);
      }
      expect_near(multipoles, counted.ghost_multipoles, "multipoles", 0.19);
      // With 2000 points each of 8 ranks has one octant of a level that is not full, and takes 0.66 times as many.
      if (num_points > 16000) expect_near(sources, counted.ghost_sources, "sources");
      expect_near(std::min(4.2 * num_ranks, 90.0), counted.messages, "messages");
    }
}

/// On each level where parents and children have different owners: at most 8 children of a parent and one parent, up
/// and down. There are about log8(P) such levels in a cube and log4(P) on a surface. Beside a sphere many ranks are
/// next to large empty octants, whose owners hear of them from few.
TEST(CommunicationVolume, CoarseOctantsMakeNoHotSpot) {
  for (const int num_ranks : {8, 64, 512, 4096})
    for (const auto distribution : {app::Distribution::cube, app::Distribution::sphere}) {
      const double levels = std::log(num_ranks) / std::log(distribution == app::Distribution::cube ? 8.0 : 4.0);
      const Counted counted = count(distribution, 400000, num_ranks);
      EXPECT_LE(static_cast<double>(counted.most_coarse_messages), 16.0 * (std::ceil(levels) + 1.0)) << num_ranks;
      EXPECT_LE(counted.most_messages, 700) << num_ranks;
      EXPECT_LE(static_cast<double>(counted.most_setup_messages), 2.0 * counted.setup_messages) << num_ranks;
    }
}

}
}
