// SPDX-License-Identifier: BSD-3-Clause
#include "geometry/root_cube.hpp"

#include <algorithm>
#include <limits>

namespace nearfar {

RootCube make_root_cube(std::array<double, 3> lower, std::array<double, 3> upper, double scale) {
  if (lower[0] > upper[0]) return {};
  // Half of the extent, because the whole may be larger than the largest number.
  double half = 0.0;
  double largest = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    half = std::max(half, 0.5 * upper[axis] - 0.5 * lower[axis]);
    largest = std::max({largest, std::abs(lower[axis]), std::abs(upper[axis])});
  }
  if (half == 0.0) half = largest > 0.0 ? 0.5 * largest : 0.5;
  int exponent = 0;
  (void)std::frexp(half, &exponent);  // half = f * 2^exponent, f in [1/2, 1)
  RootCube root;
  // The reciprocal of the unit must be finite.
  const int unit_exponent = std::max(exponent + 1 - root_side_exponent, std::numeric_limits<double>::min_exponent);
  root.unit = std::ldexp(1.0, unit_exponent);
  root.side = 2.0 * scale * std::ldexp(half, -unit_exponent);
  for (std::size_t axis = 0; axis < 3; ++axis) root.corner[axis] = lower[axis] / root.unit;
  return root;
}

RootCube follow_points(const RootCube& before, std::array<double, 3> lower, std::array<double, 3> upper, double scale,
                       bool keep_side) {
  static constexpr double tolerated_excess = 1.1;
  static constexpr double room = 1.05;
  RootCube cube = before;
  double extent = 0.0;
  bool inside = true, large_enough = true;  // neither with coordinates too large for the unit
  for (std::size_t axis = 0; axis < 3; ++axis) {
    cube.corner[axis] = lower[axis] / before.unit;
    const double last = upper[axis] / before.unit;
    extent = std::max(extent, last - cube.corner[axis]);
    large_enough = large_enough && last - cube.corner[axis] <= before.side;
    inside = inside && before.corner[axis] <= cube.corner[axis] && last <= before.corner[axis] + before.side;
  }
  const bool side_suits = large_enough && before.side <= tolerated_excess * scale * extent;
  if (inside && side_suits) return before;
  if (keep_side && side_suits) return cube;
  return make_root_cube(lower, upper, keep_side ? room * scale : scale);
}

}
