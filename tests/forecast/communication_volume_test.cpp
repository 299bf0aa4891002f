// SPDX-License-Identifier: BSD-3-Clause
// The formulas of scripts/README.md for what ranks share, against counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "app/distributions.hpp"
#include "forecast/virtual_ranks.hpp"

namespace nearfar {
namespace {

struct Counted {
  TreeStatistics tree;
  double ghost_multipoles = 0.0, ghost_sources = 0.0;  // mean of the ranks
  std::int64_t most_coarse_messages = 0;
};

Counted count(app::Distribution distribution, std::int64_t num_points, int num_ranks) {
  const std::vector<double> points = app::sample_points(distribution, 0, 0, num_points);
  const WholeTree whole(MPI_COMM_SELF, make_kernel("laplace"), {points, {}, true},
                        {.order = 4, .points_per_leaf = 40, .root_scale = 1.0});
  Counted counted{.tree = whole.layout.statistics};
  for (const VirtualRank& rank : make_virtual_ranks(whole, num_ranks)) {
    counted.ghost_multipoles += static_cast<double>(rank.communication.ghost_multipoles) / num_ranks;
    counted.ghost_sources += static_cast<double>(rank.communication.ghost_sources) / num_ranks;
    counted.most_coarse_messages = std::max(counted.most_coarse_messages, rank.communication.coarse_messages);
  }
  return counted;
}

/// A uniform cube cut into k x k x k cubes of `side` leaves along an edge; outer faces have no neighbours.
TEST(CommunicationVolume, OfAUniformCube) {
  for (const int k : {2, 4}) {
    const double side = 8.0;
    const int num_ranks = k * k * k;
    const std::int64_t num_points = 20 * 512 * std::int64_t{num_ranks};
    const double inner = (k - 1.0) / k;  // share of the faces that are not outer ones
    double multipoles = 0.0;
    for (double s = side; s * k >= 4.0; s /= 2)
      multipoles += std::pow(std::max(s, 1.0) + 4.0 * inner, 3) - std::pow(s, 3);
    const double sources = 20.0 * (std::pow(side + 2.0 * inner, 3) - std::pow(side, 3));
    const Counted counted = count(app::Distribution::cube, num_points, num_ranks);
    EXPECT_NEAR(multipoles, counted.ghost_multipoles, 0.3 * counted.ghost_multipoles) << k;
    EXPECT_NEAR(sources, counted.ghost_sources, 0.3 * counted.ghost_sources) << k;
  }
}

/// A closed surface, which cuts 1.5 boxes where a plane along the axes cuts one. The border of a rank's part is `shape`
/// times that of a square: exactly 0.94 for an octant of a sphere.
TEST(CommunicationVolume, OfASphere) {
  for (const auto& [num_ranks, shape] : {std::pair{8, 0.94}, {64, 1.4}}) {
    const std::int64_t num_points = 20 * 256 * std::int64_t{num_ranks};
    const Counted counted = count(app::Distribution::sphere, num_points, num_ranks);
    double multipoles = 0.0;
    for (int level = 2; level <= counted.tree.depth; ++level) {
      const double s = std::sqrt(static_cast<double>(counted.tree.octants_per_level[usize(level)]) / num_ranks / 1.5);
      multipoles += 1.5 * (8.0 * shape * s + 16.0);
    }
    const double leaves = static_cast<double>(counted.tree.num_leaves);
    const double s = std::sqrt(leaves / num_ranks / 1.5);
    const double sources = 1.5 * (6.0 * shape * s + 9.0) * static_cast<double>(num_points) / leaves;
    EXPECT_NEAR(multipoles, counted.ghost_multipoles, 0.3 * counted.ghost_multipoles) << num_ranks;
    EXPECT_NEAR(sources, counted.ghost_sources, 0.3 * counted.ghost_sources) << num_ranks;
  }
}

/// On each level where parents and children have different owners: at most 7 children of a parent and one parent of
/// a first child, up and down. There are about log8(P) such levels in a cube and log4(P) on a surface.
TEST(CommunicationVolume, CoarseOctantsMakeNoHotSpot) {
  for (const int num_ranks : {8, 64, 512, 4096})
    for (const auto distribution : {app::Distribution::cube, app::Distribution::sphere}) {
      const double levels = std::log(num_ranks) / std::log(distribution == app::Distribution::cube ? 8.0 : 4.0);
      const Counted counted = count(distribution, 400000, num_ranks);
      EXPECT_LE(static_cast<double>(counted.most_coarse_messages), 16.0 * (std::ceil(levels) + 1.0)) << num_ranks;
    }
}

}
}
