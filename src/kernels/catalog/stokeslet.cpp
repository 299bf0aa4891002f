// SPDX-License-Identifier: BSD-3-Clause
// The Stokeslet (delta_ij / r + r_i r_j / r^3) / (8 pi): the flow of a point force in a viscous fluid of unit
// viscosity.
#include <numbers>

#include "kernels/force_family.hpp"
#include "nearfar/formula/wrap.hpp"

namespace nearfar::kernels {
namespace {

struct Stokeslet {
  static constexpr const char* name = "stokeslet";
  static constexpr int source_dim = 3, target_dim = 3, degree = -1;
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr int potential_flops = 29, gradient_flops = 78;

  double scale() const noexcept { return 0.125 * std::numbers::inv_pi; }
  Stokeslet in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V along = (dx * q[0] + dy * q[1] + dz * q[2]) * (inverse_r * inverse_r);
    u[0] += inverse_r * (q[0] + along * dx);
    u[1] += inverse_r * (q[1] + along * dy);
    u[2] += inverse_r * (q[2] + along * dz);
  }

  /// With a = d.q / r^2: du_i/dx_k = ((q_k - 3 a d_k) d_i / r^2 - q_i d_k / r^2 + a delta_ik) / r.
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V inverse_r2 = inverse_r * inverse_r;
    const V inverse_r3 = inverse_r * inverse_r2;
    const V along = (dx * q[0] + dy * q[1] + dz * q[2]) * inverse_r2;
    const V diagonal = along * inverse_r;
    const V d[3] = {dx, dy, dz};
    const V e[3] = {dx * inverse_r3, dy * inverse_r3, dz * inverse_r3};
    for (int i = 0; i < 3; ++i) {
      u[4 * i] += inverse_r * (q[i] + along * d[i]);
      for (int k = 0; k < 3; ++k) u[4 * i + 1 + k] += (q[k] - 3.0 * along * d[k]) * e[i] - q[i] * e[k];
      u[4 * i + 1 + i] += diagonal;
    }
  }
};

}

Family stokeslet() {
  return force_family(Stokeslet::name, "u_i(x) = sum_j (delta_ij / r + r_i r_j / r^3) f_j / (8 pi), r = x - y",
                      "G(r) f", [](const ParameterValues&) { return wrap_shared(Stokeslet{}); });
}

}
