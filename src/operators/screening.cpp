// SPDX-License-Identifier: BSD-3-Clause
#include "operators/screening.hpp"

#include <cmath>

#include "geometry/morton.hpp"

namespace nearfar {

bool is_negligible(double screening, Screened what, double tolerance) noexcept {
  // M2L spans about 6 half widths, and the kernel loses screening * distance of its value on the way.
  const double change = what == Screened::m2l ? 6.0 * screening : screening * screening;
  return screening > 0.0 && change < tolerance / 10.0;
}

int first_far_level(double screening, double tolerance) noexcept {
  int level = 2;
  while (level <= max_depth && std::exp(-2.0 * std::ldexp(screening, -level)) < tolerance / 20.0) ++level;
  return level;
}

}
