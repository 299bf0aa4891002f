// SPDX-License-Identifier: BSD-3-Clause
// Source kinds, fields and parameters of a MATNEARFAR, by functions and by options; what it prints of them.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <functional>

#include "petsc/mat.hpp"
#include "support/family_problem.hpp"

namespace nearfar {
namespace {

[[nodiscard]] Owned<Mat> made_without_settings() {
  Owned<Mat> mat;
  CALL(MatNearfarRegister());
  CALL(MatCreate(PETSC_COMM_WORLD, &mat));
  CALL(MatSetType(mat, MATNEARFAR));
  return mat;
}

/// "laplace_charge_to_potential", as it is now.
[[nodiscard]] std::string choice_of(Mat mat) {
  Operator* op = nullptr;
  CALL(get_operator(mat, &op));
  return name_of(completed(op->settings().kernel));
}

[[nodiscard]] double lambda_of(Mat mat) {
  Operator* op = nullptr;
  CALL(get_operator(mat, &op));
  return completed(op->settings().kernel).parameters.at("lambda");
}

[[nodiscard]] PetscObjectState state_of_object(Mat mat) {
  PetscObjectState state = 0;
  CALL(PetscObjectStateGet(reinterpret_cast<PetscObject>(mat), &state));
  return state;
}

/// An order and a precision that keep the tolerance for dipoles do not for their dual, the normal derivative.
TEST(MatFamilySettings, TransposesKeepTheToleranceTheirOwnWay) {
  const std::vector<double> points{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
  Owned<Mat> mat;
  Owned<Vec> x, y;
  CALL(MatCreateNearfar(PETSC_COMM_WORLD, 4, 4, PETSC_DETERMINE, PETSC_DETERMINE, points.data(), nullptr, "laplace",
                        &mat));
  CALL(MatNearfarSetSourceKind(mat, "dipole"));
  CALL(MatNearfarSetSourceNormals(mat, points.data()));
  CALL(MatNearfarSetTolerance(mat, 1e-6));
  CALL(MatNearfarSetOrder(mat, 9));
  CALL(MatCreateVecs(mat, &x, &y));
  CALL(VecSet(y, 1.0));
  CALL(MatMult(mat, y, x));
  CALL(MatMultTranspose(mat, y, x));
}

TEST(MatFamilySettings, OfAnotherKernelStartAnew) {
  const auto mat = made_without_settings();
  EXPECT_EQ(choice_of(mat), "laplace_charge_to_potential");
  CALL(MatNearfarSetSourceKind(mat, "dipole, charge"));
  CALL(MatNearfarSetFields(mat, "gradient"));
  EXPECT_EQ(choice_of(mat), "laplace_dipole_charge_to_gradient");
  CALL(MatNearfarSetKernel(mat, "laplace"));
  EXPECT_EQ(choice_of(mat), "laplace_dipole_charge_to_gradient") << "the same one";
  CALL(MatNearfarSetKernel(mat, "yukawa"));
  EXPECT_EQ(choice_of(mat), "yukawa_charge_to_potential");
  CALL(MatNearfarSetSourceKind(mat, "dipole"));
  {
    const Option kernel("-mat_nearfar_kernel", "stokes"), kind("-mat_nearfar_source_kind", "stresslet,force"),
        fields("-mat_nearfar_fields", "velocity,pressure");
    CALL(MatSetFromOptions(mat));
    PetscInt left = 1;
    CALL(PetscOptionsAllUsed(nullptr, &left));
    EXPECT_EQ(left, 0);
    EXPECT_EQ(choice_of(mat), "stokes_stresslet_force_to_velocity_pressure");
    const PetscObjectState before = state_of_object(mat);
    CALL(MatSetFromOptions(mat));
    EXPECT_EQ(state_of_object(mat), before) << "the same options again";
  }
  const Option kernel("-mat_nearfar_kernel", "laplace");
  CALL(MatSetFromOptions(mat));
  EXPECT_EQ(choice_of(mat), "laplace_charge_to_potential");
}

TEST(MatFamilySettings, OfParametersAreKeptForKernelsThatHaveThem) {
  const auto mat = made_without_settings();
  const PetscObjectState before = state_of_object(mat);
  CALL(MatNearfarSetParameter(mat, "lambda", 2.0));
  EXPECT_EQ(state_of_object(mat), before) << "Laplace's kernel has none";
  CALL(MatNearfarSetKernel(mat, "yukawa"));
  EXPECT_EQ(lambda_of(mat), 2.0);
  CALL(MatNearfarSetLambda(mat, 3.0));
  EXPECT_EQ(lambda_of(mat), 3.0);
  const PetscObjectState same = state_of_object(mat);
  CALL(MatNearfarSetParameter(mat, "lambda", 3.0));
  EXPECT_EQ(state_of_object(mat), same);
  {
    const Option lambda("-mat_nearfar_lambda", "4");
    CALL(MatSetFromOptions(mat));
    EXPECT_EQ(lambda_of(mat), 4.0);
    const Option parameter("-mat_nearfar_parameter", " lambda =5e-1");
    CALL(MatSetFromOptions(mat));
    EXPECT_EQ(lambda_of(mat), 0.5) << "wins over its alias";
    PetscInt left = 1;
    CALL(PetscOptionsAllUsed(nullptr, &left));
    EXPECT_EQ(left, 0);
  }
  EXPECT_GT(state_of_object(mat), same);
  const FamilyProblem problem({"yukawa", {"charge"}, {"potential"}, {{"lambda", 0.5}}}, 80, 80, true);
  CALL(MatNearfarSetPoints(mat, problem.num_targets(), problem.targets.data(), 0, nullptr));
  CALL(MatSetUp(mat));
  EXPECT_LT(difference(mat, problem.dense()), 1e-5);
}

using SettingOf = std::function<PetscErrorCode(Mat)>;

TEST(MatFamilySettings, ThatAreUnknownAreRefusedOnAllRanks) {
  const FamilyProblem problem({"laplace", {"dipole"}, {"potential"}, {}}, 60, 60, true);
  const auto mat = problem.nearfar(6);
  const double nan = std::nan("");
  const std::vector<SettingOf> wrong{[](Mat a) { return MatNearfarSetSourceKind(a, "dipol"); },
                                     [](Mat a) { return MatNearfarSetSourceKind(a, "stresslet"); },
                                     [](Mat a) { return MatNearfarSetSourceKind(a, "charge,charge"); },
                                     [](Mat a) { return MatNearfarSetSourceKind(a, "charge,"); },
                                     [](Mat a) { return MatNearfarSetSourceKind(a, ""); },
                                     [](Mat a) { return MatNearfarSetSourceKind(a, nullptr); },
                                     [](Mat a) { return MatNearfarSetFields(a, "velocity"); },
                                     [](Mat a) { return MatNearfarSetFields(a, nullptr); },
                                     [](Mat a) { return MatNearfarSetParameter(a, "lamda", 1.0); },
                                     [](Mat a) { return MatNearfarSetParameter(a, nullptr, 1.0); },
                                     [](Mat a) { return MatNearfarSetParameter(a, "lambda", -1.0); },
                                     [&](Mat a) { return MatNearfarSetParameter(a, "lambda", nan); }};
  const QuietErrors quiet;
  const PetscObjectState before = state_of_object(mat);
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_EQ(wrong[i](mat), PETSC_ERR_ARG_OUTOFRANGE) << i;
    if (is_one_rank()) continue;
    EXPECT_EQ(is_last_rank() ? wrong[i](mat) : MatNearfarSetFields(mat, "gradient"), PETSC_ERR_ARG_OUTOFRANGE) << i;
  }
  for (const char* text : {"lambda", "lambda=", "=2", "lambda=2x", "lambda=-1", "lambda=1,xi=0.3", "lambda=1,", ","}) {
    const Option option("-mat_nearfar_parameter", text);
    EXPECT_NE(MatSetFromOptions(mat), 0) << text;
  }
  for (const char* name : {"-mat_nearfar_source_kind", "-mat_nearfar_fields"}) {
    const Option option(name, "velocity");
    EXPECT_NE(MatSetFromOptions(mat), 0) << name;
  }
  if (!is_one_rank()) {
    const bool last = is_last_rank();
    EXPECT_NE(MatNearfarSetSourceKind(mat, last ? "charge" : "vector_dipole"), 0);
    EXPECT_NE(MatNearfarSetFields(mat, last ? "gradient" : "hessian"), 0);
    EXPECT_NE(MatNearfarSetParameter(mat, "lambda", last ? 2.0 : 3.0), 0) << "even where the kernel has none";
  }
  EXPECT_EQ(state_of_object(mat), before);
  EXPECT_LT(difference(mat, problem.dense()), 1e-4) << "the settings stay as they were";
}

TEST(MatFamilySettings, OfOtherSizesDoNotFitAMatrixThatHasSome) {
  const FamilyProblem problem({"laplace", {"charge"}, {"potential"}, {}}, 60, 60, true);
  const auto mat = problem.nearfar(4);
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  const PetscObjectState before = state_of_object(mat);
  CALL(MatNearfarSetSourceNormals(mat, problem.target_normals.data()));
  EXPECT_EQ(state_of_object(mat), before) << "charges need no normals";
  CALL(MatNearfarSetFields(mat, "gradient"));
  {
    const QuietErrors quiet;
    EXPECT_EQ(MatMult(mat, x, y), PETSC_ERR_ARG_SIZ);
  }
  CALL(MatNearfarSetFields(mat, "potential"));
  CALL(MatMult(mat, x, y));
}

TEST(MatFamilySettings, AreCheckedWithTheNormals) {
  for (const KernelChoice& choice : {KernelChoice{"laplace", {"dipole"}, {"potential", "normal_derivative"}, {}},
                                     KernelChoice{"stokes", {"stresslet", "force"}, {"pressure", "traction"}, {}}}) {
    FamilyProblem problem(choice, 400, 400, true);
    const auto mat = problem.nearfar(4, 15);
    CALL(MatNearfarSetCheck(mat, 100));
    const auto x = some_vector(mat, false), y = some_vector(mat, true), exact = some_vector(mat, true);
    PetscReal error = -1.0;
    CALL(MatMult(mat, x, y));
    CALL(MatNearfarGetError(mat, &error));
    EXPECT_GT(error, 1e-9) << choice.name;
    EXPECT_LT(error, 1e-2) << choice.name;
    const PetscReal first = error;
    const Points others = some_unit_vectors(static_cast<std::size_t>(problem.num_sources()), 5.0);
    CALL(MatNearfarSetSourceNormals(mat, others.data()));
    CALL(MatNearfarGetError(mat, &error));
    EXPECT_LT(error, 0.0) << "of other normals";
    CALL(MatMult(mat, x, y));
    CALL(MatNearfarGetError(mat, &error));
    EXPECT_GT(error, 1e-9);
    EXPECT_LT(error, 1e-2);
    EXPECT_NE(error, first);
  }
}

TEST(MatFamilySettings, AreShown) {
  const FamilyProblem problem({"yukawa", {"dipole", "charge"}, {"normal_derivative"}, {{"lambda", 2.5}}}, 60, 60, true);
  const auto mat = problem.nearfar(4);
  const std::string full = view_text(mat);
  for (const char* line : {"kernel yukawa: sources dipole,charge, fields normal_derivative", "parameter lambda = 2.5",
                           "normals of sources: set, of targets: set"})
    EXPECT_NE(full.find(line), std::string::npos) << line << " in\n" << full;
  CALL(MatNearfarSetTargetNormals(mat, nullptr));
  EXPECT_NE(view_text(mat).find("normals of sources: set, of targets: missing"), std::string::npos);
  CALL(MatNearfarSetSourceKind(mat, "charge,dipole"));
  CALL(MatNearfarSetSourceNormals(mat, nullptr));
  CALL(MatNearfarSetFields(mat, "potential"));
  EXPECT_NE(view_text(mat).find("normals of sources: missing, of targets: none"), std::string::npos);
}

}
}
