// SPDX-License-Identifier: BSD-3-Clause
// Points that move, and the balance of the work over the ranks.
#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include "comm/mpi.hpp"
#include "fmm/work_model.hpp"
#include "support/moving_points.hpp"
#include "support/open_plan.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

/// Steps by which hardly any, many, and no points change their leaf.
void expect_follows(ChargedPoints sample, const Options& options) {
  const std::size_t count = sample.charges.size();
  Plan plan(comm, make_kernel("laplace"), sample.points, options);
  for (const double distance : {1e-3, 0.1, 0.0}) {
    sample.points = moved(sample.points, distance, 17);
    plan.update_points(sample.points);
    Plan fresh(comm, make_kernel("laplace"), sample.points, options);
    EXPECT_EQ(plan.tree_statistics().checksum, fresh.tree_statistics().checksum);
    expect_same(apply(plan, sample.charges, count), apply(fresh, sample.charges, count), "moved");
  }
}

TEST(UpdatePoints, GivesWhatANewPlanGives) {
  for (const auto distribution : all_distributions)
    expect_follows(deal_points(distribution, 6000),
                   {.order = 5, .points_per_leaf = 30, .root_scale = 1.1, .precision = Precision::full});
}

TEST(UpdatePoints, DoesSoWhereverThePointsAre) {
  for (const Deal deal : {Deal::blocks, Deal::all_on_last, Deal::odd_ranks}) {
    expect_follows(deal_points(app::Distribution::plummer, 3000, deal),
                   {.order = 4, .points_per_leaf = 30, .root_scale = 1.1, .precision = Precision::full});
    // Few leaves, so that some ranks have none.
    expect_follows(deal_points(app::Distribution::cube, 60, deal),
                   {.order = 3, .points_per_leaf = 30, .root_scale = 1.1, .precision = Precision::full});
  }
}

TEST(UpdatePoints, DoesSoWithSeveralThreads) {
  const int threads_before = omp_get_max_threads();
  omp_set_num_threads(3);
  expect_follows(deal_points(app::Distribution::sphere, 40000),
                 {.order = 3, .points_per_leaf = 60, .root_scale = 1.1, .precision = Precision::full});
  omp_set_num_threads(threads_before);
}

TEST(UpdatePoints, FollowsPointsThatLeaveTheRootCube) {
  const ChargedPoints sample = deal_points(app::Distribution::sphere, 3000);
  const std::size_t count = sample.charges.size();
  const Options options{.order = 5, .points_per_leaf = 30, .root_scale = 1.1, .precision = Precision::full};
  Plan plan(comm, make_kernel("yukawa", {.lambda = 2.0}), sample.points, options);
  Options with_room = options;
  with_room.root_scale = 1.05 * options.root_scale;
  for (const double factor : {3.0, 0.01, 1e6}) {
    Points points = sample.points;
    for (double& x : points) x = factor * x + 1.0;
    plan.update_points(points);
    Plan fresh(comm, make_kernel("yukawa", {.lambda = 2.0}), points, with_room);
    expect_same(apply(plan, sample.charges, count), apply(fresh, sample.charges, count), "left");
  }
}

TEST(UpdatePoints, KeepsTheOperatorsWhateverTheCubeAndTheDepth) {
  ChargedPoints sample = deal_points(app::Distribution::cube, 3000);
  const std::size_t count = sample.charges.size();
  for (double& x : sample.points) x = std::ldexp(std::round(std::ldexp(x, 20)), -20);  // moves are exact
  for (const char* name : {"laplace", "yukawa"}) {
    const Kernel kernel = without_identity(make_kernel(name));
    const Options options{.order = 4, .points_per_leaf = 30, .root_scale = 1.0, .precision = Precision::full};
    OpenPlan plan(comm, kernel, {sample.points, {}, true}, options);
    const AllOperators before = plan.plan.translations.operators;
    // They drift, a few contract, and part again.
    for (const double contraction : {1.0, 0.125, 1.0}) {
      Points points = sample.points;
      for (std::size_t i = 0; i < points.size(); ++i) {
        const bool contracts = i < points.size() / 8 && std::abs(points[i] - 0.5) < 0.4;
        points[i] = 0.5 + (contracts ? contraction : 1.0) * (points[i] - 0.5) - 7.0;
      }
      plan.geometry->update(points, {}, Balance::predicted);
      EXPECT_EQ(plan.statistics().depth >= size_of(before), contraction < 1.0) << name;
      for (std::size_t level = 0; level + 1 < before.size(); ++level)
        EXPECT_EQ(plan.plan.translations.operators[level].get(), before[level].get());
      OpenPlan fresh(comm, kernel, {points, {}, true}, options);
      Field after{std::vector<double>(count), std::vector<double>(3 * count)}, wanted = after;
      plan.plan.apply({sample.charges, after.potentials, after.gradients});
      fresh.plan.apply({sample.charges, wanted.potentials, wanted.gradients});
      expect_same(after, wanted, name);
    }
  }
}

