// SPDX-License-Identifier: BSD-3-Clause
// What must not depend on the number of ranks, on who holds which point, or on the number of threads.
#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <random>

#include "comm/mpi.hpp"
#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

struct Outcome {
  std::unique_ptr<OpenPlan> plan;
  std::vector<double> potentials, gradients;  // of all targets, in global order
};

struct Problem {
  Points sources;
  std::vector<double> charges;
  Points targets;
  bool same = true;
  std::string kernel = "laplace";
  int order = 6;
  int points_per_leaf = 40;
  Precision precision = Precision::full;
};

Outcome run(const Problem& problem, MPI_Comm communicator, Deal deal) {
  const Kernel kernel = make_kernel(problem.kernel, {.lambda = 3.0});
  const Points& all_targets = problem.same ? problem.sources : problem.targets;
  const auto source_numbers = dealt(problem.sources.size() / 3, deal, communicator);
  const auto target_numbers = dealt(all_targets.size() / 3, deal, communicator);
  const auto sources = take(problem.sources, source_numbers, 3);
  const auto targets = take(all_targets, target_numbers, 3);
  const auto charges = take(problem.charges, source_numbers, usize(kernel.source_dim));
  const Options options{
      .order = problem.order, .points_per_leaf = problem.points_per_leaf, .precision = problem.precision};
  Outcome result;
  result.plan = std::make_unique<OpenPlan>(communicator, kernel, CallerPoints{sources, targets, problem.same}, options);
  const std::size_t dim = usize(kernel.target_dim);
  std::vector<double> potentials(target_numbers.size() * dim), gradients(target_numbers.size() * dim * 3);
  result.plan->plan.apply({charges, potentials, gradients});
  const std::size_t count = all_targets.size() / 3;
  result.potentials = collect(potentials, target_numbers, count, dim, communicator);
  result.gradients = collect(gradients, target_numbers, count, 3 * dim, communicator);
  return result;
}

Problem problem_of(app::Distribution distribution, std::size_t count, const std::string& kernel = "laplace") {
  Problem problem;
  problem.kernel = kernel;
  const auto number = static_cast<GlobalIndex>(count);
  problem.sources = app::sample_points(distribution, 21, 0, number);
  problem.charges = app::sample_charges(true, 22, 0, number, kernel == "stokeslet" ? 3 : 1);
  return problem;
}

/// Largest difference of the expansion blocks of own octants, by key, relative to the largest entry of the block.
double block_difference(OpenPlan& many, OpenPlan& one, bool of_multipoles) {
  double largest = 0.0;
  const Octree& tree = many.layout().essential.tree;
  int compared = 0;
  for (Index i = 0; i < tree.size(); ++i) {
    const auto& octant = tree.octants[usize(i)];
    if (!many.layout().essential.is_owned(i) || level_of(octant.key) < 2) continue;
    if ((of_multipoles ? octant.num_sources : octant.num_targets) == 0) continue;
    const Index j = one.layout().essential.tree.find(octant.key);
    if (j < 0) return INFINITY;
    Expansions& expansions = of_multipoles ? many.evaluation().multipoles : many.evaluation().locals;
    Expansions& of_one = of_multipoles ? one.evaluation().multipoles : one.evaluation().locals;
    const double* a = expansions[octant.slot];
    const double* b = of_one[one.layout().essential.tree.octants[usize(j)].slot];
    double difference = 0.0, scale = 0.0;
    for (int k = 0; k < expansions.block(); ++k) {
      difference = std::max(difference, std::abs(a[k] - b[k]));
      scale = std::max(scale, std::abs(b[k]));
    }
    if (scale > 0.0) largest = std::max(largest, difference / scale);
    ++compared;
  }
  EXPECT_GT(all_max(MPI_COMM_WORLD, compared), 10);
  return largest;
}

TEST(RankIndependence, OfTreePotentialsGradientsAndExpansions) {
  for (const auto distribution : all_distributions) {
    const Problem problem = problem_of(distribution, 6000);
    const Outcome one = run(problem, MPI_COMM_SELF, Deal::blocks);
    for (const Deal deal : {Deal::blocks, Deal::round_robin, Deal::all_on_last}) {
      const Outcome many = run(problem, MPI_COMM_WORLD, deal);
      EXPECT_EQ(many.plan->statistics().checksum, one.plan->statistics().checksum);
      EXPECT_EQ(many.plan->statistics().num_octants, one.plan->statistics().num_octants);
      EXPECT_EQ(many.plan->statistics().num_leaves, one.plan->statistics().num_leaves);
      for (const auto list : {&TreeStatistics::u, &TreeStatistics::v, &TreeStatistics::w, &TreeStatistics::x}) {
        EXPECT_DOUBLE_EQ((many.plan->statistics().*list).mean, (one.plan->statistics().*list).mean);
        EXPECT_EQ((many.plan->statistics().*list).max, (one.plan->statistics().*list).max);
      }
      EXPECT_LT(relative_l2(many.potentials, one.potentials), 1e-12);
      EXPECT_LT(relative_l2(many.gradients, one.gradients), 1e-12);
      EXPECT_LT(block_difference(*many.plan, *one.plan, true), 1e-10);
      EXPECT_LT(block_difference(*many.plan, *one.plan, false), 1e-10);
    }
  }
}

