// SPDX-License-Identifier: BSD-3-Clause
// MATNEARFAR and what is set on it: values out of range, ranks that disagree, and who learns of a change.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "petsc/mat.hpp"
#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

[[nodiscard]] PetscObjectState state_of(Mat mat) {
  PetscObjectState state = 0;
  CALL(PetscObjectStateGet(reinterpret_cast<PetscObject>(mat), &state));
  return state;
}

using Change = std::function<PetscErrorCode(Mat)>;

TEST(MatSettings, OutOfRangeAreRefusedWhereTheyAreSet) {
  const DenseProblem problem("laplace", 100, 100, true);
  const auto mat = problem.nearfar();
  const std::vector<Change> wrong{[](Mat a) { return MatNearfarSetKernel(a, "lapalce"); },
                                  [](Mat a) { return MatNearfarSetKernel(a, nullptr); },
                                  [](Mat a) { return MatNearfarSetLambda(a, -1.0); },
                                  [](Mat a) { return MatNearfarSetLambda(a, nan); },
                                  [](Mat a) { return MatNearfarSetTolerance(a, -1e-6); },
                                  [](Mat a) { return MatNearfarSetTolerance(a, 1e-20); },
                                  [](Mat a) { return MatNearfarSetTolerance(a, 0.5); },
                                  [](Mat a) { return MatNearfarSetTolerance(a, nan); },
                                  [](Mat a) { return MatNearfarSetOrder(a, 1); },
                                  [](Mat a) { return MatNearfarSetOrder(a, 99); },
                                  [](Mat a) { return MatNearfarSetOrder(a, PETSC_MAX_INT - 4); },
                                  [](Mat a) { return MatNearfarSetPointsPerLeaf(a, -1); },
                                  [](Mat a) { return MatNearfarSetPrecision(a, "half"); },
                                  [](Mat a) { return MatNearfarSetPrecision(a, nullptr); },
                                  [](Mat a) { return MatNearfarSetVectors(a, 0); },
                                  [](Mat a) { return MatNearfarSetCheck(a, -1); }};
  QuietErrors quiet;
  const PetscObjectState before = state_of(mat);
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_EQ(wrong[i](mat), PETSC_ERR_ARG_OUTOFRANGE) << i;
    // All ranks fail where one has the wrong value.
    if (!is_one_rank()) {
      EXPECT_EQ(is_last_rank() ? wrong[i](mat) : MatNearfarSetOrder(mat, 5), PETSC_ERR_ARG_OUTOFRANGE) << i;
    }
  }
  for (const auto& [name, value] : {std::pair{"kernel", "lapalce"},
                                    {"lambda", "-1"},
                                    {"lambda", "nan"},
                                    {"tolerance", "1"},
                                    {"order", "17"},
                                    {"points_per_leaf", "-3"},
                                    {"precision", "half"},
                                    {"vectors", "-2"},
                                    {"check", "-2"}}) {
    const Option option(std::string("-mat_nearfar_") + name, value);
    EXPECT_NE(MatSetFromOptions(mat), 0) << name;
  }
  EXPECT_EQ(state_of(mat), before);
  EXPECT_LT(difference(mat, problem.dense()), problem.bound()) << "the settings stay as they were";
}

