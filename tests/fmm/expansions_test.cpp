// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/expansions.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace nearfar {
namespace {

TEST(Expansions, ArePetscVectorsOverOneAlignedArray) {
  Expansions expansions;
  expansions.reshape(3, 5, 7);
  for (int i = 0; i < 35; ++i) expansions.data()[i] = i;

  PetscInt owned = 0, ghosts = 0;
  VecGetLocalSize(expansions.owned(), &owned);
  VecGetLocalSize(expansions.ghosts(), &ghosts);
  const PetscScalar *owned_values = nullptr, *ghost_values = nullptr;
  VecGetArrayRead(expansions.owned(), &owned_values);
  VecGetArrayRead(expansions.ghosts(), &ghost_values);

  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(expansions.data()) % cache_line, 0U);
  EXPECT_EQ(owned, 21);
  EXPECT_EQ(ghosts, 14);
  EXPECT_EQ(owned_values, expansions[0]);
  EXPECT_EQ(ghost_values, expansions[3]);
  EXPECT_EQ(ghost_values[0], 21.0);
  VecRestoreArrayRead(expansions.owned(), &owned_values);
  VecRestoreArrayRead(expansions.ghosts(), &ghost_values);

  Expansions moved = std::move(expansions);
  moved.set_zero();
  PetscReal norm = -1.0;
  VecNorm(moved.owned(), NORM_INFINITY, &norm);
  EXPECT_EQ(norm, 0.0);
}

}
}
