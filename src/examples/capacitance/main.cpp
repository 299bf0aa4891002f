// SPDX-License-Identifier: BSD-3-Clause
// The capacitance of a conductor: the exterior Dirichlet problem of Laplace's equation, by collocation.
//
// The charge density s on a closed surface, constant on each of its flat triangles, makes the potential
// (S s)(x) = integral of s(y) / (4 pi |x - y|). Of a conductor at potential 1 it is found from either
//   single_layer:  S s = 1, an equation of the first kind, or
//   second_kind:   (1/2 + K') s + mean(s) = 1: inside, where the potential is constant, its normal derivative
//                  (1/2 + K') s vanishes, which leaves s undetermined but for a factor; so its mean is made 1, and the
//                  result scaled to potential 1.
// The capacitance is the whole charge, in units in which a ball of radius a has 4 pi a.
static const char* const help =
    "capacitance: the charge on a conductor at potential 1\n"
    "  -shape sphere|cube|torus|ellipsoid   a generated surface (default sphere), or\n"
    "  -mesh FILE                           one from an .off, .stl or Gmsh .msh file\n"
    "  -refine N                            generated surfaces: 4^N times as many triangles (default 3)\n"
    "  -formulation single_layer|second_kind\n"
    "  -points 1|3|6|7                      quadrature points of a triangle (default 3)\n"
    "  -near D                              exact integrals up to D diameters away (default 2.5)\n"
    "  -preconditioner near|direct_sums      of the single layer: exact integrals over near triangles (default), or\n"
    "                                       all direct sums of the leaves\n"
    "  -output FILE.vtu                     the charge density, for ParaView\n"
    "and PETSc's -ksp_*, -pc_*; nearfar's -mat_nearfar_*.\n";

#include <petscksp.h>

#include <cstdio>
#include <stdexcept>

#include "examples/capacitance/surface.hpp"
#include "nearfar/petsc.h"

#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS 0
#endif

