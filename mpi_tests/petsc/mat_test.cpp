// SPDX-License-Identifier: BSD-3-Clause
// MATNEARFAR as a matrix: its entries, products, shifts and scalings, against the dense matrix of the kernel.
#include <gtest/gtest.h>

#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

class MatOfKernel : public testing::TestWithParam<const char*> {};

TEST_P(MatOfKernel, IsTheDenseMatrix) {
  const std::size_t size = std::string(GetParam()) == "stokeslet" ? 300 : 500;
  const DenseProblem problem(GetParam(), size, size, true);
  const auto mat = problem.nearfar();
  EXPECT_LT(difference(mat, problem.dense()), problem.bound());
}

TEST_P(MatOfKernel, MayBeRectangularAndTransposed) {
  const DenseProblem problem(GetParam(), 130, 90, false);
  const auto mat = problem.nearfar();
  const auto dense = problem.dense();
  EXPECT_LT(difference(mat, dense), problem.bound());
  Owned<Mat> transposed, dense_transposed;
  CALL(MatCreateTranspose(mat, &transposed));
  CALL(MatTranspose(dense, MAT_INITIAL_MATRIX, &dense_transposed));
  EXPECT_LT(difference(transposed, dense_transposed), problem.bound());
}

TEST_P(MatOfKernel, GivesItsDiagonal) {
  for (const bool same : {true, false}) {
    const DenseProblem problem(GetParam(), 70, 70, same);
    const auto mat = problem.nearfar();
    const auto dense = problem.dense();
    const auto diagonal = some_vector(mat, true), exact = some_vector(mat, true);
    CALL(MatGetDiagonal(mat, diagonal));
    CALL(MatGetDiagonal(dense, exact));
    if (same) {
      PetscReal norm = 1.0;
      CALL(VecNorm(diagonal, NORM_INFINITY, &norm));
      EXPECT_EQ(norm, 0.0);
    } else {
      EXPECT_LT(difference(diagonal, exact), 1e-13);
    }
  }
}

/// Products of all kinds with both matrices.
void expect_equal_products(Mat mat, Mat dense, double bound, const std::string& what) {
  const auto x = some_vector(mat, false), exact_x = some_vector(mat, false);
  const auto y = some_vector(mat, true), exact_y = some_vector(mat, true);
  CALL(MatMult(mat, x, y));
  CALL(MatMult(dense, x, exact_y));
  EXPECT_LT(difference(y, exact_y), bound) << what;
  CALL(MatMultTranspose(mat, y, x));
  CALL(MatMultTranspose(dense, y, exact_x));
  EXPECT_LT(difference(x, exact_x), bound) << what << ", transposed";
  for (const PetscInt num_vectors : {1, 4, 7}) {
    Owned<Mat> b, c, exact;
    PetscInt columns = 0;
    CALL(MatGetLocalSize(mat, nullptr, &columns));
    CALL(MatCreateDense(PETSC_COMM_WORLD, columns, PETSC_DECIDE, PETSC_DETERMINE, num_vectors, nullptr, &b));
    PetscInt begin = 0, end = 0;
    CALL(MatGetOwnershipRange(b, &begin, &end));
    for (PetscInt i = begin; i < end; ++i)
      for (PetscInt j = 0; j < num_vectors; ++j)
        CALL(MatSetValue(b, i, j, std::cos(static_cast<double>(3 * i + 5 * j)), INSERT_VALUES));
    CALL(MatAssemblyBegin(b, MAT_FINAL_ASSEMBLY));
    CALL(MatAssemblyEnd(b, MAT_FINAL_ASSEMBLY));
    CALL(MatMatMult(mat, b, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &c));
    CALL(MatMatMult(dense, b, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &exact));
    EXPECT_LT(difference(c, exact), bound) << what << ", " << num_vectors << " vectors";
  }
}

