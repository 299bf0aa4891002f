// SPDX-License-Identifier: BSD-3-Clause
// What boundary-integral codes with quadratures of their own need beside products.
#include <gtest/gtest.h>

#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

TEST(PairsWithin, AreAllPairsUpToTheDistance) {
  // As many other sources as targets: row and column i have nothing to do with each other.
  for (const auto& [sources, same] : {std::pair<std::size_t, bool>{300, true}, {300, false}, {250, false}}) {
    const DenseProblem problem("laplace", 300, sources, same);
    const auto mat = problem.nearfar(4, 10), dense = problem.dense();
    if (same) CALL(MatShift(mat, 5.0));  // is not in them
    for (const double distance : {0.2, 1.5}) {
      Owned<Mat> pairs;
      CALL(MatNearfarGetPairsWithin(mat, distance, &pairs));
      PetscInt begin = 0, end = 0;
      CALL(MatGetOwnershipRange(pairs, &begin, &end));
      for (PetscInt i = begin; i < end; ++i) {
        PetscInt size = 0;
        const PetscInt* columns = nullptr;
        const PetscScalar *values = nullptr, *row = nullptr;
        CALL(MatGetRow(pairs, i, &size, &columns, &values));
        CALL(MatGetRow(dense, i, nullptr, nullptr, &row));
        const auto between = [&](std::size_t j) {
          const double* x = &problem.all_targets[3 * static_cast<std::size_t>(i)];
          const double* y = &problem.all_sources[3 * j];
          return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
        };
        PetscInt expected = 0;
        for (std::size_t j = 0; j < problem.all_sources.size() / 3; ++j)
          if (between(j) <= distance) ++expected;
        EXPECT_EQ(size, expected) << i;
        for (PetscInt k = 0; k < size; ++k) {
          EXPECT_LE(between(static_cast<std::size_t>(columns[k])), distance) << i;
          EXPECT_NEAR(values[k], row[columns[k]], 1e-13 * (1.0 + row[columns[k]]));
        }
        CALL(MatRestoreRow(dense, i, nullptr, nullptr, &row));
        CALL(MatRestoreRow(pairs, i, &size, &columns, &values));
      }
    }
  }
}

TEST(PairsWithin, CanBeLeftOut) {
  const DenseProblem problem("stokeslet", 60, 60, true);
  const auto mat = problem.nearfar(6, 20), dense = problem.dense();
  Owned<Mat> pairs, sum;
  CALL(MatNearfarGetPairsWithin(mat, 0.3, &pairs));
  CALL(MatScale(pairs, -1.0));
  const std::array<Mat, 2> terms{mat, pairs};
  CALL(MatCreateComposite(PETSC_COMM_WORLD, 2, terms.data(), &sum));
  CALL(MatAXPY(dense, 1.0, pairs, DIFFERENT_NONZERO_PATTERN));
  const auto x = some_vector(mat, false), y = some_vector(mat, true), expected = some_vector(mat, true);
  CALL(MatMult(sum, x, y));
  CALL(MatMult(dense, x, expected));
  EXPECT_LT(difference(y, expected), 1e-6);
  const QuietErrors quiet;
  EXPECT_EQ(MatNearfarGetPairsWithin(mat, -1.0, &pairs), PETSC_ERR_ARG_OUTOFRANGE);
  int num_ranks = 1;
  MPI_Comm_size(PETSC_COMM_WORLD, &num_ranks);
  // Equal in six decimals.
  const double distance = is_last_rank() && num_ranks > 1 ? 1e-7 : num_ranks > 1 ? 2e-7 : -1e-9;
  EXPECT_EQ(MatNearfarGetPairsWithin(mat, distance, &pairs), PETSC_ERR_ARG_OUTOFRANGE);
}

TEST(OtherTargets, GetTheSumsOfTheSameSources) {
  const DenseProblem problem("laplace", 200, 150, false);
  const auto mat = problem.nearfar(8, 20);
  const auto strengths = some_vector(mat, false);
  // Half of the targets, where the potential is that of the matrix.
  const auto own = static_cast<PetscInt>(problem.targets.size() / 6);
  Owned<Mat> probes, gradients;
  CALL(MatNearfarCreateAtTargets(mat, own, problem.targets.data(), nullptr, &probes));
  CALL(MatNearfarCreateAtTargets(mat, own, problem.targets.data(), "potential,gradient", &gradients));
  const auto all = some_vector(mat, true), some = some_vector(probes, true), fields = some_vector(gradients, true);
  CALL(MatMult(mat, strengths, all));
  CALL(MatMult(probes, strengths, some));
  CALL(MatMult(gradients, strengths, fields));
  const PetscScalar *of_all = nullptr, *of_some = nullptr, *of_fields = nullptr;
  CALL(VecGetArrayRead(all, &of_all));
  CALL(VecGetArrayRead(some, &of_some));
  CALL(VecGetArrayRead(fields, &of_fields));
  for (PetscInt i = 0; i < own; ++i) {
    EXPECT_NEAR(of_some[i], of_all[i], 1e-6 * (1.0 + std::abs(of_all[i])));
    EXPECT_NEAR(of_fields[4 * i], of_all[i], 1e-6 * (1.0 + std::abs(of_all[i])));
  }
  CALL(VecRestoreArrayRead(fields, &of_fields));
  CALL(VecRestoreArrayRead(some, &of_some));
  CALL(VecRestoreArrayRead(all, &of_all));
}

