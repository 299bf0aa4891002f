/* SPDX-License-Identifier: BSD-3-Clause */
/* The same two charges through the C interface: -expected says what they give with other options. */
#include <nearfar/petsc.h>
#include <nearfar/version.h>

int main(int argc, char **argv) {
  const PetscReal points[] = {0.0, 0.0, 0.0, 0.0, 3.0, 4.0};
  Mat A;
  Vec x, y;
  PetscReal norm, expected = 0.2 / (4.0 * PETSC_PI);
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(MatCreateNearfar(PETSC_COMM_SELF, 2, 2, 2, 2, points, NULL, "laplace", &A));
  PetscCall(MatSetFromOptions(A));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-expected", &expected, NULL));
  PetscCall(MatCreateVecs(A, &x, &y));
  PetscCall(VecSet(x, 1.0));
  PetscCall(MatMult(A, x, y));
  PetscCall(VecNorm(y, NORM_INFINITY, &norm));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(MatDestroy(&A));
  PetscCall(PetscFinalize());
  return PetscAbsReal(norm - expected) < 1e-7 ? 0 : 1;
}