TEST_P(MatOfKernel, TakesShiftsAndScalings) {
  const std::size_t size = std::string(GetParam()) == "stokeslet" ? 40 : 120;
  const DenseProblem problem(GetParam(), size, size, true);
  const auto mat = problem.nearfar();
  const auto dense = problem.dense();
  const auto left = some_vector(mat, true, 2), right = some_vector(mat, false, 3);
  const auto both = [&](const std::string& what, auto change) {
    change(static_cast<Mat>(mat));
    change(static_cast<Mat>(dense));
    expect_equal_products(mat, dense, problem.bound(), what);
  };
  both("as it is", [](Mat) {});
  both("scale", [](Mat a) { CALL(MatScale(a, -0.5)); });
  both("shift", [](Mat a) { CALL(MatShift(a, 3.0)); });
  both("diagonal scale", [&](Mat a) { CALL(MatDiagonalScale(a, left, right)); });
  both("scale again", [](Mat a) { CALL(MatScale(a, 2.0)); });
  both("diagonal set", [&](Mat a) { CALL(MatDiagonalSet(a, left, ADD_VALUES)); });

  const auto added = problem.nearfar(5);
  const auto dense_added = problem.dense();
  CALL(MatAXPY(mat, 0.25, added, DIFFERENT_NONZERO_PATTERN));
  CALL(MatAXPY(dense, 0.25, dense_added, SAME_NONZERO_PATTERN));
  EXPECT_LT(difference(mat, dense), problem.bound()) << "axpy";

  const auto diagonal = some_vector(mat, true), exact = some_vector(mat, true);
  CALL(MatGetDiagonal(mat, diagonal));
  CALL(MatGetDiagonal(dense, exact));
  EXPECT_LT(difference(diagonal, exact), 1e-12);
}

TEST_P(MatOfKernel, AddsItsProductsToVectors) {
  const DenseProblem problem(GetParam(), 150, 150, true);
  const auto mat = problem.nearfar();
  const auto dense = problem.dense();
  const auto x = some_vector(mat, false);
  const auto y = some_vector(mat, true, 4), exact = some_vector(mat, true, 4), z = some_vector(mat, true, 5);
  CALL(MatMultAdd(mat, x, y, z));
  CALL(MatMultAdd(dense, x, y, exact));
  EXPECT_LT(difference(z, exact), problem.bound());
  CALL(MatMultAdd(mat, x, y, y));
  EXPECT_LT(difference(y, exact), problem.bound());
  CALL(MatMultTransposeAdd(mat, x, z, z));
  CALL(MatMultTransposeAdd(dense, x, exact, exact));
  EXPECT_LT(difference(z, exact), problem.bound());
}

