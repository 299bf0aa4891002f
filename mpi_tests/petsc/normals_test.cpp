// SPDX-License-Identifier: BSD-3-Clause
// Normals of sources and of targets: who needs them, what they make of rows, and what becomes of them.
#include <gtest/gtest.h>

#include "petsc/mat.hpp"
#include "support/family_problem.hpp"

namespace nearfar {
namespace {

[[nodiscard]] PetscObjectState state_of_mat(Mat mat) {
  PetscObjectState state = 0;
  CALL(PetscObjectStateGet(reinterpret_cast<PetscObject>(mat), &state));
  return state;
}

[[nodiscard]] Points multiplied(Points points, double factor) {
  for (double& coordinate : points) coordinate *= factor;
  return points;
}

/// ||product - factor * exact product|| relative to it.
[[nodiscard]] double product_error(Mat mat, Mat exact, double factor, bool transposed = false) {
  const auto x = some_vector(mat, transposed), y = some_vector(mat, !transposed), z = some_vector(mat, !transposed);
  CALL(transposed ? MatMultTranspose(mat, x, y) : MatMult(mat, x, y));
  CALL(transposed ? MatMultTranspose(exact, x, z) : MatMult(exact, x, z));
  CALL(VecScale(z, factor));
  return difference(y, z);
}

TEST(MatSourceNormals, StayWhenPointsMoveAndGoToCopies) {
  const FamilyProblem problem({"laplace", {"dipole"}, {"normal_derivative"}, {}}, 150, 150, true);
  const auto mat = problem.nearfar(6);
  const auto dense = problem.dense();
  for (const bool transposed : {false, true}) EXPECT_LT(product_error(mat, dense, 1.0, transposed), 1e-4);
  const Points moved = multiplied(problem.targets, 2.0);
  CALL(MatNearfarUpdatePoints(mat, moved.data(), nullptr));
  for (const bool transposed : {true, false}) EXPECT_LT(product_error(mat, dense, 0.125, transposed), 1e-4);
  Owned<Mat> copy;
  const auto other = FamilyProblem({"laplace", {"charge"}, {"potential"}, {}}, 150, 150, true).nearfar(4);
  CALL(MatDuplicate(mat, MAT_COPY_VALUES, &copy));
  CALL(MatAssemblyBegin(other, MAT_FINAL_ASSEMBLY));
  CALL(MatAssemblyEnd(other, MAT_FINAL_ASSEMBLY));
  CALL(MatAssemblyBegin(mat, MAT_FINAL_ASSEMBLY));
  CALL(MatAssemblyEnd(mat, MAT_FINAL_ASSEMBLY));
  CALL(MatCopy(mat, other, SAME_NONZERO_PATTERN));
  for (const Mat a : {static_cast<Mat>(copy), static_cast<Mat>(other)})
    for (const bool transposed : {true, false}) EXPECT_LT(product_error(a, dense, 0.125, transposed), 1e-4);
}

TEST(MatSourceNormals, ChangeProductsTransposesAndPreconditioners) {
  FamilyProblem problem({"laplace", {"dipole"}, {"potential"}, {}}, 120, 120, true);
  const auto mat = problem.nearfar(6);
  for (const bool transposed : {true, false}) EXPECT_LT(product_error(mat, problem.dense(), 1.0, transposed), 1e-4);
  Mat block = nullptr;
  CALL(MatGetDiagonalBlock(mat, &block));
  Owned<Mat> before;
  CALL(MatDuplicate(block, MAT_COPY_VALUES, &before));
  const PetscObjectState state = state_of_mat(mat);
  CALL(MatNearfarSetSourceNormals(mat, problem.source_normals.data()));
  EXPECT_EQ(state_of_mat(mat), state) << "equal normals";
  // Another one on one rank is another operator on all.
  Points& own = problem.source_normals;
  if (is_last_rank()) std::swap(own[own.size() - 1], own[own.size() - 2]);
  std::swap(problem.all_source_normals[3 * 120 - 1], problem.all_source_normals[3 * 120 - 2]);
  CALL(MatNearfarSetSourceNormals(mat, own.data()));
  EXPECT_GT(state_of_mat(mat), state);
  for (const bool transposed : {true, false}) EXPECT_LT(product_error(mat, problem.dense(), 1.0, transposed), 1e-4);
  CALL(MatGetDiagonalBlock(mat, &block));
  PetscReal norm = 0.0;
  CALL(MatAXPY(before, -1.0, block, SAME_NONZERO_PATTERN));
  CALL(MatNorm(before, NORM_FROBENIUS, &norm));
  if (is_last_rank()) {
    EXPECT_GT(norm, 1e-6);
  }
}

/// The first message of an error.
PetscErrorCode keep_first_message(MPI_Comm, int, const char*, const char*, PetscErrorCode code, PetscErrorType type,
                                  const char* message, void* kept) {
  if (type == PETSC_ERROR_INITIAL) *static_cast<std::string*>(kept) = message;
  return code;
}

TEST(MatSourceNormals, ThatAreMissingAreAnErrorOfEachUse) {
  const FamilyProblem problem({"stokes", {"force", "stresslet"}, {"velocity", "traction"}, {}}, 60, 60, true);
  const auto mat = problem.nearfar(3);
  const auto x = some_vector(mat, false), y = some_vector(mat, true), diagonal = some_vector(mat, true);
  CALL(MatMult(mat, x, y));
  std::string message;
  CALL(PetscPushErrorHandler(keep_first_message, &message));
  CALL(MatNearfarSetSourceNormals(mat, nullptr));
  Owned<Mat> near_field, native;
  Owned<IS> rows, columns;
  EXPECT_EQ(MatNearfarSetUp(mat), PETSC_ERR_ARG_WRONGSTATE);
  EXPECT_NE(message.find("force,stresslet of the stokes kernel needs the normals of the sources"), std::string::npos)
      << message;
  EXPECT_EQ(MatMult(mat, x, y), PETSC_ERR_ARG_WRONGSTATE);
  EXPECT_EQ(MatMultTranspose(mat, y, x), PETSC_ERR_ARG_WRONGSTATE);
  EXPECT_EQ(MatGetDiagonal(mat, diagonal), PETSC_ERR_ARG_WRONGSTATE);
  EXPECT_EQ(MatNearfarGetNearField(mat, &near_field), PETSC_ERR_ARG_WRONGSTATE);
  EXPECT_EQ(MatNearfarGetNative(mat, &native, &rows, &columns), PETSC_ERR_ARG_WRONGSTATE);
  CALL(MatNearfarSetSourceNormals(mat, problem.source_normals.data()));
  CALL(MatMult(mat, x, y));
  CALL(MatNearfarSetTargetNormals(mat, nullptr));
  EXPECT_EQ(MatMult(mat, x, y), PETSC_ERR_ARG_WRONGSTATE);
  EXPECT_NE(message.find("velocity,traction of the stokes kernel needs the normals of the targets"), std::string::npos)
      << message;
  CALL(MatNearfarSetTargetNormals(mat, problem.target_normals.data()));
  CALL(MatMult(mat, x, y));
  // Fewer points than normals, on one rank.
  const PetscInt fewer = is_last_rank() ? problem.num_targets() - 1 : problem.num_targets();
  Owned<Mat> sized;
  CALL(MatCreate(PETSC_COMM_WORLD, &sized));
  CALL(MatSetType(sized, MATNEARFAR));
  CALL(MatNearfarSetSourceKind(sized, "dipole"));
  CALL(MatNearfarSetPoints(sized, problem.num_targets(), problem.targets.data(), 0, nullptr));
  CALL(MatNearfarSetSourceNormals(sized, problem.source_normals.data()));
  CALL(MatNearfarSetPoints(sized, fewer, problem.targets.data(), 0, nullptr));
  EXPECT_EQ(MatNearfarSetUp(sized), PETSC_ERR_ARG_SIZ);
  if (!is_one_rank()) {
    EXPECT_EQ(MatNearfarSetSourceNormals(sized, is_last_rank() ? nullptr : problem.source_normals.data()),
              PETSC_ERR_ARG_NULL);
  }
  CALL(PetscPopErrorHandler());
}

TEST(MatSourceNormals, MayComeBeforeThePoints) {
  const FamilyProblem problem({"laplace", {"dipole"}, {"gradient"}, {}}, 80, 50, false);
  Owned<Mat> mat;
  CALL(MatNearfarRegister());
  CALL(MatCreate(PETSC_COMM_WORLD, &mat));
  CALL(MatSetSizes(mat, problem.local_rows(), problem.local_columns(), PETSC_DETERMINE, PETSC_DETERMINE));
  CALL(MatSetType(mat, MATNEARFAR));
  CALL(MatNearfarSetSourceKind(mat, "dipole"));
  CALL(MatNearfarSetFields(mat, "gradient"));
  CALL(MatNearfarSetSourceNormals(mat, problem.source_normals.data()));
  CALL(MatNearfarSetPoints(mat, problem.num_targets(), problem.targets.data(), problem.num_sources(),
                           problem.sources.data()));
  CALL(MatSetUp(mat));
  EXPECT_LT(product_error(mat, problem.dense(), 1.0), 1e-4);
}

TEST(MatTargetNormals, OfPotentialsMakeThemNormalDerivatives) {
  for (const char* kind : {"charge", "dipole", "charge,vector_dipole"}) {
    std::vector<std::string> kinds{kind};
    if (kinds[0].find(',') != std::string::npos) kinds = {"charge", "vector_dipole"};
    const FamilyProblem problem({"yukawa", kinds, {"normal_derivative"}, {{"lambda", 2.0}}}, 130, 130, false);
    FamilyProblem plain = problem;
    plain.choice.fields = {"potential"};
    const auto mat = plain.nearfar(6), explicit_mat = problem.nearfar(6);
    const auto dense = problem.dense(), dense_potentials = plain.dense();
    EXPECT_LT(product_error(mat, dense_potentials, 1.0), 1e-4);
    const PetscObjectState state = state_of_mat(mat);
    CALL(MatNearfarSetTargetNormals(mat, problem.target_normals.data()));
    EXPECT_GT(state_of_mat(mat), state);
    EXPECT_LT(product_error(mat, dense, 1.0), 1e-3);
    EXPECT_EQ(product_error(mat, explicit_mat, 1.0), 0.0);
    EXPECT_LT(product_error(mat, dense, 1.0, true), 1e-3);
    Owned<Mat> near_field, explicit_near_field, native;
    Owned<IS> rows, columns;
    CALL(MatNearfarGetNearField(mat, &near_field));
    CALL(MatNearfarGetNearField(explicit_mat, &explicit_near_field));
    EXPECT_EQ(difference(near_field, explicit_near_field), 0.0);
    CALL(MatNearfarGetNative(mat, &native, &rows, &columns));
    if (kinds.size() == 1) {
      const auto diagonal = some_vector(mat, true), exact = some_vector(mat, true);
      CALL(MatGetDiagonal(mat, diagonal));
      CALL(MatGetDiagonal(dense, exact));
      EXPECT_LT(difference(diagonal, exact), 1e-12);
    }
    CALL(MatNearfarSetTargetNormals(mat, nullptr));
    EXPECT_LT(product_error(mat, dense_potentials, 1.0), 1e-4);
    EXPECT_LT(product_error(mat, dense_potentials, 1.0, true), 1e-4);
  }
}

TEST(MatTargetNormals, LeaveGradientsToMultGradient) {
  FamilyProblem problem({"laplace", {"dipole"}, {"potential"}, {}}, 130, 130, true);
  const auto mat = problem.nearfar(7);
  CALL(MatNearfarSetTargetNormals(mat, problem.target_normals.data()));
  problem.choice.fields = {"gradient"};
  const auto dense_gradient = problem.dense();
  problem.choice.fields = {"normal_derivative"};
  const auto dense = problem.dense();
  const auto x = some_vector(mat, false), y = some_vector(mat, true), exact = some_vector(mat, true);
  const auto g = some_vector(dense_gradient, true), exact_g = some_vector(dense_gradient, true);
  for (const double factor : {1.0, 0.125}) {  // as they are, and moved
    if (factor < 1.0) {
      const Points moved = multiplied(problem.targets, 2.0);
      CALL(MatNearfarUpdatePoints(mat, moved.data(), nullptr));
    }
    CALL(MatMult(dense_gradient, x, exact_g));
    CALL(MatMult(dense, x, exact));
    CALL(VecScale(exact_g, factor));
    CALL(VecScale(exact, factor));
    CALL(MatNearfarMultGradient(mat, x, y, g));
    EXPECT_LT(difference(g, exact_g), 1e-4);
    EXPECT_LT(difference(y, exact), 1e-4);
    CALL(MatMult(mat, x, y));
    EXPECT_LT(difference(y, exact), 1e-4);
  }
  // Other normals of the sources, too.
  const Points opposite = multiplied(problem.source_normals, -1.0);
  CALL(MatNearfarSetSourceNormals(mat, opposite.data()));
  CALL(MatNearfarMultGradient(mat, x, y, g));
  CALL(VecScale(exact_g, -1.0));
  CALL(VecScale(exact, -1.0));
  EXPECT_LT(difference(g, exact_g), 1e-4);
  EXPECT_LT(difference(y, exact), 1e-4);
}

TEST(MatTargetNormals, AreRefusedByFieldsThatCannotUseThem) {
  for (const auto& [kernel, field] : {std::pair{"stokes", "velocity"}, {"laplace", "hessian"}}) {
    const FamilyProblem problem({kernel, {std::string(kernel) == "laplace" ? "charge" : "force"}, {field}, {}}, 40, 40,
                                true);
    const auto mat = problem.nearfar(3);
    const auto x = some_vector(mat, false), y = some_vector(mat, true);
    const auto g = vector_of(std::vector<double>(3 * static_cast<std::size_t>(problem.local_rows())));
    CALL(MatMult(mat, x, y));
    {
      const QuietErrors quiet;
      EXPECT_EQ(MatNearfarMultGradient(mat, x, y, g), PETSC_ERR_SUP) << kernel;
      CALL(MatNearfarSetTargetNormals(mat, problem.target_normals.data()));
      EXPECT_EQ(MatMult(mat, x, y), PETSC_ERR_SUP) << kernel;
      EXPECT_EQ(MatNearfarSetUp(mat), PETSC_ERR_SUP) << kernel;
    }
    CALL(MatNearfarSetTargetNormals(mat, nullptr));
    CALL(MatMult(mat, x, y));
  }
}

TEST(MatTargetNormals, OfContractedGradientsGoToTheTreeOrder) {
  const FamilyProblem problem({"stokeslet", {"force"}, {"velocity"}, {}}, 90, 70, false);
  const auto mat = problem.nearfar(4, 20);
  CALL(MatNearfarSetTargetNormals(mat, problem.target_normals.data()));
  Owned<Mat> native;
  Owned<IS> rows, columns;
  CALL(MatNearfarGetNative(mat, &native, &rows, &columns));
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  CALL(MatMult(mat, x, y));
  Owned<Vec> native_x, native_y, in_order;
  CALL(MatCreateVecs(native, &native_x, &native_y));
  CALL(VecDuplicate(native_y, &in_order));
  fetch(x, columns, native_x);
  fetch(y, rows, in_order);
  CALL(MatMult(native, native_x, native_y));
  EXPECT_LT(difference(native_y, in_order), 1e-13);
}

}
}
