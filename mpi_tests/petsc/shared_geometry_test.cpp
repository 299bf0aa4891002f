// SPDX-License-Identifier: BSD-3-Clause
// Matrices that share their points and tree: what is made once, what moves, and who is told.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>

#include "operators/level_operators.hpp"
#include "petsc/mat.hpp"
#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

[[nodiscard]] Points some_points(std::size_t count, double factor = 1.0) {
  Points points = app::sample_points(app::Distribution::sphere, 3, 0, static_cast<std::int64_t>(count));
  for (std::size_t i = 0; i < points.size(); ++i) points[i] *= 1.0 + (factor - 1.0) * std::sin(static_cast<double>(i));
  return take(points, dealt(count, Deal::blocks, PETSC_COMM_WORLD), 3);
}

[[nodiscard]] Owned<Mat> matrix_of(const char* kernel, const Points& points, PetscInt order = 4) {
  Owned<Mat> mat;
  CALL(MatNearfarRegister());
  CALL(MatCreate(PETSC_COMM_WORLD, &mat));
  CALL(MatSetType(mat, MATNEARFAR));
  CALL(MatNearfarSetKernel(mat, kernel));
  CALL(MatNearfarSetOrder(mat, order));
  CALL(MatNearfarSetPoints(mat, static_cast<PetscInt>(points.size() / 3), points.data(), 0, nullptr));
  return mat;
}

[[nodiscard]] Owned<Mat> sharer_of(Mat mat, const char* kernel, PetscInt order = 4) {
  Owned<Mat> sharer;
  CALL(MatCreate(PETSC_COMM_WORLD, &sharer));
  CALL(MatSetType(sharer, MATNEARFAR));
  CALL(MatNearfarSetKernel(sharer, kernel));
  CALL(MatNearfarSetOrder(sharer, order));
  CALL(MatNearfarShareGeometry(sharer, mat));
  return sharer;
}

/// The geometry of its plan, which is set up if need be.
[[nodiscard]] const void* tree_of(Mat mat) {
  CALL(MatNearfarSetUp(mat));
  Operator* op = nullptr;
  CALL(get_operator(mat, &op));
  return &op->made_plan().tree_statistics();
}

[[nodiscard]] PetscObjectState state_of(Mat mat) {
  PetscObjectState state = 0;
  CALL(PetscObjectStateGet(object_of(mat), &state));
  return state;
}

[[nodiscard]] double set_ups_of(Mat mat) {
  MatInfo info{};
  CALL(MatGetInfo(mat, MAT_LOCAL, &info));
  return info.assemblies;
}

[[nodiscard]] double difference_of_products(Mat a, Mat b) {
  for (const Mat mat : {a, b}) CALL(MatNearfarSetUp(mat));
  const auto x = some_vector(a, false), y = some_vector(a, true), exact = some_vector(a, true);
  CALL(MatMult(a, x, y));
  CALL(MatMult(b, x, exact));
  return difference(y, exact);
}

constexpr double rounding = 1e-12;  ///< other trees give other numbers, beyond this
constexpr double of_order = 2e-3;

TEST(MatSharedGeometry, HasOneTreeForSeveralKernels) {
  const Points points = some_points(1500);
  const auto first = matrix_of("laplace", points);
  const auto yukawa = sharer_of(first, "yukawa"), again = sharer_of(yukawa, "laplace");
  const void* tree = tree_of(yukawa);  // the first that is set up
  EXPECT_EQ(tree_of(first), tree);
  const std::int64_t of_laplace = num_operators_built();
  EXPECT_EQ(tree_of(again), tree);
  EXPECT_EQ(num_operators_built(), of_laplace) << "operators of equal kernels";
  EXPECT_EQ(difference_of_products(again, first), 0.0);
  EXPECT_LT(difference_of_products(yukawa, matrix_of("yukawa", points, 8)), of_order);
  EXPECT_LT(difference_of_products(first, matrix_of("laplace", points, 8)), of_order);
}

