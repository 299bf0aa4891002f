// SPDX-License-Identifier: BSD-3-Clause
#include "geometry/morton.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/types.hpp"

namespace nearfar {
namespace {

/// Interleaves bit by bit.
Bits128 interleave_slowly(const GridPosition& p) {
  Bits128 code = 0;
  for (unsigned bit = 0; bit < max_depth; ++bit)
    for (unsigned axis = 0; axis < 3; ++axis) code |= Bits128{p[axis] >> bit & 1U} << (3 * bit + axis);
  return code;
}

GridPosition random_position(std::mt19937_64& random, int level) {
  std::uniform_int_distribution<std::uint64_t> cell(0, (std::uint64_t{1} << level) - 1);
  return {cell(random), cell(random), cell(random)};
}

TEST(Morton, CodesInterleaveTheBitsOfTheCoordinates) {
  std::mt19937_64 random(1);
  for (int trial = 0; trial < 1000; ++trial) {
    const auto position = random_position(random, max_depth);
    ASSERT_EQ(interleave(position), interleave_slowly(position));
  }
}

TEST(Morton, KeysGiveBackLevelAndPosition) {
  std::mt19937_64 random(2);
  for (int level = 0; level <= max_depth; ++level) {
    const auto position = random_position(random, level);
    const OctantKey key = octant_key(position, level);
    EXPECT_EQ(level_of(key), level);
    EXPECT_EQ(position_of(key), position);
  }
}

TEST(Morton, ChildrenPartitionTheirParent) {
  std::mt19937_64 random(3);
  for (int level = 0; level < max_depth; ++level) {
    const OctantKey parent = octant_key(random_position(random, level), level);
    PointKey next = first_point(parent);
    for (int number = 0; number < 8; ++number) {
      const OctantKey child = child_of(parent, number);
      EXPECT_EQ(parent_of(child), parent);
      EXPECT_EQ(child_number(child), number);
      EXPECT_EQ(first_point(child), next);
      EXPECT_TRUE(contains(parent, child));
      EXPECT_FALSE(contains(child, parent));
      next = end_point(child);
    }
    EXPECT_EQ(next, end_point(parent));
  }
  EXPECT_EQ(end_point(root_octant), point_key_end);
}

TEST(Morton, ThePointsOfAnOctantAreItsKeyRange) {
  std::mt19937_64 random(4);
  for (int trial = 0; trial < 1000; ++trial) {
    const PointKey point = interleave(random_position(random, max_depth));
    for (int level = 0; level <= max_depth; ++level) {
      const OctantKey octant = octant_at(point, level);
      ASSERT_EQ(level_of(octant), level);
      ASSERT_LE(first_point(octant), point);
      ASSERT_GT(end_point(octant), point);
    }
  }
}

TEST(Morton, ColleaguesAreOneStepAwayOrOutside) {
  for (int level = 0; level <= 3; ++level) {
    const auto width = static_cast<int>(1U << level);
    for (OctantKey key = level_bit(level); key < 2 * level_bit(level); ++key) {
      const auto position = position_of(key);
      for (int d = 0; d < num_directions; ++d) {
        const auto offset = offset_of(d);
        ASSERT_EQ(direction(offset[0], offset[1], offset[2]), d);
        bool inside = true;
        GridPosition moved{};
        for (std::size_t axis = 0; axis < 3; ++axis) {
          const int x = static_cast<int>(position[axis]) + offset[axis];
          inside = inside && x >= 0 && x < width;
          moved[axis] = static_cast<std::uint32_t>(x);
        }
        ASSERT_EQ(colleague(key, d), inside ? octant_key(moved, level) : 0);
      }
    }
  }
}

TEST(Morton, ColleaguesOfSmallOctantsAreBesideThem) {
  std::mt19937_64 random(5);
  for (int level = 4; level <= max_depth; ++level)
    for (int trial = 0; trial < 20; ++trial) {
      const std::uint64_t last = (std::uint64_t{1} << level) - 1;
      GridPosition position = random_position(random, level);
      if (trial % 2 == 0) position[usize(trial) % 3] = trial % 4 == 0 ? 0 : last;  // on a face of the root
      for (int d = 0; d < num_directions; ++d) {
        const auto offset = offset_of(d);
        bool inside = true;
        GridPosition moved{};
        for (std::size_t axis = 0; axis < 3; ++axis) {
          moved[axis] = position[axis] + static_cast<std::uint64_t>(offset[axis]);
          inside = inside && moved[axis] <= last;
        }
        ASSERT_EQ(colleague(octant_key(position, level), d), inside ? octant_key(moved, level) : 0);
        if (inside) {
          ASSERT_TRUE(adjacent(octant_key(position, level), octant_key(moved, level)));
        }
      }
    }
}

TEST(Morton, AdjacencyIsThatOfClosedCubes) {
  std::vector<OctantKey> octants;
  for (int level = 0; level <= 3; ++level)
    for (OctantKey key = level_bit(level); key < 2 * level_bit(level); ++key) octants.push_back(key);
  const auto interval = [](OctantKey key, std::size_t axis) {
    const double side = 1.0 / (1U << level_of(key));
    const auto position = static_cast<double>(position_of(key)[axis]);
    return std::pair{position * side, (position + 1) * side};  // exact
  };
  for (const OctantKey a : octants)
    for (const OctantKey b : octants) {
      bool touch = true;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto [a0, a1] = interval(a, axis);
        const auto [b0, b1] = interval(b, axis);
        touch = touch && a0 <= b1 && b0 <= a1;
      }
      ASSERT_EQ(adjacent(a, b), touch);
    }
}

}
}
