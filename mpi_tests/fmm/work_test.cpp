// SPDX-License-Identifier: BSD-3-Clause
// The counted work of an evaluation is exact, so that a regression shows without a clock.
#include <gtest/gtest.h>
#include <omp.h>

#include <atomic>
#include <numeric>

#include "comm/mpi.hpp"
#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

struct Problem {
  app::Distribution distribution;
  bool same = true;  ///< targets are the sources
};

struct Setting {
  Points sources, targets;
  std::vector<double> charges;
  std::size_t num_targets = 0;
};

constexpr GlobalIndex num_points = 20000;

Setting setting_of(const Problem& problem, MPI_Comm communicator, std::size_t components) {
  const Points sources = app::sample_points(problem.distribution, 21, 0, num_points);
  const Points targets = problem.same ? sources : app::sample_points(app::Distribution::cube, 5, 0, num_points);
  const auto numbers = dealt(usize(num_points), Deal::round_robin, communicator);
  Setting setting{take(sources, numbers, 3), take(targets, numbers, 3), {}, numbers.size()};
  setting.charges.assign(numbers.size() * components, 1.0);
  return setting;
}

std::unique_ptr<OpenPlan> make_plan(const Problem& problem, const Kernel& kernel, MPI_Comm communicator) {
  const Setting setting = setting_of(problem, communicator, usize(kernel.source_dim));
  return std::make_unique<OpenPlan>(communicator, kernel, CallerPoints{setting.sources, setting.targets, problem.same},
                                    Options{.order = 4, .points_per_leaf = 40, .root_scale = 1.0});
}

void run(OpenPlan& plan, const Problem& problem, bool with_gradients) {
  const Setting setting = setting_of(problem, plan.geometry->comm(), usize(plan.plan.kernel.source_dim));
  std::vector<double> potentials(setting.num_targets * usize(plan.plan.kernel.target_dim));
  std::vector<double> gradients(with_gradients ? 3 * potentials.size() : 0);
  plan.plan.apply({setting.charges, potentials, gradients});
}

/// The kernel, which also counts the pairs that it sums; those of mutual ranges are summed for both sides.
Kernel counting(const Kernel& kernel, std::atomic<std::int64_t>& pairs) {
  Kernel result = kernel;
  result.add_sums = [kernel, &pairs](const PairSum& sum) {
    std::int64_t count = 0;
    for (const auto& range : sum.source_ranges) count += range.size();
    for (const auto& range : sum.mutual_ranges) count += 2 * range.size();
    pairs += count * sum.num_targets;
    kernel.add_sums(sum);
  };
  result.in_units_of = [kernel, &pairs](double length) { return counting(kernel.in_units_of(length), pairs); };
  return result;
}

class WorkOf : public testing::TestWithParam<Problem> {};

TEST_P(WorkOf, PairsAreThoseThatTheKernelSums) {
  for (const char* name : {"laplace", "stokeslet"}) {
    std::atomic<std::int64_t> pairs{0};
    const auto plan = make_plan(GetParam(), counting(make_kernel(name), pairs), MPI_COMM_WORLD);
    pairs = 0;
    run(*plan, GetParam(), true);
    const Work& work = plan->evaluation().work;
    EXPECT_EQ(pairs, work.interior_pairs + work.border_pairs + work.p2l_pairs + work.m2p_pairs) << name;
  }
}

TEST_P(WorkOf, FlopsReportedAreThoseCounted) {
  const auto plan = make_plan(GetParam(), make_kernel("laplace"), MPI_COMM_WORLD);
  run(*plan, GetParam(), false);
  const Work& work = plan->evaluation().work;
  const auto times = plan->evaluation().log.times(Phase::p2m, Phase::communication);
  const auto pairs = static_cast<double>(work.interior_pairs + work.border_pairs);
  EXPECT_EQ(times.at("P2P").flops, pairs * plan->plan.kernel.potential_flops);
  EXPECT_EQ(times.at("P2L").flops, static_cast<double>(work.p2l_pairs) * plan->plan.kernel.potential_flops);
  EXPECT_EQ(times.at("M2P").flops, static_cast<double>(work.m2p_pairs) * plan->plan.kernel.potential_flops);
  EXPECT_DOUBLE_EQ(times.at("P2M").flops, work.p2m_flops);
  EXPECT_DOUBLE_EQ(times.at("L2P").flops, work.l2p_flops);
}

