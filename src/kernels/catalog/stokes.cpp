// SPDX-License-Identifier: BSD-3-Clause
// Stokes flow of unit viscosity: forces, sinks, stresslets and torques, their velocities, pressures and velocity
// gradients.
//
// The kernel of the expansions takes a force and a sink to a velocity and a pressure, 4 x 4. Forces alone have no net
// flux through a closed surface, which stresslets have; and velocities alone leave the pressure's constant open.
// With e = r / |r|, the unit 1/(8 pi), S the symmetric part of twice the stresslet, a = e S e:
//   force f:     u = (f + e (e.f)) / r,       p = 2 (e.f) / r^2
//   sink m:      u = -2 m e / r^2,            p = 0
//   stresslet S: u = -6 e a / r^2,            p = 4 (tr S - 3 a) / r^3
//   torque t:    u = t x e / r^2,             p = 0
// (Pozrikidis 1992, Boundary integral and singularity methods for linearized viscous flow, chapters 2 and 7.)
#include <array>
#include <numbers>

#include "kernels/family.hpp"
#include "nearfar/formula/wrap.hpp"

namespace nearfar::kernels {
namespace {

/// What targets get: velocity; velocity and pressure; velocity, each component with its derivatives, and pressure.
enum class Result { velocity, pressure, gradient };

/// Axes that reverse a product of vector components along j and k.
constexpr std::uint8_t axes_of(int j, int k) { return static_cast<std::uint8_t>((1 << j) ^ (1 << k)); }

template <bool force, bool sink, bool stress, bool torque, Result result>
struct StokesFormula {
  static constexpr bool is_lean = true;
  static constexpr int of_sink = force ? 3 : 0, of_stress = of_sink + (sink ? 1 : 0),
                       of_torque = of_stress + (stress ? 6 : 0), source_dim = of_torque + (torque ? 3 : 0);
  static constexpr int target_dim = result == Result::velocity ? 3 : result == Result::pressure ? 4 : 13;
  static constexpr int degree = -1;
  static constexpr bool homogeneous = true;
  static constexpr bool symmetric = force && sink && !stress && !torque && result == Result::pressure;
  static constexpr int potential_flops =
      12 + (force ? 17 : 0) + (sink ? 2 : 0) + (stress ? 19 : 0) + (torque ? 12 : 0) +
      (result != Result::velocity ? (force ? 3 : 0) + (stress ? 8 : 0) : 0) +
      (result == Result::gradient ? 12 + (force ? 45 : 0) + (sink ? 4 : 0) + (stress ? 36 : 0) + (torque ? 24 : 0) : 0);
  static constexpr auto source_degrees = [] {
    std::array<int, source_dim> degrees{};
    for (int j = of_sink; j < source_dim; ++j) degrees[static_cast<std::size_t>(j)] = -1;
    return degrees;
  }();
  static constexpr auto target_degrees = [] {
    std::array<int, target_dim> degrees{};
    if (result == Result::pressure) degrees[3] = -1;
    if (result == Result::gradient)
      for (int i = 0; i < 13; ++i) degrees[static_cast<std::size_t>(i)] = i % 4 == 0 && i < 12 ? 0 : -1;
    return degrees;
  }();

