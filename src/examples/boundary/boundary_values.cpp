// SPDX-License-Identifier: BSD-3-Clause
// Boundary value problems by equations of the second kind, for all kernels alike. With the operators and the jump j of
// layer.hpp:
//   dirichlet, interior:  u = j D q,               1/2 q + j D q = u on the surface
//   dirichlet, exterior:  u = -j D q + m S q / R,  1/2 q - j D q + m S q / R = u, R the radius of each closed surface
//                         and m the shear modulus of elasticity, otherwise 1: without S, charges, forces and torques on
//                         a body could not be represented
//   neumann, interior:    u = S q,                 1/2 q + T q = t
//   neumann, exterior:    u = S q,                 1/2 q - T q = -t
// Both layers of the exterior Dirichlet problem take one pass over the tree.
//
// The data are those of point sources on the other side (-data sources), so that the solution is known and its error
// is reported; or the pressure 1 on the surface (-data pressure), of elasticity.
#include <algorithm>
#include <cmath>

#include "examples/boundary/inside.hpp"
#include "examples/boundary/operator.hpp"
#include "examples/boundary/problem.hpp"
#include "examples/boundary/solver.hpp"

namespace boundary {
namespace {

struct PointSources {
  std::vector<Vector> points;
  std::vector<std::array<double, 3>> strengths;
};

[[nodiscard]] PointSources make_sources(const Surface& surface, bool exterior) {
  PointSources sources;
  if (exterior)
    for (std::size_t k = 0; k < surface.areas.size(); ++k) sources.points.push_back(ball_inside(surface, k).centre);
  else
    sources.points = points_on({ball_around(surface).centre, 2.0 * ball_around(surface).radius}, 5);
  for (std::size_t k = 0; k < sources.points.size(); ++k)
    sources.strengths.push_back({1.0, 0.5 - 0.3 * static_cast<double>(k), 0.25 * static_cast<double>(k) - 0.7});
  return sources;
}

/// Why the problem cannot be solved, or its error not be measured.
[[nodiscard]] std::string find_fault(const Problem& problem, const Surface& surface) {
  const bool is_interior_neumann = problem.problem == "neumann" && !problem.exterior;
  if (problem.physics.kernel == "yukawa" && is_interior_neumann && problem.physics.lambda < 0.03)
    return "with so small a -lambda the solution is open by a constant: take -kernel laplace";
  for (std::size_t k = 0; problem.data == "sources" && k < surface.areas.size(); ++k)
    if (ball_inside(surface, k).radius == 0.0)
      return "no point well inside surface " + std::to_string(k) +
             " was found, and without one the error cannot be measured: take smaller triangles";
  return "";
}

/// Their field at x, or its normal derivative.
void add_field(const Physics& physics, const PointSources& sources, bool normal_rows, const Vector& x,
               const Vector& n_x, double* values) {
  const auto m = static_cast<std::size_t>(physics.components);
  for (std::size_t k = 0; k < sources.points.size(); ++k) {
    const Vector d = x - sources.points[k];
    const Block block = normal_rows ? normal_layer(physics, d, n_x) : single_layer(physics, d);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < m; ++j) values[i] += block[m * i + j] * sources.strengths[k][j];
  }
}

/// The layer that the solution is made of.
[[nodiscard]] Layer make_layer(const Problem& problem, const Surface& surface) {
  const Physics& physics = problem.physics;
  if (problem.problem == "neumann") return {physics, surface.ones()};
  if (problem.exterior) {
    std::vector<double> singles = surface.inverse_radii();
    for (double& single : singles) single *= physics.kernel == "elasticity" ? physics.mu : 1.0;
    return {physics, std::move(singles), -physics.jump};
  }
  return {physics, {}, physics.jump};
}

[[nodiscard]] bool is_open_by_a_constant(const Problem& problem) {
  return problem.problem == "neumann" && !problem.exterior && problem.physics.kernel == "laplace";
}

/// The matrix of the equation, and the right side in place of the data.
PetscErrorCode make_equation(const Problem& problem, const Surface& surface, Vec data, Operator* op) {
  PetscFunctionBegin;
  Layer layer = make_layer(problem, surface);
  if (problem.problem == "neumann") {
    layer.normal_rows = true;
    if (problem.exterior) {
      for (double& single : layer.singles) single = -single;
      PetscCall(VecScale(data, -1.0));
    }
  }
  PetscCall(create_operator(surface, layer, nullptr, op));
  PetscCall(MatShift(op->correction, 0.5));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Laplace's interior Neumann problem has a solution for data without flux alone, and the matrix the areas as its left
/// null vector: takes off the mean over each closed surface, an error of the data on flat triangles.
PetscErrorCode remove_flux(const Surface& surface, Vec data) {
  PetscFunctionBegin;
  std::vector<double> fluxes;
  PetscCall(integrate(
      surface, 1, data, 1,
      [](const Triangle& triangle, const PetscScalar* t, double* sum) { *sum += triangle.area * *t; }, &fluxes));
  PetscCall(fill(surface, 1, data, [&](std::size_t i, PetscScalar* t) {
    const auto number = static_cast<std::size_t>(surface.numbers[i]);
    *t -= fluxes[number] / surface.areas[number];
  }));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Probes where the solution is compared: around all surfaces, or inside each.
[[nodiscard]] std::vector<Vector> make_probes(const Surface& surface, bool exterior) {
  const Ball around = ball_around(surface);
  if (exterior) return points_on({around.centre, 1.5 * around.radius}, 20);
  std::vector<Vector> probes;
  for (std::size_t k = 0; k < surface.areas.size(); ++k) {
    const std::vector<Vector> inside = points_on(ball_inside(surface, k), 20);
    probes.insert(probes.end(), inside.begin(), inside.end());
  }
  return probes;
}

/// Potentials that are known up to a constant in each closed surface lose their means over its probes.
void subtract_means(std::vector<double>& values, std::size_t group) {
  for (std::size_t begin = 0; begin < values.size(); begin += group) {
    double mean = 0.0;
    for (std::size_t i = 0; i < group; ++i) mean += values[begin + i] / static_cast<double>(group);
    for (std::size_t i = 0; i < group; ++i) values[begin + i] -= mean;
  }
}

PetscErrorCode report_error(const Problem& problem, const Surface& surface, const PointSources& sources,
                            Solution* solution) {
  PetscFunctionBegin;
  const std::vector<Vector> probes = make_probes(surface, problem.exterior);
  const auto components = static_cast<std::size_t>(problem.physics.components);
  std::vector<double> values, expected(probes.size() * components, 0.0);
  PetscCall(evaluate_at(surface, make_layer(problem, surface), probes, solution->density, &values));
  for (std::size_t k = 0; k < probes.size(); ++k)
    add_field(problem.physics, sources, false, probes[k], {}, expected.data() + k * components);
  const bool is_open = is_open_by_a_constant(problem);
  if (is_open)
    for (std::vector<double>* each : {&values, &expected}) subtract_means(*each, 20);
  double error = 0.0, size = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    error += (values[i] - expected[i]) * (values[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  if (!(std::isfinite(error) && size > 0.0)) {
    solution->failure = "the known solution vanishes where the error is measured: take a smaller -lambda";
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  solution->lines.push_back(format("relative error at %zu points %s the surface%s: %.3g", probes.size(),
                                   problem.exterior ? "outside" : "inside", is_open ? ", up to a constant" : "",
                                   std::sqrt(error / size)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The displacement along the normal, which a cavity of radius a under pressure p has as a p / (4 mu).
PetscErrorCode report_displacement(const Problem& problem, const Surface& surface, const Operator& op, double unit,
                                   Solution* solution) {
  PetscFunctionBegin;
  Operator displacement;
  Vec values = nullptr;
  std::vector<double> sums;
  PetscCall(create_operator(surface, make_layer(problem, surface), &op, &displacement));
  PetscCall(VecDuplicate(solution->density, &values));
  PetscCall(MatMult(displacement.sum, solution->density, values));
  PetscCall(integrate(
      surface, 3, values, 1,
      [](const Triangle& triangle, const PetscScalar* u, double* sum) {
        *sum += triangle.area * dot(triangle.normal, {u[0], u[1], u[2]});
      },
      &sums));
  for (std::size_t k = 0; k < sums.size(); ++k)
    solution->lines.push_back(
        format("mean displacement of surface %zu along its normal: %.9g", k, unit * sums[k] / surface.areas[k]));
  PetscCall(VecDestroy(&values));
  PetscCall(destroy_operator(&displacement));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode solve_boundary_values(const Problem& problem, const Surface& surface, double unit, Solution* solution) {
  PetscFunctionBegin;
  const Physics& physics = problem.physics;
  const bool has_pressure = problem.data == "pressure";
  solution->failure = find_fault(problem, surface);
  if (!solution->failure.empty()) PetscFunctionReturn(PETSC_SUCCESS);
  const PointSources sources = has_pressure ? PointSources{} : make_sources(surface, problem.exterior);
  Vec data = nullptr;
  Operator op;
  std::string note;
  PetscCall(VecDuplicate(solution->density, &data));
  PetscCall(fill(surface, physics.components, data, [&](std::size_t i, PetscScalar* values) {
    const Triangle& triangle = surface.triangles[i];
    add_field(physics, sources, problem.problem == "neumann", triangle.centroid, triangle.normal, values);
    for (std::size_t axis = 0; has_pressure && axis < 3; ++axis) values[axis] = -triangle.normal[axis];
  }));
  if (is_open_by_a_constant(problem)) PetscCall(remove_flux(surface, data));
  PetscCall(make_equation(problem, surface, data, &op));
  PetscCall(Solver(op.sum, nullptr).solve(data, solution->density, &solution->iterations, &note, &solution->failure));
  PetscCall(VecDestroy(&data));
  if (solution->failure.empty() && has_pressure)
    PetscCall(report_displacement(problem, surface, op, unit, solution));
  else if (solution->failure.empty())
    PetscCall(report_error(problem, surface, sources, solution));
  PetscCall(destroy_operator(&op));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
