// SPDX-License-Identifier: BSD-3-Clause
// The Helmholtz kernel exp(i k r)/(4 pi r) of waves: sound, light, scattering. With the time factor exp(-i omega t) its
// waves go outwards.
//
// In sums a complex charge q is the pair (re q, -im q): its real 2 x 2 kernel [[c, s], [s, -c]], c + i s the complex
// one, is symmetric, so that all translations are those of symmetric kernels. A complex factor b times q is then
//   re: re b q_0 + im b q_1,   im: im b q_0 - re b q_1.
#include <algorithm>
#include <numbers>

#include "kernels/scalar_family.hpp"

namespace nearfar::kernels {
namespace {

template <class V>
struct Complex {
  V re, im;
};

/// Adds factor * q, the latter as above.
template <class V, class Q>
[[gnu::always_inline]] inline void add_product(const Complex<V>& factor, const Q& q_0, const Q& q_1, V& re,
                                               V& im) noexcept {
  re += factor.re * q_0;
  re += factor.im * q_1;
  im += factor.im * q_0;
  im -= factor.re * q_1;
}

/// exp(i z) / r, z = k r, and what its derivatives need.
template <class V>
struct Wave {
  V inverse_r, z;
  Complex<V> value;

  [[gnu::always_inline]] Wave(double k, const V& r2) noexcept : inverse_r(simd::rsqrt(r2)), z(k * (r2 * inverse_r)) {
    const simd::SinCos<V> of_z = simd::sincos(z);
    value = {of_z.cos * inverse_r, of_z.sin * inverse_r};
  }
  /// b_1 of kernels/scalar_formulas.hpp, (i z - 1) value / r.
  [[nodiscard, gnu::always_inline]] Complex<V> first() const noexcept {
    return {-((value.re + z * value.im) * inverse_r), (z * value.re - value.im) * inverse_r};
  }
  /// b_2, (3 - 3 i z - z^2) value / r^2.
  [[nodiscard, gnu::always_inline]] Complex<V> second() const noexcept {
    const V inverse_r2 = inverse_r * inverse_r, straight = 3.0 - z * z, turned = 3.0 * z;
    return {(straight * value.re + turned * value.im) * inverse_r2,
            (straight * value.im - turned * value.re) * inverse_r2};
  }
};

struct Helmholtz {
  static constexpr const char* name = "helmholtz";
  static constexpr int source_dim = 2, target_dim = 2, degree = -1;
  static constexpr bool homogeneous = false, symmetric = true;
  static constexpr int potential_flops = 62, gradient_flops = 96;  // of which sin and cos: 40

  double k = 1.0;

  double scale() const noexcept { return 0.25 * std::numbers::inv_pi; }
  double wavenumber() const noexcept { return k; }
  Helmholtz in_units_of(double length) const noexcept { return {std::min(k * length, 1e30)}; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    add_product(Wave<V>(k, dx * dx + dy * dy + dz * dz).value, q[0], q[1], u[0], u[1]);
  }

  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const Wave<V> wave(k, dx * dx + dy * dy + dz * dz);
    add_product(wave.value, q[0], q[1], u[0], u[4]);
    V re{}, im{};
    add_product(wave.first(), q[0], q[1], re, im);
    const V e[3] = {dx * wave.inverse_r, dy * wave.inverse_r, dz * wave.inverse_r};
    for (int axis = 0; axis < 3; ++axis) {
      u[1 + axis] += re * e[axis];
      u[5 + axis] += im * e[axis];
    }
  }
};

/// Dipoles, with charges before them or alone; components [axis][2].
template <bool charge>
struct HelmholtzDipole {
  static constexpr bool is_lean = true;
  static constexpr int source_dim = charge ? 8 : 6, target_dim = 2, degree = -1;
  static constexpr bool homogeneous = false, symmetric = false;
  static constexpr int potential_flops = charge ? 88 : 80, gradient_flops = charge ? 190 : 170;
  static constexpr auto source_degrees = [] {
    std::array<int, source_dim> degrees{};
    for (int j = charge ? 2 : 0; j < source_dim; ++j) degrees[static_cast<std::size_t>(j)] = -1;
    return degrees;
  }();

  Helmholtz of_charges;