TEST(MatSettings, MustBeTheSameOnAllRanks) {
  if (is_one_rank()) GTEST_SKIP() << "needs two ranks";
  const DenseProblem problem("laplace", 100, 100, true);
  const auto mat = problem.nearfar();
  const bool last = is_last_rank();
  const std::vector<Change> different{[&](Mat a) { return MatNearfarSetKernel(a, last ? "yukawa" : "stokeslet"); },
                                      [&](Mat a) { return MatNearfarSetKernel(a, last ? nullptr : "stokeslet"); },
                                      [&](Mat a) { return MatNearfarSetLambda(a, last ? 2.0 : 3.0); },
                                      [&](Mat a) { return MatNearfarSetTolerance(a, last ? 1e-5 : 1e-4); },
                                      [&](Mat a) { return MatNearfarSetOrder(a, last ? 7 : 5); },
                                      [&](Mat a) { return MatNearfarSetPointsPerLeaf(a, last ? 33 : 44); },
                                      [&](Mat a) { return MatNearfarSetPrecision(a, last ? "full" : "mixed"); },
                                      [&](Mat a) { return MatNearfarSetVectors(a, last ? 2 : 3); },
                                      [&](Mat a) { return MatNearfarSetCheck(a, last ? 20 : 30); },
                                      [&](Mat a) { return last ? MatNearfarSetCheck(a, 20) : MatNearfarSetUp(a); }};
  QuietErrors quiet;
  for (std::size_t i = 0; i < different.size(); ++i) EXPECT_EQ(different[i](mat), PETSC_ERR_ARG_OUTOFRANGE) << i;
  Owned<Mat> other, other_kernel;
  const auto create = [&](const char* kernel, Mat* result) {
    return MatCreateNearfar(PETSC_COMM_WORLD, problem.local_rows(), problem.local_columns(), PETSC_DETERMINE,
                            PETSC_DETERMINE, problem.targets.data(), nullptr, kernel, result);
  };
  EXPECT_EQ(create(last ? nullptr : "laplace", &other), PETSC_ERR_ARG_NULL);
  EXPECT_EQ(create(last ? "stokeslet" : "laplace", &other_kernel), PETSC_ERR_ARG_OUTOFRANGE);
  EXPECT_LT(difference(mat, problem.dense()), problem.bound()) << "the settings stay as they were";
}

TEST(MatSettings, NullArgumentsAreErrors) {
  const DenseProblem problem("laplace", 50, 50, true);
  const auto mat = problem.nearfar();
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  const auto g = vector_of(std::vector<double>(3 * static_cast<std::size_t>(problem.local_rows())));
  Owned<Mat> native, near_field;
  Owned<IS> rows, columns;
  // On one rank alone, too.
  for (const bool everywhere : {true, false}) {
    const auto or_null = [&](auto pointer) { return everywhere || is_last_rank() ? nullptr : pointer; };
    const auto vec_or_null = [&](const Owned<Vec>& vec) { return or_null(static_cast<Vec>(vec)); };
    QuietErrors quiet;
    EXPECT_EQ(MatNearfarMultGradient(mat, vec_or_null(x), y, g), PETSC_ERR_ARG_NULL);
    EXPECT_EQ(MatNearfarMultGradient(mat, x, vec_or_null(y), g), PETSC_ERR_ARG_NULL);
    EXPECT_EQ(MatNearfarMultGradient(mat, x, y, vec_or_null(g)), PETSC_ERR_ARG_NULL);
    EXPECT_EQ(MatNearfarGetNative(mat, or_null(&native), &rows, &columns), PETSC_ERR_ARG_NULL);
    EXPECT_EQ(MatNearfarGetNative(mat, &native, or_null(&rows), &columns), PETSC_ERR_ARG_NULL);
    EXPECT_EQ(MatNearfarGetNative(mat, &native, &rows, or_null(&columns)), PETSC_ERR_ARG_NULL);
    EXPECT_EQ(MatNearfarGetNearField(mat, or_null(&near_field)), PETSC_ERR_ARG_NULL);
    EXPECT_EQ(MatCreateNearfar(PETSC_COMM_WORLD, problem.local_rows(), problem.local_columns(), PETSC_DETERMINE,
                               PETSC_DETERMINE, problem.targets.data(), nullptr, "laplace", or_null(&native)),
              PETSC_ERR_ARG_NULL);
    EXPECT_EQ(MatNearfarSetPoints(mat, problem.local_rows(), or_null(problem.targets.data()), 0, nullptr),
              PETSC_ERR_ARG_WRONG);
  }
  QuietErrors quiet;
  EXPECT_EQ(MatNearfarGetError(mat, nullptr), PETSC_ERR_ARG_NULL);
  EXPECT_EQ(MatNearfarSetUp(nullptr), PETSC_ERR_ARG_NULL);
  EXPECT_EQ(MatNearfarMultGradient(mat, x, y, x), PETSC_ERR_ARG_IDN);
  EXPECT_EQ(MatNearfarMultGradient(mat, x, x, g), PETSC_ERR_ARG_IDN);
  EXPECT_EQ(MatNearfarMultGradient(mat, x, y, some_vector(mat, true)), PETSC_ERR_ARG_SIZ);
  Owned<IS> set;
  CALL(ISCreateStride(PETSC_COMM_WORLD, 50, 0, 1, &set));
  EXPECT_EQ(MatNearfarMultGradient(mat, x, y, reinterpret_cast<Vec>(static_cast<IS>(set))), PETSC_ERR_ARG_WRONG);
  EXPECT_EQ(MatNearfarUpdatePoints(mat, nullptr, nullptr), PETSC_ERR_ARG_WRONG);
  CALL(MatNearfarMultGradient(mat, x, y, g));
}

