// SPDX-License-Identifier: BSD-3-Clause
// The near field as a sparse matrix, and preconditioners that use it.
#include <gtest/gtest.h>

#include "comm/mpi.hpp"
#include "petsc/mat.hpp"
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

[[nodiscard]] double entries_of_a_row(Mat near_field) {
  MatInfo info;
  PetscInt rows = 0;
  CALL(MatGetInfo(near_field, MAT_GLOBAL_SUM, &info));
  CALL(MatGetSize(near_field, &rows, nullptr));
  EXPECT_EQ(info.mallocs, 0.0) << "the counts of entries are too small";
  return info.nz_used / static_cast<double>(rows);
}

/// Points in a lattice of that many along each edge of the unit cube, dealt in blocks.
struct Lattice {
  explicit Lattice(PetscInt along) {
    PetscInt own = PETSC_DECIDE, all = along * along * along, begin = 0;
    CALL(PetscSplitOwnership(PETSC_COMM_WORLD, &own, &all));
    CALL(MPI_Exscan(&own, &begin, 1, MPIU_INT, MPI_SUM, PETSC_COMM_WORLD));
    for (PetscInt i = begin; i < begin + own; ++i)
      for (const PetscInt place : {i % along, i / along % along, i / along / along})
        points.push_back((0.5 + static_cast<double>(place)) / static_cast<double>(along));
  }
  Points points;
};

TEST(NearField, GoesAsFarAsItsCutoff) {
  const Lattice lattice(8);
  const auto own = static_cast<PetscInt>(lattice.points.size() / 3);
  for (const char* kernel : {"laplace", "stokeslet"}) {
    const PetscInt dim = std::string(kernel) == "laplace" ? 1 : 3;
    Owned<Mat> mat;
    CALL(MatCreateNearfar(PETSC_COMM_WORLD, dim * own, dim * own, PETSC_DETERMINE, PETSC_DETERMINE,
                          lattice.points.data(), nullptr, kernel, &mat));
    CALL(MatNearfarSetOrder(mat, 2));
    CALL(MatNearfarSetPointsPerLeaf(mat, 512));  // one leaf
    CALL(MatNearfarSetUp(mat));
    Operator* op = nullptr;
    CALL(get_operator(mat, &op));
    double side = 0.0, lower = 0.0;
    for (const Leaf& leaf : op->made_plan().leaves()) {
      side = leaf.side;
      lower = leaf.lower[0];  // the same along all axes, as the lattice
      EXPECT_NEAR(leaf.lower[1], lower, 1e-14);
    }
    side = all_max(PETSC_COMM_WORLD, side);
    for (const double cutoff : {0.15, 0.37, 4.0}) {
      Owned<Mat> near_field;
      CALL(MatNearfarSetNearCutoff(mat, cutoff));
      CALL(MatNearfarGetNearField(mat, &near_field));
      // Pairs of places along an axis whose cells are the same or neighbours.
      double pairs = 0.0;
      for (int i = 0; i < 8; ++i)
        for (int j = 0; j < 8; ++j) {
          const auto cell = [&](int k) { return std::floor(((k + 0.5) / 8.0 - lower) / (cutoff * side)); };
          if (std::abs(cell(i) - cell(j)) <= 1.0) ++pairs;
        }
      if (is_one_rank()) {
        EXPECT_NEAR(entries_of_a_row(near_field), static_cast<double>(dim) * pairs * pairs * pairs / 512.0, 1e-9)
            << cutoff;
      }
      const double entries = entries_of_a_row(near_field);
      EXPECT_TRUE(cutoff < 4.0 ? entries < 400.0 * static_cast<double>(dim)
                               : entries == 512.0 * static_cast<double>(dim))
          << entries;
    }
    Owned<Mat> chosen;
    CALL(MatNearfarSetNearCutoff(mat, 0.0));
    CALL(MatNearfarGetNearField(mat, &chosen));
    const double entries = entries_of_a_row(chosen);
    EXPECT_TRUE(entries <= 279.0 && entries > 100.0) << entries;
    PetscReal cutoff = 0.0;
    CALL(MatNearfarGetNearCutoff(mat, &cutoff));
    EXPECT_TRUE(cutoff > 0.1 && cutoff <= 0.5) << cutoff;
  }
}

TEST(NearField, IsKeptByPreconditionersUntilTheCutoffChanges) {
  const DenseProblem problem("laplace", 600, 600, true);
  const auto mat = problem.nearfar(4, 10);
  const auto nonzeros_of_block = [&] {
    Mat block = nullptr;
    MatInfo info;
    CALL(MatGetDiagonalBlock(mat, &block));
    CALL(MatGetInfo(block, MAT_LOCAL, &info));
    return info.nz_used;
  };
  const double before = nonzeros_of_block();
  CALL(MatNearfarSetNearCutoff(mat, 0.25));
  EXPECT_LT(nonzeros_of_block(), 0.5 * before);
}

TEST(NearField, HasBlocksUnlessOptionsSayOtherwise) {
  const DenseProblem problem("stokeslet", 60, 60, true);
  const auto mat = problem.nearfar(4, 20);
  CALL(MatShift(mat, 2.0));
  Owned<Mat> blocks, plain;
  CALL(MatNearfarGetNearField(mat, &blocks));
  const Option option("-near_field_mat_type", MATAIJ);
  CALL(MatNearfarGetNearField(mat, &plain));
  const auto is_type = [](Mat near_field, const char* one_rank, const char* several) {
    PetscBool is = PETSC_FALSE;
    CALL(PetscObjectTypeCompareAny(reinterpret_cast<PetscObject>(near_field), &is, one_rank, several, ""));
    return is == PETSC_TRUE;
  };
  EXPECT_TRUE(is_type(blocks, MATSEQBAIJ, MATMPIBAIJ));
  EXPECT_TRUE(is_type(plain, MATSEQAIJ, MATMPIAIJ));
  EXPECT_LT(difference(blocks, plain), 1e-15);
  for (const Mat near_field : {static_cast<Mat>(blocks), static_cast<Mat>(plain)}) {
    PetscInt size = 0;
    CALL(MatGetBlockSize(near_field, &size));
    EXPECT_EQ(size, 3);
    (void)entries_of_a_row(near_field);
  }
}

TEST(NearField, KeepsTheDiagonalOfTargetsBesideTheirSources) {
  for (const char* kernel : {"laplace", "stokeslet"}) {
    const DenseProblem problem(kernel, 40, 40, false);
    const auto mat = problem.nearfar(6, 50);
    Owned<Mat> near_field;
    CALL(MatNearfarGetNearField(mat, &near_field));
    EXPECT_LT(difference(near_field, problem.dense()), 1e-14) << kernel;
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
