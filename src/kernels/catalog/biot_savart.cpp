// SPDX-License-Identifier: BSD-3-Clause
// The law of Biot and Savart: velocities of vortices, or magnetic fields of currents, as curls of a vector potential.
//
// The kernel of the expansions is that of the vector potential, Laplace's for each component. With e = r / |r| and
// c = w x e, in units of 1/(4 pi):
//   A = w / r,   u = curl A = c / r^2,   du_i/dx_l = (epsilon_ijl w_j - 3 c_i e_l) / r^3
#include <array>
#include <numbers>

#include "kernels/scalar_family.hpp"

namespace nearfar::kernels {
namespace {

constexpr double vortex_scale = 0.25 * std::numbers::inv_pi;

struct VectorPotential {
  static constexpr const char* name = "biot_savart potential";
  static constexpr bool is_lean = true;
  static constexpr int source_dim = 3, target_dim = 3, degree = -1;
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr int potential_flops = 16, gradient_flops = 40;

  double scale() const noexcept { return vortex_scale; }
  VectorPotential in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* w, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    for (int i = 0; i < 3; ++i) u[i] += inverse_r * w[i];
  }

  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* w, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V inverse_r3 = inverse_r * (inverse_r * inverse_r);
    const V slope[3] = {dx * inverse_r3, dy * inverse_r3, dz * inverse_r3};
    for (int i = 0; i < 3; ++i) {
      u[4 * i] += inverse_r * w[i];
      for (int l = 0; l < 3; ++l) u[4 * i + 1 + l] -= slope[l] * w[i];
    }
  }
};

struct Vortex {
  static constexpr const char* name = "biot_savart";
  static constexpr int source_dim = 3, target_dim = 3, degree = -1;
  static constexpr std::array target_degrees{-1, -1, -1};
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr int potential_flops = 27, gradient_flops = 66;

  double scale() const noexcept { return vortex_scale; }
  Vortex in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* w, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V inverse_r3 = inverse_r * (inverse_r * inverse_r);
    u[0] += inverse_r3 * (dz * w[1] - dy * w[2]);
    u[1] += inverse_r3 * (dx * w[2] - dz * w[0]);
    u[2] += inverse_r3 * (dy * w[0] - dx * w[1]);
  }

  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* w, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V inverse_r2 = inverse_r * inverse_r;
    const V inverse_r3 = inverse_r * inverse_r2;
    const V e[3] = {dx * inverse_r, dy * inverse_r, dz * inverse_r};
    for (int i = 0; i < 3; ++i) {
      const int j = (i + 1) % 3, k = (i + 2) % 3;
      const V c = e[k] * w[j] - e[j] * w[k];
      const V slope = 3.0 * (c * inverse_r3);
      u[4 * i] += c * inverse_r2;
      for (int l = 0; l < 3; ++l) u[4 * i + 1 + l] -= slope * e[l];
      u[4 * i + 1 + k] += inverse_r3 * w[j];
      u[4 * i + 1 + j] -= inverse_r3 * w[k];
    }
  }
};

/// Vector potential, and velocity [component][4].
struct VortexWithPotential {
  static constexpr const char* name = "biot_savart potential velocity";
  static constexpr bool is_lean = true;
  static constexpr int source_dim = 3, target_dim = 15, degree = -1;
  static constexpr std::array target_degrees{0, 0, 0, -1, -2, -2, -2, -1, -2, -2, -2, -1, -2, -2, -2};
  static constexpr bool homogeneous = true, symmetric = false;
  static constexpr int potential_flops = Vortex::gradient_flops + 6;

  double scale() const noexcept { return vortex_scale; }
  VortexWithPotential in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* w, V* u) const noexcept {
    VectorPotential{}.potential(dx, dy, dz, w, u);
    Vortex{}.gradient(dx, dy, dz, w, u + 3);
  }
};

/// Axes that reverse component i of a curl, and its derivatives.
[[nodiscard]] std::uint8_t axes_of_curl(int i, int derivative) {
  return static_cast<std::uint8_t>((7 ^ (1 << i)) ^ (derivative < 0 ? 0 : 1 << derivative));
}

}

Family biot_savart() {
  Family family;
  family.name = Vortex::name;
  family.formula = "u(x) = curl A = sum w x r / (4 pi r^3), A(x) = sum w / (4 pi r), r = x - y";
  for (int i = 0; i < 3; ++i) family.sources.push_back({{0, static_cast<std::uint8_t>(1 << i)}, {{.component = i}}});
  family.targets = family.sources;  // the vector potential; then the velocity and its derivatives [component][4]
  for (int i = 0; i < 3; ++i) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    family.targets.push_back({{-1, axes_of_curl(i, -1)}, {{0, k, {j, -1}}, {0, j, {k, -1}, -1.0}}});
    for (int l = 0; l < 3; ++l)
      family.targets.push_back({{-2, axes_of_curl(i, l)}, {{0, k, {j, l}}, {0, j, {k, l}, -1.0}}});
  }
  family.densities = family.checks = numbers_from(0, 3);
  std::vector<Contraction> gradient;
  for (int i = 0; i < 3; ++i)
    for (int l = 0; l < 3; ++l) gradient.push_back({3 + 4 * i + 1 + l, 3 * i + l});
  family.source_kinds.push_back(
      named("vortex", 3, "u = w x r / (4 pi r^3)", "w_x, w_y, w_z", {{0, 0}, {1, 1}, {2, 2}}));
  family.fields.push_back(named("velocity", 3, "u = curl A", "u_x, u_y, u_z", {{3, 0}, {7, 1}, {11, 2}}));
  family.fields.push_back(named("vector_potential", 3, "A", "A_x, A_y, A_z", {{0, 0}, {1, 1}, {2, 2}}));
  family.fields.push_back(named("velocity_gradient", 9, "du_i/dx_l", "xx, xy, xz, yx, yy, yz, zx, zy, zz", gradient));
  const std::vector<int> vortex = numbers_from(0, 3);
  family.variants = {
      {vortex, {3, 7, 11}, [](const ParameterValues&) { return wrap_shared(Vortex{}); }},
      {vortex, numbers_from(0, 3), [](const ParameterValues&) { return wrap_shared(VectorPotential{}); }},
      {vortex, numbers_from(3, 12),
       [](const ParameterValues&) { return with_gradient_results(wrap_shared(Vortex{})); }},
      {vortex, numbers_from(0, 15), [](const ParameterValues&) { return wrap_shared(VortexWithPotential{}); }}};
  family.duals = {{"vortex", "vector_potential"}};  // velocities are their own transposes
  return family;
}

}
