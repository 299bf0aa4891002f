// SPDX-License-Identifier: BSD-3-Clause
// Blocks on the diagonal of the matrix and their inverses, for the preconditioners of PETSc that take them.
#include <gtest/gtest.h>

#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

/// Shifts and scalings of every kind.
void change(Mat mat) {
  const auto left = some_vector(mat, true, 2), right = some_vector(mat, false, 3);
  CALL(MatShift(mat, 2.0));
  CALL(MatDiagonalScale(mat, left, right));
  CALL(MatScale(mat, -3.0));
  CALL(MatDiagonalSet(mat, right, ADD_VALUES));
  CALL(MatShift(mat, 5.0));
}

/// The largest difference between block * inverse and the identity, for blocks of a matrix with all entries.
double error_of_inverses(Mat dense, PetscInt dim, const PetscScalar* inverses) {
  PetscInt begin = 0, end = 0;
  CALL(MatGetOwnershipRange(dense, &begin, &end));
  double error = 0.0;
  for (PetscInt row = begin; row < end; ++row) {
    const PetscInt first = row - (row - begin) % dim;
    const PetscScalar* entries = nullptr;
    CALL(MatGetRow(dense, row, nullptr, nullptr, &entries));
    for (PetscInt column = 0; column < dim; ++column) {
      double sum = first + column == row ? -1.0 : 0.0;
      for (PetscInt k = 0; k < dim; ++k) sum += entries[first + k] * inverses[(first - begin) * dim + column * dim + k];
      error = std::max(error, std::abs(sum));
    }
    CALL(MatRestoreRow(dense, row, nullptr, nullptr, &entries));
  }
  return error;
}

TEST(DiagonalBlocks, AreInvertedWithShiftsAndScalings) {
  for (const char* kernel : {"laplace", "stokeslet"})
    for (const bool same : {true, false}) {
      const DenseProblem problem(kernel, 30, 30, same);
      const auto mat = problem.nearfar(4, 20), dense = problem.dense();
      const PetscInt dim = problem.target_dim;
      const PetscScalar* inverses = nullptr;
      if (!same) {
        CALL(MatInvertBlockDiagonal(mat, &inverses));
        EXPECT_LT(error_of_inverses(dense, dim, inverses), 1e-12) << kernel;
      }
      change(mat);
      change(dense);
      CALL(MatInvertBlockDiagonal(mat, &inverses));
      EXPECT_LT(error_of_inverses(dense, dim, inverses), 1e-12) << kernel << ' ' << same;
    }
}

TEST(DiagonalBlocks, MayReplaceTheDiagonal) {
  const DenseProblem problem("stokeslet", 30, 30, false);
  const auto mat = problem.nearfar(4, 20), dense = problem.dense();
  for (const Mat a : {static_cast<Mat>(mat), static_cast<Mat>(dense)}) {
    const auto diagonal = some_vector(a, true, 4);
    CALL(MatScale(a, 2.0));
    CALL(MatDiagonalSet(a, diagonal, INSERT_VALUES));
  }
  const PetscScalar* inverses = nullptr;
  CALL(MatInvertBlockDiagonal(mat, &inverses));
  EXPECT_LT(error_of_inverses(dense, 3, inverses), 1e-11);
}

TEST(DiagonalBlocks, AreThoseOfMatrixAndVectors) {
  const DenseProblem problem("stokeslet", 30, 30, true);
  const auto mat = problem.nearfar(4, 20);
  const auto x = some_vector(mat, false);
  PetscInt of_matrix = 0, of_vector = 0;
  CALL(MatGetBlockSize(mat, &of_matrix));
  CALL(VecGetBlockSize(x, &of_vector));
  EXPECT_EQ(of_matrix, 3);
  EXPECT_EQ(of_vector, 3);
}

