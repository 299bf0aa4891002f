// SPDX-License-Identifier: BSD-3-Clause
// Elasticity of an isotropic solid: Kelvin's displacement of a point force, the double layer, and their stresses.
//
// With e = r / |r|, kappa = 1 / (3 - 4 nu), S the symmetric part of the layer's tensor, in units of
// 1 / (4 pi mu (1 + kappa)):
//   force f:          u = (f + kappa e (e.f)) / r
//   double layer S:   u = ((1 - kappa) (2 S e - tr S e) + 6 kappa e (e S e)) / r^2, per unit of mu
// and dilatations lambda / mu div u, which do not grow as nu tends to 1/2, as that factor does:
//   force f:          -(3 kappa - 1) (e.f) / r^2
//   double layer S:   (3 kappa - 1) (2 tr S - 6 e S e) / r^3
// At kappa = 1, nu = 1/2, this is the Stokeslet. The double layer has the source-side stress of Kelvin's solution,
// as the dipole has the source-side derivative of 1/r. (Kelvin 1848; Brebbia, Telles, Wrobel 1984, Boundary element
// techniques.)
#include <array>
#include <numbers>

#include "kernels/family.hpp"
#include "nearfar/formula/wrap.hpp"

namespace nearfar::kernels {
namespace {

/// Axes that reverse a product of vector components along j and k.
constexpr std::uint8_t axes_of(int j, int k) { return static_cast<std::uint8_t>((1 << j) ^ (1 << k)); }

// Numbers of sources: force 0 to 2, double layer xx xy xz yy yz zz 3 to 8. Of targets: displacement and its
// derivatives [component][4], dilatation 12.
constexpr int first_stress = 3, dilatation = 12;

struct Kelvin {
  static constexpr const char* name = "elasticity";
  static constexpr int source_dim = 3, target_dim = 3, degree = -1;
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr int potential_flops = 30, gradient_flops = 80;

  double kappa, mu;

  double scale() const noexcept { return 0.25 * std::numbers::inv_pi / (mu * (1.0 + kappa)); }
  Kelvin in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* f, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V along = (dx * f[0] + dy * f[1] + dz * f[2]) * (kappa * (inverse_r * inverse_r));
    u[0] += inverse_r * (f[0] + along * dx);
    u[1] += inverse_r * (f[1] + along * dy);
    u[2] += inverse_r * (f[2] + along * dz);
  }

  /// With a = kappa d.f / r^2: du_i/dx_l = ((kappa f_l - 3 a d_l) d_i / r^2 - f_i d_l / r^2 + a delta_il) / r.
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* f, V* u) const noexcept {
    const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    const V inverse_r2 = inverse_r * inverse_r;
    const V inverse_r3 = inverse_r * inverse_r2;
    const V along = (dx * f[0] + dy * f[1] + dz * f[2]) * (kappa * inverse_r2);
    const V diagonal = along * inverse_r;
    const V d[3] = {dx, dy, dz};
    const V e[3] = {dx * inverse_r3, dy * inverse_r3, dz * inverse_r3};
    for (int i = 0; i < 3; ++i) {
      u[4 * i] += inverse_r * (f[i] + along * d[i]);
      for (int l = 0; l < 3; ++l) u[4 * i + 1 + l] += (kappa * f[l] - 3.0 * along * d[l]) * e[i] - f[i] * e[l];
      u[4 * i + 1 + i] += diagonal;
    }
  }
};

/// The double layer, xx for S_xx and xy for S_xy + S_yx, at a distance.
template <class V, class Q>
struct Layer {
  V inverse_r, inverse_r2, e[3], s_e[3], a2, along;  // s_e = 2 S e, a2 = 2 e S e, along: of u r^2 along e
  double kappa;

  Layer(V dx, V dy, V dz, const Q* s, double of_kappa) noexcept
      : inverse_r(simd::rsqrt(dx * dx + dy * dy + dz * dz)),
        inverse_r2(inverse_r * inverse_r),
        e{dx * inverse_r, dy * inverse_r, dz * inverse_r},
        s_e{2.0 * (e[0] * s[0]) + e[1] * s[1] + e[2] * s[2], e[0] * s[1] + 2.0 * (e[1] * s[3]) + e[2] * s[4],
            e[0] * s[2] + e[1] * s[4] + 2.0 * (e[2] * s[5])},
        a2(e[0] * s_e[0] + e[1] * s_e[1] + e[2] * s_e[2]),
        along(3.0 * of_kappa * a2 - (1.0 - of_kappa) * (s[0] + s[3] + s[5])),
        kappa(of_kappa) {}

  /// Adds the displacement, with its components so far apart.
  void add_displacement(V* u, int next) const noexcept {
    for (int i = 0; i < 3; ++i) u[next * i] += inverse_r2 * ((1.0 - kappa) * s_e[i] + along * e[i]);
  }

