// SPDX-License-Identifier: BSD-3-Clause
// Laplace's kernel 1/(4 pi r): electrostatics, gravity, potential flow.
#include <numbers>

#include "kernels/scalar_family.hpp"

namespace nearfar::kernels {
namespace {

struct Laplace {
  static constexpr const char* name = "laplace";
  static constexpr int source_dim = 1, target_dim = 1, degree = -1;
  static constexpr bool homogeneous = true, symmetric = true;
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

/// Slopes of 1/r.
struct LaplaceRadial {
  static constexpr const char* name = Laplace::name;
  static constexpr bool homogeneous = true, is_inverse_distance = true;
  static constexpr int extra_flops = 1;

  double scale() const noexcept { return Laplace{}.scale(); }
  LaplaceRadial in_units_of(double) const noexcept { return *this; }
  template <class V>
  void slopes(const V&, const V& inverse_r, V* b) const noexcept {
    const V inverse_r2 = inverse_r * inverse_r;
    b[0] = inverse_r;
    b[1] = -inverse_r2;
    b[2] = 3.0 * (inverse_r2 * inverse_r);
    b[3] = -15.0 * (inverse_r2 * inverse_r2);
  }
};

}

Family laplace() {
  Family family = scalar_family("laplace", "u(x) = sum q / (4 pi r), r = |x - y|");
  add_scalar_variants<LaplaceRadial>(
      family, [](const ParameterValues&) { return wrap_shared(Laplace{}); },
      [](const ParameterValues&) { return LaplaceRadial{}; });
  return family;
}

}
