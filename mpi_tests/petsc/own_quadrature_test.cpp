// SPDX-License-Identifier: BSD-3-Clause
// What boundary-integral codes with quadratures of their own need beside products.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <span>

#include "comm/mpi.hpp"
#include "nearfar/user_kernels.h"
#include "operators/level_operators.hpp"
#include "support/family_problem.hpp"

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

/// Calls `visit` with each row of a matrix on this rank: its number, columns and values.
template <class Visit>
void for_each_row(Mat mat, const Visit& visit) {
  PetscInt begin = 0, end = 0;
  CALL(MatGetOwnershipRange(mat, &begin, &end));
  for (PetscInt i = begin; i < end; ++i) {
    PetscInt size = 0;
    const PetscInt* columns = nullptr;
    const PetscScalar* values = nullptr;
    CALL(MatGetRow(mat, i, &size, &columns, &values));
    visit(static_cast<std::size_t>(i), std::span(columns, static_cast<std::size_t>(size)), values);
    CALL(MatRestoreRow(mat, i, &size, &columns, &values));
  }
}

/// Elements of some points, which lie anywhere and on any rank.
[[nodiscard]] std::vector<PetscInt> some_elements(std::size_t num_points, std::size_t num_elements) {
  std::vector<PetscInt> elements;
  for (std::size_t i = 0; i < num_points; ++i) elements.push_back(static_cast<PetscInt>(17 * i % num_elements));
  return elements;
}

/// The part of this rank, for arrays [point].
[[nodiscard]] std::vector<PetscInt> own_part(const std::vector<PetscInt>& all, PetscInt num_own) {
  PetscInt end = 0;
  MPI_Scan(&num_own, &end, 1, MPIU_INT, MPI_SUM, PETSC_COMM_WORLD);
  return {all.begin() + (end - num_own), all.begin() + end};
}

/// Pairs [target][source] of points whose elements are equal, or have points no farther apart.
[[nodiscard]] std::vector<std::vector<bool>> near_pairs(const FamilyProblem& problem, double distance,
                                                        const std::vector<PetscInt>& of_targets,
                                                        const std::vector<PetscInt>& of_sources) {
  std::vector<std::vector<bool>> near(of_targets.size(), std::vector<bool>(of_sources.size(), false));
  std::set<std::pair<PetscInt, PetscInt>> elements;
  const auto is_near = [&](std::size_t i, std::size_t j) {
    const double inverse = problem.inverse_distance_cubed(i, j);
    return inverse == 0.0 || inverse >= std::pow(distance, -3.0);
  };
  for (std::size_t i = 0; i < of_targets.size(); ++i)
    for (std::size_t j = 0; j < of_sources.size(); ++j)
      if (is_near(i, j)) elements.emplace(of_targets[i], of_sources[j]);
  for (std::size_t i = 0; i < of_targets.size(); ++i)
    for (std::size_t j = 0; j < of_sources.size(); ++j)
      near[i][j] = of_targets[i] == of_sources[j] || elements.contains({of_targets[i], of_sources[j]});
  return near;
}

TEST(PairsOfElements, AreAllPairsOfTheirPoints) {
  for (const auto& [choice, same] : {std::pair{KernelChoice{"laplace", {"dipole"}, {"normal_derivative"}, {}}, true},
                                     {KernelChoice{"laplace", {"dipole"}, {"normal_derivative"}, {}}, false},
                                     {KernelChoice{"stokes", {"stresslet"}, {"velocity", "pressure"}, {}}, false}}) {
    const FamilyProblem problem(choice, 120, 90, same);
    const auto mat = problem.nearfar(4, 10);
    const auto of_targets = some_elements(120, 40),
               of_sources = same ? of_targets : some_elements(problem.all_sources.size() / 3, 30);
    Owned<Mat> pairs;
    CALL(MatNearfarGetPairsOfElements(mat, 0.1, own_part(of_targets, problem.num_targets()).data(),
                                      same ? nullptr : own_part(of_sources, problem.num_sources()).data(), &pairs));
    const auto near = near_pairs(problem, 0.1, of_targets, of_sources);
    const auto num_values = usize(make_kernel(choice).num_values()),
               num_strengths = usize(make_kernel(choice).num_strengths());
    std::size_t all = 0;
    for_each_row(pairs, [&](std::size_t row, std::span<const PetscInt> columns, const PetscScalar* values) {
      const std::size_t target = row / num_values;
      const auto expected = static_cast<std::size_t>(std::count(near[target].begin(), near[target].end(), true));
      EXPECT_EQ(columns.size(), expected * num_strengths) << row;
      all += expected;
      for (std::size_t k = 0; k < columns.size(); ++k) {
        const auto source = static_cast<std::size_t>(columns[k]) / num_strengths;
        EXPECT_TRUE(near[target][source]) << row;
        const double value = problem.block(
            target, source)[row % num_values * num_strengths + static_cast<std::size_t>(columns[k]) % num_strengths];
        EXPECT_NEAR(values[k], value, 1e-13 * (1.0 + problem.inverse_distance_cubed(target, source)));
      }
    });
    const std::size_t whole = num_values * problem.targets.size() / 3 * near[0].size();
    const auto of_all_ranks = static_cast<std::size_t>(all_sum(MPI_COMM_WORLD, static_cast<std::int64_t>(all)));
    EXPECT_TRUE(of_all_ranks > whole / 20 && of_all_ranks < whole / 2) << "a test that tells";
  }
}

