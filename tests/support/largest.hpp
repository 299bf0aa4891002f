// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>

namespace nearfar {

/// The larger of two numbers, or NaN if one of them is: unlike std::max, which drops it.
template <class T>
[[nodiscard]] T largest_of(T a, T b) {
  return std::isnan(a) || a > b ? a : b;
}

}
