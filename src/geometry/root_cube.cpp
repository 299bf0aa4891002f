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

}