  /// Adds derivatives and dilatation.
  void add_strains(const Q* s, V* u) const noexcept {
    const V inverse_r3 = inverse_r2 * inverse_r;
    const V ee = -3.0 * along - 6.0 * kappa * a2, across = (1.0 - kappa) * inverse_r3;
    constexpr int place[3][3] = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}};
    for (int i = 0; i < 3; ++i) {
      const V by_e = inverse_r3 * (ee * e[i] - 3.0 * (1.0 - kappa) * s_e[i]);
      const V by_s = inverse_r3 * (6.0 * kappa * e[i]);
      for (int l = 0; l < 3; ++l) u[4 * i + 1 + l] += by_e * e[l] + by_s * s_e[l] + across * s[place[i][l]];
      u[4 * i + 1 + i] += across * s[place[i][i]] + inverse_r3 * along;
    }
    u[dilatation] += (3.0 * kappa - 1.0) * inverse_r3 * (2.0 * (s[0] + s[3] + s[5]) - 3.0 * a2);
  }
};

/// Displacements of forces, of double layers or of both; or these with their derivatives [component][4] and the
/// dilatation.
template <bool force, bool layer, bool strains>
struct Elastic {
  static constexpr bool is_lean = true;
  static constexpr int of_layer = force ? 3 : 0, source_dim = of_layer + (layer ? 6 : 0);
  static constexpr int target_dim = strains ? 13 : 3, degree = -1;
  static constexpr bool homogeneous = true, symmetric = false;
  static constexpr int potential_flops =
      10 + (force ? 20 : 0) + (layer ? 36 : 0) + (strains ? (force ? 52 : 0) + (layer ? 67 : 0) : 0);
  static constexpr auto source_degrees = [] {
    std::array<int, source_dim> degrees{};
    for (int j = of_layer; j < source_dim; ++j) degrees[static_cast<std::size_t>(j)] = -1;
    return degrees;
  }();
  static constexpr auto target_degrees = [] {
    std::array<int, target_dim> degrees{};
    for (int i = 0; strains && i < 13; ++i)
      degrees[static_cast<std::size_t>(i)] = i % 4 == 0 && i < dilatation ? 0 : -1;
    return degrees;
  }();

  Kelvin kelvin;

  static std::string identity_name() {
    return std::string("elasticity") + (force ? " force" : "") + (layer ? " layer" : "") + (strains ? " strains" : "");
  }
  double scale() const noexcept { return kelvin.scale(); }
  Elastic in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    if constexpr (force && !strains) kelvin.potential(dx, dy, dz, q, u);
    if constexpr (force && strains) {
      kelvin.gradient(dx, dy, dz, q, u);
      const V inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
      u[dilatation] -=
          (dx * q[0] + dy * q[1] + dz * q[2]) * inverse_r * ((3.0 * kelvin.kappa - 1.0) * (inverse_r * inverse_r));
    }
    if constexpr (layer) {
      const Layer<V, Q> parts(dx, dy, dz, q + of_layer, kelvin.kappa);
      parts.add_displacement(u, strains ? 4 : 1);
      if constexpr (strains) parts.add_strains(q + of_layer, u);
    }
  }
};

[[nodiscard]] Kelvin kelvin_of(const ParameterValues& values) {
  return {1.0 / (3.0 - 4.0 * values.at("nu")), values.at("mu")};
}

/// The double layer sums derivatives of forces with Hooke's law: lambda / mu tr S d/dy_m along m, and
/// (S_jk + S_kj) d/dy_k along j.
void add_numbers(Family& family, double lambda_over_mu) {
  for (int i = 0; i < 3; ++i) {
    family.sources.push_back({{0, static_cast<std::uint8_t>(1 << i)}, {{.component = i}}});
    family.targets.push_back({{0, static_cast<std::uint8_t>(1 << i)}, {{.component = i}}});
    for (int l = 0; l < 3; ++l) family.targets.push_back({{-1, axes_of(i, l)}, {{.component = i, .axes = {l, -1}}}});
  }
  Number trace{{-1, 0}, {}};
  for (int m = 0; m < 3; ++m) trace.terms.push_back({0, m, {m, -1}, lambda_over_mu});
  family.targets.push_back(trace);
  for (int j = 0; j < 3; ++j) {
    for (int k = j; k < 3; ++k) {
      Number number{{-1, axes_of(j, k)}, {}};
      if (j == k)
        for (int m = 0; m < 3; ++m) number.terms.push_back({0, m, {m, -1}, lambda_over_mu + (m == j ? 2.0 : 0.0)});
      else
        number.terms = {{0, j, {k, -1}}, {0, k, {j, -1}}};
      family.sources.push_back(number);
    }
  }
}

