// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/formula/wrap.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

/// The potential of dipoles, K_j = d_j / r^3: three components in, one out, of degree -2, and not symmetric.
struct DipoleFormula {
  static constexpr const char* name = "dipole";
  static constexpr int source_dim = 3, target_dim = 1, degree = -2;
  static constexpr bool homogeneous = true, symmetric = false;
  static constexpr ErrorsByOrder errors = scaled_errors(10.0, laplace_errors);
  static constexpr double single_error = 1e-5;
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

}

Kernel dipole_kernel() { return wrap(DipoleFormula{}); }

}