namespace capacitance {
namespace {

struct Problem {
  char shape[32] = "sphere", mesh[PETSC_MAX_PATH_LEN] = "", output[PETSC_MAX_PATH_LEN] = "";
  PetscInt refinement = 3, num_points = 3;
  PetscReal near = 2.5;
  PetscBool second_kind = PETSC_FALSE, direct_sums = PETSC_FALSE;
};

PetscErrorCode read_options(Problem* problem) {
  PetscFunctionBegin;
  char formulation[32] = "single_layer";
  PetscCall(PetscOptionsGetString(nullptr, nullptr, "-shape", problem->shape, sizeof problem->shape, nullptr));
  PetscCall(PetscOptionsGetString(nullptr, nullptr, "-mesh", problem->mesh, sizeof problem->mesh, nullptr));
  PetscCall(PetscOptionsGetString(nullptr, nullptr, "-output", problem->output, sizeof problem->output, nullptr));
  PetscCall(PetscOptionsGetInt(nullptr, nullptr, "-refine", &problem->refinement, nullptr));
  PetscCall(PetscOptionsGetInt(nullptr, nullptr, "-points", &problem->num_points, nullptr));
  PetscCall(PetscOptionsGetReal(nullptr, nullptr, "-near", &problem->near, nullptr));
  PetscCall(PetscOptionsGetString(nullptr, nullptr, "-formulation", formulation, sizeof formulation, nullptr));
  PetscCall(PetscStrcmp(formulation, "second_kind", &problem->second_kind));
  PetscBool single_layer = PETSC_FALSE;
  PetscCall(PetscStrcmp(formulation, "single_layer", &single_layer));
  PetscCheck(single_layer || problem->second_kind, PETSC_COMM_WORLD, PETSC_ERR_USER,
             "-formulation must be single_layer or second_kind, not %s", formulation);
  char preconditioner[32] = "near";
  PetscCall(PetscOptionsGetString(nullptr, nullptr, "-preconditioner", preconditioner, sizeof preconditioner, nullptr));
  PetscCall(PetscStrcmp(preconditioner, "direct_sums", &problem->direct_sums));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode solve(const Mat matrix, const Mat preconditioner, Vec b, Vec x, PetscInt* iterations) {
  PetscFunctionBegin;
  KSP solver = nullptr;
  PetscCall(KSPCreate(PETSC_COMM_WORLD, &solver));
  PetscCall(KSPSetOperators(solver, matrix, preconditioner == nullptr ? matrix : preconditioner));
  PetscCall(KSPSetType(solver, KSPGMRES));
  PetscCall(KSPGMRESSetRestart(solver, 100));
  PetscCall(KSPSetPCSide(solver, PC_RIGHT));  // so that the residual is that of the equation itself
  PetscCall(KSPSetTolerances(solver, 1e-6, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT));
  PC pc = nullptr;
  PetscCall(KSPGetPC(solver, &pc));
  PetscCall(PCSetType(pc, preconditioner == nullptr ? PCNONE : PCASM));
  PetscCall(KSPSetErrorIfNotConverged(solver, PETSC_TRUE));
  PetscCall(KSPSetFromOptions(solver));
  PetscCall(KSPSolve(solver, b, x));
  PetscCall(KSPGetIterationNumber(solver, iterations));
  PetscCall(KSPDestroy(&solver));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// S s = 1.
PetscErrorCode solve_single_layer(const Surface& surface, PetscBool direct_sums, Vec density, PetscInt* iterations) {
  PetscFunctionBegin;
  Operator potential;
  Mat near_field = nullptr;
  Vec one = nullptr;
  PetscCall(create_operator(surface, Row::potential, nullptr, &potential));
  if (direct_sums) PetscCall(create_direct_sums(potential, &near_field));
  PetscCall(VecDuplicate(density, &one));
  PetscCall(VecSet(one, 1.0));
  PetscCall(solve(potential.sum, direct_sums ? near_field : potential.near, one, density, iterations));
  PetscCall(VecDestroy(&one));
  PetscCall(MatDestroy(&near_field));
  PetscCall(destroy_operator(&potential));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The mean over the surface, as a matrix: ones (areas / whole area)^T, added to another one.
PetscErrorCode add_mean(const Surface& surface, Mat matrix, Vec areas, Mat* sum) {
  PetscFunctionBegin;
  PetscReal whole = 0.0;
  PetscCall(VecSum(areas, &whole));
  Mat ones = nullptr, weights = nullptr;
  for (Mat* column : {&ones, &weights})
    PetscCall(
        MatCreateDense(surface.communicator, surface.num_own(), PETSC_DECIDE, PETSC_DETERMINE, 1, nullptr, column));
  Vec entries = nullptr;
  PetscCall(MatDenseGetColumnVecWrite(ones, 0, &entries));
  PetscCall(VecSet(entries, 1.0));
  PetscCall(MatDenseRestoreColumnVecWrite(ones, 0, &entries));
  PetscCall(MatDenseGetColumnVecWrite(weights, 0, &entries));
  PetscCall(VecCopy(areas, entries));
  PetscCall(VecScale(entries, 1.0 / whole));
  PetscCall(MatDenseRestoreColumnVecWrite(weights, 0, &entries));
  for (Mat column : {ones, weights}) {
    PetscCall(MatAssemblyBegin(column, MAT_FINAL_ASSEMBLY));
    PetscCall(MatAssemblyEnd(column, MAT_FINAL_ASSEMBLY));
  }
  PetscCall(MatCreateLRC(matrix, ones, nullptr, weights, sum));
  PetscCall(MatDestroy(&ones));
  PetscCall(MatDestroy(&weights));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// (1/2 + K') s + mean(s) = 1, and then s divided by the potential that it makes.
PetscErrorCode solve_second_kind(const Surface& surface, Vec areas, Vec density, PetscInt* iterations) {
  PetscFunctionBegin;
  Operator derivative, potential;
  Mat matrix = nullptr;
  Vec one = nullptr, values = nullptr;
  PetscCall(create_operator(surface, Row::normal_derivative, nullptr, &derivative));
  PetscCall(MatShift(derivative.correction, 0.5));
  PetscCall(add_mean(surface, derivative.sum, areas, &matrix));
  PetscCall(VecDuplicate(density, &one));
  PetscCall(VecSet(one, 1.0));
  PetscCall(solve(matrix, nullptr, one, density, iterations));
  PetscCall(MatDestroy(&matrix));
  PetscCall(destroy_operator(&derivative));

  PetscCall(create_operator(surface, Row::potential, nullptr, &potential));
  PetscCall(VecDuplicate(density, &values));
  PetscCall(MatMult(potential.sum, density, values));
  PetscScalar mean = 0.0, whole = 0.0;
  PetscCall(VecDot(values, areas, &mean));
  PetscCall(VecSum(areas, &whole));
  PetscCall(VecScale(density, whole / mean));
  PetscCall(destroy_operator(&potential));
  PetscCall(VecDestroy(&values));
  PetscCall(VecDestroy(&one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode write_density(const Problem& problem, const Mesh& mesh, Vec density) {
  PetscFunctionBegin;
  Vec all = nullptr;
  VecScatter scatter = nullptr;
  PetscMPIInt rank = 0;
  PetscCall(VecScatterCreateToZero(density, &scatter, &all));
  PetscCall(VecScatterBegin(scatter, density, all, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(scatter, density, all, INSERT_VALUES, SCATTER_FORWARD));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) {
    const PetscScalar* values = nullptr;
    PetscCall(VecGetArrayRead(all, &values));
    PetscCallCXX(
        write_vtu(problem.output, mesh, "charge_density", std::vector<double>(values, values + mesh.triangles.size())));
    PetscCall(VecRestoreArrayRead(all, &values));
  }
  PetscCall(VecScatterDestroy(&scatter));
  PetscCall(VecDestroy(&all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode run() {
  PetscFunctionBegin;
  Problem problem;
  PetscCall(read_options(&problem));
  Mesh mesh;
  try {
    mesh = problem.mesh[0] != '\0' ? read_mesh(problem.mesh)
                                   : make_shape(problem.shape, static_cast<int>(problem.refinement));
    make_outward(mesh);
    sort_along_curve(mesh);
    (void)make_rule(static_cast<int>(problem.num_points));
  } catch (const std::exception& error) {
    SETERRQ(PETSC_COMM_WORLD, PETSC_ERR_USER_INPUT, "%s", error.what());
  }
  const Surface surface(PETSC_COMM_WORLD, mesh, static_cast<int>(problem.num_points), problem.near);
  Vec density = nullptr, areas = nullptr;
  PetscCall(VecCreateMPI(PETSC_COMM_WORLD, surface.num_own(), PETSC_DETERMINE, &areas));
  PetscCall(VecDuplicate(areas, &density));
  for (std::size_t i = surface.begin; i < surface.end; ++i)
    PetscCall(VecSetValue(areas, static_cast<PetscInt>(i), surface.triangles[i].area, INSERT_VALUES));
  PetscCall(VecAssemblyBegin(areas));
  PetscCall(VecAssemblyEnd(areas));
  PetscInt iterations = 0;
  PetscLogDouble start = 0.0, stop = 0.0;
  PetscCall(PetscTime(&start));
  if (problem.second_kind)
    PetscCall(solve_second_kind(surface, areas, density, &iterations));
  else
    PetscCall(solve_single_layer(surface, problem.direct_sums, density, &iterations));
  PetscCall(PetscTime(&stop));
  PetscScalar charge = 0.0;
  PetscCall(VecDot(density, areas, &charge));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "%zu triangles, %" PetscInt_FMT " iterations, %.1f s: capacitance %.8f = 4 pi %.8f\n",
                        mesh.triangles.size(), iterations, stop - start, charge, charge / (4.0 * PETSC_PI)));
  if (problem.output[0] != '\0') PetscCall(write_density(problem, mesh, density));
  PetscCall(VecDestroy(&density));
  PetscCall(VecDestroy(&areas));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
}

int main(int argc, char** argv) {
  PetscCall(PetscInitialize(&argc, &argv, nullptr, help));
  PetscCall(capacitance::run());
  return PetscFinalize();
}
