// SPDX-License-Identifier: BSD-3-Clause
// Laplace's kernel 1/(4 pi r): the potential of electrostatics and gravity.
#include <numbers>

#include "kernels/wrap.hpp"

namespace nearfar::kernels {
namespace {

struct Laplace {
  static constexpr const char* name = "laplace";
  static constexpr int source_dim = 1, target_dim = 1, degree = -1;
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr ErrorsByOrder errors = laplace_errors;
  static constexpr double single_error = 3e-7;
  static constexpr int potential_flops = 12, gradient_flops = 20;

  double scale() const noexcept { return 0.25 * std::numbers::inv_pi; }
  Laplace in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    u[0] += q[0] * simd::rsqrt(dx * dx + dy * dy + dz * dz);
  }

  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V value = q[0] * inverse_r;
    const V slope = value * (inverse_r * inverse_r);
    u[0] += value;
    u[1] -= slope * dx;
    u[2] -= slope * dy;
    u[3] -= slope * dz;
  }
};

}

Kernel laplace(const KernelParameters&) { return wrap_shared(Laplace{}); }

}
