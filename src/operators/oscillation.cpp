// SPDX-License-Identifier: BSD-3-Clause
#include "operators/oscillation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "operators/surface.hpp"

namespace nearfar {
namespace {

constexpr double orders_per_phase = 0.75;
/// The phase from which on an order needs more, in orders: higher orders resolve longer phases already.
[[nodiscard]] double orders_to_spare(int order) noexcept { return 0.25 * order - 0.5; }

/// Whether n is the sum of the squares of three positive integers.
[[nodiscard]] bool is_sum_of_three_squares(int n) noexcept {
  for (int l = 1; l * l <= n; ++l)
    for (int m = 1; l * l + m * m < n; ++m) {
      const int square = n - l * l - m * m;
      const int root = static_cast<int>(std::lround(std::sqrt(square)));
      if (root * root == square) return true;
    }
  return false;
}

/// How far the phase is from the nearest resonance of a cube of that half width, relatively. A cube of half width a
/// resonates at wavenumbers pi / (2 a) * sqrt(l^2 + m^2 + n^2).
[[nodiscard]] double distance_to_resonance(double phase, double radius) noexcept {
  const double multiple = phase * radius / (0.5 * std::numbers::pi);
  const int nearest = static_cast<int>(std::lround(multiple * multiple));
  double distance = 1.0;
  for (int n = std::max(3, nearest - 4); n <= nearest + 4; ++n)
    if (is_sum_of_three_squares(n)) distance = std::min(distance, std::abs(multiple / std::sqrt(n) - 1.0));
  return distance;
}

}

int orders_for_phase(int order, double phase) noexcept {
  const double wanted = orders_per_phase * std::min(phase, 2.0 * max_phase) - orders_to_spare(order);
  return phase > 0.0 ? std::max(0, static_cast<int>(std::ceil(wanted))) : 0;
}

int order_without_phase(int order, double phase) noexcept {
  int without = order;
  while (without > min_order && without + orders_for_phase(without, phase) > order) --without;
  return without;
}

LevelOrders::LevelOrders(int order, double phase) noexcept : largest_(order), phase_(phase) {
  // The sides of root cubes are rounded up, by at most 0.4 %, after the order has been chosen; without this, one more
  // order for the phase would leave one less for all.
  constexpr double before_rounding = 0.99;
  without_phase_ = order_without_phase(order, before_rounding * phase);
}

int LevelOrders::at(int level) const noexcept {
  if (phase_ == 0.0 || level <= 2) return largest_;
  return std::min(largest_, without_phase_ + orders_for_phase(without_phase_, std::ldexp(phase_, 2 - level)));
}

double phase_of_orders(int order, int more) noexcept { return (more + orders_to_spare(order)) / orders_per_phase; }

double inner_radius_for(double phase) noexcept {
  constexpr double near = 0.02;
  if (!(phase > 1.0 && phase <= 2.0 * max_phase) || distance_to_resonance(phase, inner_radius) >= near)
    return inner_radius;
  double best = inner_radius;
  for (const double radius : {1.02, 1.035, 1.065, 1.08})
    if (distance_to_resonance(phase, radius) > distance_to_resonance(phase, best)) best = radius;
  return best;
}

}
