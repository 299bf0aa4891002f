// SPDX-License-Identifier: BSD-3-Clause
#include "geometry/root_cube.hpp"

#include <gtest/gtest.h>

namespace nearfar {
namespace {

TEST(RootCube, CoversItsPointsForDomainsOfAnySize) {
  for (const double size : {1e-300, 1e-20, 1e-3, 1.0, 3.0, 1e20, 1e150})
    for (const double shift : {0.0, -0.5, 7.0}) {
      const std::array lower{shift * size, -size, 0.0};
      const std::array upper{(shift + 1.0) * size, -size / 2, size / 4};
      const RootCube root = make_root_cube(lower, upper);
      EXPECT_LE(root.side, 0x1p60);
      if (size > 1e-280) {
        EXPECT_GE(root.side, 0x1p59);
      }  // below, the unit would underflow
      for (std::size_t axis = 0; axis < 3; ++axis) {
        EXPECT_LE(root.corner[axis], lower[axis] / root.unit);
        EXPECT_GE((root.corner[axis] + root.side) * (1 + 1e-14), upper[axis] / root.unit);
      }
      EXPECT_EQ(root.point_key(lower[0] / root.unit, lower[1] / root.unit, lower[2] / root.unit), 0U);
    }
}

TEST(RootCube, PutsPointsIntoTheOctantsThatHoldThem) {
  const RootCube root = make_root_cube({-1, -2, 5}, {3, 1, 6});
  for (int level = 0; level <= max_depth; ++level) {
    const OctantKey key = octant_at(root.point_key(1.3 / root.unit, -0.7 / root.unit, 5.9 / root.unit), level);
    const auto centre = root.centre(key);
    const std::array point{1.3 / root.unit, -0.7 / root.unit, 5.9 / root.unit};
    for (std::size_t axis = 0; axis < 3; ++axis)
      EXPECT_LE(std::abs((point[axis] - root.corner[axis]) - centre[axis]), root.half_width(level) * (1 + 1e-9));
  }
}

TEST(RootCube, FollowsPointsWithoutNewOperatorsWhereItCan) {
  constexpr double scale = 1.02;
  const RootCube before = make_root_cube({0, 0, 0}, {1, 1, 1}, scale);
  const auto follow = [&](std::array<double, 3> lower, std::array<double, 3> upper, bool keep_side) {
    return follow_points(before, lower, upper, scale, keep_side);
  };
  const auto expect_same = [](const RootCube& cube, const RootCube& wanted) {
    EXPECT_EQ(cube.unit, wanted.unit);
    EXPECT_EQ(cube.side, wanted.side);
    EXPECT_EQ(cube.corner, wanted.corner);
  };
  for (const bool keep_side : {false, true}) {
    // Points that stay inside, or leave a little of it.
    expect_same(follow({0, 0, 0}, {1, 1, 1}, keep_side), before);
    expect_same(follow({0.05, 0, 0.01}, {0.97, 0.95, 1.019}, keep_side), before);
    const double room = keep_side ? 1.05 * scale : scale;
    // All in one place; none at all.
    expect_same(follow({3, 3, 3}, {3, 3, 3}, keep_side), make_root_cube({3, 3, 3}, {3, 3, 3}, room));
    expect_same(follow({1, 1, 1}, {0, 0, 0}, keep_side), RootCube());
    // Too far for the unit before.
    expect_same(follow({1e300, 1e300, 0}, {3e300, 1e300, 1}, keep_side),
                make_root_cube({1e300, 1e300, 0}, {3e300, 1e300, 1}, room));
    // Larger and smaller than the side suits.
    expect_same(follow({0, 0, 0}, {1.03, 1, 1}, keep_side), make_root_cube({0, 0, 0}, {1.03, 1, 1}, room));
    expect_same(follow({0, 0, 0}, {0.9, 0.9, 0.9}, keep_side), make_root_cube({0, 0, 0}, {0.9, 0.9, 0.9}, room));
  }
  // Points that drift keep the side where operators depend on it.
  const RootCube drifted = follow({-0.5, 0.5, 2}, {0.51, 1.5, 3}, true);
  EXPECT_EQ(drifted.side, before.side);
  EXPECT_EQ(drifted.corner[0], -0.5 / drifted.unit);
  expect_same(follow({-0.5, 0.5, 2}, {0.51, 1.5, 3}, false), make_root_cube({-0.5, 0.5, 2}, {0.51, 1.5, 3}, scale));
}

TEST(RootCube, IsUsableForNoPointsAndForOnePlace) {
  EXPECT_EQ(make_root_cube({1, 1, 1}, {0, 0, 0}).side, 1.0);
  const RootCube root = make_root_cube({-7, 3, 0}, {-7, 3, 0});
  EXPECT_GE(root.side, 0x1p59);
  EXPECT_EQ(root.point_key(-7 / root.unit, 3 / root.unit, 0), 0U);
  EXPECT_EQ(make_root_cube({0, 0, 0}, {0, 0, 0}).side, 0x1p59);
}

TEST(RootCube, HoldsTheLargestNumbers) {
  const RootCube root = make_root_cube({-1.2e308, -1.7e308, 0}, {1.2e308, 1.7e308, 1});
  EXPECT_GE(root.side, 0x1p59);
  EXPECT_LE(root.side, 0x1p60);
  EXPECT_TRUE(std::isfinite(root.unit));
  const PointKey upper = root.point_key(1.2e308 / root.unit, 1.7e308 / root.unit, 0);
  EXPECT_EQ(position_of(octant_at(upper, max_depth))[1], (1U << max_depth) - 1);
}

TEST(RootCube, PutsTheUpperFacesIntoTheLastCells) {
  const RootCube root = make_root_cube({0, 0, 0}, {1, 1, 1});
  EXPECT_EQ(root.point_key(1 / root.unit, 1 / root.unit, 1 / root.unit), point_key_end - 1);
}

}
}
