// SPDX-License-Identifier: BSD-3-Clause
// MATNEARFAR of every family, source kind and field: products, entries and orders against a dense matrix of plain sums.
#include <gtest/gtest.h>

#include <map>

#include "support/family_problem.hpp"

namespace nearfar {
namespace {

/// Each kind with each field, and all of them at once, in another order than the family's.
[[nodiscard]] std::vector<KernelChoice> all_choices() {
  std::vector<KernelChoice> choices = each_kind_and_field(1.75);
  for (KernelChoice& all : all_kinds_and_fields(1.75)) {
    std::reverse(all.source_kinds.begin(), all.source_kinds.end());
    std::reverse(all.fields.begin(), all.fields.end());
    choices.push_back(all);
  }
  return choices;
}

/// Sides whose sums are symmetric but whose matrix is not, and several kinds with their duals.
[[nodiscard]] std::vector<KernelChoice> some_choices() {
  return {{"stokes", {"sink", "force"}, {"velocity", "pressure"}, {}},
          {"stokes", {"sink"}, {"velocity", "pressure"}, {}},
          {"stokes", {"force", "sink"}, {"velocity", "pressure"}, {}},
          {"stokes", {"stresslet", "force"}, {"velocity", "traction", "vorticity"}, {}},
          {"laplace", {"dipole", "charge"}, {"potential", "normal_derivative"}, {}},
          {"helmholtz", {"dipole", "charge"}, {"potential", "normal_derivative"}, {{"k", 3.0}}},
          {"yukawa", {"charge", "vector_dipole"}, {"normal_derivative", "gradient"}, {{"lambda", 3.0}}}};
}

/// So many points, or fewer where the blocks of the matrix are large.
[[nodiscard]] std::size_t points_for(const KernelChoice& choice, std::size_t count) {
  const Kernel kernel = make_kernel(choice);
  return kernel.num_values() * kernel.num_strengths() > 40 ? count * 2 / 5 : count;
}

[[nodiscard]] bool has_operation(Mat mat, MatOperation operation) {
  PetscBool has = PETSC_FALSE;
  CALL(MatHasOperation(mat, operation, &has));
  return has == PETSC_TRUE;
}

class MatOfFamily : public testing::TestWithParam<KernelChoice> {
 public:
  /// Expansions of order 5; derivatives of singular sources lie mostly in the near field.
  static constexpr double bound = 1e-3;
  /// Below this, relative to entries of 1, norms of exact products are rounding alone.
  static constexpr double rounding = 1e-12;

 protected:
  void SetUp() override {
    int num_ranks = 1;
    CALL(MPI_Comm_size(PETSC_COMM_WORLD, &num_ranks));
    if (num_ranks > 3) GTEST_SKIP() << "shown on 1, 2 and 3 ranks";
  }

  /// Of y = A x: relative, or where all entries are zero, as the pressure of torques, to entries of 1.
  static double error_of(Vec x, Vec y, Vec exact) {
    PetscReal norm = 0.0, of_x = 0.0, of_y = 0.0;
    PetscInt size = 0;
    CALL(VecNorm(exact, NORM_2, &norm));
    CALL(VecNorm(x, NORM_2, &of_x));
    CALL(VecNorm(y, NORM_2, &of_y));
    CALL(VecGetSize(y, &size));
    const double of_ones = of_x * std::sqrt(static_cast<double>(size));
    return norm > rounding * of_ones ? difference(y, exact) : of_y / of_ones;
  }

