// SPDX-License-Identifier: BSD-3-Clause
// Where screening decides what expansions are for: boxes so large that nothing reaches their far field have none, and
// boxes so small that it does not matter share the operators of the kernel without it.
#pragma once

namespace nearfar {

/// Levels with expansions, and the relative error that what is left out may add. Tolerance 0: nothing is left out.
struct FarField {
  int first_level = 0;
  double tolerance = 0.0;
};

/// What a kernel is needed for.
enum class Screened { matrices, m2l };

/// Whether operators of boxes of half width 1 may be those of in_units_of(0). A constant that is added to the kernel
/// changes what M2L gives, but neither P2M and M2M, which keep the sum of the charges, nor L2L and L2P: for these
/// only the square of the screening counts.
[[nodiscard]] bool is_negligible(double screening, Screened what, double tolerance) noexcept;

/// The first level from 2 on whose far fields, which begin 2 half widths away, reach `tolerance`; one past the deepest
/// possible level where none does. `screening` is that of the kernel in units of the root's half width.
[[nodiscard]] int first_far_level(double screening, double tolerance) noexcept;

}