TEST(DiagonalBlocks, ThatAreZeroAreRefused) {
  const DenseProblem problem("stokeslet", 30, 30, true);
  const auto mat = problem.nearfar(4, 20);
  const QuietErrors quiet;
  const PetscScalar* inverses = nullptr;
  EXPECT_EQ(MatInvertBlockDiagonal(mat, &inverses), PETSC_ERR_MAT_LU_ZRPVT);
  PetscInt rows = 0;
  CALL(MatGetLocalSize(mat, &rows, nullptr));
  for (const PetscInt size : {1, 3}) {
    const std::vector<PetscInt> sizes(static_cast<std::size_t>(rows / size), size);
    std::vector<PetscScalar> values(static_cast<std::size_t>(rows * size));
    EXPECT_EQ(MatInvertVariableBlockDiagonal(mat, rows / size, sizes.data(), values.data()), PETSC_ERR_MAT_LU_ZRPVT);
  }
  CALL(MatShift(mat, 1.0));
  EXPECT_EQ(MatInvertBlockDiagonal(mat, &inverses), 0);
}

TEST(DiagonalBlocks, OfWhatWasAddedAreRefused) {
  const DenseProblem problem("stokeslet", 30, 30, true);
  const auto mat = problem.nearfar(4, 20), dense = problem.dense();
  CALL(MatShift(mat, 1.0));
  for (const bool added : {false, true}) {
    if (added) CALL(MatAXPY(mat, 2.0, dense, DIFFERENT_NONZERO_PATTERN));
    for (const MatOperation operation : {MATOP_INVERT_BLOCK_DIAGONAL, MATOP_INVERT_VBLOCK_DIAGONAL}) {
      PetscBool has = PETSC_FALSE;
      CALL(MatHasOperation(mat, operation, &has));
      EXPECT_EQ(has == PETSC_TRUE, !added);
    }
  }
  const QuietErrors quiet;
  const PetscScalar* inverses = nullptr;
  EXPECT_EQ(MatInvertBlockDiagonal(mat, &inverses), PETSC_ERR_SUP);
}

/// Solves with a preconditioner, and returns the iterations.
PetscInt solve(Mat mat, PCType type, Vec b, Vec x) {
  Owned<KSP> ksp;
  CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
  CALL(KSPSetOperators(ksp, mat, mat));
  PC pc = nullptr;
  CALL(KSPGetPC(ksp, &pc));
  CALL(PCSetType(pc, type));
  CALL(KSPSetTolerances(ksp, 1e-8, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT));
  CALL(KSPSolve(ksp, b, x));
  KSPConvergedReason reason = KSP_DIVERGED_NULL;
  CALL(KSPGetConvergedReason(ksp, &reason));
  EXPECT_GT(reason, 0) << type;
  PetscInt iterations = 0;
  CALL(KSPGetIterationNumber(ksp, &iterations));
  return iterations;
}

TEST(DiagonalBlocks, Precondition) {
  for (const char* kernel : {"laplace", "stokeslet"}) {
    const DenseProblem problem(kernel, 90, 90, true);
    const auto mat = problem.nearfar(4, 20);
    // Diagonals that differ by orders of magnitude, which this preconditioner makes equal.
    const auto b = some_vector(mat, true), x = some_vector(mat, false), added = some_vector(mat, true, 5),
               product = some_vector(mat, true);
    CALL(VecExp(added));
    CALL(VecScale(added, 200.0));
    CALL(VecPointwiseMult(added, added, added));
    CALL(MatDiagonalSet(mat, added, ADD_VALUES));
    const PetscInt plain = solve(mat, PCNONE, b, x), blocks = solve(mat, PCPBJACOBI, b, x);
    EXPECT_LT(2 * blocks, plain) << kernel;
    CALL(MatMult(mat, x, product));
    EXPECT_LT(difference(product, b), 1e-7) << kernel;
    // Blocks of a variable size: those of two points, and of one at the end.
    PetscInt rows = 0;
    CALL(MatGetLocalSize(mat, &rows, nullptr));
    std::vector<PetscInt> sizes(static_cast<std::size_t>(rows / 6), 6);
    if (rows % 6 != 0) sizes.push_back(rows % 6);
    CALL(MatSetVariableBlockSizes(mat, static_cast<PetscInt>(sizes.size()), sizes.data()));
    EXPECT_LE(solve(mat, PCVPBJACOBI, b, x), blocks + 2) << kernel;
  }
}

}
}