TEST(RankIndependence, OfOtherKernels) {
  for (const auto& [kernel, order] : {std::pair<std::string, int>{"yukawa", 4},
                                      {"yukawa", 6},
                                      {"yukawa", 8},
                                      {"stokeslet", 4},
                                      {"stokeslet", 6},
                                      {"stokeslet", 8}}) {
    Problem problem = problem_of(app::Distribution::ellipsoid, 1500, kernel);
    problem.order = order;
    const Outcome one = run(problem, MPI_COMM_SELF, Deal::blocks);
    const Outcome many = run(problem, MPI_COMM_WORLD, Deal::round_robin);
    EXPECT_LT(relative_l2(many.potentials, one.potentials), 1e-12) << kernel << " p = " << order;
    EXPECT_LT(relative_l2(many.gradients, one.gradients), 1e-12) << kernel << " p = " << order;
  }
}

TEST(RankIndependence, OfDifferentSourcesAndTargets) {
  Problem problem = problem_of(app::Distribution::plummer, 4000);
  problem.targets = app::sample_points(app::Distribution::sphere, 23, 0, 2500);
  problem.same = false;
  const Outcome one = run(problem, MPI_COMM_SELF, Deal::blocks);
  const Outcome many = run(problem, MPI_COMM_WORLD, Deal::odd_ranks);
  EXPECT_EQ(many.plan->statistics().checksum, one.plan->statistics().checksum);
  EXPECT_LT(relative_l2(many.potentials, one.potentials), 1e-12);
  EXPECT_LT(relative_l2(many.gradients, one.gradients), 1e-12);
}

TEST(ThreadIndependence, ResultsAreBitEqual) {
  const int before = omp_get_max_threads();
  for (const auto distribution : {app::Distribution::cube, app::Distribution::ellipsoid}) {
    const Problem problem = problem_of(distribution, 5000);
    omp_set_num_threads(1);
    const Outcome one = run(problem, MPI_COMM_WORLD, Deal::blocks);
    for (const int threads : {2, 4}) {
      omp_set_num_threads(threads);
      const Outcome many = run(problem, MPI_COMM_WORLD, Deal::blocks);
      EXPECT_EQ(many.potentials, one.potentials) << threads << " threads";
      EXPECT_EQ(many.gradients, one.gradients) << threads << " threads";
    }
  }
  omp_set_num_threads(before);
}

TEST(ThreadIndependence, OfMoreThreadsThanAtSetUp) {
  const int before = omp_get_max_threads();
  const Problem problem = problem_of(app::Distribution::cube, 5000);
  omp_set_num_threads(1);
  const Outcome one = run(problem, MPI_COMM_SELF, Deal::blocks);
  omp_set_num_threads(3);
  std::vector<double> potentials(one.potentials.size()), gradients(one.gradients.size());
  one.plan->plan.apply({problem.charges, potentials, gradients});
  EXPECT_EQ(potentials, one.potentials);
  EXPECT_EQ(gradients, one.gradients);
  omp_set_num_threads(before);
}

TEST(MixedPrecision, AddsItsRoundingForChargesOfAnyMagnitudeOnAnyRanks) {
  for (const double magnitude : {1.0, 1e35, 1e-35}) {
    Problem problem = problem_of(app::Distribution::plummer, 5000);
    for (double& charge : problem.charges) charge *= magnitude;
    const Outcome full = run(problem, MPI_COMM_WORLD, Deal::blocks);
    problem.precision = Precision::mixed;
    const Outcome mixed = run(problem, MPI_COMM_WORLD, Deal::all_on_last);
    const Outcome of_one_rank = run(problem, MPI_COMM_SELF, Deal::blocks);
    const double difference = relative_l2(mixed.potentials, full.potentials);
    EXPECT_LT(difference, 3.8e-7) << magnitude;
    EXPECT_GT(difference, 1e-8) << magnitude;
    // The closest pair rules the gradients, with three times the error of its distance.
    EXPECT_LT(relative_l2(mixed.gradients, full.gradients), 7e-7) << magnitude;
    EXPECT_LT(relative_l2(mixed.potentials, of_one_rank.potentials), 3.8e-7) << magnitude;
  }
}

TEST(Repetition, GivesTheSameBits) {
  const Problem problem = problem_of(app::Distribution::sphere, 4000);
  const Outcome first = run(problem, MPI_COMM_WORLD, Deal::blocks);
  const Outcome second = run(problem, MPI_COMM_WORLD, Deal::blocks);
  EXPECT_EQ(first.potentials, second.potentials);
}

}
}
