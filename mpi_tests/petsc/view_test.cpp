// SPDX-License-Identifier: BSD-3-Clause
// What a MATNEARFAR prints, and when.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "petsc/mat.hpp"
#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

/// What a file of that name holds, which is removed.
[[nodiscard]] std::string text_of_file(const std::string& name) {
  CALL(MPI_Barrier(PETSC_COMM_WORLD));
  std::ifstream file(name);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CALL(MPI_Barrier(PETSC_COMM_WORLD));
  int rank = 0;
  CALL(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) std::remove(name.c_str());
  return text;
}

TEST(MatView, IsMadeByItsOptionAtTheEndOfEachSetUp) {
  const DenseProblem problem("laplace", 300, 300, true);
  for (const char* format : {"", ":ascii_info", ":ascii_info_detail"}) {
    const std::string name = temporary_name("mat_view_option.txt");
    const auto mat = problem.nearfar(5, 30);
    {
      const Option option("-mat_view", "ascii:" + name + format);
      CALL(MatNearfarSetUp(mat));
      PetscInt left = 1;
      CALL(PetscOptionsAllUsed(nullptr, &left));
      EXPECT_EQ(left, 0);
    }
    const std::string text = text_of_file(name);
    for (const char* word : {"type: nearfar", "order 5, 30 points per leaf", "lists: U", "memory of a rank"})
      EXPECT_NE(text.find(word), std::string::npos) << word << " in\n" << text;
    const Option option("-mat_view", "ascii:" + name + format);
    const auto x = some_vector(mat, false), y = some_vector(mat, true);
    CALL(MatMult(mat, x, y));
    Owned<Mat> copy, near_field;
    CALL(MatDuplicate(mat, MAT_DO_NOT_COPY_VALUES, &copy));
    CALL(MatNearfarGetNearField(mat, &near_field));
    EXPECT_EQ(text_of_file(name), "") << "without a set-up";
    CALL(MatNearfarUpdatePoints(mat, problem.targets.data(), nullptr));
    CALL(MatMult(mat, x, y));
    EXPECT_NE(text_of_file(name).find("type: nearfar"), std::string::npos) << "after a move";
  }
}

/// The vectors of a binary file, one behind the other, until it ends.
[[nodiscard]] std::vector<std::vector<double>> vectors_of_file(const std::string& name) {
  std::vector<std::vector<double>> vectors;
  CALL(MPI_Barrier(PETSC_COMM_WORLD));
  PetscViewer viewer = nullptr;
  CALL(PetscViewerBinaryOpen(PETSC_COMM_SELF, name.c_str(), FILE_MODE_READ, &viewer));
  for (;;) {
    Owned<Vec> vec;
    CALL(VecCreate(PETSC_COMM_SELF, &vec));
    CALL(VecSetType(vec, VECSEQ));
    const QuietErrors quiet;
    if (VecLoad(vec, viewer) != 0) break;
    PetscInt size = 0;
    const PetscScalar* values = nullptr;
    CALL(VecGetLocalSize(vec, &size));
    CALL(VecGetArrayRead(vec, &values));
    vectors.emplace_back(values, values + size);
    CALL(VecRestoreArrayRead(vec, &values));
  }
  CALL(PetscViewerDestroy(&viewer));
  CALL(MPI_Barrier(PETSC_COMM_WORLD));
  if (!is_last_rank()) return vectors;
  for (const char* end : {"", ".info"}) std::remove((name + end).c_str());
  return vectors;
}