TEST(UpdatePoints, BeginsWithTheOrderOfTheTree) {
  const ChargedPoints sample = deal_points(app::Distribution::plummer, 3000);
  OpenPlan plan(comm, make_kernel("laplace"), {sample.points, {}, true}, {.order = 4, .points_per_leaf = 30});
  Layout& layout = plan.layout();
  const MovedPoints moved = in_tree_order(comm, {sample.points, {}, true}, layout.points, layout.partition);
  ASSERT_EQ(size_of(moved.sources), 3 * layout.points.num_sources);
  const Coordinates& tree = layout.points.sources;
  const double unit = layout.partition.root.unit;
  for (std::size_t i = 0; i < usize(layout.points.num_sources); ++i) {
    EXPECT_EQ(moved.sources[3 * i], tree.x[i] * unit);
    EXPECT_EQ(moved.sources[3 * i + 1], tree.y[i] * unit);
    EXPECT_EQ(moved.sources[3 * i + 2], tree.z[i] * unit);
  }
  const PointRecords& records = layout.partition.sources;
  ASSERT_EQ(size_of(records), layout.points.num_sources);
  EXPECT_TRUE(std::is_sorted(records.begin(), records.end(), [](auto& a, auto& b) { return a.key < b.key; }));
  const Extent extent = find_extent(comm, {sample.points, {}, true});
  EXPECT_EQ(moved.extent.lower, extent.lower);
  EXPECT_EQ(moved.extent.upper, extent.upper);
}

TEST(UpdatePoints, KeepsTheOrderOfCoincidentPoints) {
  // Pairs and piles that come together and part again.
  ChargedPoints sample = deal_points(app::Distribution::cube, 4000);
  const std::size_t count = sample.charges.size();
  for (std::size_t i = 0; i < 6; ++i) sample.points[i] = i < 3 ? 0.0 : 1.0;  // so that the root cube stays
  const Options options{.order = 4, .points_per_leaf = 30, .root_scale = 1.1, .precision = Precision::full};
  Plan plan(comm, make_kernel("laplace"), sample.points, options);
  const Points apart = sample.points;
  for (const std::size_t pile : {1U, 2U, 40U, 1U}) {
    Points points = apart;
    for (std::size_t i = 200; i < count; ++i)
      for (std::size_t axis = 0; axis < 3; ++axis)
        points[3 * i + axis] = apart[3 * ((i - 200) / pile * pile + 200) + axis];
    plan.update_points(points);
    Plan fresh(comm, make_kernel("laplace"), points, options);
    EXPECT_EQ(plan.tree_statistics().checksum, fresh.tree_statistics().checksum);
    // Over all ranks the order of the tree is that of a new plan, wherever the cuts are.
    EXPECT_EQ(all_gather_lists(comm, plan.source_numbers()), all_gather_lists(comm, fresh.source_numbers()));
    expect_same(apply(plan, sample.charges, count), apply(fresh, sample.charges, count), "piles");
  }
}

TEST(UpdatePoints, MovesTargetsOfTheirOwn) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 4000);
  const Points first = moved(sample.points, 0.2, 1), second = moved(first, 0.01, 2);
  const Options options{.order = 5, .points_per_leaf = 30, .root_scale = 1.2, .precision = Precision::full};
  Plan plan(comm, make_kernel("laplace"), sample.points, first, options);
  plan.update_points(sample.points, second);
  Plan fresh(comm, make_kernel("laplace"), sample.points, second, options);
  expect_same(apply(plan, sample.charges, second.size() / 3), apply(fresh, sample.charges, second.size() / 3), "own");
}

TEST(UpdatePoints, RefusesWhatDoesNotFitAndKeepsThePlan) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 1000);
  const std::size_t count = sample.charges.size();
  Plan plan(comm, make_kernel("laplace"), sample.points, {.order = 4});
  const Field before = apply(plan, sample.charges, count);
  Points fewer = sample.points, broken = sample.points;
  const bool last = rank_of(comm) == size_of_communicator(comm) - 1;
  if (last) fewer.resize(fewer.size() - 3);
  if (last) broken.back() = NAN;
  EXPECT_THROW(plan.update_points(fewer), UsageError);
  EXPECT_THROW(plan.update_points(sample.points, sample.points), UsageError);
  EXPECT_THROW(plan.update_points(broken), InputError);
  const Field after = apply(plan, sample.charges, count);
  EXPECT_EQ(before.potentials, after.potentials);
}