TEST(PairsOfElements, OfPointsThatAreElementsArePairsWithin) {
  const DenseProblem problem("laplace", 100, 100, true);
  const auto mat = problem.nearfar(4, 10);
  Owned<Mat> within, of_elements;
  CALL(MatNearfarGetPairsWithin(mat, 0.2, &within));
  CALL(MatNearfarGetPairsOfElements(mat, 0.2, nullptr, nullptr, &of_elements));
  PetscBool equal = PETSC_FALSE;
  CALL(MatEqual(within, of_elements, &equal));
  EXPECT_TRUE(equal);
  const QuietErrors quiet;
  std::vector<PetscInt> elements(problem.targets.size() / 3, 1);
  if (is_last_rank()) elements.back() = -1;
  EXPECT_EQ(MatNearfarGetPairsOfElements(mat, 0.2, elements.data(), nullptr, &within), PETSC_ERR_ARG_OUTOFRANGE);
  if (is_one_rank()) return;
  elements.back() = 1;
  EXPECT_EQ(MatNearfarGetPairsOfElements(mat, 0.2, is_last_rank() ? nullptr : elements.data(), nullptr, &within),
            PETSC_ERR_ARG_OUTOFRANGE);
}

/// 1/r, which counts the displacements that it is asked for.
void count_inverse_distances(void* context, int n, const double* dx, const double* dy, const double* dz,
                             double* values) {
  *static_cast<std::atomic<std::int64_t>*>(context) += n;
  for (int i = 0; i < n; ++i) values[i] = 1.0 / std::hypot(dx[i], dy[i], dz[i]);
}

TEST(PairsWithin, ComputesNoOtherPairs) {
  static std::atomic<std::int64_t> count = 0;
  static const NearfarUserKernel kernel{"counted", "1/r", 1, 1, count_inverse_distances, nullptr, &count, 0.0};
  static const char* const complaint = nearfar_register_kernel(&kernel);
  ASSERT_EQ(complaint, nullptr);
  const DenseProblem problem("counted", 400, 400, true);
  const auto mat = problem.nearfar(4, 400);
  CALL(MatNearfarSetUp(mat));
  // Kernels of users are tried out, the same for any distance.
  std::array<double, 2> counts{}, entries{};
  for (std::size_t i = 0; i < 2; ++i) {
    Owned<Mat> pairs;
    MatInfo info;
    count = 0;
    CALL(MatNearfarGetPairsWithin(mat, i == 0 ? 1e-9 : 0.6, &pairs));
    CALL(MatGetInfo(pairs, MAT_LOCAL, &info));
    counts[i] = static_cast<double>(count.load());
    entries[i] = info.nz_used;
  }
  EXPECT_LE(counts[1] - counts[0], entries[1]);
  EXPECT_GT(entries[1], 2.0 * entries[0]) << "a test that tells";
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

TEST(OtherTargets, ShareTheOperators) {
  const DenseProblem problem("stokeslet", 300, 200, false);
  const auto mat = problem.nearfar(4, 20);
  CALL(MatNearfarSetUp(mat));
  const std::int64_t built = num_operators_built();
  Owned<Mat> probes;
  CALL(MatNearfarCreateAtTargets(mat, problem.local_rows() / 6, problem.targets.data(), nullptr, &probes));
  CALL(MatNearfarSetUp(probes));
  EXPECT_EQ(num_operators_built(), built);
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