  static void expect_equal_products(Mat mat, Mat dense) {
    const auto x = some_vector(mat, false), y = some_vector(mat, true), exact = some_vector(mat, true);
    CALL(MatMult(mat, x, y));
    CALL(MatMult(dense, x, exact));
    EXPECT_LT(error_of(x, y, exact), bound);
    const auto u = some_vector(mat, true, 2), z = some_vector(mat, false), exact_z = some_vector(mat, false);
    if (!has_operation(mat, MATOP_MULT_TRANSPOSE)) {
      const QuietErrors quiet;
      EXPECT_EQ(MatMultTranspose(mat, u, z), PETSC_ERR_SUP);
      return;
    }
    CALL(MatMultTranspose(mat, u, z));
    CALL(MatMultTranspose(dense, u, exact_z));
    EXPECT_LT(error_of(u, z, exact_z), bound) << "transposed";
  }
};

/// Products with three columns.
void expect_equal_columns(Mat mat, Mat dense, PetscInt size, bool transposed) {
  Owned<Mat> b, c, exact;
  CALL(MatCreateDense(PETSC_COMM_WORLD, size, PETSC_DECIDE, PETSC_DETERMINE, 3, nullptr, &b));
  PetscInt begin = 0, end = 0;
  CALL(MatGetOwnershipRange(b, &begin, &end));
  for (PetscInt i = begin; i < end; ++i)
    for (PetscInt j = 0; j < 3; ++j)
      CALL(MatSetValue(b, i, j, std::cos(static_cast<double>(3 * i + 5 * j)), INSERT_VALUES));
  CALL(MatAssemblyBegin(b, MAT_FINAL_ASSEMBLY));
  CALL(MatAssemblyEnd(b, MAT_FINAL_ASSEMBLY));
  const auto multiply = transposed ? MatTransposeMatMult : MatMatMult;
  CALL(multiply(mat, b, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &c));
  CALL(multiply(dense, b, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &exact));
  PetscReal norm = 0.0;
  CALL(MatNorm(exact, NORM_FROBENIUS, &norm));
  if (norm > MatOfFamily::rounding * static_cast<double>(size)) {
    EXPECT_LT(difference(c, exact), MatOfFamily::bound) << "three columns" << (transposed ? ", transposed" : "");
  }
}

TEST_P(MatOfFamily, IsTheDenseMatrix) {
  const std::size_t count = points_for(GetParam(), 320);
  const FamilyProblem problem(GetParam(), count, count, true);
  const auto mat = problem.nearfar();
  const auto dense = problem.dense();
  PetscInt row_block = 0, column_block = 0;
  CALL(MatGetBlockSizes(mat, &row_block, &column_block));
  EXPECT_EQ(row_block, make_kernel(problem.choice).num_values());
  EXPECT_EQ(column_block, make_kernel(problem.choice).num_strengths());
  expect_equal_products(mat, dense);

  expect_equal_columns(mat, dense, problem.local_columns(), false);
  if (has_operation(mat, MATOP_MULT_TRANSPOSE)) expect_equal_columns(mat, dense, problem.local_rows(), true);
}

TEST_P(MatOfFamily, MayBeRectangularWithADiagonal) {
  const std::size_t count = points_for(GetParam(), 100);
  for (const std::size_t num_sources : {count, count / 2}) {
    const FamilyProblem problem(GetParam(), count, num_sources, false);
    const auto mat = problem.nearfar();
    const auto dense = problem.dense();
    expect_equal_products(mat, dense);
    if (num_sources != count || make_kernel(problem.choice).num_values() != make_kernel(problem.choice).num_strengths())
      continue;
    const auto diagonal = some_vector(mat, true), exact = some_vector(mat, true);
    CALL(MatGetDiagonal(mat, diagonal));
    CALL(MatGetDiagonal(dense, exact));
    PetscReal norm = 0.0, error = 0.0;
    CALL(MatNorm(dense, NORM_FROBENIUS, &norm));
    CALL(VecAXPY(diagonal, -1.0, exact));
    CALL(VecNorm(diagonal, NORM_2, &error));
    EXPECT_LE(error, 1e-14 * norm);
  }
}

TEST_P(MatOfFamily, HasItsNearField) {
  const std::size_t count = points_for(GetParam(), 250);
  const FamilyProblem problem(GetParam(), count, count, true);
  const auto mat = problem.nearfar(4, 10);
  const auto rows = static_cast<std::size_t>(make_kernel(problem.choice).num_values()),
             columns = static_cast<std::size_t>(make_kernel(problem.choice).num_strengths());
  Owned<Mat> near_field;
  CALL(MatNearfarGetNearField(mat, &near_field));
  PetscInt begin = 0, end = 0, row_block = 0, column_block = 0;
  CALL(MatGetBlockSizes(near_field, &row_block, &column_block));
  EXPECT_EQ(row_block, static_cast<PetscInt>(rows));
  EXPECT_EQ(column_block, static_cast<PetscInt>(columns));
  PetscInt64 num_near = 0;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> blocks;  // of one target
  CALL(MatGetOwnershipRange(near_field, &begin, &end));
  for (PetscInt i = begin; i < end; ++i) {
    PetscInt size = 0;
    const PetscInt* places = nullptr;
    const PetscScalar* values = nullptr;
    CALL(MatGetRow(near_field, i, &size, &places, &values));
    const auto target = static_cast<std::size_t>(i) / rows, row = static_cast<std::size_t>(i) % rows;
    for (PetscInt k = 0; k < size; ++k) {
      const auto source = static_cast<std::size_t>(places[k]) / columns;
      if (!blocks.empty() && blocks.begin()->first.first != target) blocks.clear();
      std::vector<double>& block = blocks[{target, source}];
      if (block.empty()) block = problem.block(target, source);
      double largest = problem.inverse_distance_cubed(target, source);  // of terms that may cancel
      for (const double entry : block) largest = std::max(largest, std::abs(entry));
      const double exact = block[row * columns + static_cast<std::size_t>(places[k]) % columns];
      EXPECT_NEAR(values[k], exact, 1e-11 * largest) << i << ' ' << places[k];
      if (target != source) ++num_near;
    }
    CALL(MatRestoreRow(near_field, i, &size, &places, &values));
  }
  CALL(MPI_Allreduce(MPI_IN_PLACE, &num_near, 1, MPIU_INT64, MPI_SUM, PETSC_COMM_WORLD));
  const auto all = static_cast<PetscInt64>(count * rows * count * columns);
  EXPECT_GT(num_near, all / 50);
  EXPECT_LT(num_near, all);
}

TEST_P(MatOfFamily, IsTheSameInNativeOrder) {
  const std::size_t count = points_for(GetParam(), 250);
  for (const bool same : {true, false}) {
    const FamilyProblem problem(GetParam(), count, count / 2, same);
    const auto mat = problem.nearfar(4, 15);
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
    EXPECT_LT(difference(native_y, expected), 1e-12);
    if (!has_operation(mat, MATOP_MULT_TRANSPOSE)) continue;
    CALL(MatMultTranspose(mat, y, x));
    CALL(MatMultTranspose(native, expected, native_x));
    Owned<Vec> expected_x;
    CALL(VecDuplicate(native_x, &expected_x));
    fetch(x, columns, expected_x);
    EXPECT_LT(difference(native_x, expected_x), 1e-12);
  }
}

[[nodiscard]] std::string name_of_choice(const testing::TestParamInfo<KernelChoice>& test) {
  return name_of(test.param);
}

INSTANTIATE_TEST_SUITE_P(All, MatOfFamily, testing::ValuesIn(all_choices()), name_of_choice);
INSTANTIATE_TEST_SUITE_P(Some, MatOfFamily, testing::ValuesIn(some_choices()), name_of_choice);

}
}
