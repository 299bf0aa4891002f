// SPDX-License-Identifier: BSD-3-Clause
// What has been set on a MATNEARFAR, or chosen for it, can be asked for.
#include <gtest/gtest.h>

#include <cstdarg>

#include "petsc/mat.hpp"
#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

template <class T>
[[nodiscard]] T got(PetscErrorCode (*getter)(Mat, T*), Mat mat) {
  T value{};
  CALL(getter(mat, &value));
  return value;
}

[[nodiscard]] double parameter(Mat mat, const char* name) {
  PetscReal value = 0.0;
  CALL(MatNearfarGetParameter(mat, name, &value));
  return value;
}

TEST(MatGetters, GiveWhatIsSet) {
  Owned<Mat> mat;
  CALL(MatNearfarRegister());
  CALL(MatCreate(PETSC_COMM_WORLD, &mat));
  CALL(MatSetType(mat, MATNEARFAR));
  EXPECT_STREQ(got(MatNearfarGetKernel, mat), "laplace");
  EXPECT_STREQ(got(MatNearfarGetSourceKind, mat), "charge");
  EXPECT_STREQ(got(MatNearfarGetFields, mat), "potential");
  EXPECT_STREQ(got(MatNearfarGetPrecision, mat), "automatic");
  EXPECT_EQ(got(MatNearfarGetOrder, mat), 0);
  EXPECT_EQ(got(MatNearfarGetVectors, mat), 1);
  CALL(MatNearfarSetLambda(mat, 2.0));  // of other kernels
  CALL(MatNearfarSetKernel(mat, "elasticity"));
  CALL(MatNearfarSetSourceKind(mat, "force, double_layer"));
  CALL(MatNearfarSetFields(mat, "displacement,stress"));
  CALL(MatNearfarSetTolerance(mat, 1e-4));
  CALL(MatNearfarSetOrder(mat, 5));
  CALL(MatNearfarSetPointsPerLeaf(mat, 33));
  CALL(MatNearfarSetPrecision(mat, "mixed"));
  CALL(MatNearfarSetVectors(mat, 3));
  CALL(MatNearfarSetCheck(mat, 7));
  CALL(MatNearfarSetNearCutoff(mat, 1.5));
  EXPECT_STREQ(got(MatNearfarGetKernel, mat), "elasticity");
  EXPECT_STREQ(got(MatNearfarGetSourceKind, mat), "force,double_layer");
  EXPECT_STREQ(got(MatNearfarGetFields, mat), "displacement,stress");
  EXPECT_STREQ(got(MatNearfarGetPrecision, mat), "mixed");
  EXPECT_EQ(got(MatNearfarGetTolerance, mat), 1e-4);
  EXPECT_EQ(got(MatNearfarGetOrder, mat), 5);
  EXPECT_EQ(got(MatNearfarGetPointsPerLeaf, mat), 33);
  EXPECT_EQ(got(MatNearfarGetVectors, mat), 3);
  EXPECT_EQ(got(MatNearfarGetCheck, mat), 7);
  EXPECT_EQ(got(MatNearfarGetNearCutoff, mat), 1.5);
  EXPECT_EQ(got(MatNearfarGetLambda, mat), 2.0) << "kept for later";
  const double nu = parameter(mat, "nu");
  CALL(MatNearfarSetParameter(mat, "nu", nu + 0.01));
  EXPECT_EQ(parameter(mat, "nu"), nu + 0.01);
  const QuietErrors quiet;
  PetscReal value = 0.0;
  EXPECT_EQ(MatNearfarGetParameter(mat, "epsilon", &value), PETSC_ERR_ARG_OUTOFRANGE);
}

