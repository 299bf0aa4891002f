// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <numbers>

#include "nearfar/formula/wrap.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

/// u = (f / r + r (r.f) / r^3 - 2 m r / r^3) / (8 pi) and p = 2 (r.f) / r^3 / (8 pi); a sink has no pressure.
struct StokesFormula {
  static constexpr const char* name = "stokes";
  static constexpr int source_dim = 4, target_dim = 4, degree = -1;
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr ErrorsByOrder errors = scaled_errors(10.0, laplace_errors);
  static constexpr double single_error = 1e-5;
  static constexpr std::array<int, 4> source_degrees{0, 0, 0, -1}, target_degrees = source_degrees;
  static constexpr int potential_flops = 37, gradient_flops = 100;

  double scale() const noexcept { return 0.125 * std::numbers::inv_pi; }
  StokesFormula in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V inverse_r3 = inverse_r * inverse_r * inverse_r;
    const V force = (dx * q[0] + dy * q[1] + dz * q[2]) * inverse_r3;
    const V along = force - 2.0 * q[3] * inverse_r3;
    u[0] += q[0] * inverse_r + along * dx;
    u[1] += q[1] * inverse_r + along * dy;
    u[2] += q[2] * inverse_r + along * dz;
    u[3] += 2.0 * force;
  }
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V inverse_r2 = inverse_r * inverse_r;
    const V inverse_r3 = inverse_r * inverse_r2;
    const V d[3] = {dx, dy, dz};
    const V force = (dx * q[0] + dy * q[1] + dz * q[2]) * inverse_r3;
    const V along = force - 2.0 * q[3] * inverse_r3;
    for (int i = 0; i < 3; ++i) {
      u[4 * i] += q[i] * inverse_r + along * d[i];
      for (int k = 0; k < 3; ++k)
        u[4 * i + 1 + k] += (d[i] * q[k] - d[k] * q[i]) * inverse_r3 - 3.0 * along * inverse_r2 * d[i] * d[k];
      u[4 * i + 1 + i] += along;
    }
    u[12] += 2.0 * force;
    for (int k = 0; k < 3; ++k) u[13 + k] += 2.0 * q[k] * inverse_r3 - 6.0 * force * inverse_r2 * d[k];
  }
};

}

Kernel stokes_kernel() {
  Kernel kernel = wrap(StokesFormula{});
  kernel.source_components = kernel.target_components = {{0, 1}, {0, 2}, {0, 4}, {-1, 0}};
  kernel.in_units_of = [](double) { return stokes_kernel(); };
  return kernel;
}

Kernel without_mirrors(Kernel kernel) {
  kernel.identity.clear();
  if (kernel.source_components.empty())
    for (int i = 0; i < kernel.source_dim; ++i)
      kernel.source_components.push_back({0, static_cast<std::uint8_t>(kernel.source_dim == 3 ? 1 << i : 0)});
  for (Component& component : kernel.source_components) component.odd_axes ^= 1;
  kernel.in_units_of = [in_units_of = kernel.in_units_of](double length) {
    return without_mirrors(in_units_of(length));
  };
  return kernel;
}

}