TEST(MatViewExpansions, ShowsThemAfterEachProductIfWanted) {
  const DenseProblem problem("laplace", 800, 500, false);
  const std::string name = temporary_name("mat_view_expansions.bin");
  const auto mat = problem.nearfar(4, 20);
  {
    const Option option("-mat_nearfar_view_expansions", "binary:" + name);
    CALL(MatSetFromOptions(mat));
  }
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  Owned<Mat> copy;
  CALL(MatDuplicate(mat, MAT_DO_NOT_COPY_VALUES, &copy));
  CALL(MatMult(copy, x, y));  // shows nothing
  CALL(MatMult(mat, x, y));
  CALL(VecScale(x, 2.0));
  CALL(MatMult(mat, x, y));
  CALL(MatMultTranspose(mat, y, x));
  CALL(MatSetFromOptions(mat));  // without the option
  CALL(MatMult(mat, x, some_vector(mat, true)));
  const auto vectors = vectors_of_file(name);
  ASSERT_EQ(vectors.size(), 9U);
  constexpr std::size_t block = 56;
  for (std::size_t product = 0; product < 3; ++product) {
    const auto &multipoles = vectors[3 * product], &locals = vectors[3 * product + 1],
               &octants = vectors[3 * product + 2];
    EXPECT_EQ(multipoles.size(), octants.size() / 4 * block);
    EXPECT_EQ(locals.size(), multipoles.size());
  }
  for (std::size_t i = 0; i < vectors[0].size(); ++i) ASSERT_DOUBLE_EQ(vectors[3][i], 2.0 * vectors[0][i]);
  EXPECT_EQ(vectors[2], vectors[5]) << "the same octants";
  // The lower corner of the root cube is that of all points.
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double lower = 1e300;
    for (const Points* points : {&problem.all_targets, &problem.all_sources})
      for (std::size_t i = axis; i < points->size(); i += 3) lower = std::min(lower, (*points)[i]);
    EXPECT_NEAR(vectors[2][axis] - 0.5 * vectors[2][3], lower, 1e-12 * vectors[2][3]);
  }
  // What multipoles of level 2 add up to is nearly the sum of the charges.
  const auto expect_charges = [&](std::size_t product, Vec charges) {
    const std::vector<double>&multipoles = vectors[3 * product], &octants = vectors[3 * product + 2];
    const double root_side = *std::max_element(octants.begin(), octants.end());
    double sum = 0.0;
    for (std::size_t b = 0; 4 * b < octants.size(); ++b)
      for (std::size_t k = 0; k < block && octants[4 * b + 3] == 0.25 * root_side; ++k)
        sum += multipoles[block * b + k];
    PetscScalar wanted = 0.0;
    PetscReal norm = 0.0;
    CALL(VecSum(charges, &wanted));
    CALL(VecNorm(charges, NORM_1, &norm));
    EXPECT_NEAR(sum, wanted, 1e-3 * norm) << product;
  };
  expect_charges(0, some_vector(mat, false));
  expect_charges(2, y);
}

TEST(MatViewExpansions, AsTextAndInHdf5) {
  const DenseProblem problem("laplace", 300, 300, true);
  for (const std::string type : {"ascii", "hdf5"}) {
    const std::string name = temporary_name("mat_view_expansions." + type);
    auto mat = problem.nearfar(4, 20);
    const Option option("-mat_nearfar_view_expansions", type + ":" + name);
    CALL(MatSetFromOptions(mat));
    PetscInt left = 1;
    CALL(PetscOptionsAllUsed(nullptr, &left));
    EXPECT_EQ(left, 0);
    const auto x = some_vector(mat, false), y = some_vector(mat, true);
    for (int times = 0; times < 2; ++times) CALL(MatMult(mat, x, y));
    CALL(MatDestroy(&mat));
    const std::string text = text_of_file(name);
    for (const char* word : {"multipoles", "locals", "octants"})
      EXPECT_NE(text.find(word), std::string::npos) << word << " in " << type;
  }
}

TEST(MatView, TellsTheMemoryOfTheRanks) {
  const DenseProblem problem("laplace", 20000, 20000, true);
  const auto mat = problem.nearfar(4, 30);
  CALL(MatNearfarSetUp(mat));
  const std::string name = temporary_name("mat_view_memory.txt");
  PetscViewer viewer = nullptr;
  CALL(PetscViewerASCIIOpen(PETSC_COMM_WORLD, name.c_str(), &viewer));
  CALL(MatView(mat, viewer));
  CALL(PetscViewerDestroy(&viewer));
  const std::string text = text_of_file(name);
  double min = 0.0, mean = 0.0, max = 0.0;
  const std::size_t begin = text.find("memory of a rank");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(std::sscanf(text.c_str() + begin, "memory of a rank: %lf MiB min, %lf mean, %lf max", &min, &mean, &max),
            3);
  Operator* op = nullptr;
  CALL(get_operator(mat, &op));
  double extremes[2] = {static_cast<double>(op->made_plan().memory_estimate_bytes()), 0.0};
  extremes[1] = -extremes[0];
  CALL(MPI_Allreduce(MPI_IN_PLACE, extremes, 2, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  EXPECT_NEAR(min, -extremes[1] / 1048576.0, 0.051);
  EXPECT_NEAR(max, extremes[0] / 1048576.0, 0.051);
  EXPECT_GE(mean, min);
  EXPECT_LE(mean, max);
  if (!is_one_rank()) {
    EXPECT_GT(max, min) << "the ranks do not have the same by chance";
  }
}

}
}
