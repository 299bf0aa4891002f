// SPDX-License-Identifier: BSD-3-Clause
#include "operators/surface.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace nearfar {
namespace {

TEST(Surface, HoldsTheOuterLayerOfTheGridInOrder) {
  for (int p = 2; p <= 12; ++p) {
    const Surface surface = make_surface(p, 1.05);
    std::vector<std::array<std::uint8_t, 3>> expected;
    for (int i = 0; i < p * p * p; ++i) {
      const std::array<int, 3> g{i / (p * p), i / p % p, i % p};
      if (std::any_of(g.begin(), g.end(), [p](int c) { return c == 0 || c == p - 1; }))
        expected.push_back(
            {static_cast<std::uint8_t>(g[0]), static_cast<std::uint8_t>(g[1]), static_cast<std::uint8_t>(g[2])});
    }
    EXPECT_EQ(surface.grid, expected);
    EXPECT_EQ(surface.size(), surface_size(p));
    EXPECT_EQ(surface.points_per_edge, p);
  }
}

TEST(Surface, CoordinatesAreThoseOfTheGrid) {
  const Surface surface = make_surface(7, 2.95);
  EXPECT_DOUBLE_EQ(surface.spacing, 5.9 / 6);
  for (std::size_t i = 0; i < surface.grid.size(); ++i) {
    EXPECT_NEAR(surface.x[i], -2.95 + surface.grid[i][0] * surface.spacing, 1e-15);
    EXPECT_NEAR(surface.y[i], -2.95 + surface.grid[i][1] * surface.spacing, 1e-15);
    EXPECT_NEAR(surface.z[i], -2.95 + surface.grid[i][2] * surface.spacing, 1e-15);
  }
}

TEST(Surface, OppositePointsAreExactNegatives) {
  const Surface surface = make_surface(6, 1.05);
  const auto last = surface.grid.size() - 1;
  for (std::size_t i = 0; i <= last; ++i) {
    EXPECT_EQ(surface.x[i], -surface.x[last - i]);
    EXPECT_EQ(surface.y[i], -surface.y[last - i]);
    EXPECT_EQ(surface.z[i], -surface.z[last - i]);
  }
}

}
}
