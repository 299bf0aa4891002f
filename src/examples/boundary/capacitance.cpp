// SPDX-License-Identifier: BSD-3-Clause
// The charge on conductors at given potentials: the exterior Dirichlet problem of Laplace's equation.
//
// The charge density s makes the potential S s. That of conductors at potentials V_k solves one of two equations:
//   single_layer:  S s = V, an equation of the first kind;
//   second_kind:   (1/2 + T) s + M S s = V. Inside a conductor, where the potential is constant, its normal derivative
//                  (1/2 + T) s vanishes. This leaves the potential of each closed surface undetermined; M S s, the
//                  mean of S s over each of them, makes it V_k: by Gauss's law the first term has no mean.
// The capacitance is the whole charge at potential 1, in units in which a ball of radius a has 4 pi a. Entry (j, k) of
// the capacitance matrix is the charge on conductor j where conductor k has potential 1 and all others 0. A surface
// within another one carries no charge at equal potentials.
#include <petscksp.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "examples/boundary/operator.hpp"
#include "examples/boundary/problem.hpp"
#include "examples/boundary/solver.hpp"

namespace boundary {
namespace {

/// The sum of several matrices, or their product, of which the first acts first.
PetscErrorCode combine(const std::vector<Mat>& parts, MatCompositeType type, Mat* result) {
  PetscFunctionBegin;
  PetscCall(MatCreateComposite(PETSC_COMM_WORLD, static_cast<PetscInt>(parts.size()), parts.data(), result));
  PetscCall(MatCompositeSetType(*result, type));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// A matrix with one entry in each row, in the column of the triangle's closed surface.
PetscErrorCode create_columns(const Surface& surface, const std::vector<double>& entries, Mat* matrix) {
  PetscFunctionBegin;
  PetscCall(MatCreateAIJ(surface.communicator, surface.num_own(), PETSC_DECIDE, PETSC_DETERMINE,
                         static_cast<PetscInt>(entries.size()), 1, nullptr, 1, nullptr, matrix));
  for (std::size_t i = surface.begin; i < surface.end; ++i) {
    const int column = surface.numbers[i];
    PetscCall(MatSetValue(*matrix, static_cast<PetscInt>(i), column, entries[static_cast<std::size_t>(column)],
                          INSERT_VALUES));
  }
  PetscCall(MatAssemblyBegin(*matrix, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*matrix, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The mean of S s over each closed surface, on all of its triangles, divided by the surface's radius; `spread` takes a
/// number of each surface to its triangles in the same way.
PetscErrorCode create_means(const Surface& surface, Vec areas, const Mat potential, Mat* means, Mat* spread) {
  PetscFunctionBegin;
  std::vector<double> inverse_areas;
  for (const double area : surface.areas) inverse_areas.push_back(1.0 / area);
  Mat weights = nullptr, sums = nullptr;
  PetscCall(create_columns(surface, inverse_areas, &weights));
  PetscCall(MatDiagonalScale(weights, areas, nullptr));
  PetscCall(MatCreateTranspose(weights, &sums));
  PetscCall(create_columns(surface, surface.inverse_radii(), spread));
  PetscCall(combine({potential, sums, *spread}, MAT_COMPOSITE_MULTIPLICATIVE, means));
  for (Mat* mat : {&weights, &sums}) PetscCall(MatDestroy(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The cube stays below 0.003 at every refinement; a square of thickness 1/1000 has 0.1 with 8^2 cells and 0.015 with
/// 32^2, where its capacitance is 0.15 % too small.
constexpr double most_deviation = 0.05;

/// Scales the density so that its energy is that of potential 1: the charge has then an error of second order in that
/// of the density. A potential far from constant is a failure.
PetscErrorCode scale_to_potential_one(const Mat potential, Vec areas, Solution* solution) {
  PetscFunctionBegin;
  Vec values = nullptr, work = nullptr;
  PetscScalar charge = 0.0, energy = 0.0, area = 0.0, square = 0.0;
  PetscCall(VecDuplicate(areas, &values));
  PetscCall(VecDuplicate(areas, &work));
  PetscCall(MatMult(potential, solution->density, values));
  PetscCall(VecDot(solution->density, areas, &charge));
  PetscCall(VecPointwiseMult(work, values, areas));
  PetscCall(VecDot(solution->density, work, &energy));
  PetscCall(VecScale(solution->density, charge / energy));
  PetscCall(VecScale(values, charge / energy));
  PetscCall(VecShift(values, -1.0));
  PetscCall(VecSum(areas, &area));
  PetscCall(VecPointwiseMult(work, values, areas));
  PetscCall(VecDot(values, work, &square));
  const double deviation = std::sqrt(square / area);
  const std::string text =
      format("the potential on the surface deviates from 1 by %.2g %% (root mean square)", 100.0 * deviation);
  if (deviation < most_deviation)
    solution->lines.push_back(text);
  else
    solution->failure = text + ": take smaller triangles, or -formulation single_layer";
  PetscCall(VecDestroy(&values));
  PetscCall(VecDestroy(&work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

[[nodiscard]] Layer single_layer_of(const Surface& surface, bool normal_rows) {
  return {make_physics("laplace"), surface.ones(), 0.0, normal_rows};
}

/// The charge on each closed surface.
PetscErrorCode find_charges(const Surface& surface, Vec density, std::vector<double>* charges) {
  PetscFunctionBegin;
  PetscCall(integrate(
      surface, 1, density, 1,
      [](const Triangle& triangle, const PetscScalar* s, double* sum) { *sum += triangle.area * *s; }, charges));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode solve_second_kind(const Surface& surface, Vec areas, Solution* solution) {
  PetscFunctionBegin;
  Operator derivative, potential;
  Mat means = nullptr, spread = nullptr, matrix = nullptr;
  Vec right_side = nullptr;
  std::string note;
  PetscCall(create_operator(surface, single_layer_of(surface, true), nullptr, &derivative));
  PetscCall(MatShift(derivative.correction, 0.5));
  PetscCall(create_operator(surface, single_layer_of(surface, false), &derivative, &potential));
  PetscCall(create_means(surface, areas, potential.sum, &means, &spread));
  PetscCall(combine({derivative.sum, means}, MAT_COMPOSITE_ADDITIVE, &matrix));
  PetscCall(VecDuplicate(solution->density, &right_side));
  PetscCall(MatGetRowSum(spread, right_side));
  PetscCall(
      Solver(matrix, nullptr).solve(right_side, solution->density, &solution->iterations, &note, &solution->failure));
  if (solution->failure.empty()) PetscCall(scale_to_potential_one(potential.sum, areas, solution));
  for (Mat* mat : {&matrix, &means, &spread}) PetscCall(MatDestroy(mat));
  PetscCall(VecDestroy(&right_side));
  PetscCall(destroy_operator(&potential));
  PetscCall(destroy_operator(&derivative));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The single layer at potential 1 of all surfaces, or one after the other, whose charges go into `matrix`.
PetscErrorCode solve_single_layer(const Surface& surface, const Problem& problem, double unit, Solution* solution) {
  PetscFunctionBegin;
  Operator potential;
  Mat near_field = nullptr;
  Vec voltage = nullptr;
  std::string note;
  PetscCall(create_operator(surface, single_layer_of(surface, false), nullptr, &potential));
  if (problem.preconditioner == "direct_sums") PetscCall(create_direct_sums(potential, &near_field));
  PetscCall(VecDuplicate(solution->density, &voltage));
  const bool blocks = problem.preconditioner == "blocks";
  Solver solver(potential.sum, near_field == nullptr ? potential.near : near_field, blocks);
  const bool is_matrix = problem.problem == "capacitance_matrix";
  const auto rounds = is_matrix ? static_cast<int>(surface.areas.size()) : 1;
  for (int k = 0; k < rounds && solution->failure.empty(); ++k) {
    PetscCall(fill(surface, 1, voltage, [&](std::size_t i, PetscScalar* value) {
      *value = !is_matrix || surface.numbers[i] == k ? 1.0 : 0.0;
    }));
    PetscCall(solver.solve(voltage, solution->density, &solution->iterations, &note, &solution->failure));
    std::vector<double> charges;
    PetscCall(find_charges(surface, solution->density, &charges));
    std::string line = format("charges with conductor %d at potential 1, over 4 pi:", k);
    for (const double charge : charges) line += format(" %.9g", unit * charge * 0.25 * std::numbers::inv_pi);
    if (is_matrix) solution->lines.push_back(line);
  }
  if (!note.empty()) solution->lines.push_back(note);
  PetscCall(VecDestroy(&voltage));
  PetscCall(MatDestroy(&near_field));
  PetscCall(destroy_operator(&potential));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode solve_capacitance(const Problem& problem, const Surface& surface, double unit, Solution* solution) {
  PetscFunctionBegin;
  Vec areas = nullptr;
  PetscCall(VecDuplicate(solution->density, &areas));
  PetscCall(fill(surface, 1, areas, [&](std::size_t i, PetscScalar* area) { *area = surface.triangles[i].area; }));
  if (problem.second_kind)
    PetscCall(solve_second_kind(surface, areas, solution));
  else
    PetscCall(solve_single_layer(surface, problem, unit, solution));
  if (problem.problem == "capacitance") {
    PetscScalar charge = 0.0;
    PetscCall(VecDot(solution->density, areas, &charge));
    solution->lines.push_back(
        format("capacitance %.9g = 4 pi %.9g", unit * charge, unit * charge * 0.25 * std::numbers::inv_pi));
  }
  PetscCall(VecScale(solution->density, 1.0 / unit));
  PetscCall(VecDestroy(&areas));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