INSTANTIATE_TEST_SUITE_P(Fmm, WorkOf,
                         testing::Values(Problem{app::Distribution::cube}, Problem{app::Distribution::sphere},
                                         Problem{app::Distribution::plummer},
                                         Problem{app::Distribution::sphere, false}));

struct Counts {
  std::int64_t octants, near_pairs, p2l_pairs, m2p_pairs, m2m_children, l2l_children;
  bool operator==(const Counts&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Counts& counts) {
  return out << "{" << counts.octants << ", " << counts.near_pairs << ", " << counts.p2l_pairs << ", "
             << counts.m2p_pairs << ", " << counts.m2m_children << ", " << counts.l2l_children << "}";
}

Counts counts_of(OpenPlan& plan) {
  const auto sum = [&](std::int64_t value) { return all_sum(plan.geometry->comm(), value); };
  const Work& work = plan.evaluation().work;
  const auto total = [](const auto& levels) { return std::accumulate(levels.begin(), levels.end(), std::int64_t{0}); };
  return {plan.statistics().num_octants, sum(work.interior_pairs + work.border_pairs),
          sum(work.p2l_pairs),           sum(work.m2p_pairs),
          sum(total(work.m2m_children)), sum(total(work.l2l_children))};
}

TEST(Work, OfFixedPointsStaysTheSameOnAnyRanks) {
  const auto counts = [](const Problem& problem) {
    return counts_of(*make_plan(problem, make_kernel("laplace"), MPI_COMM_WORLD));
  };
  EXPECT_EQ(counts({app::Distribution::cube}), (Counts{2220, 13321442, 0, 0, 2147, 2147}));
  EXPECT_EQ(counts({app::Distribution::sphere}), (Counts{1402, 6307986, 21336, 21336, 1337, 1337}));
  EXPECT_EQ(counts({app::Distribution::plummer}), (Counts{2402, 12831218, 897456, 897456, 2364, 2364}));
  EXPECT_EQ(counts({app::Distribution::sphere, false}), (Counts{3385, 5709272, 13888, 80808, 1378, 3278}));
}

/// M2L of one rank, by level from 2 on: products in frequency space as pairs of families or of children.
TEST(Work, OfM2lOfFixedPointsStaysTheSame) {
  const auto flops = [](const Problem& problem) {
    const auto plan = make_plan(problem, make_kernel("laplace"), MPI_COMM_SELF);
    double sum = 0.0;
    for (const auto& sweep : std::get<M2lSweeps<double>>(plan->evaluation().m2l).sweeps) sum += sweep->flops();
    run(*plan, problem, false);
    EXPECT_DOUBLE_EQ(plan->evaluation().log.times(Phase::p2m, Phase::communication).at("M2L").flops, sum);
    return static_cast<std::int64_t>(sum);
  };
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);  // the blocks, and with them what is mapped once for each block, depend on it
  EXPECT_EQ(flops({app::Distribution::cube}), 126273590);
  EXPECT_EQ(flops({app::Distribution::sphere}), 91372820);
  EXPECT_EQ(flops({app::Distribution::plummer}), 202925390);
  omp_set_num_threads(before);
}

TEST(WorkModel, ImbalanceIsTheLargestOverTheMean) {
  const int size = size_of_communicator(MPI_COMM_WORLD);
  const double work = rank_of(MPI_COMM_WORLD) == 0 ? 3.0 : 1.0;
  EXPECT_DOUBLE_EQ(imbalance(MPI_COMM_WORLD, work), 3.0 * size / (size + 2.0));
  EXPECT_EQ(imbalance(MPI_COMM_WORLD, 0.0), 1.0);
}

}
}
