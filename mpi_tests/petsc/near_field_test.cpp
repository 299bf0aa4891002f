// SPDX-License-Identifier: BSD-3-Clause
// The near field as a sparse matrix, and preconditioners that use it.
#include <gtest/gtest.h>

#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

/// All entries of the near field are entries of the matrix; returns how many there are.
PetscInt64 expect_part_of(Mat near_field, Mat dense) {
  PetscInt begin = 0, end = 0;
  PetscInt64 count = 0;
  CALL(MatGetOwnershipRange(near_field, &begin, &end));
  for (PetscInt i = begin; i < end; ++i) {
    PetscInt size = 0;
    const PetscInt* columns = nullptr;
    const PetscScalar* values = nullptr;
    CALL(MatGetRow(near_field, i, &size, &columns, &values));
    const PetscScalar* row = nullptr;
    CALL(MatGetRow(dense, i, nullptr, nullptr, &row));
    for (PetscInt k = 0; k < size; ++k) {
      EXPECT_NEAR(values[k], row[columns[k]], 1e-13 * (1.0 + std::abs(row[columns[k]]))) << i << ' ' << columns[k];
      if (values[k] != 0.0) ++count;
    }
    CALL(MatRestoreRow(dense, i, nullptr, nullptr, &row));
    CALL(MatRestoreRow(near_field, i, &size, &columns, &values));
  }
  CALL(MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPIU_INT64, MPI_SUM, PETSC_COMM_WORLD));
  return count;
}

TEST(NearField, IsTheMatrixWhereAllIsNear) {
  for (const char* kernel : {"laplace", "stokeslet"})
    for (const bool same : {true, false}) {
      const DenseProblem problem(kernel, 40, 30, same);
      const auto mat = problem.nearfar(6, 50);
      Owned<Mat> near_field;
      CALL(MatNearfarGetNearField(mat, &near_field));
      EXPECT_LT(difference(near_field, problem.dense()), 1e-14) << kernel;
    }
}

TEST(NearField, HasTheShiftsAndScalingsOfTheMatrix) {
  const DenseProblem problem("laplace", 40, 40, true);
  const auto mat = problem.nearfar(6, 50);
  const auto dense = problem.dense();
  const auto left = some_vector(mat, true, 2), right = some_vector(mat, false, 3);
  for (const Mat a : {static_cast<Mat>(mat), static_cast<Mat>(dense)}) {
    CALL(MatShift(a, 2.0));
    CALL(MatDiagonalScale(a, left, right));
    CALL(MatScale(a, -3.0));
    CALL(MatDiagonalSet(a, right, ADD_VALUES));
  }
  Owned<Mat> near_field, copy, near_field_of_copy;
  CALL(MatNearfarGetNearField(mat, &near_field));
  EXPECT_LT(difference(near_field, dense), 1e-14);
  CALL(MatDuplicate(mat, MAT_COPY_VALUES, &copy));
  CALL(MatNearfarGetNearField(copy, &near_field_of_copy));
  EXPECT_LT(difference(near_field_of_copy, dense), 1e-14);
}

TEST(NearField, IsPartOfTheMatrix) {
  for (const bool same : {true, false}) {
    const DenseProblem problem("laplace", 600, 500, same);
    const auto mat = problem.nearfar(4, 10);
    Owned<Mat> near_field;
    CALL(MatNearfarGetNearField(mat, &near_field));
    const PetscInt64 count = expect_part_of(near_field, problem.dense());
    const auto all = static_cast<PetscInt64>(problem.all_targets.size() / 3 * (problem.all_sources.size() / 3));
    EXPECT_LT(count, all / 2);
    EXPECT_GT(count, all / 100);
    MatInfo info;
    CALL(MatGetInfo(near_field, MAT_GLOBAL_SUM, &info));
    EXPECT_EQ(info.mallocs, 0.0) << "the counts of entries are too small";
  }
}

TEST(NearField, ServesPreconditioners) {
  const DenseProblem problem("laplace", 500, 500, true);
  const auto mat = problem.nearfar(6, 20);
  const auto b = some_vector(mat, true), x = some_vector(mat, false);
  CALL(MatShift(mat, 30.0));
  Owned<Mat> near_field;
  CALL(MatNearfarGetNearField(mat, &near_field));
  std::vector<PetscInt> iterations;
  for (const char* type : {PCNONE, PCBJACOBI, PCASM}) {
    Owned<KSP> ksp;
    CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
    CALL(KSPSetOperators(ksp, mat, near_field));
    PC pc = nullptr;
    CALL(KSPGetPC(ksp, &pc));
    CALL(PCSetType(pc, type));
    CALL(KSPSetTolerances(ksp, 1e-6, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT));
    CALL(KSPSolve(ksp, b, x));
    KSPConvergedReason reason = KSP_DIVERGED_NULL;
    CALL(KSPGetConvergedReason(ksp, &reason));
    EXPECT_GT(reason, 0) << type;
    iterations.push_back(0);
    CALL(KSPGetIterationNumber(ksp, &iterations.back()));
  }
  EXPECT_LE(iterations[1], iterations[0]);
  EXPECT_LE(iterations[2], iterations[0]);
}

TEST(NearField, GivesTheDiagonalBlockOfTheMatrix) {
  const DenseProblem problem("laplace", 300, 300, true);
  const auto mat = problem.nearfar(6, 20);
  Mat block = nullptr;
  CALL(MatGetDiagonalBlock(mat, &block));
  PetscInt rows = 0, columns = 0, local = 0;
  CALL(MatGetSize(block, &rows, &columns));
  CALL(MatGetLocalSize(mat, &local, nullptr));
  EXPECT_EQ(rows, local);
  EXPECT_EQ(columns, local);
  // Block Jacobi takes it without a second matrix.
  CALL(MatShift(mat, 30.0));
  Owned<KSP> ksp;
  CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
  CALL(KSPSetOperators(ksp, mat, mat));
  PC pc = nullptr;
  CALL(KSPGetPC(ksp, &pc));
  CALL(PCSetType(pc, PCBJACOBI));
  const auto b = some_vector(mat, true), x = some_vector(mat, false);
  CALL(KSPSolve(ksp, b, x));
  KSPConvergedReason reason = KSP_DIVERGED_NULL;
  CALL(KSPGetConvergedReason(ksp, &reason));
  EXPECT_GT(reason, 0);
}

}
}
