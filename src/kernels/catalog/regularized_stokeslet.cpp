// SPDX-License-Identifier: BSD-3-Clause
// The regularised Stokeslet of Cortez, Fauci and Medovikov (2005, equation 11): the flow of a force that is spread over
// a blob of radius epsilon, in a fluid of unit viscosity,
//   ((r^2 + 2 epsilon^2) f + r (r.f)) / (8 pi (r^2 + epsilon^2)^(3/2)).
//
// At its own place a blob moves with f / (4 pi epsilon), which the sums leave out as they do all points that coincide:
// add it, by MatShift for example. Expansions have a floor (kernels/catalog/plummer.cpp).
#include <numbers>

#include "kernels/force_family.hpp"
#include "nearfar/formula/wrap.hpp"

namespace nearfar::kernels {
namespace {

struct RegularizedStokeslet {
  static constexpr const char* name = "regularized_stokeslet";
  static constexpr int source_dim = 3, target_dim = 3, degree = -1;
  static constexpr bool homogeneous = false, symmetric = true, is_lean = true;
  static constexpr int potential_flops = 34, gradient_flops = 84;

  double epsilon = 0.0;

  double scale() const noexcept { return 0.125 * std::numbers::inv_pi; }
  RegularizedStokeslet in_units_of(double length) const noexcept { return {epsilon / length}; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const V s = simd::rsqrt(r2 + epsilon * epsilon);
    const V s3 = s * s * s;
    const V of_force = simd::unless_zero(r2, (r2 + 2.0 * epsilon * epsilon) * s3);
    const V along = (dx * q[0] + dy * q[1] + dz * q[2]) * s3;
    u[0] += of_force * q[0] + along * dx;
    u[1] += of_force * q[1] + along * dy;
    u[2] += of_force * q[2] + along * dz;
  }

  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const V s = simd::rsqrt(r2 + epsilon * epsilon);
    const V s2 = s * s, s3 = s2 * s;
    const V of_force = simd::unless_zero(r2, (r2 + 2.0 * epsilon * epsilon) * s3);
    const V slope = (r2 + 4.0 * epsilon * epsilon) * s2;  // at most 4
    const V d[3] = {dx, dy, dz};
    const V along = dx * q[0] + dy * q[1] + dz * q[2];
    for (int i = 0; i < 3; ++i) {
      u[4 * i] += of_force * q[i] + (along * s3) * d[i];
      const V falls = s3 * (slope * q[i] + 3.0 * (along * s2) * d[i]);
      for (int k = 0; k < 3; ++k) u[4 * i + 1 + k] += s3 * d[i] * q[k] - falls * d[k];
      u[4 * i + 1 + i] += along * s3;
    }
  }
};

}

Family regularized_stokeslet() {
  Family family = force_family(
      RegularizedStokeslet::name,
      "u(x) = sum ((r^2 + 2 epsilon^2) f + r (r.f)) / (8 pi (r^2 + epsilon^2)^(3/2)), r = x - y", "as above",
      [](const ParameterValues& values) { return wrap_shared(RegularizedStokeslet{values.at("epsilon")}); });
  family.parameters = {{"epsilon", "radius of the blobs", "length", 0.0, 1e300, 1e-3}};
  family.has_measured_errors = false;
  return family;
}

}
