// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "operators/m2l_support.hpp"

namespace nearfar::m2l_test {
namespace {

/// Accumulates a relative l2 difference.
struct Difference {
  double error = 0.0, norm = 0.0;
  void add(const double* values, const std::vector<double>& expected) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      error += (values[i] - expected[i]) * (values[i] - expected[i]);
      norm += expected[i] * expected[i];
    }
  }
  [[nodiscard]] double relative() const { return std::sqrt(error / norm); }
};

/// Difference between some boxes' locals, after one sweep over a random level of several blocks, and dense sums.
template <class Scalar = double>
double error_on_random_level(PointKernel point_kernel, int source_dim, int target_dim, int order,
                             double probability = 0.8) {
  const Problem problem = make_problem(point_kernel, source_dim, target_dim, order);
  const auto spectra = problem.spectra<Scalar>();
  const auto level = make_level(problem, 6, probability, 17);
  const M2lSweep<Scalar> sweep(spectra, level.families(), 1);
  EXPECT_GT(sweep.num_blocks(), 1);
  run(sweep);

  Difference difference;
  std::mt19937 random(5);
  for (int sample = 0; sample < (order < 8 ? 12 : 4);) {
    const std::size_t box = random() % (level.targets.size() * 8);
    const double* local = level.targets[box / 8][box % 8];
    if (local == nullptr) continue;
    difference.add(local, dense_local(problem, point_kernel, level, box / 8, static_cast<int>(box % 8)));
    ++sample;
  }
  return difference.relative();
}

TEST(M2lSweep, MatchesDenseSumsOfLaplace) {
  for (const int order : {3, 4, 5, 6, 8}) {
    EXPECT_LE(error_on_random_level(laplace, 1, 1, order), 1.2e-14) << "order " << order;
  }
  EXPECT_LE(error_on_random_level(laplace, 1, 1, 10), 2.5e-14);
}

TEST(M2lSweep, MatchesDenseSumsOfYukawa) {
  for (const int order : {4, 6}) {
    EXPECT_LE(error_on_random_level(yukawa, 1, 1, order), 1e-14) << "order " << order;
  }
}

TEST(M2lSweep, MatchesDenseSumsOfStokeslet) {
  for (const int order : {4, 6}) {
    EXPECT_LE(error_on_random_level(stokeslet, 3, 3, order), 1e-14) << "order " << order;
  }
}

TEST(M2lSweep, MatchesDenseSumsOfWaves) {
  for (const double probability : {0.3, 0.8})
    EXPECT_LE(error_on_random_level(waves, 2, 2, 4, probability), 1e-14) << probability;
  EXPECT_LE(error_on_random_level<float>(waves, 2, 2, 4), 7e-7);
}

TEST(M2lSweep, MatchesDenseSumsOfForcesAndSinks) {
  for (const double probability : {0.3, 0.8})
    EXPECT_LE(error_on_random_level(stokes, 4, 4, 4, probability), 1e-14) << probability;
  EXPECT_LE(error_on_random_level(stokes, 4, 4, 5), 1e-14);
  EXPECT_LE(error_on_random_level<float>(stokes, 4, 4, 4), 7e-7);
}

TEST(M2lSweep, LeavesOutEntriesThatAreZero) {
  for (const double probability : {0.3, 0.8}) {
    EXPECT_LE(error_on_random_level(uncoupled, 3, 3, 4, probability), 1e-14) << probability;
    EXPECT_LE(error_on_random_level(silent, 1, 2, 4, probability), 1e-14) << probability;
  }
  const auto flops = [](PointKernel point_kernel, int dim) {
    const Problem problem = make_problem(point_kernel, dim, dim, 3);
    const auto spectra = problem.spectra();
    return M2lSweep<double>(spectra, make_level(problem, 3, 1.0, 3).families(), 1).flops();
  };
  EXPECT_NEAR(flops(uncoupled, 3) / flops(laplace, 1), 3.0, 1e-12);
  EXPECT_LT(flops(stokes, 4) / flops(laplace, 1), 15.0);
}

TEST(M2lSweep, MatchesDenseSumsOfAKernelWithDifferentDimensions) {
  EXPECT_LE(error_on_random_level(dipole, 3, 1, 5), 1.2e-14);
}