/// A tree is shared, settings are not.
TEST(MatSharedGeometry, LeavesItsSettingsToEach) {
  const Points points = some_points(1500);
  const auto first = matrix_of("laplace", points, 4), second = sharer_of(first, "laplace", 8);
  EXPECT_EQ(tree_of(second), tree_of(first));
  const double of_eight = difference_of_products(second, matrix_of("laplace", points, 10));
  // Where the tree is a few leaves, all sums are direct.
  EXPECT_LT(of_eight, std::max(rounding, 0.1 * difference_of_products(first, matrix_of("laplace", points, 10))));
  const Option limit("-mat_nearfar_max_memory", "10K");
  CALL(MatSetFromOptions(second));
  CALL(MatNearfarSetUp(first));  // which has no limit
  const QuietErrors quiet;
  EXPECT_NE(MatNearfarSetUp(second), 0);
}

TEST(MatSharedGeometry, MovesForAll) {
  const Points points = some_points(1500), moved = some_points(1500, 1.2), moved_again = some_points(1500, 1.3);
  const auto first = matrix_of("laplace", points), second = sharer_of(first, "yukawa");
  const void* tree = tree_of(first);
  EXPECT_EQ(tree_of(second), tree);
  const PetscObjectState of_first = state_of(first), of_second = state_of(second);
  CALL(MatNearfarUpdatePoints(second, moved.data(), nullptr));
  EXPECT_GT(state_of(first), of_first);
  EXPECT_GT(state_of(second), of_second);
  const double set_ups = set_ups_of(second);
  EXPECT_EQ(tree_of(first), tree) << "updated, not made again";
  EXPECT_LT(difference_of_products(second, matrix_of("yukawa", moved, 8)), of_order);
  EXPECT_EQ(set_ups_of(second), set_ups) << "by the other matrix";
  EXPECT_LT(difference_of_products(first, matrix_of("laplace", moved, 8)), of_order);

  // By a composed vector, too.
  const auto vector = vector_of(moved_again);
  CALL(
      PetscObjectCompose(object_of(first), "nearfar_targets", reinterpret_cast<PetscObject>(static_cast<Vec>(vector))));
  EXPECT_LT(difference_of_products(first, matrix_of("laplace", moved_again, 8)), of_order);
  EXPECT_LT(difference_of_products(second, matrix_of("yukawa", moved_again, 8)), of_order);
  EXPECT_EQ(tree_of(second), tree);
}

TEST(MatSharedGeometry, EndsWithPointsOfItsOwn) {
  const Points points = some_points(900), others = some_points(700);
  auto first = matrix_of("laplace", points);
  const auto second = sharer_of(first, "laplace"), third = sharer_of(first, "laplace");
  const void* tree = tree_of(first);
  const PetscObjectState of_second = state_of(second);
  {
    const auto fourth = sharer_of(second, "yukawa");
    EXPECT_EQ(tree_of(fourth), tree);
  }
  CALL(MatNearfarSetPoints(first, static_cast<PetscInt>(points.size() / 3), points.data(), 0, nullptr));
  EXPECT_NE(tree_of(first), tree);
  EXPECT_EQ(state_of(second), of_second);
  EXPECT_EQ(tree_of(second), tree);
  CALL(MatNearfarUpdatePoints(first, some_points(900, 1.1).data(), nullptr));
  EXPECT_EQ(state_of(second), of_second);
  first = Owned<Mat>();
  EXPECT_EQ(difference_of_products(second, third), 0.0);
  CALL(MatNearfarShareGeometry(second, matrix_of("laplace", others)));  // others have ended since
  EXPECT_EQ(tree_of(third), tree);
  const QuietErrors quiet;
  EXPECT_NE(MatNearfarSetUp(second), 0) << "sizes of 900 points";
}

TEST(MatSharedGeometry, IsRefusedWithASentence) {
  const auto mat = matrix_of("laplace", some_points(100));
  Owned<Mat> dense, without, own;
  CALL(MatCreateDense(PETSC_COMM_WORLD, 3, 3, PETSC_DETERMINE, PETSC_DETERMINE, nullptr, &dense));
  for (auto* made : {&without, &own}) {
    CALL(MatCreate(made == &own && !is_one_rank() ? PETSC_COMM_SELF : PETSC_COMM_WORLD, &*made));
    CALL(MatSetType(*made, MATNEARFAR));
  }
  const QuietErrors quiet;
  EXPECT_EQ(MatNearfarShareGeometry(mat, without), PETSC_ERR_ARG_WRONGSTATE);
  EXPECT_EQ(MatNearfarShareGeometry(mat, dense), PETSC_ERR_ARG_WRONG);
  EXPECT_EQ(MatNearfarShareGeometry(mat, nullptr), PETSC_ERR_ARG_NULL);
  if (!is_one_rank()) {
    EXPECT_EQ(MatNearfarShareGeometry(own, mat), PETSC_ERR_ARG_NOTSAMECOMM);
  }
  CALL(MatNearfarShareGeometry(mat, mat));
}

