// SPDX-License-Identifier: BSD-3-Clause
// Kernels for tests alone.
#pragma once

#include "nearfar/kernel.hpp"

namespace nearfar {

/// K = 1 for r > 0 and 0 for r = 0: sums count the sources, so that every error in a list is visible.
[[nodiscard]] Kernel one_kernel();

/// The potential of dipoles, K_j = d_j / r^3: three components in, one out, of degree -2, and not symmetric.
[[nodiscard]] Kernel dipole_kernel();

/// Laplace's kernel in stretched coordinates, oblique to the axes: no mirror image of it is the same.
[[nodiscard]] Kernel oblique_kernel();

/// The flow and the pressure of forces and sinks: four components in and out, of different parity and degree.
[[nodiscard]] Kernel stokes_kernel();

/// The same sums, but mirrors do not leave the kernel as it claims, so that its operators are made without them.
[[nodiscard]] Kernel without_mirrors(Kernel kernel);

/// The same kernel, whose operators are not shared.
[[nodiscard]] inline Kernel without_identity(Kernel kernel) {
  kernel.identity.clear();
  kernel.in_units_of = [in_units_of = kernel.in_units_of](double length) {
    return without_identity(in_units_of(length));
  };
  return kernel;
}

}