TEST(M2lSweep, MatchesDenseSumsOfFullAndOfSparseFamilies) {
  for (const double probability : {0.3, 0.5, 0.65, 1.0}) {
    EXPECT_LE(error_on_random_level(laplace, 1, 1, 4, probability), 1.2e-14) << probability;
    EXPECT_LE(error_on_random_level(stokeslet, 3, 3, 4, probability), 1.2e-14) << probability;
    EXPECT_LE(error_on_random_level<float>(stokeslet, 3, 3, 4, probability), 7e-7) << probability;
  }
}

TEST(M2lSweep, MatchesDenseSumsInFloat) {
  for (const int order : {3, 4, 6, 8}) {
    EXPECT_LE(error_on_random_level<float>(laplace, 1, 1, order), 7e-7) << "order " << order;
  }
  EXPECT_LE(error_on_random_level<float>(yukawa, 1, 1, 5), 7e-7);
  EXPECT_LE(error_on_random_level<float>(stokeslet, 3, 3, 4), 7e-7);
  EXPECT_LE(error_on_random_level<float>(dipole, 3, 1, 5), 9e-7);
}

/// One child of the middle family of 3^3 is the only source; every pair of a source child and a target child of
/// another family is then seen alone.
TEST(M2lSweep, TranslatesEveryOffsetAloneAndNothingBetweenAdjacentBoxes) {
  const Problem problem = make_problem(laplace, 1, 1, 4);
  const auto spectra = problem.spectra();
  std::set<std::array<int, 3>> offsets;
  double largest_error = 0.0, largest_leak = 0.0;
  for (int o_s = 0; o_s < 8; ++o_s) {
    auto level = make_level(problem, 3, 1.0, 3);
    const double* multipole = level.sources[13][usize(o_s)];
    for (auto& family : level.sources) family.fill(nullptr);
    level.sources[13][usize(o_s)] = multipole;
    M2lSweep sweep(spectra, level.families(), 1);
    run(sweep);

    for (int box = 0; box < 27 * 8; ++box) {
      std::array<int, 3> t;
      for (int axis = 0; axis < 3; ++axis) {
        const int parent = level.target_parents[usize(box / 8)][usize(axis)];
        t[usize(axis)] = 2 * (1 - parent) + (o_s >> axis & 1) - (box >> axis & 1);
      }
      const double* local = level.targets[usize(box / 8)][usize(box % 8)];
      Difference difference;
      std::vector<double> expected(usize(problem.local_size()), 0.0);
      if (std::max({std::abs(t[0]), std::abs(t[1]), std::abs(t[2])}) > 1) {
        offsets.insert(t);
        add_dense(problem, laplace, t, multipole, expected.data());
        difference.add(local, expected);
        largest_error = std::max(largest_error, difference.relative());
      } else {
        difference.add(local, expected);
        largest_leak = std::max(largest_leak, std::sqrt(difference.error));
      }
    }
  }

  EXPECT_EQ(offsets.size(), 316u);
  EXPECT_LE(largest_error, 6e-14);
  EXPECT_LE(largest_leak, 8e-15);
}

TEST(M2lSweep, GivesTheSameBitsInAnyOrderAndForAnyNumberOfBlocks) {
  const Problem problem = make_problem(stokeslet, 3, 3, 4);
  const auto spectra = problem.spectra();
  auto level = make_level(problem, 9, 0.7, 23);
  const M2lSweep of_few(spectra, level.families(), 1), of_many(spectra, level.families());

  run(of_few, Order::ascending);
  const auto ascending = level.locals;
  std::fill(level.locals.begin(), level.locals.end(), 0.0);
  run(of_many, Order::descending);

  EXPECT_GT(of_many.num_blocks(), of_few.num_blocks());
  EXPECT_EQ(level.locals, ascending);
}