  static std::string identity_name() {
    std::string name("stokes");
    if (force) name += " force";
    if (sink) name += " sink";
    if (stress) name += " stresslet";
    if (torque) name += " torque";
    return name.append(result == Result::velocity ? "" : result == Result::pressure ? " pressure" : " gradient");
  }
  double scale() const noexcept { return 0.125 * std::numbers::inv_pi; }
  StokesFormula in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    Parts<V> parts;
    parts.inverse_r = simd::rsqrt(dx * dx + dy * dy + dz * dz);
    parts.inverse_r2 = parts.inverse_r * parts.inverse_r;
    parts.e[0] = dx * parts.inverse_r;
    parts.e[1] = dy * parts.inverse_r;
    parts.e[2] = dz * parts.inverse_r;
    if constexpr (force) add_force(q, parts, u);
    if constexpr (sink) add_sink(q + of_sink, parts);
    if constexpr (stress) add_stress(q + of_stress, parts);
    if constexpr (torque) add_torque(q + of_torque, parts, u);
    for (int i = 0; i < 3; ++i) u[next * i] += parts.along * parts.e[i];
    if constexpr (result != Result::velocity) u[next * 3] += parts.pressure;
    if constexpr (with_gradient) {
      for (int i = 0; i < 3; ++i) {
        const V ee_i = parts.ee * parts.e[i] + parts.by_e[i];
        for (int l = 0; l < 3; ++l) u[4 * i + 1 + l] += ee_i * parts.e[l] + parts.e[i] * parts.e_by[l];
        u[4 * i + 1 + i] += parts.delta;
      }
    }
  }

 private:
  static constexpr bool with_gradient = result == Result::gradient;
  static constexpr int next = with_gradient ? 4 : 1;  // from one component of the velocity to the next

  /// What all sources share of a pair, and what they have along the same tensors.
  template <class V>
  struct Parts {
    V inverse_r, inverse_r2, e[3];
    V along{};  // of the velocity along e
    V pressure{};
    V ee{}, delta{};                          // of the gradient along e e, and along the identity
    [[maybe_unused]] V by_e[3]{}, e_by[3]{};  // of the gradient: by_e[i] e[l] and e[i] e_by[l]
  };

  template <class V, class Q>
  static void add_force(const Q* f, Parts<V>& parts, V* u) noexcept {
    const V e_f = parts.e[0] * f[0] + parts.e[1] * f[1] + parts.e[2] * f[2];
    parts.along += parts.inverse_r * e_f;
    for (int i = 0; i < 3; ++i) u[next * i] += parts.inverse_r * f[i];
    const V e_f_r2 = e_f * parts.inverse_r2;
    parts.pressure += 2.0 * e_f_r2;
    if constexpr (with_gradient) {
      parts.delta += e_f_r2;
      parts.ee -= 3.0 * e_f_r2;
      for (int i = 0; i < 3; ++i) {
        const V f_r2 = parts.inverse_r2 * f[i];
        parts.by_e[i] -= f_r2;
        parts.e_by[i] += f_r2;
      }
    }
  }

  template <class V, class Q>
  static void add_sink(const Q* sink_strength, Parts<V>& parts) noexcept {
    const V m = parts.inverse_r2 * (2.0 * sink_strength[0]);
    parts.along -= m;
    if constexpr (with_gradient) {
      const V m_r = m * parts.inverse_r;
      parts.delta -= m_r;
      parts.ee += 3.0 * m_r;
    }
  }

  template <class V, class Q>
  static void add_stress(const Q* s, Parts<V>& parts) noexcept {
    const V(&e)[3] = parts.e;
    const V s_e[3] = {2.0 * (e[0] * s[0]) + e[1] * s[1] + e[2] * s[2], e[0] * s[1] + 2.0 * (e[1] * s[3]) + e[2] * s[4],
                      e[0] * s[2] + e[1] * s[4] + 2.0 * (e[2] * s[5])};  // twice S e
    const V a2 = e[0] * s_e[0] + e[1] * s_e[1] + e[2] * s_e[2];          // twice e S e
    parts.along -= 3.0 * (a2 * parts.inverse_r2);
    if constexpr (result != Result::velocity) {
      const V inverse_r3 = parts.inverse_r2 * parts.inverse_r;
      parts.pressure += inverse_r3 * (4.0 * (s[0] + s[3] + s[5]) - 6.0 * a2);
      if constexpr (with_gradient) {
        const V a2_r3 = a2 * inverse_r3;
        parts.delta -= 3.0 * a2_r3;
        parts.ee += 15.0 * a2_r3;
        for (int l = 0; l < 3; ++l) parts.e_by[l] -= 6.0 * (inverse_r3 * s_e[l]);
      }
    }
  }