TEST(Mat, TakeDenseMatricesWithGapsBetweenColumns) {
  for (const char* kernel : {"laplace", "stokeslet"}) {
    const DenseProblem problem(kernel, 50, 50, true);
    const auto mat = problem.nearfar();
    const auto dense = problem.dense();
    constexpr PetscInt num_vectors = 3, gap = 7;
    const PetscInt rows = problem.local_rows();
    std::vector<double> values(static_cast<std::size_t>((rows + gap) * num_vectors), std::nan(""));
    std::vector<double> results(values);
    for (PetscInt j = 0; j < num_vectors; ++j)
      for (PetscInt i = 0; i < rows; ++i)
        values[static_cast<std::size_t>(j * (rows + gap) + i)] = std::sin(static_cast<double>(3 * i + 5 * j));
    const auto wrap = [&](std::vector<double>& array) {
      Owned<Mat> wrapped;
      CALL(MatCreate(PETSC_COMM_WORLD, &wrapped));
      CALL(MatSetSizes(wrapped, rows, PETSC_DECIDE, PETSC_DETERMINE, num_vectors));
      CALL(MatSetType(wrapped, MATDENSE));
      CALL(MatDenseSetLDA(wrapped, rows + gap));
      CALL(MatSeqDenseSetPreallocation(wrapped, array.data()));
      CALL(MatMPIDenseSetPreallocation(wrapped, array.data()));
      CALL(MatAssemblyBegin(wrapped, MAT_FINAL_ASSEMBLY));
      CALL(MatAssemblyEnd(wrapped, MAT_FINAL_ASSEMBLY));
      return wrapped;
    };
    const auto b = wrap(values), c = wrap(results);
    Owned<Mat> product, exact;
    CALL(MatMatMult(dense, b, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &exact));
    CALL(MatMatMult(mat, b, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &product));
    EXPECT_LT(difference(product, exact), problem.bound());
    CALL(MatProductCreateWithMat(mat, b, nullptr, c));
    CALL(MatProductSetType(c, MATPRODUCT_AB));
    CALL(MatProductSetFromOptions(c));
    CALL(MatProductSymbolic(c));
    CALL(MatProductNumeric(c));
    EXPECT_LT(difference(c, exact), problem.bound());
    PetscInt stride = 0;
    CALL(MatDenseGetLDA(c, &stride));
    EXPECT_EQ(stride, rows + gap);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, MatOfKernel, testing::Values("laplace", "yukawa", "stokeslet"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Mat, GmresTakesAsManyIterationsAsOnTheDenseMatrix) {
  const DenseProblem problem("laplace", 400, 400, true);
  const auto mat = problem.nearfar(8);
  const auto dense = problem.dense();
  std::array<PetscInt, 2> iterations{};
  for (int i = 0; i < 2; ++i) {
    const Mat a = i == 0 ? static_cast<Mat>(mat) : static_cast<Mat>(dense);
    CALL(MatShift(a, 20.0));
    Owned<KSP> ksp;
    CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
    CALL(KSPSetType(ksp, KSPGMRES));
    PC pc = nullptr;
    CALL(KSPGetPC(ksp, &pc));
    CALL(PCSetType(pc, PCJACOBI));
    CALL(KSPSetOperators(ksp, a, a));
    CALL(KSPSetTolerances(ksp, 1e-8, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT));
    const auto b = some_vector(a, true), x = some_vector(a, false);
    CALL(KSPSolve(ksp, b, x));
    KSPConvergedReason reason = KSP_DIVERGED_NULL;
    CALL(KSPGetConvergedReason(ksp, &reason));
    EXPECT_GT(reason, 0);
    CALL(KSPGetIterationNumber(ksp, &iterations[static_cast<std::size_t>(i)]));
  }
  EXPECT_GT(iterations[0], 5);
  EXPECT_LE(std::abs(iterations[0] - iterations[1]), 1);
}

TEST(Mat, TypesAndOptionsOfTwoPrefixesDoNotMix) {
  const DenseProblem problem("yukawa", 200, 200, true);
  CALL(PetscOptionsSetValue(nullptr, "-a_mat_nearfar_order", "7"));
  CALL(PetscOptionsSetValue(nullptr, "-a_mat_nearfar_lambda", "1"));
  CALL(PetscOptionsSetValue(nullptr, "-a_mat_nearfar_kernel", "yukawa"));
  CALL(PetscOptionsSetValue(nullptr, "-b_mat_type", "nearfar"));
  CALL(PetscOptionsSetValue(nullptr, "-b_mat_nearfar_tolerance", "1e-3"));
  CALL(PetscOptionsSetValue(nullptr, "-b_mat_nearfar_points_per_leaf", "30"));
  Owned<Mat> a, b;
  CALL(MatNearfarRegister());
  for (const auto& [mat, prefix] : {std::pair{&a, "a_"}, {&b, "b_"}}) {
    CALL(MatCreate(PETSC_COMM_WORLD, mat));
    CALL(MatSetOptionsPrefix(*mat, prefix));
    if (prefix[0] == 'a') CALL(MatSetType(*mat, MATNEARFAR));
    CALL(MatSetFromOptions(*mat));
    CALL(MatNearfarSetPoints(*mat, problem.local_rows(), problem.targets.data(), 0, nullptr));
    CALL(MatSetUp(*mat));
  }
  const double difference_a = difference(a, problem.dense());
  EXPECT_LT(difference_a, problem.bound());
  const DenseProblem laplace("laplace", 200, 200, true);
  const double difference_b = difference(b, laplace.dense());
  EXPECT_LT(difference_b, 1e-3);
  EXPECT_GT(difference_b, problem.bound());
  PetscInt left = 1;
  CALL(PetscOptionsAllUsed(nullptr, &left));
  EXPECT_EQ(left, 0);
  CALL(PetscOptionsClear(nullptr));
}

TEST(Mat, DuplicatesAndConvertsItself) {
  const DenseProblem problem("stokeslet", 60, 60, true);
  const auto mat = problem.nearfar();
  const auto dense = problem.dense();
  CALL(MatShift(mat, 2.0));
  Owned<Mat> copy, bare, converted;
  CALL(MatDuplicate(mat, MAT_COPY_VALUES, &copy));
  CALL(MatDuplicate(mat, MAT_DO_NOT_COPY_VALUES, &bare));
  CALL(MatNearfarSetOrder(mat, 4));  // of no concern to the copies
  EXPECT_LT(difference(bare, dense), problem.bound());
  CALL(MatShift(dense, 2.0));
  EXPECT_LT(difference(copy, dense), problem.bound());
  expect_equal_products(copy, dense, problem.bound(), "copy");
  CALL(MatConvert(copy, MATDENSE, MAT_INITIAL_MATRIX, &converted));
  EXPECT_LT(difference(converted, dense), problem.bound());
  MatType type = nullptr;
  CALL(MatGetType(copy, &type));
  EXPECT_STREQ(type, MATNEARFAR);
}

TEST(Mat, MovesItsPoints) {
  const DenseProblem problem("laplace", 300, 300, true);
  const auto mat = problem.nearfar();
  const auto x = some_vector(mat, false), y = some_vector(mat, true), moved = some_vector(mat, true);
  CALL(MatMult(mat, x, y));
  Points points = problem.targets;
  for (double& coordinate : points) coordinate *= 2.0;
  CALL(MatNearfarUpdatePoints(mat, points.data(), nullptr));
  CALL(MatMult(mat, x, moved));
  CALL(VecScale(moved, 2.0));
  EXPECT_LT(difference(moved, y), 1e-12);
}

TEST(Mat, IsTheSameInNativeOrder) {
  for (const bool same : {true, false}) {
    const DenseProblem problem("stokeslet", 400, 300, same);
    const auto mat = problem.nearfar(6);
    Owned<Mat> native;
    Owned<IS> rows, columns;
    CALL(MatNearfarGetNative(mat, &native, &rows, &columns));
    const auto x = some_vector(mat, false), y = some_vector(mat, true);
    CALL(MatMult(mat, x, y));
    Owned<Vec> native_x, native_y, expected;
    CALL(MatCreateVecs(native, &native_x, &native_y));
    CALL(VecDuplicate(native_y, &expected));
    fetch(x, columns, native_x);
    fetch(y, rows, expected);
    CALL(MatMult(native, native_x, native_y));
    EXPECT_LT(difference(native_y, expected), 1e-13);
    // All points stay on their ranks.
    Owned<Mat> again;
    Owned<IS> again_rows, again_columns;
    CALL(MatNearfarGetNative(native, &again, &again_rows, &again_columns));
    PetscInt begin = 0, end = 0, size = 0;
    CALL(MatGetOwnershipRange(native, &begin, &end));
    CALL(ISGetLocalSize(again_rows, &size));
    EXPECT_EQ(size, end - begin);
    const PetscInt* indices = nullptr;
    CALL(ISGetIndices(again_rows, &indices));
    for (PetscInt i = 0; i < size; ++i) EXPECT_EQ(indices[i], begin + i);
    CALL(ISRestoreIndices(again_rows, &indices));
  }
}

TEST(Mat, RowsMayBeDerivativesAlongNormals) {
  const DenseProblem problem("laplace", 200, 100, false);
  const auto mat = problem.nearfar(), values = problem.nearfar();
  Points normals = problem.targets;
  for (std::size_t i = 0; i < normals.size(); ++i) normals[i] = std::sin(static_cast<double>(i));
  CALL(MatNearfarSetTargetNormals(mat, normals.data()));
  const auto x = some_vector(mat, false), y = some_vector(mat, true), u = some_vector(mat, true);
  CALL(MatMult(mat, x, y));
  Owned<Vec> gradient, expected;
  CALL(VecCreateMPI(PETSC_COMM_WORLD, 3 * problem.local_rows(), PETSC_DETERMINE, &gradient));
  CALL(MatNearfarMultGradient(values, x, u, gradient));
  const PetscScalar* g = nullptr;
  CALL(VecDuplicate(y, &expected));
  CALL(VecGetArrayRead(gradient, &g));
  PetscScalar* e = nullptr;
  CALL(VecGetArray(expected, &e));
  for (PetscInt i = 0; i < problem.local_rows(); ++i) {
    const double* n = &normals[3 * static_cast<std::size_t>(i)];
    e[i] = n[0] * g[3 * i] + n[1] * g[3 * i + 1] + n[2] * g[3 * i + 2];
  }
  CALL(VecRestoreArray(expected, &e));
  CALL(VecRestoreArrayRead(gradient, &g));
  EXPECT_LT(difference(y, expected), 10.0 * problem.bound()) << "a field of its own, with other direct sums";
  // The gradients themselves, against plain sums.
  std::vector<double> charges;
  const PetscScalar* own = nullptr;
  PetscInt size = 0;
  CALL(VecGetLocalSize(x, &size));
  CALL(VecGetArrayRead(x, &own));
  charges = collect({own, static_cast<std::size_t>(size)}, dealt(100, Deal::blocks, PETSC_COMM_WORLD), 100, 1,
                    PETSC_COMM_WORLD);
  CALL(VecRestoreArrayRead(x, &own));
  const Field field = direct_field("laplace", 1.0, problem.all_sources, charges, problem.targets);
  CALL(VecGetArrayRead(gradient, &g));
  if (!problem.targets.empty()) {
    EXPECT_LT(relative_l2({g, 3 * static_cast<std::size_t>(problem.local_rows())}, field.gradients), 1e-7);
  }
  CALL(VecRestoreArrayRead(gradient, &g));
}

}
}