void add_kinds(Family& family, double mu) {
  std::vector<Contraction> layer;
  int number = first_stress;
  for (int j = 0; j < 3; ++j) {
    for (int k = j; k < 3; ++k, ++number) {
      layer.push_back({j, number, k, mu});
      if (k != j) layer.push_back({k, number, j, mu});
    }
  }
  family.source_kinds.push_back(named("force", 3, "u = ((3 - 4 nu) f / r + r (r.f) / r^3) / (16 pi mu (1 - nu))",
                                      "f_x, f_y, f_z", {{0, 0}, {1, 1}, {2, 2}}));
  family.source_kinds.push_back(
      named_with_normals("double_layer", 3,
                         "u = ((1 - 2 nu) (q (r.n) + n (r.q) - r (q.n)) + 3 r (r.q) (r.n) / r^2) / (8 pi (1 - nu) "
                         "r^3), n the source's normal",
                         "q_x, q_y, q_z", layer));
}

/// sigma_il = lambda div u delta_il + mu (du_i/dx_l + du_l/dx_i), and its product with a normal.
void add_fields(Family& family, double mu) {
  const auto derivative = [](int i, int l) { return 4 * i + 1 + l; };
  std::vector<Contraction> gradient, stress, traction;
  for (int i = 0, component = 0; i < 3; ++i) {
    traction.push_back({dilatation, i, i, mu});
    for (int l = 0; l < 3; ++l) {
      gradient.push_back({derivative(i, l), 3 * i + l});
      traction.push_back({derivative(i, l), i, l, mu});
      traction.push_back({derivative(l, i), i, l, mu});
      if (l < i) continue;
      stress.push_back({derivative(i, l), component, -1, mu});
      stress.push_back({derivative(l, i), component, -1, mu});
      if (l == i) stress.push_back({dilatation, component, -1, mu});
      ++component;
    }
  }
  auto& fields = family.fields;
  fields.push_back(named("displacement", 3, "u", "u_x, u_y, u_z", {{0, 0}, {4, 1}, {8, 2}}));
  fields.push_back(named("displacement_gradient", 9, "du_i/dx_l", "xx, xy, xz, yx, yy, yz, zx, zy, zz", gradient));
  fields.push_back(
      named("stress", 6, "s = 2 mu nu / (1 - 2 nu) div u + mu (grad u + grad u^T)", "xx, xy, xz, yy, yz, zz", stress));
  fields.push_back(named_with_normals("traction", 3, "s n, n the target's normal", "t_x, t_y, t_z", traction));
}

template <class Displacement, class Strains>
void add_variants(Family& family, const std::vector<int>& sources) {
  const auto add = [&]<class Formula>(const std::vector<int>& targets, std::type_identity<Formula>) {
    family.variants.push_back(
        {sources, targets, [](const ParameterValues& values) { return wrap_shared(Formula{kelvin_of(values)}); }});
  };
  add({0, 4, 8}, std::type_identity<Displacement>{});
  add(numbers_from(0, 13), std::type_identity<Strains>{});
}

[[nodiscard]] Family elasticity_at(const ParameterValues& values) {
  const double mu = values.at("mu"), nu = values.at("nu"), lambda_over_mu = 2.0 * nu / (1.0 - 2.0 * nu);
  Family family;
  family.name = Kelvin::name;
  family.formula = "u_i(x) = sum_j ((3 - 4 nu) delta_ij / r + r_i r_j / r^3) f_j / (16 pi mu (1 - nu)), r = x - y";
  family.parameters = {
      {"mu", "shear modulus", "force/area", 1e-100, 1e100, 1.0},
      {"nu", "Poisson's ratio", "1", -0.99, 0.49, 0.3,
       "closer to 1/2 expansions lose digits, and at 1/2 the sums are those of stokes, with forces divided by mu"}};
  add_numbers(family, lambda_over_mu);
  family.densities = {0, 1, 2};
  family.checks = {0, 4, 8};
  add_kinds(family, mu);
  add_fields(family, mu);
  add_variants<Kelvin, Elastic<true, false, true>>(family, numbers_from(0, 3));
  add_variants<Elastic<false, true, false>, Elastic<false, true, true>>(family, numbers_from(first_stress, 6));
  add_variants<Elastic<true, true, false>, Elastic<true, true, true>>(family, numbers_from(0, 9));
  family.duals = {{"force", "displacement"}, {"double_layer", "traction"}};
  family.at_values = elasticity_at;
  // Strains of a density grow like 1 / (1 - 2 nu), and the error with them: at 0.49 it is 10 to 40 times that at 0.3.
  // Up to here it is at most four times that, as large as the table says (scripts/fit_errors).
  family.has_measured_errors = nu <= 0.4;
  return family;
}

}

Family elasticity() { return elasticity_at({{"mu", 1.0}, {"nu", 0.3}}); }

}
