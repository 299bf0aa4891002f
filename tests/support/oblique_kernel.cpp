// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/formula/wrap.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

/// Laplace's kernel in stretched coordinates, oblique to the axes: no mirror image of it is the same.
struct ObliqueFormula {
  static constexpr const char* name = "oblique";
  static constexpr int source_dim = 1, target_dim = 1, degree = -1;
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr ErrorsByOrder errors = scaled_errors(10.0, laplace_errors);
  static constexpr double single_error = 1e-5;
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

Kernel oblique_kernel() { return wrap(ObliqueFormula{}); }

}
