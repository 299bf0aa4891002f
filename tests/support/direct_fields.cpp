// SPDX-License-Identifier: BSD-3-Clause
#include "support/direct_fields.hpp"

#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <stdexcept>

#include "support/derivative_tensors.hpp"

namespace nearfar {
namespace {

using namespace tensors;

/// What one source does to a target, all fields that there are.
struct Fields {
  Real potential = 0;  // scalar families
  Vector gradient{};
  std::array<Vector, 3> hessian{};
  Vector velocity{};                          // of flows, or displacement
  std::array<Vector, 3> velocity_gradient{};  // [i][l]: du_i/dx_l
  Real pressure = 0;                          // of flows
  Vector vector_potential{};
  Complex wave = 0;  // complex families
  std::array<Complex, 3> wave_gradient{};
};

/// Parameters of a family.
struct Medium {
  Real lambda = 0;   // inverse screening length
  Real k = 0;        // wavenumber
  Real epsilon = 0;  // softening length
  Real s = 0;        // radius of charges that are spread
  Real a = 0;        // radius of spheres
  bool is_complex = false;
  bool is_solid = false;  // with mu and nu, or a fluid of viscosity 1
  Real mu = 1, nu = 0.5L;

  [[nodiscard]] Real lame() const { return 2 * mu * nu / (1 - 2 * nu); }
  /// Stress, as a fluid or a solid has it.
  [[nodiscard]] Real stress(const Fields& f, std::size_t i, std::size_t l) const {
    const auto& grad = f.velocity_gradient;
    const Real isotropic = is_solid ? lame() * (grad[0][0] + grad[1][1] + grad[2][2]) : -f.pressure;
    return isotropic * delta(i, l) + mu * (grad[i][l] + grad[l][i]);
  }
};

constexpr std::size_t axes = 3;

/// Adds the potential of `charge` and of a dipole.
void add_scalar(const Tensors& g, Real charge, const Vector& dipole, Fields& f) {
  const Real scale = 1 / (4 * pi);
  f.potential += scale * charge * g.d0();
  for (std::size_t k = 0; k < axes; ++k) {
    f.potential -= scale * dipole[k] * g.d1(k);
    f.gradient[k] += scale * charge * g.d1(k);
    for (std::size_t l = 0; l < axes; ++l) {
      f.gradient[k] -= scale * dipole[l] * g.d2(k, l);
      f.hessian[k][l] += scale * charge * g.d2(k, l);
      for (std::size_t m = 0; m < axes; ++m) f.hessian[k][l] -= scale * dipole[m] * g.d3(k, l, m);
    }
  }
}

/// Adds the wave of `charge` and of a dipole: derivatives of exp(i k r) / r, from those of exp(a r) in complex numbers.
void add_wave(const Vector& d, Real k, Complex charge, const std::array<Complex, 3>& dipole, Fields& f) {
  const Complex a{0, k};
  const Real r = norm(d), scale = 1 / (4 * pi);
  const Complex g = std::exp(a * r) / r, slope = (a - 1 / r) * g;  // and dg/dr
  const Complex curvature = a * slope - slope / r + g / (r * r);   // d^2g/dr^2
  f.wave += scale * charge * g;
  for (std::size_t i = 0; i < axes; ++i) {
    f.wave -= scale * dipole[i] * slope * d[i] / r;
    f.wave_gradient[i] += scale * charge * slope * d[i] / r;
    for (std::size_t j = 0; j < axes; ++j) {
      const Real along = d[i] * d[j] / (r * r);
      f.wave_gradient[i] -= scale * dipole[j] * (curvature * along + slope / r * (delta(i, j) - along));
    }
  }
}

/// Adds a derivative along x_k, with a factor, of the flow of a force along j, or the displacement by it:
/// G_ij = (2 (1 - nu) delta_ij lap - d_i d_j) r / (16 pi mu (1 - nu)). `derivative` false: the flow itself.
void add_force(const Medium& medium, const Tensors& r, std::size_t j, Real factor, bool derivative, std::size_t k,
               Fields& f) {
  const Real twice = 2 * (1 - medium.nu), scale = factor / (8 * pi * medium.mu * twice);
  for (std::size_t m = 0; m < axes; ++m) {
    f.velocity[j] += scale * twice * (derivative ? r.d3(m, m, k) : r.d2(m, m));
    for (std::size_t l = 0; l < axes; ++l)
      f.velocity_gradient[j][l] += scale * twice * (derivative ? r.d4(m, m, k, l) : r.d3(m, m, l));
  }
  for (std::size_t i = 0; i < axes; ++i) {
    f.velocity[i] -= scale * (derivative ? r.d3(i, j, k) : r.d2(i, j));
    for (std::size_t l = 0; l < axes; ++l)
      f.velocity_gradient[i][l] -= scale * (derivative ? r.d4(i, j, k, l) : r.d3(i, j, l));
  }
  if (medium.is_solid) return;
  // p = -d_j (1 / r) / (4 pi)
  const Tensors inverse = screened(r.r, 0);
  f.pressure -= factor / (4 * pi) * (derivative ? inverse.d2(j, k) : inverse.d1(j));
}

/// Of a sphere of radius a: (1 + a^2 / 3 lap) G apart, and as Rotne and Prager have it where spheres overlap.
void add_sphere(const Vector& d, Real a, const Vector& q, Fields& f) {
  const Real r = norm(d);
  const Tensors inverse = screened(d, 0), of_r = distance(d);
  for (std::size_t i = 0; i < axes; ++i)
    for (std::size_t j = 0; j < axes; ++j)
      f.velocity[i] +=
          q[j] * (r >= 2 * a ? (delta(i, j) * 2 / r - of_r.d2(i, j) - 2 * a * a / 3 * inverse.d2(i, j)) / (8 * pi)
                             : ((1 - 9 * r / (32 * a)) * delta(i, j) + 3 * d[i] * d[j] / (32 * a * r)) / (6 * pi * a));
}

/// u = m grad (1 / r) / (4 pi): flux m into the point.
void add_sink(const Tensors& inverse, Real m, Fields& f) {
  for (std::size_t i = 0; i < axes; ++i) {
    f.velocity[i] += m / (4 * pi) * inverse.d1(i);
    for (std::size_t l = 0; l < axes; ++l) f.velocity_gradient[i][l] += m / (4 * pi) * inverse.d2(i, l);
  }
}

/// The derivatives of forces and the sink that a stresslet S_jk = q_j n_k is.
void add_stresslet(const Tensors& r, const Vector& q, const Vector& n, Fields& f) {
  Real trace = 0;
  for (std::size_t j = 0; j < axes; ++j) {
    trace += q[j] * n[j];
    for (std::size_t k = 0; k < axes; ++k) add_force({}, r, j, q[j] * n[k] + q[k] * n[j], true, k, f);
  }
  add_sink(screened(r.r, 0), trace, f);
}

/// The source-side tractions of Kelvin's solution; derivatives along y are those along x with the other sign.
void add_double_layer(const Medium& medium, const Tensors& r, const Vector& q, const Vector& n, Fields& f) {
  const Real trace = q[0] * n[0] + q[1] * n[1] + q[2] * n[2];
  for (std::size_t j = 0; j < axes; ++j)
    for (std::size_t k = 0; k < axes; ++k)
      add_force(medium, r, j, -medium.lame() * trace * delta(j, k) - medium.mu * (q[j] * n[k] + q[k] * n[j]), true, k,
                f);
}

/// A = w / (4 pi r), u = curl A.
void add_vortex(const Tensors& inverse, const Vector& w, Fields& f) {
  for (std::size_t i = 0; i < axes; ++i) {
    const std::size_t j = (i + 1) % 3, k = (i + 2) % 3;
    f.vector_potential[i] += w[i] * inverse.d0() / (4 * pi);
    f.velocity[i] += (inverse.d1(j) * w[k] - inverse.d1(k) * w[j]) / (4 * pi);
    for (std::size_t l = 0; l < axes; ++l)
      f.velocity_gradient[i][l] += (inverse.d2(j, l) * w[k] - inverse.d2(k, l) * w[j]) / (4 * pi);
  }
}

/// u = t x r / (8 pi r^3) = -t x grad (1 / r) / (8 pi).
void add_torque(const Tensors& inverse, const Vector& t, Fields& f) {
  for (std::size_t i = 0; i < axes; ++i) {
    const std::size_t j = (i + 1) % 3, k = (i + 2) % 3;
    f.velocity[i] -= (t[j] * inverse.d1(k) - t[k] * inverse.d1(j)) / (8 * pi);
    for (std::size_t l = 0; l < axes; ++l)
      f.velocity_gradient[i][l] -= (t[j] * inverse.d2(k, l) - t[k] * inverse.d2(j, l)) / (8 * pi);
  }
}

[[nodiscard]] Vector vector_at(const double* from) { return {from[0], from[1], from[2]}; }

/// Adds a source of that kind. Returns the number of its strengths.
std::size_t add_source(const std::string& kind, const Vector& d, const Medium& medium, const double* q,
                       const double* normal, Fields& f) {
  const auto radial = [&] {
    if (medium.s != 0) return spread(d, medium.s);
    return medium.epsilon != 0 ? softened(d, medium.epsilon) : screened(d, medium.lambda);
  };
  if (kind == "charge") return add_scalar(radial(), q[0], {}, f), 1;
  if (kind == "dipole") return add_scalar(radial(), 0, {q[0] * normal[0], q[0] * normal[1], q[0] * normal[2]}, f), 1;
  if (kind == "vector_dipole") return add_scalar(radial(), 0, vector_at(q), f), 3;
  if (kind == "force" && medium.a != 0) return add_sphere(d, medium.a, vector_at(q), f), 3;
  if (kind == "force") {
    for (std::size_t j = 0; j < axes; ++j) add_force(medium, distance(d, medium.epsilon), j, q[j], false, 0, f);
    return 3;
  }
  if (kind == "double_layer") return add_double_layer(medium, distance(d), vector_at(q), vector_at(normal), f), 3;
  if (kind == "vortex") return add_vortex(screened(d, 0), vector_at(q), f), 3;
  if (kind == "stresslet") return add_stresslet(distance(d), vector_at(q), vector_at(normal), f), 3;
  if (kind == "torque") return add_torque(screened(d, 0), vector_at(q), f), 3;
  if (kind == "sink") return add_sink(screened(d, 0), q[0], f), 1;
  throw std::invalid_argument("no oracle for sources of kind " + kind);
}

/// The same of a family with complex numbers.
std::size_t add_complex_source(const std::string& kind, const Vector& d, Real k, const double* q, const double* normal,
                               Fields& f) {
  const Complex strength{q[0], q[1]};
  if (kind == "charge") return add_wave(d, k, strength, {}, f), 2;
  if (kind != "dipole") throw std::invalid_argument("no oracle for complex sources of kind " + kind);
  std::array<Complex, 3> dipole;
  for (std::size_t axis = 0; axis < axes; ++axis) dipole[axis] = strength * Real{normal[axis]};
  return add_wave(d, k, 0, dipole, f), 2;
}

/// Appends a field.
void append(const std::string& field, const Medium& medium, const Fields& f, const double* normal,
            std::vector<double>& to) {
  const auto push = [&to](Real value) { to.push_back(static_cast<double>(value)); };
  const auto push_complex = [&push](const Complex& value) { push(value.real()), push(value.imag()); };
  const auto& grad = f.velocity_gradient;
  if (medium.is_complex) {
    if (field == "potential") return push_complex(f.wave);
    if (field == "normal_derivative")
      return push_complex(f.wave_gradient[0] * Real{normal[0]} + f.wave_gradient[1] * Real{normal[1]} +
                          f.wave_gradient[2] * Real{normal[2]});
    for (const Complex& derivative : f.wave_gradient) push_complex(derivative);
    return;
  }
  if (field == "potential") return push(f.potential);
  if (field == "pressure") return push(f.pressure);
  if (field == "normal_derivative")
    return push(f.gradient[0] * normal[0] + f.gradient[1] * normal[1] + f.gradient[2] * normal[2]);
  for (std::size_t i = 0; i < axes; ++i) {
    const std::size_t j = (i + 1) % 3, k = (i + 2) % 3;
    Real traction = 0;
    for (std::size_t l = 0; normal != nullptr && l < axes; ++l) traction += medium.stress(f, i, l) * normal[l];
    if (field == "gradient") push(f.gradient[i]);
    if (field == "velocity" || field == "displacement") push(f.velocity[i]);
    if (field == "vector_potential") push(f.vector_potential[i]);
    if (field == "vorticity") push(grad[k][j] - grad[j][k]);
    if (field == "traction") push(traction);
    for (std::size_t l = i; field == "hessian" && l < axes; ++l) push(f.hessian[i][l]);
    for (std::size_t l = i; field == "stress" && l < axes; ++l) push(medium.stress(f, i, l));
    const bool is_gradient = field == "velocity_gradient" || field == "displacement_gradient";
    for (std::size_t l = 0; is_gradient && l < axes; ++l) push(grad[i][l]);
  }
}

/// With the defaults of the families for what is not given.
[[nodiscard]] Medium medium_of(const KernelChoice& choice) {
  const auto value = [&](const char* name, Real otherwise) {
    const auto found = choice.parameters.find(name);
    return found != choice.parameters.end() ? Real{found->second} : otherwise;
  };
  Medium medium;
  medium.is_complex = choice.name == "helmholtz";
  medium.k = value("k", 1);
  medium.epsilon = value("epsilon", 0);
  medium.s = value("s", 0);
  medium.a = value("a", 0);
  medium.lambda = value("lambda", choice.name == "yukawa" ? 1 : 0);
  medium.is_solid = choice.name == "elasticity";
  if (medium.is_solid) medium.nu = value("nu", 0.3);
  medium.mu = value("mu", 1);
  return medium;
}

/// Adds a source with all its kinds.
void add_point(const KernelChoice& choice, const double* target, const double* source, const double* strengths,
               const double* normal, Fields& fields) {
  Vector d{};
  for (std::size_t axis = 0; axis < axes; ++axis) d[axis] = Real{target[axis]} - Real{source[axis]};
  if (norm(d) == 0) return;
  const Medium medium = medium_of(choice);
  for (const std::string& kind : choice.source_kinds)
    strengths += medium.is_complex ? add_complex_source(kind, d, medium.k, strengths, normal, fields)
                                   : add_source(kind, d, medium, strengths, normal, fields);
}

[[nodiscard]] std::vector<double> values_of(const KernelChoice& choice, const Fields& fields, const double* normal) {
  std::vector<double> values;
  for (const std::string& field : choice.fields) append(field, medium_of(choice), fields, normal, values);
  return values;
}

/// The family with all its kinds and fields.
[[nodiscard]] KernelChoice whole_of(const FamilyDescription& family, double inverse_length) {
  KernelChoice choice{family.name, {}, {}, {}};
  for (const Parameter& of_family : family.parameters) {
    double& value = choice.parameters[of_family.name];
    // Between the default and the end of a range; anything else only scales.
    value = of_family.unit == "1/length" ? inverse_length
            : of_family.unit == "1"      ? 0.4 * of_family.default_value + 0.6 * of_family.most
                                         : 1.7 * of_family.default_value;
  }
  for (const QuantityDescription& kind : family.source_kinds) choice.source_kinds.push_back(kind.quantity.name);
  for (const QuantityDescription& field : family.fields) choice.fields.push_back(field.quantity.name);
  return choice;
}

}

std::vector<double> direct_fields(const KernelChoice& choice, std::span<const double> sources,
                                  std::span<const double> strengths, std::span<const double> targets,
                                  const Normals& normals) {
  const std::size_t num_sources = sources.size() / 3, num_targets = targets.size() / 3;
  const std::size_t num_strengths = num_sources == 0 ? 0 : strengths.size() / num_sources;
  std::vector<std::vector<double>> rows(num_targets);
#pragma omp parallel for schedule(dynamic, 4)
  for (std::size_t t = 0; t < num_targets; ++t) {
    Fields fields;
    for (std::size_t s = 0; s < num_sources; ++s)
      add_point(choice, &targets[3 * t], &sources[3 * s], &strengths[s * num_strengths],
                normals.sources.empty() ? nullptr : &normals.sources[3 * s], fields);
    rows[t] = values_of(choice, fields, normals.targets.empty() ? nullptr : &normals.targets[3 * t]);
  }
  std::vector<double> values;
  for (const std::vector<double>& row : rows) values.insert(values.end(), row.begin(), row.end());
  return values;
}

std::vector<double> direct_block(const KernelChoice& choice, const PointPair& pair) {
  std::size_t num_strengths = 0;
  for (const std::string& kind : choice.source_kinds)
    num_strengths += medium_of(choice).is_complex ? 2 : kind == "charge" || kind == "dipole" || kind == "sink" ? 1 : 3;
  std::vector<double> block;
  for (std::size_t j = 0; j < num_strengths; ++j) {
    std::vector<double> unit(num_strengths, 0.0);
    unit[j] = 1.0;
    Fields fields;
    add_point(choice, pair.target.data(), pair.source.data(), unit.data(), pair.source_normal.data(), fields);
    const std::vector<double> column = values_of(choice, fields, pair.target_normal.data());
    block.resize(column.size() * num_strengths);
    for (std::size_t i = 0; i < column.size(); ++i) block[i * num_strengths + j] = column[i];
  }
  return block;
}

std::vector<KernelChoice> each_kind_and_field(double inverse_length) {
  std::vector<KernelChoice> choices;
  for (const FamilyDescription& family : kernel_families()) {
    const KernelChoice whole = whole_of(family, inverse_length);
    for (const std::string& kind : whole.source_kinds)
      for (const std::string& field : whole.fields) choices.push_back({whole.name, {kind}, {field}, whole.parameters});
  }
  return choices;
}

std::vector<KernelChoice> all_kinds_and_fields(double inverse_length) {
  std::vector<KernelChoice> choices;
  for (const FamilyDescription& family : kernel_families())
    if (family.source_kinds.size() * family.fields.size() > 1) choices.push_back(whole_of(family, inverse_length));
  return choices;
}

std::string name_of(const KernelChoice& choice) {
  std::string name = choice.name;
  for (const std::string& kind : choice.source_kinds) name += "_" + kind;
  name += "_to";
  for (const std::string& field : choice.fields) name += "_" + field;
  return name;
}

std::vector<double> random_normals(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> gauss;
  std::vector<double> normals;
  for (std::size_t i = 0; i < count; ++i) {
    const std::array<double, 3> n{gauss(random), gauss(random), gauss(random)};
    const double length = std::hypot(n[0], n[1], n[2]);
    for (const double component : n) normals.push_back(component / length);
  }
  return normals;
}

}
