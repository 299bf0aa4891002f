// SPDX-License-Identifier: BSD-3-Clause
#include "geometry/root_cube.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/keys.hpp"

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
        const double corner = root.origin[axis] + root.corner[axis];
        EXPECT_LE(corner, lower[axis] / root.unit);
        EXPECT_GE((corner + root.side) * (1 + 1e-14), upper[axis] / root.unit);
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
      EXPECT_LE(std::abs((point[axis] - root.origin[axis]) - centre[axis]),
                root.half_width(level) * (1 + std::ldexp(1.0, level - 53)));
  }
}

/// Boxes around zero, beside it, and far from it on either side.
const std::vector<std::array<double, 2>> intervals{{-1.0, 1e-9}, {-1e12, 1.0}, {0.0, 1.0},        {0.3, 1.7},
                                                   {3.0, 5.0},   {-5, -3.1},   {1e6, 1e6 + 1e-3}, {-2e9, -2e9 + 7.0}};

TEST(RootCube, CentresOfAllLevelsAreExact) {
  std::mt19937_64 random(3);
  for (const auto& x : intervals)
    for (const double scale : {1.0, 1.06, 1.33, 2.0}) {
      const RootCube root = make_root_cube({x[0], 0, 0}, {x[1], 0, 0}, scale);
      for (int level = 0; level <= max_depth; ++level) {
        const OctantKey key = octant_at(random_key(random), level);
        const long double position = static_cast<long double>(position_of(key)[0]) + 0.5L;
        EXPECT_EQ(root.centre(key)[0],
                  root.corner[0] + std::ldexp(static_cast<long double>(root.side), -level) * position)
            << "level " << level << " of " << x[0] << " to " << x[1];
      }
    }
}

TEST(RootCube, DifferencesFromTheOriginAreExact) {
  std::mt19937_64 random(4);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (const auto& interval : intervals) {
    const RootCube root = make_root_cube({interval[0], 0, 0}, {interval[1], 0, 0});
    for (int i = 0; i < 100; ++i) {
      const double x = (interval[0] + (interval[1] - interval[0]) * uniform(random)) / root.unit;
      EXPECT_EQ(x - root.origin[0], static_cast<long double>(x) - root.origin[0]);
    }
  }
}

TEST(RootCube, TellsPointsApartNearZeroBesideOneFarAway) {
  const RootCube root = make_root_cube({-1e12, 0, 0}, {1, 0, 0});
  const auto cell = [&](double x) { return position_of(octant_at(root.point_key(x / root.unit, 0, 0), max_depth))[0]; };
  const double width = std::ldexp(root.side, -max_depth) * root.unit;
  EXPECT_LT(width, 0.24);
  for (int i = 0; i < 4; ++i) {  // from the middle of a cell on
    const double x = (std::floor(1e-3 / width) + 0.5 + i) * width;
    EXPECT_EQ(cell(x + 0.49 * width), cell(x));
    EXPECT_EQ(cell(x - 0.49 * width), cell(x));
    EXPECT_EQ(cell(x + 0.51 * width), cell(x) + 1);
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
  EXPECT_NEAR(drifted.corner[0], -0.5 / drifted.unit, std::ldexp(drifted.side, -max_depth));
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
  // The side may be larger by one in 256.
  EXPECT_GE(position_of(octant_at(upper, 8))[1], 255U);
}

TEST(RootCube, PutsTheUpperFacesIntoTheLastCells) {
  const RootCube root = make_root_cube({0, 0, 0}, {1, 1, 1});
  EXPECT_EQ(root.point_key(1 / root.unit, 1 / root.unit, 1 / root.unit), point_key_end - 1);
}

}
}