  template <class V, class Q>
  static void add_torque(const Q* t, Parts<V>& parts, V* u) noexcept {
    const V(&e)[3] = parts.e;
    const V t_e[3] = {e[2] * t[1] - e[1] * t[2], e[0] * t[2] - e[2] * t[0], e[1] * t[0] - e[0] * t[1]};
    for (int i = 0; i < 3; ++i) u[next * i] += parts.inverse_r2 * t_e[i];
    if constexpr (with_gradient) {
      const V inverse_r3 = parts.inverse_r2 * parts.inverse_r;
      for (int i = 0; i < 3; ++i) {
        const int j = (i + 1) % 3, k = (i + 2) % 3;
        parts.by_e[i] -= 3.0 * (inverse_r3 * t_e[i]);
        // epsilon_ijl t_j
        u[4 * i + 1 + k] += inverse_r3 * t[j];
        u[4 * i + 1 + j] -= inverse_r3 * t[k];
      }
    }
  }
};

// Numbers of sources: force 0 to 2, sink 3, stresslet xx xy xz yy yz zz 4 to 9, torque 10 to 12.
constexpr int first_stress = 4, first_torque = 10;
// Numbers of targets: velocity and its derivatives [component][4], pressure 12.
constexpr int of_pressure = 12;

/// S_jk of a stresslet sums derivatives of forces, -(S_jk + S_kj) d/dy_k along j, and a sink of the trace.
void add_stress_numbers(Family& family) {
  for (int j = 0; j < 3; ++j) {
    for (int k = j; k < 3; ++k) {
      Number number{{-1, axes_of(j, k)}, {}};
      if (j == k)
        number.terms = {{0, j, {j, -1}, -2.0}, {0, 3, {-1, -1}, 1.0}};
      else
        number.terms = {{0, j, {k, -1}, -1.0}, {0, k, {j, -1}, -1.0}};
      family.sources.push_back(number);
    }
  }
}

void add_source_numbers(Family& family) {
  for (int i = 0; i < 3; ++i) family.sources.push_back({{0, static_cast<std::uint8_t>(1 << i)}, {{.component = i}}});
  family.sources.push_back({{-1, 0}, {{.component = 3}}});
  add_stress_numbers(family);
  for (int m = 0; m < 3; ++m) {  // -1/2 epsilon_jkm d/dy_k along j
    const int j = (m + 1) % 3, k = (m + 2) % 3;
    family.sources.push_back({{-1, axes_of(j, k)}, {{0, j, {k, -1}, -0.5}, {0, k, {j, -1}, 0.5}}});
  }
}

void add_target_numbers(Family& family) {
  for (int i = 0; i < 3; ++i) {
    family.targets.push_back({{0, static_cast<std::uint8_t>(1 << i)}, {{.component = i}}});
    for (int l = 0; l < 3; ++l) family.targets.push_back({{-1, axes_of(i, l)}, {{.component = i, .axes = {l, -1}}}});
  }
  family.targets.push_back({{-1, 0}, {{.component = 3}}});
}

/// S = q n, of which xx stands for q_x n_x and xy for q_x n_y + q_y n_x.
[[nodiscard]] std::vector<Contraction> stresslet_contractions() {
  std::vector<Contraction> contractions;
  int number = first_stress;
  for (int j = 0; j < 3; ++j) {
    for (int k = j; k < 3; ++k, ++number) {
      contractions.push_back({j, number, k});
      if (k != j) contractions.push_back({k, number, j});
    }
  }
  return contractions;
}

/// sigma_il = -p delta_il + du_i/dx_l + du_l/dx_i, times n_l.
[[nodiscard]] std::vector<Contraction> traction_contractions() {
  std::vector<Contraction> contractions;
  for (int i = 0; i < 3; ++i) {
    contractions.push_back({of_pressure, i, i, -1.0});
    for (int l = 0; l < 3; ++l) {
      contractions.push_back({4 * i + 1 + l, i, l});
      contractions.push_back({4 * l + 1 + i, i, l});
    }
  }
  return contractions;
}

void add_kinds(Family& family) {
  auto& kinds = family.source_kinds;
  kinds.push_back(named("force", 3, "u = (f / r + r (r.f) / r^3) / (8 pi)", "f_x, f_y, f_z", {{0, 0}, {1, 1}, {2, 2}}));
  kinds.push_back(named_with_normals("stresslet", 3, "u = -3 r (r.q) (r.n) / (4 pi r^5), n the source's normal",
                                     "q_x, q_y, q_z", stresslet_contractions()));
  kinds.push_back(named("torque", 3, "u = t x r / (8 pi r^3)", "t_x, t_y, t_z",
                        {{0, first_torque}, {1, first_torque + 1}, {2, first_torque + 2}}));
  kinds.push_back(named("sink", 1, "u = -m r / (4 pi r^3)", "m", {{0, 3}}));
}

void add_fields(Family& family) {
  std::vector<Contraction> gradient, vorticity;
  for (int i = 0; i < 3; ++i) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    for (int l = 0; l < 3; ++l) gradient.push_back({4 * i + 1 + l, 3 * i + l});
    vorticity.push_back({4 * k + 1 + j, i});
    vorticity.push_back({4 * j + 1 + k, i, -1, -1.0});
  }
  auto& fields = family.fields;
  fields.push_back(named("velocity", 3, "u", "u_x, u_y, u_z", {{0, 0}, {4, 1}, {8, 2}}));
  fields.push_back(named("pressure", 1, "p", "p", {{of_pressure, 0}}));
  fields.push_back(named("velocity_gradient", 9, "du_i/dx_l", "xx, xy, xz, yx, yy, yz, zx, zy, zz", gradient));
  fields.push_back(named_with_normals("traction", 3, "(-p + grad u + grad u^T) n, n the target's normal",
                                      "t_x, t_y, t_z", traction_contractions()));
  fields.push_back(named("vorticity", 3, "curl u", "x, y, z", vorticity));
}