TEST(MatSettings, SizesMustNotContradictEachOther) {
  const DenseProblem problem("laplace", 300, 300, true);
  const DenseProblem vectors("stokeslet", 100, 100, true);
  const auto create = [](const DenseProblem& of, PetscInt m, PetscInt n, PetscInt rows, PetscInt columns) {
    Owned<Mat> mat;
    const PetscErrorCode code =
        MatCreateNearfar(PETSC_COMM_WORLD, m, n, rows, columns, of.targets.data(), nullptr, of.kernel.c_str(), &mat);
    return code;
  };
  QuietErrors quiet;
  const PetscInt own = problem.local_rows(), open = PETSC_DETERMINE;
  EXPECT_EQ(create(problem, own, own, 300, 300), 0);
  EXPECT_EQ(create(problem, own, own, open, 300), 0);
  EXPECT_EQ(create(problem, own, own, 77, open), PETSC_ERR_ARG_SIZ);
  EXPECT_EQ(create(problem, own, own, open, 77), PETSC_ERR_ARG_SIZ);
  EXPECT_EQ(create(problem, own, own, 305, 300), PETSC_ERR_ARG_SIZ);
  EXPECT_EQ(create(problem, open, open, open, open), PETSC_ERR_ARG_SIZ);
  EXPECT_EQ(create(problem, -7, own, open, open), PETSC_ERR_ARG_SIZ);
  EXPECT_EQ(create(problem, is_last_rank() ? open : own, own, open, open), PETSC_ERR_ARG_SIZ);
  EXPECT_EQ(create(problem, own, is_last_rank() ? own - 1 : own, open, open), PETSC_ERR_ARG_WRONG) << "other sources";
  EXPECT_EQ(create(vectors, vectors.local_rows(), vectors.local_rows(), 300, 300), 0);
  EXPECT_EQ(create(vectors, vectors.local_rows() - 1, vectors.local_rows(), open, open), PETSC_ERR_ARG_SIZ);
  EXPECT_EQ(create(vectors, open, open, 301, 301), PETSC_ERR_ARG_SIZ);
  if (!is_one_rank()) {
    EXPECT_EQ(create(problem, own, own, is_last_rank() ? open : 300, open), PETSC_ERR_ARG_SIZ);
  }
  // Sizes given before the points.
  for (const PetscInt rows : {300, 305}) {
    Owned<Mat> mat;
    CALL(MatCreate(PETSC_COMM_WORLD, &mat));
    CALL(MatSetSizes(mat, own, own, rows, PETSC_DETERMINE));
    CALL(MatSetType(mat, MATNEARFAR));
    CALL(MatNearfarSetPoints(mat, own, problem.targets.data(), 0, nullptr));
    EXPECT_EQ(MatNearfarSetUp(mat), rows == 300 ? 0 : PETSC_ERR_ARG_SIZ);
  }
  // A kernel of other dimensions.
  const auto mat = problem.nearfar();
  CALL(MatNearfarSetKernel(mat, "stokeslet"));
  EXPECT_EQ(MatNearfarSetUp(mat), PETSC_ERR_ARG_SIZ);
}