TEST(MatGetters, GivePointsNormalsAndWhatWasChosen) {
  const DenseProblem problem("laplace", 500, 300, false);
  Owned<Mat> mat;
  CALL(MatCreateNearfar(PETSC_COMM_WORLD, problem.local_rows(), problem.local_columns(), PETSC_DETERMINE,
                        PETSC_DETERMINE, problem.targets.data(), problem.sources.data(), "laplace", &mat));
  EXPECT_EQ(got(MatNearfarGetOrder, mat), 0);
  CALL(MatNearfarSetUp(mat));
  Operator* op = nullptr;
  CALL(get_operator(mat, &op));
  EXPECT_EQ(got(MatNearfarGetOrder, mat), op->made_plan().options().order);
  EXPECT_GT(got(MatNearfarGetOrder, mat), 2);
  EXPECT_GT(got(MatNearfarGetPointsPerLeaf, mat), 0);
  EXPECT_EQ(got(MatNearfarGetTolerance, mat), 1e-6);
  EXPECT_STRNE(got(MatNearfarGetPrecision, mat), "automatic");
  PetscInt num_targets = 0, num_sources = 0;
  const PetscReal *targets = nullptr, *sources = nullptr;
  CALL(MatNearfarGetPoints(mat, &num_targets, &targets, &num_sources, &sources));
  CALL(MatNearfarGetPoints(mat, nullptr, nullptr, nullptr, nullptr));
  EXPECT_EQ(Points(targets, targets + 3 * num_targets), problem.targets);
  EXPECT_EQ(Points(sources, sources + 3 * num_sources), problem.sources);
  EXPECT_EQ(got(MatNearfarGetTargetNormals, mat), nullptr);
  CALL(MatNearfarSetTargetNormals(mat, problem.targets.data()));
  CALL(MatNearfarSetSourceNormals(mat, problem.sources.data()));
  const PetscReal* normals = got(MatNearfarGetTargetNormals, mat);
  EXPECT_EQ(Points(normals, normals + 3 * num_targets), problem.targets);
  EXPECT_STREQ(got(MatNearfarGetFields, mat), "potential") << "as it was set";
  normals = got(MatNearfarGetSourceNormals, mat);
  EXPECT_EQ(Points(normals, normals + 3 * num_sources), problem.sources);
  Owned<Mat> near_field;
  CALL(MatNearfarSetTargetNormals(mat, nullptr));
  EXPECT_EQ(got(MatNearfarGetNearCutoff, mat), 0.0);
  CALL(MatNearfarGetNearField(mat, &near_field));
  EXPECT_GT(got(MatNearfarGetNearCutoff, mat), 0.0);
}

TEST(MatGetters, NeedAMatrixAndAPlace) {
  const DenseProblem problem("laplace", 20, 20, true);
  const auto mat = problem.nearfar();
  const QuietErrors quiet;
  PetscInt number = 0;
  PetscReal value = 0.0;
  EXPECT_EQ(MatNearfarGetOrder(mat, nullptr), PETSC_ERR_ARG_NULL);
  EXPECT_EQ(MatNearfarGetKernel(mat, nullptr), PETSC_ERR_ARG_NULL);
  EXPECT_EQ(MatNearfarGetSourceNormals(mat, nullptr), PETSC_ERR_ARG_NULL);
  EXPECT_EQ(MatNearfarGetParameter(mat, nullptr, &value), PETSC_ERR_ARG_NULL);
  EXPECT_EQ(MatNearfarGetOrder(nullptr, &number), PETSC_ERR_ARG_NULL);
  EXPECT_EQ(MatNearfarGetOrder(problem.dense(), &number), PETSC_ERR_ARG_WRONG);
}

std::string& help_text() {
  static std::string text;
  return text;
}

PetscErrorCode keep_help(MPI_Comm, const char format[], ...) {
  va_list arguments;
  va_start(arguments, format);
  std::array<char, 4096> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  va_end(arguments);
  help_text() += line.data();
  return 0;
}

TEST(MatHelp, ListsKernelsWithTheirKindsAndFields) {
  Owned<Mat> mat;
  CALL(MatNearfarRegister());
  CALL(MatCreate(PETSC_COMM_WORLD, &mat));
  CALL(MatSetType(mat, MATNEARFAR));
  CALL(MatSetOptionsPrefix(mat, "another_"));  // PETSc prints the same help once
  help_text().clear();
  const auto before = std::exchange(PetscHelpPrintf, keep_help);
  {
    const Option option("-help", "");
    CALL(MatSetFromOptions(mat));
  }
  PetscHelpPrintf = before;
  for (const FamilyDescription& family : kernel_families()) {
    const std::size_t begin = help_text().find("kernel " + family.name + ":");
    ASSERT_NE(begin, std::string::npos) << help_text();
    const std::string line = help_text().substr(begin, help_text().find('\n', begin) - begin);
    for (const auto* quantities : {&family.source_kinds, &family.fields})
      for (const QuantityDescription& description : *quantities)
        EXPECT_NE(line.find(description.quantity.name), std::string::npos) << line;
  }
  EXPECT_NE(help_text().find("-another_mat_nearfar_near_cutoff"), std::string::npos);
}

}
}
