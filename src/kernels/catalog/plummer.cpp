// SPDX-License-Identifier: BSD-3-Clause
// Plummer's softened potential 1/(4 pi sqrt(r^2 + epsilon^2)) of N-body simulations.
//
// It solves no equation outside its sources, so that no far field of points stands for it: it has expansions of its
// own, whose errors end at a floor, about 1e-4 where epsilon is as large as a box and lower where it is smaller or
// larger. Plans measure it (fmm/probed_errors.hpp).
#include <numbers>

#include "kernels/scalar_family.hpp"

namespace nearfar::kernels {
namespace {

/// Slopes of s = 1/sqrt(r^2 + epsilon^2), whose A_n (kernels/scalar_formulas.hpp) are 1, -1, 3, -15 times s^(2n + 1).
struct Plummer {
  static constexpr const char* name = "plummer";
  static constexpr bool homogeneous = false;
  static constexpr int extra_flops = 14;

  double epsilon = 0.0;

  double scale() const noexcept { return 0.25 * std::numbers::inv_pi; }
  Plummer in_units_of(double length) const noexcept { return {epsilon / length}; }
  template <class V>
  void slopes(const V& r2, const V& inverse_r, V* b) const noexcept {
    const V r = r2 * inverse_r;
    const V s = simd::rsqrt(r2 + epsilon * epsilon);
    const V s2 = s * s;
    const V rs = r * s;  // at most 1
    b[0] = simd::unless_zero(r2, s);
    b[1] = -(rs * s2);
    b[2] = 3.0 * ((rs * rs) * (s2 * s));
    b[3] = -15.0 * ((rs * rs * rs) * (s2 * s2));
  }
};

}

Family plummer() {
  Family family = scalar_family("plummer", "u(x) = sum q / (4 pi sqrt(r^2 + epsilon^2)), r = |x - y|");
  family.parameters = {{"epsilon", "softening length", "length", 0.0, 1e300, 1e-3}};
  family.has_measured_errors = false;
  add_scalar_variants<Plummer>(family, [](const ParameterValues& values) { return Plummer{values.at("epsilon")}; });
  return family;
}

}