TEST(MatSettings, ThatChangeTheOperatorRaiseTheStateOfTheMatrix) {
  const DenseProblem problem("laplace", 100, 100, true);
  const auto mat = problem.nearfar();
  CALL(MatNearfarSetUp(mat));
  const Points& points = problem.targets;
  const Option option("-mat_nearfar_order", "8");
  const auto added = problem.nearfar();
  const auto ones = some_vector(mat, true);
  const std::vector<Change> changes{
      [](Mat a) { return MatNearfarSetKernel(a, "yukawa"); },
      [](Mat a) { return MatNearfarSetLambda(a, 2.0); },
      [](Mat a) { return MatNearfarSetTolerance(a, 1e-5); },
      [](Mat a) { return MatNearfarSetOrder(a, 7); },
      [](Mat a) { return MatNearfarSetPointsPerLeaf(a, 33); },
      [](Mat a) { return MatNearfarSetPrecision(a, "full"); },
      [](Mat a) { return MatNearfarSetVectors(a, 2); },
      [](Mat a) { return MatSetFromOptions(a); },
      [&](Mat a) { return MatNearfarSetPoints(a, problem.local_rows(), points.data(), 0, nullptr); },
      [&](Mat a) { return MatNearfarUpdatePoints(a, points.data(), nullptr); },
      [&](Mat a) { return MatNearfarSetTargetNormals(a, points.data()); },
      [](Mat a) { return MatNearfarSetTargetNormals(a, nullptr); },
      [](Mat a) { return MatShift(a, 2.0); },
      [&](Mat a) { return MatDiagonalScale(a, ones, nullptr); },
      [&](Mat a) { return MatDiagonalSet(a, ones, ADD_VALUES); },
      [&](Mat a) { return MatAXPY(a, 1.0, added, DIFFERENT_NONZERO_PATTERN); },
      [&](Mat a) {
        const auto vec = vector_of(points);
        const PetscErrorCode code = PetscObjectCompose(reinterpret_cast<PetscObject>(a), "nearfar_targets",
                                                       reinterpret_cast<PetscObject>(static_cast<Vec>(vec)));
        return code != 0 ? code : MatNearfarSetUp(a);
      }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const PetscObjectState before = state_of(mat);
    CALL(changes[i](mat));
    EXPECT_GT(state_of(mat), before) << i;
  }
  CALL(MatNearfarSetUp(mat));
  const PetscObjectState before = state_of(mat);
  CALL(MatNearfarSetLambda(mat, 2.0));
  CALL(MatSetFromOptions(mat));
  EXPECT_EQ(state_of(mat), before) << "equal values change nothing";
}

TEST(MatSettings, OfTheCheckAndTheNearFieldKeepThePlan) {
  const DenseProblem problem("laplace", 100, 100, true);
  const auto mat = problem.nearfar();
  CALL(MatNearfarSetUp(mat));
  Operator* op = nullptr;
  CALL(get_operator(mat, &op));
  const PetscObjectState before = state_of(mat);
  CALL(MatNearfarSetCheck(mat, 10));
  EXPECT_EQ(state_of(mat), before);
  EXPECT_TRUE(op->has_plan());
  CALL(MatMult(mat, some_vector(mat, false), some_vector(mat, true)));
  EXPECT_GT(op->last_error(), 0.0);
  CALL(MatNearfarSetNearCutoff(mat, 2.0));
  EXPECT_GT(state_of(mat), before);
  EXPECT_TRUE(op->has_plan());
  EXPECT_GT(op->last_error(), 0.0) << "of the same operator";
  const QuietErrors quiet;
  EXPECT_EQ(MatNearfarSetNearCutoff(mat, -1.0), PETSC_ERR_ARG_OUTOFRANGE);
  EXPECT_EQ(MatNearfarSetNearCutoff(mat, nan), PETSC_ERR_ARG_OUTOFRANGE);
}

TEST(MatSettings, AreNotCopiedToOtherTypes) {
  const DenseProblem problem("laplace", 50, 50, true);
  const auto mat = problem.nearfar();
  int context = 0;
  Owned<Mat> shell;
  CALL(MatCreateShell(PETSC_COMM_WORLD, problem.local_rows(), problem.local_columns(), PETSC_DETERMINE, PETSC_DETERMINE,
                      &context, &shell));
  CALL(MatSetUp(shell));
  const QuietErrors quiet;
  EXPECT_NE(MatCopy(mat, shell, SAME_NONZERO_PATTERN), 0);
}

