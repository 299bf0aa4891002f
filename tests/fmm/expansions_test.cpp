// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/expansions.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "base/petsc.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

/// The local entries of a vector.
[[nodiscard]] std::span<const PetscScalar> entries_of(Vec vec) {
  PetscInt size = 0;
  const PetscScalar* values = nullptr;
  check_petsc(VecGetLocalSize(vec, &size), "VecGetLocalSize");
  check_petsc(VecGetArrayRead(vec, &values), "VecGetArrayRead");
  const std::span<const PetscScalar> entries(values, usize(size));
  check_petsc(VecRestoreArrayRead(vec, &values), "VecRestoreArrayRead");
  return entries;
}

[[nodiscard]] double norm_of(Vec vec) {
  PetscReal norm = -1.0;
  check_petsc(VecNorm(vec, NORM_INFINITY, &norm), "VecNorm");
  return norm;
}

TEST(Expansions, AreOneAlignedArrayWhoseOwnBlocksAreAPetscVector) {
  Expansions expansions;
  expansions.reshape(3, 5, 7);
  for (int i = 0; i < 35; ++i) EXPECT_EQ(expansions.data()[i], 0.0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(expansions.data()) % cache_line, 0U);

  const Vec vec = expansions.vector(MPI_COMM_SELF);
  EXPECT_EQ(expansions.vector(MPI_COMM_SELF), vec);
  PetscInt block = 0;
  VecGetBlockSize(vec, &block);
  EXPECT_EQ(block, 7);
  EXPECT_EQ(entries_of(vec).data(), expansions[0]);
  EXPECT_EQ(entries_of(vec).size(), 21U);

  Expansions moved = std::move(expansions);
  for (int i = 0; i < 35; ++i) moved.data()[i] = i;
  moved.set_written(0);
  EXPECT_EQ(norm_of(moved.vector(MPI_COMM_SELF)), 20.0);
  moved.set_zero();
  EXPECT_EQ(norm_of(moved.vector(MPI_COMM_SELF)), 0.0) << "not the norm that PETSc has kept";
}

TEST(Expansions, AreThoseOfTheChargesOnceHoweverOftenTheyAreAskedFor) {
  Expansions expansions;
  expansions.reshape(2, 3, 1);
  const auto values = {1.0, -1.5, 2.0};
  std::copy(values.begin(), values.end(), expansions.data());
  expansions.set_written(3);
  for (int i = 0; i < 2; ++i) {
    const auto entries = entries_of(expansions.vector(MPI_COMM_SELF));
    EXPECT_EQ(std::vector<double>(entries.begin(), entries.end()), (std::vector<double>{8.0, -12.0}));
  }
  EXPECT_EQ(*expansions[2], 2.0) << "ghosts stay";
}

TEST(Expansions, BeginWithZerosInMemoryThatHasBeenUsed) {
  Expansions expansions;
  expansions.reshape(4, 4, 2);
  const double* memory = expansions.data();
  std::fill_n(expansions.data(), 8, 1.0);
  expansions.set_written(5);
  (void)expansions.vector(MPI_COMM_SELF);
  expansions.reshape(1, 3, 2);
  EXPECT_EQ(expansions.data(), memory);
  EXPECT_EQ(norm_of(expansions.vector(MPI_COMM_SELF)), 0.0);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(memory[i], 0.0);
  *expansions[0] = 1.0;
  expansions.set_written(0);
  EXPECT_EQ(entries_of(expansions.vector(MPI_COMM_SELF)).size(), 2U);
  EXPECT_EQ(norm_of(expansions.vector(MPI_COMM_SELF)), 1.0) << "no exponent is left";
}

TEST(Expansions, OfMoreNumbersThanPetscCountsAreRefused) {
  Expansions expansions;
  expansions.reshape(3, 5, 7);
  EXPECT_THROW((void)expansions.vector(MPI_COMM_SELF, 20), UsageError);
  EXPECT_NE(expansions.vector(MPI_COMM_SELF, 21), nullptr);
}

}
}