TEST(UpdatePoints, SaysSoWhenItFailedOnItsWay) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 2000);
  const std::size_t count = sample.charges.size();
  Kernel kernel = make_kernel("laplace");
  bool fails = false;
  kernel.in_units_of = [&fails, scaled = kernel.in_units_of](double length) {
    if (fails) throw std::runtime_error("no kernel");
    return scaled(length);
  };
  Plan plan(comm, kernel, sample.points, {.order = 3, .points_per_leaf = 30});
  fails = true;
  EXPECT_THROW(plan.update_points(sample.points), std::runtime_error);
  fails = false;
  std::vector<double> potentials(count);
  EXPECT_THROW(plan.apply(sample.charges, potentials), UsageError);
  EXPECT_THROW(plan.update_points(sample.points), UsageError);
  EXPECT_THROW((void)plan.source_numbers(), UsageError);
  EXPECT_THROW((void)plan.target_numbers(), UsageError);
  EXPECT_THROW((void)plan.leaves(), UsageError);
  EXPECT_THROW((void)plan.communication(), UsageError);
  EXPECT_THROW((void)plan.predicted_times(), UsageError);
  EXPECT_THROW(plan.visit_near_field([](const NearRow&) {}), UsageError);
}

TEST(Balance, GivesEachRankTheSamePredictedWork) {
  for (const auto distribution : all_distributions) {
    const ChargedPoints sample = deal_points(distribution, 200000);
    for (const double tolerance : {3e-4, 5e-9}) {
      const Plan plan(comm, make_kernel("laplace"), sample.points, {.tolerance = tolerance, .lists_only = true});
      double seconds = 0.0;
      for (const auto& [phase, time] : plan.predicted_times()) seconds += time.cpu_seconds;
      EXPECT_GT(seconds, 0.0);
      EXPECT_LT(imbalance(comm, seconds), 1.10) << static_cast<int>(distribution) << ' ' << tolerance;
    }
  }
}

TEST(Balance, ByMeasuredTimesChangesNothingButThePartition) {
  const ChargedPoints sample = deal_points(app::Distribution::plummer, 20000);
  const std::size_t count = sample.charges.size();
  Plan plan(comm, make_kernel("laplace"), sample.points, {.order = 5, .precision = Precision::full});
  const Field before = apply(plan, sample.charges, count);
  const std::uint64_t checksum = plan.tree_statistics().checksum;
  plan.update_points(sample.points, {}, Balance::measured);
  EXPECT_EQ(plan.tree_statistics().checksum, checksum);
  expect_same(apply(plan, sample.charges, count), before, "measured");
}

TEST(Balance, ByMeasuredTimesRelievesASlowRank) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 20000);
  const CallerPoints points{sample.points, {}, true};
  OpenPlan plan(comm, make_kernel("laplace"), points, {.order = 4});
  const DomainPoints& own = plan.layout().points;
  std::vector<double> potentials(sample.charges.size());
  plan.plan.apply({sample.charges, potentials, {}});
  const Index before = own.num_sources;
  // The first rank seems to take a second more for its direct sums, so that all take parts of them.
  if (rank_of(comm) == 0)
    plan.evaluation().log.parallel(Phase::p2p, 1, 0.0, [](Index, int) {
      const std::clock_t begin = std::clock();
      while (std::clock() - begin < CLOCKS_PER_SEC) {
      }
    });
  plan.geometry->update(sample.points, {}, Balance::measured);
  const bool alone = size_of_communicator(comm) == 1;
  if (rank_of(comm) == 0) {
    EXPECT_LT(own.num_sources, alone ? before + 1 : 7 * before / 10);
  }
  EXPECT_EQ(all_sum(comm, std::int64_t{own.num_sources}), 20000);
  EXPECT_EQ(plan.plan.measured().total(), 0.0) << "times of another tree say nothing of this one";
}

TEST(Balance, CutsWhereTheCostsSay) {
  // Costs that only the first tenth of the keys have: all ranks meet there.
  const ChargedPoints sample = deal_points(app::Distribution::cube, 20000);
  const CallerPoints points{sample.points, {}, true};
  PartitionOptions options;
  options.points_per_leaf = 20;
  const Extent extent = find_extent(comm, points);
  options.root = make_root_cube(extent.lower, extent.upper);
  const Partition even = make_partition(comm, points, options);
  constexpr PointKey tenth = point_key_end / 10;
  std::vector<std::pair<PointKey, std::int64_t>> costs;
  for (const PointRecord& record : even.sources)
    if (record.key < tenth) costs.emplace_back(record.key, 7);
  options.work = WorkProfile(costs);
  const Partition uneven = make_partition(comm, points, options);
  const auto below = std::count_if(uneven.sources.begin(), uneven.sources.end(),
                                   [](const PointRecord& record) { return record.key < tenth; });
  EXPECT_LT(imbalance(comm, static_cast<double>(below)), 1.2);
}

}
}
