// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/types.hpp"

namespace nearfar {

void multiply_by_power_of_two(std::span<double> values, int exponent) {
  if (exponent == 0) return;
  // Each product lies between the value and the result, so that none overflows on its own.
  const double first = std::ldexp(1.0, exponent / 2), second = std::ldexp(1.0, exponent - exponent / 2);
  const auto size = static_cast<std::int64_t>(values.size());
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < size; ++i) values[at(i)] = values[at(i)] * first * second;
}

int largest_exponent(std::span<const double> values) {
  double largest = 0.0;
  const auto size = static_cast<std::int64_t>(values.size());
#pragma omp parallel for schedule(static) reduction(max : largest)
  for (std::int64_t i = 0; i < size; ++i) largest = std::max(largest, std::abs(values[at(i)]));
  return largest > 0.0 ? std::ilogb(largest) : 0;
}

}
