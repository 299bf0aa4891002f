// SPDX-License-Identifier: BSD-3-Clause
// A kernel of one's own: softened gravity, u(x) = sum q / sqrt(r^2 + e^2). See CMakeLists.txt here.
#include <nearfar/formula/wrap.hpp>
#include <nearfar/user_kernels.hpp>

namespace {

struct Softened {
  static constexpr const char* name = "softened";
  static constexpr int source_dim = 1, target_dim = 1, degree = -1, potential_flops = 13, gradient_flops = 21;
  static constexpr bool homogeneous = false, symmetric = true;
  double e;  // the softening length

  double scale() const { return 1.0; }
  Softened in_units_of(double length) const { return {e / length}; }
  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const {
    const V r2 = dx * dx + dy * dy + dz * dz;
    u[0] += nearfar::simd::unless_zero(r2, q[0] * nearfar::simd::rsqrt(r2 + e * e));
  }

  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const {
    const V r2 = dx * dx + dy * dy + dz * dz, inverse = nearfar::simd::rsqrt(r2 + e * e);
    const V value = nearfar::simd::unless_zero(r2, q[0] * inverse), slope = value * inverse * inverse;
    u[0] += value;
    u[1] -= slope * dx;
    u[2] -= slope * dy;
    u[3] -= slope * dz;
  }
};

}

NEARFAR_KERNELS(library) {
  library.kernels.push_back({"softened",
                             "u(x) = sum q / sqrt(r^2 + e^2), r = |x - y|",
                             {{"e", "softening length", "length", 0.0, 1e30, 0.01}},
                             [](const auto& values) { return nearfar::wrap(Softened{values.at("e")}); }});
}