/// Bytes that this process has got from malloc.
[[nodiscard]] double bytes_in_use() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

TEST(MatSharedGeometry, OfOneThatCannotFollowLeavesTheOthers) {
  const Points points = some_points(600);
  const auto laplace = matrix_of("laplace", points);
  const auto waves = sharer_of(laplace, "helmholtz", 0);
  CALL(MatNearfarSetParameter(waves, "k", 16.0));
  CALL(MatNearfarSetUp(laplace));
  CALL(MatNearfarSetUp(waves));
  Points moved = points;
  for (double& coordinate : moved) coordinate *= 1.5;
  CALL(MatNearfarUpdatePoints(laplace, moved.data(), nullptr));
  EXPECT_LT(difference_of_products(laplace, matrix_of("laplace", moved)), rounding);
}

TEST(MatCopies, OfASharerMayHaveOtherLeaves) {
  const Points points = some_points(600);
  const auto first = matrix_of("laplace", points);
  CALL(MatNearfarSetPointsPerLeaf(first, 50));
  CALL(MatSetUp(first));
  const auto second = sharer_of(first, "laplace");
  CALL(MatNearfarSetPointsPerLeaf(second, 64));
  CALL(MatNearfarSetUp(second));
  Owned<Mat> copy;
  CALL(MatDuplicate(first, MAT_COPY_VALUES, &copy));
  CALL(MatNearfarSetUp(copy));
  PetscInt leaf = 0;
  CALL(MatNearfarGetPointsPerLeaf(copy, &leaf));
  EXPECT_EQ(leaf, 50);
}

TEST(MatCopies, HaveTheTreeAndTheOperatorsUntilTheyMove) {
  const Points points = some_points(3000), moved = some_points(3000, 1.2);
  const double before = bytes_in_use();
  const auto mat = matrix_of("laplace", points, 8);
  const void* tree = tree_of(mat);
  const double of_first = bytes_in_use() - before;
  const std::int64_t built = num_operators_built();
  Owned<Mat> copy, transposed;
  CALL(MatDuplicate(mat, MAT_COPY_VALUES, &copy));
  EXPECT_EQ(tree_of(copy), tree);
  if (of_first > 0.0) {  // sanitizers do not count here
    EXPECT_LT(bytes_in_use() - before, 1.6 * of_first);
  }
  CALL(MatTranspose(mat, MAT_INITIAL_MATRIX, &transposed));
  EXPECT_EQ(tree_of(transposed), tree);
  EXPECT_EQ(num_operators_built(), built);
  EXPECT_EQ(difference_of_products(copy, mat), 0.0);

  const PetscObjectState state = state_of(mat);
  CALL(MatNearfarUpdatePoints(copy, moved.data(), nullptr));
  EXPECT_EQ(state_of(mat), state);
  EXPECT_NE(tree_of(copy), tree);
  EXPECT_LT(difference_of_products(copy, matrix_of("laplace", moved, 8)), rounding);
  EXPECT_LT(difference_of_products(mat, matrix_of("laplace", points, 8)), rounding);
  EXPECT_EQ(tree_of(mat), tree);
  CALL(MatNearfarSetOrder(transposed, 5));  // a setting that another tree suits
  EXPECT_NE(tree_of(transposed), tree);
}

TEST(MatCopies, AndEqualSettingsMakeNothingAgain) {
  const Points points = some_points(800);
  const auto mat = matrix_of("laplace", points, 0);
  const void* tree = tree_of(mat);
  const double set_ups = set_ups_of(mat);
  const PetscObjectState state = state_of(mat);
  const std::int64_t built = num_operators_built();
  CALL(MatNearfarSetTolerance(mat, 1e-6));  // the default
  CALL(MatNearfarSetTolerance(mat, 1e-6));
  CALL(MatNearfarSetSourceKind(mat, "charge"));
  EXPECT_EQ(tree_of(mat), tree);
  EXPECT_EQ(set_ups_of(mat), set_ups);
  EXPECT_EQ(state_of(mat), state);
  EXPECT_EQ(num_operators_built(), built);
}

}
}