TEST(OtherTargets, MustBeANumberOfThem) {
  const DenseProblem problem("laplace", 20, 20, true);
  const auto mat = problem.nearfar(4, 20);
  Owned<Mat> probes;
  const QuietErrors quiet;
  const PetscInt count = is_last_rank() ? -1 : 1;
  EXPECT_EQ(MatNearfarCreateAtTargets(mat, count, problem.targets.data(), nullptr, &probes), PETSC_ERR_ARG_OUTOFRANGE);
}

TEST(RigidBody, KeepsDigitsFarFromTheOrigin) {
  DenseProblem problem("stokeslet", 30, 30, true);
  for (double& coordinate : problem.targets) coordinate += 1e6;
  const auto mat = problem.nearfar(4, 20);
  MatNullSpace motions = nullptr;
  CALL(MatNearfarCreateRigidBody(mat, &motions));
  const auto x = some_vector(mat, false);
  PetscScalar* velocities = nullptr;
  CALL(VecGetArray(x, &velocities));
  for (std::size_t i = 0; i < problem.targets.size(); i += 3) {
    velocities[i] = 1e6 - problem.targets[i + 1];
    velocities[i + 1] = problem.targets[i] - 1e6;
    velocities[i + 2] = 0.0;
  }
  CALL(VecRestoreArray(x, &velocities));
  PetscReal before = 0.0, after = 0.0;
  CALL(VecNorm(x, NORM_2, &before));
  CALL(MatNullSpaceRemove(motions, x));
  CALL(VecNorm(x, NORM_2, &after));
  EXPECT_LT(after, 1e-13 * before);
  CALL(MatNullSpaceDestroy(&motions));
}

TEST(RigidBody, HasTheMotionsOfThePoints) {
  const DenseProblem problem("stokeslet", 30, 30, true);
  const auto mat = problem.nearfar(4, 20);
  MatNullSpace motions = nullptr;
  CALL(MatNearfarCreateRigidBody(mat, &motions));
  // A rotation about an axis off the origin lies in their span: removing them leaves nothing.
  const auto x = some_vector(mat, false);
  PetscScalar* velocities = nullptr;
  CALL(VecGetArray(x, &velocities));
  for (std::size_t i = 0; i < problem.targets.size(); i += 3) {
    velocities[i] = 0.5 - 2.0 * problem.targets[i + 1];
    velocities[i + 1] = 2.0 * problem.targets[i] - 1.5;
    velocities[i + 2] = 0.25;
  }
  CALL(VecRestoreArray(x, &velocities));
  PetscReal before = 0.0, after = 0.0;
  CALL(VecNorm(x, NORM_2, &before));
  CALL(MatNullSpaceRemove(motions, x));
  CALL(VecNorm(x, NORM_2, &after));
  EXPECT_LT(after, 1e-13 * before);
  // The near field has them for PCGAMG, which takes no blocks.
  const Option type("-near_field_mat_type", "aij");
  CALL(MatSetNearNullSpace(mat, motions));
  CALL(MatShift(mat, 40.0));
  Owned<Mat> near_field;
  MatNullSpace of_near_field = nullptr;
  CALL(MatNearfarGetNearField(mat, &near_field));
  CALL(MatGetNearNullSpace(near_field, &of_near_field));
  EXPECT_EQ(of_near_field, motions);
  PC multigrid = nullptr;
  CALL(PCCreate(PETSC_COMM_WORLD, &multigrid));
  CALL(PCSetOperators(multigrid, near_field, near_field));
  CALL(PCSetType(multigrid, PCGAMG));
  CALL(PCSetUp(multigrid));
  CALL(PCDestroy(&multigrid));
  CALL(MatNullSpaceDestroy(&motions));
  const DenseProblem scalar("laplace", 10, 10, true);
  const auto of_charges = scalar.nearfar();
  const QuietErrors quiet;
  EXPECT_EQ(MatNearfarCreateRigidBody(of_charges, &motions), PETSC_ERR_SUP);
}

}
}
