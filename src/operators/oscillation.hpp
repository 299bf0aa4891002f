// SPDX-License-Identifier: BSD-3-Clause
// What expansions of oscillating kernels need beyond those of others. All of it depends on the phase of a box: the
// kernel's wavenumber times the half width.
#pragma once

#include "geometry/morton.hpp"

namespace nearfar {

/// The largest phase of boxes with far fields for which orders were measured: domains of ten wavelengths.
inline constexpr double max_phase = 8.0;

/// The phase of the largest boxes that have a far field, those of level 2; 0 for kernels that do not oscillate.
[[nodiscard]] constexpr double phase_of_largest_boxes(double wavenumber, double root_side) noexcept {
  return wavenumber == 0.0 ? 0.0 : wavenumber * root_side / 8.0;
}

/// How many orders more keep, at that phase, the error that `order` has without oscillation. Measured on charges in a
/// cube for orders 3 to 10: within a factor of 1.5, and never more than one order too many.
[[nodiscard]] int orders_for_phase(int order, double phase) noexcept;
/// The order that has, without oscillation, the error of `order` at that phase.
[[nodiscard]] int order_without_phase(int order, double phase) noexcept;
/// The largest phase for which so many more orders do.
[[nodiscard]] double phase_of_orders(int order, int more) noexcept;

/// Orders by level: oscillating kernels have higher ones in large boxes, where the phase is longer, so that all levels
/// have the error of the smallest boxes.
class LevelOrders {
 public:
  /// `order` is that of the largest boxes that have a far field, whose phase is given, and of all boxes without phase.
  LevelOrders(int order = 0, double phase = 0.0) noexcept;  // NOLINT(google-explicit-constructor): most have one order

  [[nodiscard]] int largest() const noexcept { return largest_; }
  [[nodiscard]] int smallest() const noexcept { return at(max_depth); }
  /// The one whose error all levels have.
  [[nodiscard]] int without_phase() const noexcept { return without_phase_; }
  [[nodiscard]] int at(int level) const noexcept;

 private:
  int largest_, without_phase_ = 0;
  double phase_;
};

/// The half width of the inner surface of such a box, in half widths. Densities on a closed surface cannot represent
/// fields of wavenumbers at which its interior resonates, those of waves that vanish on the surface; the surface of
/// such a box is another one, which does not.
[[nodiscard]] double inner_radius_for(double phase) noexcept;

}
