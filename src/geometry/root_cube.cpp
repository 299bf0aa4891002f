// SPDX-License-Identifier: BSD-3-Clause
#include "geometry/root_cube.hpp"

#include <algorithm>
#include <limits>

namespace nearfar {

RootCube make_root_cube(std::array<double, 3> lower, std::array<double, 3> upper) {
  if (lower[0] > upper[0]) return {};
  double extent = 0.0;
  double largest = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    extent = std::max(extent, upper[axis] - lower[axis]);
    largest = std::max({largest, std::abs(lower[axis]), std::abs(upper[axis])});
  }
  if (extent == 0.0) extent = largest > 0.0 ? largest : 1.0;
  int exponent = 0;
  (void)std::frexp(extent, &exponent);  // extent = f * 2^exponent, f in [1/2, 1)
  RootCube root;
  // The reciprocal of the unit must be finite.
  const int unit_exponent = std::max(exponent - root_side_exponent, std::numeric_limits<double>::min_exponent);
  root.unit = std::ldexp(1.0, unit_exponent);
  root.side = std::ldexp(extent, -unit_exponent);
  for (std::size_t axis = 0; axis < 3; ++axis) root.corner[axis] = lower[axis] / root.unit;
  return root;
}

}
