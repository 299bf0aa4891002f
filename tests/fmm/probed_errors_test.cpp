// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/probed_errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace nearfar {
namespace {

/// The keys of a grid of `side`^3 cells of that level, a point in each.
[[nodiscard]] PointSample grid(std::uint64_t side, int level) {
  PointSample sample;
  for (std::uint64_t x = 0; x < side; ++x)
    for (std::uint64_t y = 0; y < side; ++y)
      for (std::uint64_t z = 0; z < side; ++z)
        sample.keys.push_back(
            interleave({x << (max_depth - level), y << (max_depth - level), z << (max_depth - level)}));
  std::sort(sample.keys.begin(), sample.keys.end());
  return sample;
}

TEST(UsualDepth, IsThatOfLeaves) {
  EXPECT_EQ(usual_depth({}), 0);
  EXPECT_EQ(usual_depth(grid(3, 2)), 0) << "27 points";
  EXPECT_EQ(usual_depth(grid(16, 4)), 3) << "64 points in an octant of level 2, 8 in one of level 3";
  PointSample thin = grid(16, 4);
  thin.points_per_key = 8.0;
  EXPECT_EQ(usual_depth(thin), 4);
  EXPECT_EQ(usual_depth(grid(16, 9)), 8) << "all points in one octant of level 5";
}

}
}
