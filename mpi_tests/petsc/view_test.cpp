// SPDX-License-Identifier: BSD-3-Clause
// What a MATNEARFAR prints, and when.
#include <gtest/gtest.h>

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

TEST(MatView, TellsTheMemoryOfTheRanks) {
  const DenseProblem problem("laplace", 20000, 20000, true);
  const auto mat = problem.nearfar(4, 60);
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
  if (!is_one_rank()) {
    EXPECT_GT(max, min) << "the ranks do not have the same by chance";
  }
}

}
}