template <bool force, bool sink, bool stress, bool torque>
void add_variants(Family& family, const std::vector<int>& sources) {
  const auto add = [&]<class Formula>(std::vector<int> targets, std::type_identity<Formula>) {
    family.variants.push_back(
        {sources, std::move(targets), [](const ParameterValues&) { return wrap_shared(Formula{}); }});
  };
  // A torque or a sink is rare enough to have its velocity with the pressure.
  if constexpr (!torque)
    add({0, 4, 8}, std::type_identity<StokesFormula<force, sink, stress, torque, Result::velocity>>{});
  add({0, 4, 8, of_pressure}, std::type_identity<StokesFormula<force, sink, stress, torque, Result::pressure>>{});
  add(numbers_from(0, 13), std::type_identity<StokesFormula<force, sink, stress, torque, Result::gradient>>{});
}

}

Family stokes() {
  Family family;
  family.name = "stokes";
  family.formula = "u(x) = sum (f / r + r (r.f) / r^3) / (8 pi), p(x) = sum (r.f) / (4 pi r^3), r = x - y, viscosity 1";
  add_source_numbers(family);
  add_target_numbers(family);
  family.densities = {0, 1, 2, 3};
  family.checks = {0, 4, 8, of_pressure};
  add_kinds(family);
  add_fields(family);
  add_variants<true, false, false, false>(family, {0, 1, 2});
  add_variants<false, false, true, false>(family, numbers_from(first_stress, 6));
  add_variants<true, false, true, false>(family, {0, 1, 2, 4, 5, 6, 7, 8, 9});
  add_variants<true, true, false, false>(family, {0, 1, 2, 3});
  add_variants<true, true, true, true>(family, numbers_from(0, 13));
  family.duals = {
      {"force", "velocity"}, {"stresslet", "traction", -1.0}, {"torque", "vorticity", 0.5}, {"sink", "pressure"}};
  return family;
}

}
