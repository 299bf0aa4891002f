// SPDX-License-Identifier: BSD-3-Clause
// Rigid bodies in Stokes flow: the forces and torques that move them, and the motions that these cause.
//
// The velocity is that of the exterior Dirichlet problem, u = -D q + S q / R for a rigid motion on each body. The
// stresslets of the double layer exert neither force nor torque, so that those are the moments of q / R (the completed
// double layer, Power and Miranda 1987). Entry (6 j + a, 6 k + b) of the resistance matrix is the force (a = 0, 1, 2)
// or torque about its centre (3, 4, 5) that body j exerts on a fluid of viscosity 1 while body k moves with velocity 1
// (b = 0, 1, 2) or turns about its centre at rate 1 (3, 4, 5) along an axis, and all other bodies are held. Its inverse
// is the mobility matrix.
#include <petscksp.h>

#include <cmath>
#include <numbers>

#include "examples/boundary/inside.hpp"
#include "examples/boundary/operator.hpp"
#include "examples/boundary/problem.hpp"
#include "examples/boundary/solver.hpp"

namespace boundary {
namespace {

constexpr std::size_t motions = 6;

/// Rows and columns of turning have the unit of length once more.
[[nodiscard]] double unit_of(std::size_t row, std::size_t column, double unit) {
  return unit * (row % motions < 3 ? 1.0 : unit) * (column % motions < 3 ? 1.0 : unit);
}

PetscErrorCode set_motion(const Surface& surface, std::size_t body, std::size_t motion, Vec velocity) {
  PetscFunctionBegin;
  Vector axis{};
  axis[motion % 3] = 1.0;
  PetscCall(fill(surface, 3, velocity, [&](std::size_t i, PetscScalar* u) {
    const bool moves = surface.numbers[i] == static_cast<int>(body);
    const Vector value = motion < 3 ? axis : cross(axis, surface.triangles[i].centroid - surface.centres[body]);
    for (std::size_t c = 0; c < 3; ++c) u[c] = moves ? value[c] : 0.0;
  }));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Forces and torques of all bodies.
PetscErrorCode find_forces(const Surface& surface, Vec density, std::vector<double>* forces) {
  PetscFunctionBegin;
  PetscCall(integrate(
      surface, 3, density, motions,
      [&](const Triangle& triangle, const PetscScalar* q, double* sums) {
        const Vector force = triangle.area * Vector{q[0], q[1], q[2]};
        const Vector torque = cross(triangle.centroid, force);
        for (std::size_t c = 0; c < 3; ++c) {
          sums[c] += force[c];
          sums[3 + c] += torque[c];
        }
      },
      forces));
  for (std::size_t k = 0; k < surface.areas.size(); ++k) {
    double* const sums = forces->data() + motions * k;
    const Vector moved = cross(surface.centres[k], {sums[0], sums[1], sums[2]});
    for (std::size_t c = 0; c < 3; ++c) sums[3 + c] -= moved[c];
    for (std::size_t c = 0; c < motions; ++c) sums[c] /= surface.radius_of(k);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Of a matrix of n rows, by columns.
PetscErrorCode invert(std::size_t n, std::vector<PetscScalar>& matrix, std::vector<PetscScalar>* inverse) {
  PetscFunctionBegin;
  const auto size = static_cast<PetscInt>(n);
  Mat factors = nullptr, identity = nullptr, result = nullptr;
  inverse->assign(n * n, 0.0);
  PetscCall(MatCreateSeqDense(PETSC_COMM_SELF, size, size, matrix.data(), &factors));
  PetscCall(MatCreateSeqDense(PETSC_COMM_SELF, size, size, nullptr, &identity));
  PetscCall(MatCreateSeqDense(PETSC_COMM_SELF, size, size, inverse->data(), &result));
  PetscCall(MatShift(identity, 1.0));
  PetscCall(MatAssemblyBegin(result, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(result, MAT_FINAL_ASSEMBLY));
  PetscCall(MatLUFactor(factors, nullptr, nullptr, nullptr));
  PetscCall(MatMatSolve(factors, identity, result));
  for (Mat* mat : {&factors, &identity, &result}) PetscCall(MatDestroy(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void report(const char* title, std::size_t n, const std::vector<double>& matrix, Solution* solution) {
  solution->lines.emplace_back(title);
  for (std::size_t row = 0; row < n; ++row) {
    std::string line;
    for (std::size_t column = 0; column < n; ++column) line += format("%14.6g", matrix[column * n + row]);
    solution->lines.push_back(line);
  }
}

}

PetscErrorCode solve_resistance(const Problem& problem, const Surface& surface, double unit, Solution* solution) {
  PetscFunctionBegin;
  const std::size_t bodies = surface.areas.size(), n = motions * bodies;
  const std::string nested = nested_surface(surface);
  if (!nested.empty()) {
    solution->failure = nested + ", where there is no outer fluid to move in: leave it out";
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  Operator op;
  Vec velocity = nullptr;
  std::string note;
  std::vector<double> resistance, forces, mobility;
  PetscCall(create_operator(surface, {problem.physics, surface.inverse_radii(), -problem.physics.jump}, nullptr, &op));
  PetscCall(MatShift(op.correction, 0.5));
  PetscCall(VecDuplicate(solution->density, &velocity));
  Solver solver(op.sum, nullptr);
  for (std::size_t column = 0; column < n && solution->failure.empty(); ++column) {
    PetscCall(set_motion(surface, column / motions, column % motions, velocity));
    PetscCall(solver.solve(velocity, solution->density, &solution->iterations, &note, &solution->failure));
    PetscCall(find_forces(surface, solution->density, &forces));
    for (std::size_t row = 0; row < n; ++row) resistance.push_back(forces[row] * unit_of(row, column, unit));
  }
  PetscCall(VecDestroy(&velocity));
  PetscCall(destroy_operator(&op));
  if (!solution->failure.empty()) PetscFunctionReturn(PETSC_SUCCESS);
  for (std::size_t k = 0; k < bodies; ++k) {
    const double sphere = 6.0 * std::numbers::pi * unit * surface.radius_of(k);
    std::string line = format("drag of body %zu moving alone along x, y, z, over that of a sphere of equal area:", k);
    for (std::size_t c = 0; c < 3; ++c) line += format(" %.6f", resistance[(motions * k + c) * (n + 1)] / sphere);
    solution->lines.push_back(line);
  }
  report("resistance matrix, for each body force and torque by velocity and rate of turning, viscosity 1:", n,
         resistance, solution);
  PetscCall(invert(n, resistance, &mobility));
  report("mobility matrix, its inverse:", n, mobility, solution);
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