TEST(M2lSweep, LevelsOfAnySizeShareAWorkspace) {
  const Problem problem = make_problem(laplace, 1, 1, 4);
  const auto spectra = problem.spectra();
  auto small = make_level(problem, 2, 1.0, 41);
  auto large = make_level(problem, 6, 0.6, 43);
  const M2lSweep of_small(spectra, small.families(), 1), of_large(spectra, large.families(), 1);
  run(of_small);
  run(of_large);
  const auto small_alone = small.locals, large_alone = large.locals;
  std::fill(small.locals.begin(), small.locals.end(), 0.0);
  std::fill(large.locals.begin(), large.locals.end(), 0.0);

  M2lWorkspace<double> workspace;
  run(of_small, workspace);
  run(of_large, workspace);
  EXPECT_EQ(small.locals, small_alone);
  EXPECT_EQ(large.locals, large_alone);
  std::fill(small.locals.begin(), small.locals.end(), 0.0);
  run(of_small, workspace);
  EXPECT_EQ(small.locals, small_alone);
}

/// The small level has more frequencies, the large one larger blocks.
TEST(M2lSweep, LevelsOfDifferentOrdersShareAWorkspace) {
  const Problem high = make_problem(laplace, 1, 1, 7), low = make_problem(laplace, 1, 1, 3);
  const auto spectra_of_high = high.spectra(), spectra_of_low = low.spectra();
  auto small = make_level(high, 2, 1.0, 41);
  auto large = make_level(low, 6, 1.0, 43);
  const M2lSweep of_small(spectra_of_high, small.families(), 1), of_large(spectra_of_low, large.families(), 1);
  run(of_small);
  run(of_large);
  const auto small_alone = small.locals, large_alone = large.locals;
  std::fill(small.locals.begin(), small.locals.end(), 0.0);
  std::fill(large.locals.begin(), large.locals.end(), 0.0);

  M2lWorkspace<double> workspace;
  of_small.reserve(workspace, 1);
  of_large.reserve(workspace, 1);
  run_reserved(of_small, workspace);
  run_reserved(of_large, workspace);
  EXPECT_EQ(small.locals, small_alone);
  EXPECT_EQ(large.locals, large_alone);
}

TEST(M2lSweep, AddsToTheLocalsThatAreWantedAndTouchesNoOthers) {
  const Problem problem = make_problem(laplace, 1, 1, 5);
  const auto spectra = problem.spectra();
  auto level = make_level(problem, 4, 0.6, 29);
  const M2lSweep sweep(spectra, level.families(), 1);
  run(sweep);
  auto expected = level.locals;

  for (double& value : expected) value += 1000.0;
  std::fill(level.locals.begin(), level.locals.end(), 1000.0);
  run(sweep);

  const std::size_t size = usize(problem.local_size());
  for (std::size_t i = 0; i < level.locals.size(); ++i) {
    const bool wanted = level.targets[i / size / 8][i / size % 8] != nullptr;
    if (wanted) {
      EXPECT_NEAR(level.locals[i], expected[i], 1e-11);
    } else {
      EXPECT_EQ(level.locals[i], 1000.0);
    }
  }
}

TEST(M2lSweep, IgnoresFamiliesWithoutNeighboursAndEmptyLevels) {
  const Problem problem = make_problem(laplace, 1, 1, 3);
  const auto spectra = problem.spectra();
  auto level = make_level(problem, 2, 1.0, 31);
  for (auto& places : level.neighbours) std::fill(places.begin(), places.end(), -1);
  const M2lSweep alone(spectra, level.families(), 1);
  const M2lSweep empty(spectra, {}, 1);

  run(alone);
  run(empty);

  EXPECT_EQ(empty.num_blocks(), 0);
  EXPECT_TRUE(std::all_of(level.locals.begin(), level.locals.end(), [](double f) { return f == 0.0; }));
}

TEST(M2lSweep, CountsTwentySevenComplexProductsForEachPairOfFamiliesAndFrequency) {
  const Problem problem = make_problem(stokeslet, 3, 3, 3);
  const auto spectra = problem.spectra();
  auto level = make_level(problem, 2, 1.0, 37);
  const double all = M2lSweep(spectra, level.families(), 1).flops();

  level.neighbours[0][14] = -1;

  const double frequencies = 3 * 5 + 2 * 5 * 5;
  EXPECT_DOUBLE_EQ(all - M2lSweep(spectra, level.families(), 1).flops(), 9 * 27 * 8 * frequencies);
}

}
}
