// SPDX-License-Identifier: BSD-3-Clause
#include "examples/capacitance/solve.hpp"

#include <petscksp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS 0
#endif

namespace capacitance {
namespace {

/// Unless -ksp_max_it says otherwise.
constexpr PetscInt most_iterations = 1000;
/// Incomplete factors of the near integrals take 17 iterations for 196,608 triangles of a cube. They are not stable
/// where surfaces are much closer to each other than their triangles are large.
constexpr PetscInt most_with_factors = 50;

/// Takes no more than `limit` iterations, whatever the options allow.
PetscErrorCode attempt(const Mat matrix, const Mat near, PCType type, PetscInt limit, Vec b, Solution* solution,
                       KSPConvergedReason* reason) {
  PetscFunctionBegin;
  KSP solver = nullptr;
  PC pc = nullptr;
  PetscCall(KSPCreate(PETSC_COMM_WORLD, &solver));
  PetscCall(KSPSetOperators(solver, matrix, near));
  PetscCall(KSPSetType(solver, KSPGMRES));
  PetscCall(KSPGMRESSetRestart(solver, 100));
  PetscCall(KSPSetPCSide(solver, PC_RIGHT));  // so that the residual is that of the equation itself
  PetscCall(KSPSetTolerances(solver, 1e-6, PETSC_DEFAULT, PETSC_DEFAULT, most_iterations));
  PetscCall(KSPGetPC(solver, &pc));
  PetscCall(PCSetType(pc, type));
  PetscCall(KSPSetFromOptions(solver));
  PetscReal relative = 0.0, absolute = 0.0, divergence = 0.0;
  PetscInt wanted = 0;
  PetscCall(KSPGetTolerances(solver, &relative, &absolute, &divergence, &wanted));
  PetscCall(KSPSetTolerances(solver, relative, absolute, divergence, std::min(wanted, limit)));
  PetscCall(KSPSolve(solver, b, solution->density));
  PetscCall(KSPGetConvergedReason(solver, reason));
  PetscCall(KSPGetIterationNumber(solver, &solution->iterations));
  PetscCall(KSPDestroy(&solver));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Without a near matrix nothing preconditions.
PetscErrorCode solve(const Mat matrix, const Mat near, Vec b, Solution* solution) {
  PetscFunctionBegin;
  constexpr PetscInt no_limit = std::numeric_limits<PetscInt>::max();
  KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
  PetscBool is_chosen = PETSC_FALSE;
  PetscCall(PetscOptionsHasName(nullptr, nullptr, "-pc_type", &is_chosen));
  if (near == nullptr) {
    PetscCall(attempt(matrix, matrix, PCNONE, no_limit, b, solution, &reason));
  } else if (is_chosen == PETSC_TRUE) {
    PetscCall(attempt(matrix, near, PCASM, no_limit, b, solution, &reason));
  } else {
    PetscCall(attempt(matrix, near, PCASM, most_with_factors, b, solution, &reason));
    if (reason < 0) {
      solution->note = "with the factors of the near entries the solver did not converge in " +
                       std::to_string(solution->iterations) + " iterations; their diagonal preconditions instead";
      PetscCall(attempt(matrix, near, PCJACOBI, no_limit, b, solution, &reason));
    }
  }
  if (reason < 0)
    solution->failure = "no charge density was found (" + std::string(KSPConvergedReasons[reason]) + " after " +
                        std::to_string(solution->iterations) +
                        " iterations): take smaller triangles where surfaces are close to each other, or try "
                        "-preconditioner direct_sums, -pc_type jacobi, -formulation single_layer, or -ksp_max_it 5000";
  PetscFunctionReturn(PETSC_SUCCESS);
}

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

/// The mean of S s over each closed surface, on all of its triangles, divided by a length of the surface; and the same
/// for S s = 1.
PetscErrorCode create_means(const Surface& surface, Vec areas, const Mat potential, Mat* means, Vec* right_side) {
  PetscFunctionBegin;
  std::vector<double> inverse_areas, inverse_lengths;
  for (const double area : surface.areas) {
    inverse_areas.push_back(1.0 / area);
    inverse_lengths.push_back(std::sqrt(4.0 * std::numbers::pi / area));
  }
  Mat weights = nullptr, sums = nullptr, spread = nullptr;
  PetscCall(create_columns(surface, inverse_areas, &weights));
  PetscCall(MatDiagonalScale(weights, areas, nullptr));
  PetscCall(MatCreateTranspose(weights, &sums));
  PetscCall(create_columns(surface, inverse_lengths, &spread));
  PetscCall(combine({potential, sums, spread}, MAT_COMPOSITE_MULTIPLICATIVE, means));
  PetscCall(MatCreateVecs(spread, nullptr, right_side));
  PetscCall(MatGetRowSum(spread, *right_side));
  for (Mat* mat : {&weights, &sums, &spread}) PetscCall(MatDestroy(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The cube stays below 0.016 at every refinement; a square of thickness 1/100 with 24^2 cells, whose capacitance is 3
/// % too small, has 0.09.
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
  char text[100];
  std::snprintf(text, sizeof text, "the potential on the surface deviates from 1 by %.2g %% (root mean square)",
                100.0 * deviation);
  if (deviation < most_deviation)
    solution->note = text;
  else
    solution->failure = std::string(text) + ": take smaller triangles, or -formulation single_layer";
  PetscCall(VecDestroy(&values));
  PetscCall(VecDestroy(&work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode solve_single_layer(const Surface& surface, bool direct_sums, Solution* solution) {
  PetscFunctionBegin;
  Operator potential;
  Mat near_field = nullptr;
  Vec one = nullptr;
  PetscCall(create_operator(surface, Row::potential, nullptr, &potential));
  if (direct_sums) PetscCall(create_direct_sums(potential, &near_field));
  PetscCall(VecDuplicate(solution->density, &one));
  PetscCall(VecSet(one, 1.0));
  PetscCall(solve(potential.sum, direct_sums ? near_field : potential.near, one, solution));
  PetscCall(VecDestroy(&one));
  PetscCall(MatDestroy(&near_field));
  PetscCall(destroy_operator(&potential));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode solve_second_kind(const Surface& surface, Vec areas, Solution* solution) {
  PetscFunctionBegin;
  Operator derivative, potential;
  Mat means = nullptr, matrix = nullptr;
  Vec right_side = nullptr;
  PetscCall(create_operator(surface, Row::normal_derivative, nullptr, &derivative));
  PetscCall(MatShift(derivative.correction, 0.5));
  PetscCall(create_operator(surface, Row::potential, nullptr, &potential));
  PetscCall(create_means(surface, areas, potential.sum, &means, &right_side));
  PetscCall(combine({derivative.sum, means}, MAT_COMPOSITE_ADDITIVE, &matrix));
  PetscCall(solve(matrix, nullptr, right_side, solution));
  if (solution->failure.empty()) PetscCall(scale_to_potential_one(potential.sum, areas, solution));
  for (Mat* mat : {&matrix, &means}) PetscCall(MatDestroy(mat));
  PetscCall(VecDestroy(&right_side));
  PetscCall(destroy_operator(&potential));
  PetscCall(destroy_operator(&derivative));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
