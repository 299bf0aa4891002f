// SPDX-License-Identifier: BSD-3-Clause
// Norms, transposes, symmetry and information of a MATNEARFAR, against those of the dense matrix.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "petsc/mat.hpp"
#include "support/family_problem.hpp"

namespace nearfar {
namespace {

[[nodiscard]] bool has(Mat mat, MatOperation operation) {
  PetscBool answer = PETSC_FALSE;
  CALL(MatHasOperation(mat, operation, &answer));
  return answer == PETSC_TRUE;
}

[[nodiscard]] bool is_symmetric(Mat mat) {
  PetscBool known = PETSC_FALSE, symmetric = PETSC_FALSE;
  CALL(MatIsSymmetricKnown(mat, &known, &symmetric));
  return known == PETSC_TRUE && symmetric == PETSC_TRUE;
}

/// The largest singular value, by many more iterations than are needed.
[[nodiscard]] double largest_singular_value(Mat mat) {
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  PetscReal length = 0.0, value = 0.0;
  for (int i = 0; i < 200; ++i) {
    CALL(VecNormalize(x, &length));
    CALL(MatMult(mat, x, y));
    CALL(VecNorm(y, NORM_2, &value));
    CALL(MatMultTranspose(mat, y, x));
  }
  return value;
}

TEST(MatNorms, AreThoseOfTheDenseMatrix) {
  const FamilyProblem charges({"laplace", {"charge"}, {"potential"}, {}}, 90, 70, false),
      dipoles({"laplace", {"dipole"}, {"potential"}, {}}, 90, 90, true),
      forces({"stokes", {"force"}, {"velocity"}, {}}, 40, 30, false);
  for (const FamilyProblem* problem : {&charges, &dipoles, &forces}) {
    const auto mat = problem->nearfar(8, 30);
    const auto dense = problem->dense();
    CALL(MatScale(mat, -2.0));
    CALL(MatScale(dense, -2.0));
    for (const NormType type : {NORM_1, NORM_INFINITY}) {
      PetscReal norm = 0.0, exact = 0.0;
      CALL(MatNorm(mat, type, &norm));
      CALL(MatNorm(dense, type, &exact));
      EXPECT_LT(norm, exact * (1.0 + 1e-5)) << name_of(problem->choice);
      // Forces are of both signs in each row.
      EXPECT_GT(norm, exact * (1.0 - (problem == &forces ? 0.05 : 1e-5))) << name_of(problem->choice);
    }
    PetscReal norm = 0.0;
    CALL(MatNorm(mat, NORM_2, &norm));
    const double exact = largest_singular_value(dense);
    EXPECT_LT(norm, exact * (1.0 + 1e-5)) << name_of(problem->choice);
    EXPECT_GT(norm, exact * (1.0 - 1e-2)) << name_of(problem->choice);
  }
  const auto mat = dipoles.nearfar();
  PetscReal norm = 0.0;
  {
    const QuietErrors quiet;
    EXPECT_EQ(MatNorm(mat, NORM_FROBENIUS, &norm), PETSC_ERR_SUP);
  }
  CALL(MatScale(mat, std::numeric_limits<double>::quiet_NaN()));
  for (const NormType type : {NORM_1, NORM_2, NORM_INFINITY}) {
    CALL(MatNorm(mat, type, &norm));
    EXPECT_TRUE(std::isnan(norm));
  }
}

/// A shift that outweighs all else is the norm: no bound may exceed it.
TEST(MatNorms, OfALargeShiftAreAboutTheShift) {
  const FamilyProblem problem({"laplace", {"charge"}, {"potential"}, {}}, 60, 60, true);
  for (const double shift : {1e6, -1e6}) {
    const auto mat = problem.nearfar(4, 30);
    CALL(MatShift(mat, shift));
    for (const NormType type : {NORM_1, NORM_2, NORM_INFINITY}) {
      PetscReal norm = 0.0;
      CALL(MatNorm(mat, type, &norm));
      EXPECT_NEAR(norm, 1e6, 1e3);  // potentials of 60 unit charges
    }
  }
}

/// The same entries, or those of the transpose, and shifts and scalings that follow later.
void expect_transposed(const FamilyProblem& problem, const char* type_of_transpose) {
  SCOPED_TRACE(name_of(problem.choice));
  const auto mat = problem.nearfar(6, 30);
  const auto dense = problem.dense();
  const auto left = some_vector(mat, true, 2), right = some_vector(mat, false, 3);
  for (const Mat a : {static_cast<Mat>(mat), static_cast<Mat>(dense)}) {
    CALL(MatScale(a, 3.0));
    CALL(MatDiagonalScale(a, left, right));
    if (problem.same && problem.choice.fields.size() == problem.choice.source_kinds.size()) CALL(MatShift(a, 5.0));
  }
  Owned<Mat> transposed, exact;
  CALL(MatTranspose(mat, MAT_INITIAL_MATRIX, &transposed));
  CALL(MatTranspose(dense, MAT_INITIAL_MATRIX, &exact));
  MatType type = nullptr;
  CALL(MatGetType(transposed, &type));
  EXPECT_STREQ(type, type_of_transpose);
  EXPECT_LT(difference(transposed, exact), 1e-4);
  CALL(MatScale(mat, 7.0));  // of no concern to the transpose
  EXPECT_LT(difference(transposed, exact), 1e-4);
  CALL(MatTranspose(mat, MAT_REUSE_MATRIX, &transposed));
  CALL(MatScale(exact, 7.0));
  EXPECT_LT(difference(transposed, exact), 1e-4);
}

TEST(MatTransposes, AreMatricesOfTheirOwn) {
  expect_transposed({{"laplace", {"dipole"}, {"potential"}, {}}, 80, 80, true}, MATNEARFAR);
  expect_transposed({{"laplace", {"charge", "dipole"}, {"normal_derivative"}, {}}, 70, 50, false}, MATNEARFAR);
  expect_transposed({{"stokes", {"force"}, {"velocity"}, {}}, 40, 40, true}, MATNEARFAR);
  expect_transposed({{"stokes", {"force"}, {"traction"}, {}}, 40, 30, false}, MATNEARFAR);  // minus stresslets
  // Imaginary parts of the dual have another sign.
  expect_transposed({{"helmholtz", {"charge"}, {"normal_derivative"}, {{"k", 3.0}}}, 40, 30, false},
                    MATTRANSPOSEVIRTUAL);
}

/// The formula is symmetric, but kinds and fields are not in the same order.
TEST(MatTransposes, ArePermutedAsTheKindsAndFieldsAre) {
  const FamilyProblem problem({"stokes", {"sink", "force"}, {"velocity", "pressure"}, {}}, 40, 40, true);
  const auto mat = problem.nearfar(6, 30);
  const auto dense = problem.dense();
  EXPECT_FALSE(is_symmetric(mat));
  const auto x = some_vector(mat, true), y = some_vector(mat, false), exact = some_vector(mat, false);
  CALL(MatMultTranspose(mat, x, y));
  CALL(MatMultTranspose(dense, x, exact));
  EXPECT_LT(difference(y, exact), 1e-4);
}

TEST(MatTransposes, OfWhatHasNoneOrAnotherTypeAreRefused) {
  const FamilyProblem problem({"laplace", {"charge"}, {"potential"}, {}}, 60, 60, true);
  const auto mat = problem.nearfar(), added = problem.nearfar(4);
  Owned<Mat> transposed, exact;
  CALL(MatTranspose(mat, MAT_INITIAL_MATRIX, &transposed));
  CALL(MatAXPY(mat, 2.0, added, DIFFERENT_NONZERO_PATTERN));
  {
    const QuietErrors quiet;
    EXPECT_EQ(MatTranspose(mat, MAT_REUSE_MATRIX, &transposed), PETSC_ERR_ARG_WRONG);
  }
  Owned<Mat> after;
  CALL(MatTranspose(mat, MAT_INITIAL_MATRIX, &after));
  const auto dense = problem.dense();
  CALL(MatScale(dense, 3.0));
  EXPECT_LT(difference(after, dense), 1e-3) << "with what has been added";
  const auto velocities = FamilyProblem({"stokeslet", {"force"}, {"velocity"}, {}}, 30, 30, true).nearfar();
  CALL(MatNearfarSetTargetNormals(velocities, problem.target_normals.data()));
  const QuietErrors quiet;
  Owned<Mat> none;
  PetscReal norm = 0.0;
  EXPECT_FALSE(has(velocities, MATOP_TRANSPOSE) || has(velocities, MATOP_NORM));
  EXPECT_EQ(MatTranspose(velocities, MAT_INITIAL_MATRIX, &none), PETSC_ERR_SUP);
  EXPECT_EQ(MatNorm(velocities, NORM_2, &norm), PETSC_ERR_SUP);
}

/// Those of the library, before tests register more.
const std::vector<FamilyDescription> families = kernel_families();

TEST(MatSymmetry, IsKnownWhereItHolds) {
  const FamilyProblem problem({"laplace", {"charge"}, {"potential"}, {}}, 60, 60, true);
  const auto mat = problem.nearfar();
  EXPECT_TRUE(is_symmetric(mat));
  CALL(MatShift(mat, 2.0));
  const auto left = some_vector(mat, true, 2), right = some_vector(mat, false, 3);
  CALL(MatDiagonalScale(mat, left, left));
  EXPECT_TRUE(is_symmetric(mat));
  Owned<Mat> copy;
  CALL(MatDuplicate(mat, MAT_COPY_VALUES, &copy));
  EXPECT_TRUE(is_symmetric(copy));
  CALL(MatDiagonalScale(copy, left, right));
  EXPECT_FALSE(is_symmetric(copy));
  CALL(MatNearfarSetSourceKind(mat, "dipole"));
  EXPECT_FALSE(is_symmetric(mat));
  CALL(MatNearfarSetSourceKind(mat, "charge"));
  EXPECT_TRUE(is_symmetric(mat));
  CALL(MatAXPY(mat, 1.0, copy, DIFFERENT_NONZERO_PATTERN));
  EXPECT_FALSE(is_symmetric(mat));
  EXPECT_FALSE(is_symmetric(FamilyProblem({"laplace", {"charge"}, {"potential"}, {}}, 60, 60, false).nearfar()));
  EXPECT_TRUE(is_symmetric(FamilyProblem({"stokes", {"force"}, {"velocity"}, {}}, 30, 30, true).nearfar()));
  // Not claimed of any other.
  int num_symmetric = 0;
  for (const FamilyDescription& family : families) {
    const FamilyProblem first(
        {family.name, {family.source_kinds.front().quantity.name}, {family.fields.front().quantity.name}, {}}, 20, 20,
        true);
    if (!is_symmetric(first.nearfar())) continue;
    ++num_symmetric;
    const auto dense = first.dense();
    Owned<Mat> transposed;
    CALL(MatTranspose(dense, MAT_INITIAL_MATRIX, &transposed));
    EXPECT_LT(difference(transposed, dense), 1e-12) << family.name;
  }
  EXPECT_GE(num_symmetric, 5);
}

TEST(MatOperations, AreSaidToBeThereWhereTheyAre) {
  const auto square = FamilyProblem({"laplace", {"charge"}, {"potential"}, {}}, 60, 60, true).nearfar();
  EXPECT_TRUE(has(square, MATOP_GET_DIAGONAL) && has(square, MATOP_NORM) && has(square, MATOP_GETINFO));
  const auto rectangular = FamilyProblem({"laplace", {"charge"}, {"potential"}, {}}, 60, 50, false).nearfar();
  EXPECT_FALSE(has(rectangular, MATOP_GET_DIAGONAL));
  EXPECT_TRUE(has(rectangular, MATOP_TRANSPOSE));
  const auto gradients = FamilyProblem({"laplace", {"charge"}, {"gradient"}, {}}, 60, 60, true).nearfar();
  EXPECT_FALSE(has(gradients, MATOP_GET_DIAGONAL));
}

TEST(MatInformation, TellsMemoryAndSetUps) {
  const FamilyProblem problem({"stokes", {"force"}, {"velocity"}, {}}, 100, 60, false);
  const auto mat = problem.nearfar();
  MatInfo info;
  CALL(MatGetInfo(mat, MAT_GLOBAL_SUM, &info));
  EXPECT_EQ(info.assemblies, 0.0);
  CALL(MatNearfarSetUp(mat));
  CALL(MatNearfarUpdatePoints(mat, problem.targets.data(), problem.sources.data()));
  CALL(MatNearfarSetUp(mat));
  MatInfo local, largest;
  CALL(MatGetInfo(mat, MAT_GLOBAL_SUM, &info));
  CALL(MatGetInfo(mat, MAT_GLOBAL_MAX, &largest));
  CALL(MatGetInfo(mat, MAT_LOCAL, &local));
  EXPECT_EQ(info.assemblies, 2.0);
  EXPECT_EQ(info.block_size, 3.0);
  EXPECT_EQ(info.nz_used, 300.0 * 180.0);
  EXPECT_EQ(info.nz_allocated, 0.0);
  EXPECT_GT(info.memory, 8.0 * 3.0 * 160.0);
  EXPECT_GE(largest.memory, local.memory);
  double sum = 0.0;
  CALL(MPI_Allreduce(&local.memory, &sum, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  EXPECT_EQ(info.memory, sum);
}

}
}