TEST(MatSettings, ThatChangeMakeNewPreconditioners) {
  const DenseProblem problem("laplace", 200, 200, true);
  const auto mat = problem.nearfar();
  CALL(MatShift(mat, 3.0));
  Owned<KSP> ksp;
  CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
  CALL(KSPSetOperators(ksp, mat, mat));
  PC pc = nullptr;
  CALL(KSPGetPC(ksp, &pc));
  CALL(PCSetType(pc, PCBJACOBI));
  const auto b = some_vector(mat, true), x = some_vector(mat, false), other = some_vector(mat, false);
  CALL(KSPSetUp(ksp));
  CALL(PCApply(pc, b, x));
  CALL(MatNearfarSetKernel(mat, "yukawa"));
  CALL(KSPSetUp(ksp));
  CALL(PCApply(pc, b, other));
  EXPECT_GT(difference(other, x), 1e-4);
}

TEST(MatSettings, OfVectorsComeFromOptionsAndChooseTheTree) {
  const DenseProblem problem("laplace", 6000, 6000, true);
  std::vector<int> points_per_leaf;
  for (const char* vectors : {"1", "8"}) {
    const Option option("-mat_nearfar_vectors", vectors);
    Owned<Mat> mat;
    CALL(MatCreateNearfar(PETSC_COMM_WORLD, problem.local_rows(), problem.local_columns(), PETSC_DETERMINE,
                          PETSC_DETERMINE, problem.targets.data(), nullptr, "laplace", &mat));
    CALL(MatSetFromOptions(mat));
    CALL(MatNearfarSetUp(mat));
    Operator* op = nullptr;
    CALL(get_operator(mat, &op));
    EXPECT_EQ(op->made_plan().options().num_vectors, std::stoi(vectors));
    points_per_leaf.push_back(op->made_plan().options().points_per_leaf);
  }
  EXPECT_GT(points_per_leaf[1], points_per_leaf[0]) << "direct sums of several vectors share their distances";
}

TEST(MatSettings, ThatContradictOneAnotherOrNeedTooMuchMemoryAreRefusedBySetUp) {
  const DenseProblem problem("laplace", 100, 100, true);
  const auto mat = problem.nearfar();
  CALL(MatNearfarSetOrder(mat, 2));
  CALL(MatNearfarSetTolerance(mat, 1e-12));
  {
    QuietErrors quiet;
    EXPECT_EQ(MatNearfarSetUp(mat), PETSC_ERR_ARG_OUTOFRANGE);
  }
  CALL(MatNearfarSetOrder(mat, 0));
  CALL(MatNearfarSetUp(mat));
  for (const auto& [limit, is_enough] : {std::pair{"10K", false}, {"1G", true}}) {
    const Option option("-mat_nearfar_max_memory", limit);
    CALL(MatSetFromOptions(mat));
    QuietErrors quiet;
    EXPECT_EQ(MatNearfarSetUp(mat) == PETSC_SUCCESS, is_enough) << limit;
  }
  const Option option("-mat_nearfar_max_memory", "much");
  QuietErrors quiet;
  EXPECT_NE(MatSetFromOptions(mat), 0);
}

TEST(MatSettings, TheCheckIsRepeatedAfterEachChange) {
  const DenseProblem problem("laplace", 400, 400, true);
  const auto mat = problem.nearfar(4, 20);
  CALL(MatNearfarSetCheck(mat, 50));
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  const auto error = [&] {
    PetscReal value = 0.0;
    CALL(MatNearfarGetError(mat, &value));
    return value;
  };
  EXPECT_LT(error(), 0.0);
  CALL(MatMult(mat, x, y));
  const PetscReal first = error();
  EXPECT_GT(first, 1e-7);
  Points moved = problem.targets;
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += i % 3 == 0 ? 0.3 * std::sin(10.0 * moved[i + 1]) : 0.0;
  CALL(MatNearfarUpdatePoints(mat, moved.data(), nullptr));
  EXPECT_LT(error(), 0.0) << "of other points";
  CALL(MatMult(mat, x, y));
  EXPECT_GT(error(), 1e-7);
  EXPECT_NE(error(), first);
  const PetscReal second = error();
  CALL(MatNearfarSetTargetNormals(mat, moved.data()));
  EXPECT_LT(error(), 0.0) << "of potentials";
  CALL(MatMult(mat, x, y));
  EXPECT_GT(error(), second) << "that of gradients is larger";
  EXPECT_LT(error(), 1e-2);
}

}
}
