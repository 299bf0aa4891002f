// SPDX-License-Identifier: BSD-3-Clause
// Solves (40 I + A) x = b, where A has the potentials of charges x at random points: mpirun -n 4 petsc_quick_start
#include <petscksp.h>

#include "nearfar/petsc.h"

int main(int argc, char** argv) {
  PetscCall(PetscInitialize(&argc, &argv, nullptr, nullptr));
  const PetscInt num_points = 2000;  // of each rank
  PetscReal* points = nullptr;
  PetscRandom random = nullptr;
  PetscCall(PetscMalloc1(3 * num_points, &points));
  PetscCall(PetscRandomCreate(PETSC_COMM_SELF, &random));
  for (PetscInt i = 0; i < 3 * num_points; ++i) PetscCall(PetscRandomGetValueReal(random, &points[i]));

  Mat A = nullptr;
  Vec x = nullptr, b = nullptr;
  KSP solver = nullptr;
  PetscCall(MatCreateNearfar(PETSC_COMM_WORLD, num_points, num_points, PETSC_DETERMINE, PETSC_DETERMINE, points,
                             nullptr, "laplace", &A));
  PetscCall(MatSetFromOptions(A));  // -mat_nearfar_tolerance 1e-8, -help for more
  PetscCall(MatShift(A, 40.0));
  PetscCall(MatCreateVecs(A, &x, &b));
  PetscCall(VecSet(b, 1.0));
  PetscCall(KSPCreate(PETSC_COMM_WORLD, &solver));
  PetscCall(KSPSetOperators(solver, A, A));
  PetscCall(KSPSetFromOptions(solver));
  PetscCall(KSPSolve(solver, b, x));

  PetscCall(KSPDestroy(&solver));
  PetscCall(VecDestroy(&b));
  PetscCall(VecDestroy(&x));
  PetscCall(MatDestroy(&A));
  PetscCall(PetscRandomDestroy(&random));
  PetscCall(PetscFree(points));
  return PetscFinalize();
}
