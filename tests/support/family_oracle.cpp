// SPDX-License-Identifier: BSD-3-Clause
#include "support/family_oracle.hpp"

#include <cmath>
#include <map>
#include <stdexcept>

namespace nearfar {
namespace {

using Real = long double;
using Three = std::array<Real, 3>;

constexpr Real pi = 3.141592653589793238462643383279502884L;

[[nodiscard]] Real dot(const Three& a, const Three& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
[[nodiscard]] Real delta(std::size_t i, std::size_t j) { return i == j ? 1.0L : 0.0L; }
/// a x b
[[nodiscard]] Three cross(const Three& a, const Three& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
[[nodiscard]] Three unit(std::size_t axis) { return {delta(axis, 0), delta(axis, 1), delta(axis, 2)}; }

struct Place {
  Three r;  ///< target minus source
  Real length;
  Three target_normal, source_normal;
};

const std::map<std::string, std::size_t> components{{"charge", 1},        {"dipole", 1},
                                                    {"vector_dipole", 3}, {"force", 3},
                                                    {"stresslet", 3},     {"torque", 3},
                                                    {"sink", 1},          {"potential", 1},
                                                    {"gradient", 3},      {"hessian", 6},
                                                    {"velocity", 3},      {"pressure", 1},
                                                    {"traction", 3},      {"velocity_gradient", 9},
                                                    {"vorticity", 3},     {"normal_derivative", 1}};

[[nodiscard]] std::size_t sum_of(const std::vector<std::string>& names) {
  std::size_t sum = 0;
  for (const std::string& name : names) {
    const auto found = components.find(name);
    if (found == components.end()) throw std::invalid_argument("the oracle has no formula for " + name);
    sum += found->second;
  }
  return sum;
}

/// exp(-lambda r) / (4 pi r): u, its gradient and its Hessian for a charge or for a dipole d . grad_y.
struct ScalarField {
  Real value = 0;
  Three gradient{};
  std::array<Three, 3> hessian{};
};

[[nodiscard]] ScalarField field_of_charge(Real lambda, const Place& at) {
  const Real r = at.length, z = lambda * r, e = std::exp(-z) / (4 * pi);
  const Real r3 = r * r * r, a1 = -e * (1 + z) / r3, a2 = e * (3 + 3 * z + z * z) / (r3 * r * r);
  ScalarField field;
  field.value = e / r;
  for (std::size_t k = 0; k < 3; ++k) {
    field.gradient[k] = a1 * at.r[k];
    for (std::size_t l = 0; l < 3; ++l) field.hessian[k][l] = a2 * at.r[k] * at.r[l] + a1 * delta(k, l);
  }
  return field;
}

/// Derivatives with respect to the source are those with respect to the target with the other sign.
[[nodiscard]] ScalarField field_of_dipole(Real lambda, const Place& at, const Three& d) {
  const Real r = at.length, z = lambda * r, e = std::exp(-z) / (4 * pi), r5 = r * r * r * r * r;
  const Real a2 = e * (3 + 3 * z + z * z) / r5;
  const Real a3 = -e * (15 + 15 * z + 6 * z * z + z * z * z) / (r5 * r * r);
  const ScalarField charge = field_of_charge(lambda, at);
  const Real along = dot(d, at.r);
  ScalarField field;
  field.value = -dot(d, charge.gradient);
  for (std::size_t k = 0; k < 3; ++k) {
    field.gradient[k] = -dot(d, charge.hessian[k]);
    for (std::size_t l = 0; l < 3; ++l)
      field.hessian[k][l] =
          -(a3 * along * at.r[k] * at.r[l] + a2 * (d[k] * at.r[l] + d[l] * at.r[k] + along * delta(k, l)));
  }
  return field;
}

[[nodiscard]] std::vector<Real> scalar_values(const std::string& kind, std::size_t strength, const std::string& name,
                                              Real lambda, const Place& at) {
  const ScalarField field = kind == "charge"
                                ? field_of_charge(lambda, at)
                                : field_of_dipole(lambda, at, kind == "dipole" ? at.source_normal : unit(strength));
  const auto& h = field.hessian;
  if (name == "potential") return {field.value};
  if (name == "gradient") return {field.gradient.begin(), field.gradient.end()};
  if (name == "hessian") return {h[0][0], h[0][1], h[0][2], h[1][1], h[1][2], h[2][2]};
  if (name == "normal_derivative") return {dot(at.target_normal, field.gradient)};
  throw std::invalid_argument("the oracle has no scalar field " + name);
}

/// Velocity u, du_i/dx_l and pressure at viscosity 1.
struct Flow {
  Three u{};
  std::array<Three, 3> slope{};
  Real pressure = 0;
};

[[nodiscard]] Flow flow_of_force(const Place& at, const Three& f) {
  const Real r = at.length, r3 = r * r * r, r5 = r3 * r * r, along = dot(at.r, f);
  Flow flow;
  for (std::size_t i = 0; i < 3; ++i) {
    flow.u[i] = (f[i] / r + at.r[i] * along / r3) / (8 * pi);
    for (std::size_t l = 0; l < 3; ++l)
      flow.slope[i][l] =
          (-f[i] * at.r[l] / r3 + delta(i, l) * along / r3 + at.r[i] * f[l] / r3 - 3 * at.r[i] * at.r[l] * along / r5) /
          (8 * pi);
  }
  flow.pressure = along / (4 * pi * r3);
  return flow;
}

[[nodiscard]] Flow flow_of_stresslet(const Place& at, const Three& q) {
  const Three& n = at.source_normal;
  const Real r = at.length, r3 = r * r * r, r5 = r3 * r * r, a = dot(at.r, q), b = dot(at.r, n), c = -3 / (4 * pi);
  Flow flow;
  for (std::size_t i = 0; i < 3; ++i) {
    flow.u[i] = c * at.r[i] * a * b / r5;
    for (std::size_t l = 0; l < 3; ++l)
      flow.slope[i][l] =
          c * (delta(i, l) * a * b + at.r[i] * (q[l] * b + a * n[l]) - 5 * at.r[i] * at.r[l] * a * b / (r * r)) / r5;
  }
  flow.pressure = (dot(q, n) / r3 - 3 * a * b / r5) / (2 * pi);
  return flow;
}

[[nodiscard]] Flow flow_of_torque(const Place& at, const Three& t) {
  const Real r = at.length, r3 = r * r * r;
  const Three t_r = cross(t, at.r);
  Flow flow;
  for (std::size_t l = 0; l < 3; ++l) {
    const Three t_l = cross(t, unit(l));
    for (std::size_t i = 0; i < 3; ++i)
      flow.slope[i][l] = (t_l[i] / r3 - 3 * t_r[i] * at.r[l] / (r3 * r * r)) / (8 * pi);
  }
  for (std::size_t i = 0; i < 3; ++i) flow.u[i] = t_r[i] / (8 * pi * r3);
  return flow;
}

[[nodiscard]] Flow flow_of_sink(const Place& at) {
  const Real r = at.length, r3 = r * r * r;
  Flow flow;
  for (std::size_t i = 0; i < 3; ++i) {
    flow.u[i] = -at.r[i] / (4 * pi * r3);
    for (std::size_t l = 0; l < 3; ++l)
      flow.slope[i][l] = -(delta(i, l) / r3 - 3 * at.r[i] * at.r[l] / (r3 * r * r)) / (4 * pi);
  }
  return flow;
}

[[nodiscard]] std::vector<Real> flow_values(const std::string& kind, std::size_t strength, const std::string& name,
                                            const Place& at) {
  const Three direction = unit(strength), &n = at.target_normal;
  const Flow flow = kind == "force"       ? flow_of_force(at, direction)
                    : kind == "stresslet" ? flow_of_stresslet(at, direction)
                    : kind == "torque"    ? flow_of_torque(at, direction)
                                          : flow_of_sink(at);
  const auto& slope = flow.slope;
  std::vector<Real> values;
  if (name == "velocity") return {flow.u.begin(), flow.u.end()};
  if (name == "pressure") return {flow.pressure};
  if (name == "vorticity") return {slope[2][1] - slope[1][2], slope[0][2] - slope[2][0], slope[1][0] - slope[0][1]};
  for (std::size_t i = 0; i < 3; ++i) {
    Real traction = -flow.pressure * n[i];
    for (std::size_t l = 0; l < 3; ++l) {
      traction += (slope[i][l] + slope[l][i]) * n[l];
      if (name == "velocity_gradient") values.push_back(slope[i][l]);
    }
    if (name == "traction") values.push_back(traction);
  }
  if (values.empty()) throw std::invalid_argument("the oracle has no field of flows " + name);
  return values;
}

[[nodiscard]] std::vector<Real> values_of(const KernelChoice& choice, const std::string& kind, std::size_t strength,
                                          const std::string& field, const Place& at) {
  const bool is_yukawa = choice.name == "yukawa";
  if (is_yukawa || choice.name == "laplace") {
    const auto lambda = choice.parameters.find("lambda");
    return scalar_values(kind, strength, field,
                         !is_yukawa                          ? 0.0L
                         : lambda == choice.parameters.end() ? 1.0L
                                                             : Real{lambda->second},
                         at);
  }
  if (choice.name != "stokes" && choice.name != "stokeslet")
    throw std::invalid_argument("the oracle has no kernel " + choice.name);
  return flow_values(kind, strength, field, at);
}

}

std::size_t oracle_strengths(const KernelChoice& choice) { return sum_of(choice.source_kinds); }
std::size_t oracle_values(const KernelChoice& choice) { return sum_of(choice.fields); }

std::string oracle_name(const KernelChoice& choice) {
  const auto joined_names = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
    return text;
  };
  return choice.name + " " + joined_names(choice.source_kinds) + " to " + joined_names(choice.fields);
}

std::vector<double> oracle_block(const KernelChoice& choice, const OraclePair& pair) {
  const std::size_t columns = oracle_strengths(choice);
  std::vector<double> block(oracle_values(choice) * columns, 0.0);
  const auto as_real = [](const std::array<double, 3>& a) { return Three{a[0], a[1], a[2]}; };
  Place at{{}, 0, as_real(pair.target_normal), as_real(pair.source_normal)};
  for (std::size_t axis = 0; axis < 3; ++axis) at.r[axis] = Real{pair.target[axis]} - pair.source[axis];
  at.length = std::sqrt(dot(at.r, at.r));
  if (at.length == 0) return block;
  std::size_t column = 0;
  for (const std::string& kind : choice.source_kinds) {
    for (std::size_t strength = 0; strength < components.at(kind); ++strength, ++column) {
      std::size_t row = 0;
      for (const std::string& field : choice.fields)
        for (const Real value : values_of(choice, kind, strength, field, at))
          block[row++ * columns + column] = static_cast<double>(value);
    }
  }
  return block;
}

}
