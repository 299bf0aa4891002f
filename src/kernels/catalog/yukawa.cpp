// SPDX-License-Identifier: BSD-3-Clause
// The Yukawa kernel exp(-lambda r)/(4 pi r) of screened electrostatics.
#include <algorithm>
#include <numbers>

#include "kernels/scalar_family.hpp"

namespace nearfar::kernels {
namespace {

struct Yukawa {
  static constexpr const char* name = "yukawa";
  static constexpr int source_dim = 1, target_dim = 1, degree = -1;
  static constexpr bool homogeneous = false, symmetric = true;
  static constexpr int potential_flops = 48, gradient_flops = 58;  // of which exp: 33

  double lambda = 1.0;

  double scale() const noexcept { return 0.25 * std::numbers::inv_pi; }
  double screening() const noexcept { return lambda; }
  Yukawa in_units_of(double length) const noexcept {
    return {std::min(lambda * length, 1e30)};  // a float too, and its products with distances
  }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const V inverse_r = simd::rsqrt(r2);
    u[0] += q[0] * inverse_r * simd::exp(-lambda * (r2 * inverse_r));
  }

  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const V inverse_r = simd::rsqrt(r2);
    const V value = q[0] * inverse_r * simd::exp(-lambda * (r2 * inverse_r));
    const V slope = value * inverse_r * (inverse_r + lambda);
    u[0] += value;
    u[1] -= slope * dx;
    u[2] -= slope * dy;
    u[3] -= slope * dz;
  }
};

/// Slopes of exp(-z) / r, z = lambda r.
struct YukawaRadial {
  static constexpr const char* name = Yukawa::name;
  static constexpr bool homogeneous = false;
  static constexpr int extra_flops = 42;  // of which exp: 33

  double lambda = 1.0;

  double scale() const noexcept { return Yukawa{}.scale(); }
  YukawaRadial in_units_of(double length) const noexcept { return {Yukawa{lambda}.in_units_of(length).lambda}; }
  template <class V>
  void slopes(const V& r2, const V& inverse_r, V* b) const noexcept {
    const V z = lambda * (r2 * inverse_r);
    const V value = simd::exp(-z) * inverse_r;
    const V value_r = value * inverse_r;
    const V value_r2 = value_r * inverse_r;
    b[0] = value;
    b[1] = -(value_r * (1.0 + z));
    // Powers of z with the value in each, which has vanished before they leave the range of floats.
    b[2] = 3.0 * value_r2 + z * (3.0 * value_r2 + z * value_r2);
    const V value_r3 = value_r2 * inverse_r;
    b[3] = -(15.0 * value_r3 + z * (15.0 * value_r3 + z * (6.0 * value_r3 + z * value_r3)));
  }
};

}

Family yukawa() {
  Family family = scalar_family("yukawa", "u(x) = sum q exp(-lambda r) / (4 pi r), r = |x - y|");
  family.parameters = {{"lambda", "inverse screening length", "1/length", 0.0, 1.7e308, 1.0}};
  add_scalar_variants<YukawaRadial>(
      family, [](const ParameterValues& values) { return wrap_shared(Yukawa{values.at("lambda")}); },
      [](const ParameterValues& values) { return YukawaRadial{values.at("lambda")}; });
  return family;
}

}
