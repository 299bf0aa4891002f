// SPDX-License-Identifier: BSD-3-Clause
#include "support/test_kernels.hpp"

#include "kernels/wrap.hpp"

namespace nearfar {
namespace {

/// K = 1 for r > 0 and 0 for r = 0: sums count the sources, so that every error in a list is visible.
struct OneFormula {
  static constexpr const char* name = "one";
  static constexpr int source_dim = 1, target_dim = 1, degree = 0;
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr double error_factor = 10.0, error_growth = 1.0, single_error = 1e-5;
  static constexpr int potential_flops = 9, gradient_flops = 9;

  double scale() const noexcept { return 1.0; }
  OneFormula in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    using Part = typename V::Vector;
    u[0] += q[0] * V::map([](Part r2) { return r2 > Part{} ? Part{} + typename V::Scalar{1} : Part{}; },
                          dx * dx + dy * dy + dz * dz);
  }
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    potential(dx, dy, dz, q, u);
  }
};

/// The potential of dipoles, K_j = d_j / r^3: three components in, one out, of degree -2, and not symmetric.
struct DipoleFormula {
  static constexpr const char* name = "dipole";
  static constexpr int source_dim = 3, target_dim = 1, degree = -2;
  static constexpr bool homogeneous = true, symmetric = false;
  static constexpr double error_factor = 10.0, error_growth = 1.0, single_error = 1e-5;
  static constexpr int potential_flops = 16, gradient_flops = 28;

  double scale() const noexcept { return 0.75; }
  DipoleFormula in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    u[0] += (dx * q[0] + dy * q[1] + dz * q[2]) * (inverse_r * inverse_r * inverse_r);
  }
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V inverse_r2 = inverse_r * inverse_r, inverse_r3 = inverse_r2 * inverse_r;
    const V value = (dx * q[0] + dy * q[1] + dz * q[2]) * inverse_r3;
    const V slope = 3.0 * value * inverse_r2;
    u[0] += value;
    u[1] += q[0] * inverse_r3 - slope * dx;
    u[2] += q[1] * inverse_r3 - slope * dy;
    u[3] += q[2] * inverse_r3 - slope * dz;
  }
};

/// Laplace's kernel in stretched coordinates, oblique to the axes: no mirror image of it is the same.
struct ObliqueFormula {
  static constexpr const char* name = "oblique";
  static constexpr int source_dim = 1, target_dim = 1, degree = -1;
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr double error_factor = 10.0, error_growth = 1.0, single_error = 1e-5;
  static constexpr int potential_flops = 15, gradient_flops = 28;

  double scale() const noexcept { return 1.5; }
  ObliqueFormula in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    u[0] += q[0] * simd::rsqrt(dx * (dx + 0.5 * dy + 0.3 * dz) + dy * (dy + 0.2 * dz) + dz * dz);
  }
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * (dx + 0.5 * dy + 0.3 * dz) + dy * (dy + 0.2 * dz) + dz * dz);
    const V value = q[0] * inverse_r;
    const V slope = -0.5 * value * (inverse_r * inverse_r);
    u[0] += value;
    u[1] += slope * (2.0 * dx + 0.5 * dy + 0.3 * dz);
    u[2] += slope * (2.0 * dy + 0.5 * dx + 0.2 * dz);
    u[3] += slope * (2.0 * dz + 0.3 * dx + 0.2 * dy);
  }
};

}

Kernel one_kernel() { return wrap(OneFormula{}); }
Kernel dipole_kernel() { return wrap(DipoleFormula{}); }
Kernel oblique_kernel() { return wrap(ObliqueFormula{}); }

}