  static std::string identity_name() { return std::string(Helmholtz::name) + (charge ? " charge dipole" : " dipole"); }
  double scale() const noexcept { return of_charges.scale(); }
  double wavenumber() const noexcept { return of_charges.k; }
  HelmholtzDipole in_units_of(double length) const noexcept { return {of_charges.in_units_of(length)}; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const Wave<V> wave(of_charges.k, dx * dx + dy * dy + dz * dz);
    if constexpr (charge) add_product(wave.value, q[0], q[1], u[0], u[1]);
    const Q* d = q + (charge ? 2 : 0);
    const V along_0 = (dx * d[0] + dy * d[2] + dz * d[4]) * wave.inverse_r;
    const V along_1 = (dx * d[1] + dy * d[3] + dz * d[5]) * wave.inverse_r;
    add_product(wave.first(), -along_0, -along_1, u[0], u[1]);
  }

  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const Wave<V> wave(of_charges.k, dx * dx + dy * dy + dz * dz);
    const Complex<V> first = wave.first();
    const V e[3] = {dx * wave.inverse_r, dy * wave.inverse_r, dz * wave.inverse_r};
    const Q* d = q + (charge ? 2 : 0);
    const V along_0 = e[0] * d[0] + e[1] * d[2] + e[2] * d[4], along_1 = e[0] * d[1] + e[1] * d[3] + e[2] * d[5];
    V re{}, im{};  // of the gradient along e
    if constexpr (charge) {
      add_product(wave.value, q[0], q[1], u[0], u[4]);
      add_product(first, q[0], q[1], re, im);
    }
    add_product(first, -along_0, -along_1, u[0], u[4]);
    add_product(wave.second(), -along_0, -along_1, re, im);
    const Complex<V> across{-(first.re * wave.inverse_r), -(first.im * wave.inverse_r)};
    for (int axis = 0; axis < 3; ++axis) {
      u[1 + axis] += re * e[axis];
      u[5 + axis] += im * e[axis];
      add_product(across, d[2 * axis], d[2 * axis + 1], u[1 + axis], u[5 + axis]);
    }
  }
};

/// Both numbers of a complex component, of which sources have the second with the opposite sign.
void add_numbers(Family& family) {
  for (int part = 0; part < 2; ++part) family.sources.push_back({{0, 0}, {{.component = part}}});
  for (int axis = 0; axis < 3; ++axis)
    for (int part = 0; part < 2; ++part)
      family.sources.push_back(
          {{-1, scalar_parity[static_cast<std::size_t>(1 + axis)]}, {{.component = part, .axes = {axis, -1}}}});
  for (int part = 0; part < 2; ++part) family.targets.push_back({{0, 0}, {{.component = part}}});
  for (int part = 0; part < 2; ++part)
    for (int axis = 0; axis < 3; ++axis)
      family.targets.push_back(
          {{-1, scalar_parity[static_cast<std::size_t>(1 + axis)]}, {{.component = part, .axes = {axis, -1}}}});
  family.densities = family.checks = {0, 1};
}

void add_quantities(Family& family) {
  std::vector<Contraction> dipole, gradient, normal_derivative;
  for (int axis = 0; axis < 3; ++axis) {
    for (int part = 0; part < 2; ++part) {
      dipole.push_back({part, 2 + 2 * axis + part, axis, part == 0 ? 1.0 : -1.0});
      gradient.push_back({2 + 3 * part + axis, 2 * axis + part});
      normal_derivative.push_back({2 + 3 * part + axis, part, axis});
    }
  }
  family.source_kinds.push_back(named("charge", 2, "q g(r), g the potential of a unit charge, q complex", "re q, im q",
                                      {{0, 0}, {1, 1, -1, -1.0}}));
  family.source_kinds.push_back(named_with_normals("dipole", 2, "mu n . grad_y g(r), mu complex, n the source's normal",
                                                   "re mu, im mu", std::move(dipole)));
  family.fields.push_back(named("potential", 2, "u", "re u, im u", {{0, 0}, {1, 1}}));
  family.fields.push_back(named("gradient", 6, "grad u", "re du/dx, im du/dx, re du/dy, im du/dy, re du/dz, im du/dz",
                                std::move(gradient)));
  family.fields.push_back(named_with_normals("normal_derivative", 2, "n . grad u, n the target's normal",
                                             "re du/dn, im du/dn", std::move(normal_derivative)));
  family.has_complex_numbers = true;
  family.duals = {{"charge", "potential", 1.0, {1.0, -1.0}}, {"dipole", "normal_derivative", 1.0, {1.0, -1.0}}};
}

template <class Formula>
void add_variants(Family& family, const std::vector<int>& sources) {
  const auto make = [](const ParameterValues& values) { return wrap_shared(Formula{values.at("k")}); };
  family.variants.push_back({sources, {0, 1}, make});
  family.variants.push_back({sources, {0, 2, 3, 4, 1, 5, 6, 7}, [make](const ParameterValues& values) {
                               return with_gradient_results(make(values));
                             }});
}

}

Family helmholtz() {
  Family family;
  family.name = Helmholtz::name;
  family.formula = "u(x) = sum q exp(i k r) / (4 pi r), r = |x - y|, time factor exp(-i omega t)";
  family.parameters = {{"k", "wavenumber", "1/length", 0.0, 1.7e308, 1.0}};
  add_numbers(family);
  add_quantities(family);
  add_variants<Helmholtz>(family, numbers_from(0, 2));
  add_variants<HelmholtzDipole<false>>(family, numbers_from(2, 6));
  add_variants<HelmholtzDipole<true>>(family, numbers_from(0, 8));
  return family;
}

}
