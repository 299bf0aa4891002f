// SPDX-License-Identifier: BSD-3-Clause
// Points of a geometry that move, and what becomes of its plans: in any order of their lives, and when a move fails.
#include <gtest/gtest.h>

#include <ctime>
#include <optional>
#include <stdexcept>

#include "comm/mpi.hpp"
#include "nearfar/geometry.hpp"
#include "support/moving_points.hpp"
#include "support/open_plan.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

const Options five{.order = 5, .precision = Precision::full};
const Options tree_options{.order = 5, .points_per_leaf = 30, .root_scale = 1.1, .precision = Precision::full};

Kernel laplace() { return make_kernel("laplace"); }
Kernel yukawa() { return make_kernel("yukawa", {.lambda = 2.0}); }

bool is_last_rank() { return rank_of(comm) == size_of_communicator(comm) - 1; }

/// What a new plan on these points gives.
Field fresh(const Kernel& kernel, const ChargedPoints& sample, int order = 5, const Points& targets = {}) {
  Options options = tree_options;
  options.order = order;
  Plan plan = targets.empty() ? Plan(comm, kernel, sample.points, options)
                              : Plan(comm, kernel, sample.points, targets, options);
  return apply(plan, kernel, charges_for(sample, kernel.source_dim),
               targets.empty() ? sample.charges.size() : targets.size() / 3);
}

Field apply(Plan& plan, const Kernel& kernel, const ChargedPoints& sample) {
  return apply(plan, kernel, charges_for(sample, kernel.source_dim), sample.charges.size());
}

TEST(GeometryUpdate, MovesAllPlans) {
  for (const auto distribution : {app::Distribution::sphere, app::Distribution::plummer}) {
    ChargedPoints sample = deal_points(distribution, 1000);
    Geometry geometry(comm, sample.points, laplace(), tree_options);
    const Kernel stokeslet = make_kernel("stokeslet");
    Plan first(geometry, laplace(), five), second(geometry, yukawa(), five);
    Plan third(geometry, stokeslet, {.order = 2, .precision = Precision::full});
    bool through_plan = false;
    for (const double distance : {1e-3, 0.1, 0.0}) {
      sample.points = moved(sample.points, distance, 17);
      if (through_plan)
        second.update_points(sample.points);
      else
        geometry.update_points(sample.points);
      through_plan = !through_plan;
      expect_same(apply(third, stokeslet, sample), fresh(stokeslet, sample, 2), "stokeslet");
      expect_same(apply(first, laplace(), sample), fresh(laplace(), sample), "laplace");
      expect_same(apply(second, yukawa(), sample), fresh(yukawa(), sample), "yukawa");
    }
  }
}

TEST(GeometryUpdate, MovesTargetsOfTheirOwn) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 3000);
  const Points before = moved(sample.points, 0.2, 1), after = moved(before, 0.05, 2);
  Geometry geometry(comm, sample.points, before, laplace(), tree_options);
  Plan first(geometry, laplace(), five), second(geometry, yukawa(), {.order = 4, .precision = Precision::full});
  geometry.update_points(sample.points, after);
  if (all_min(comm, static_cast<std::int64_t>(after.size())) == 0) GTEST_SKIP() << "a rank without targets";
  expect_same(apply(first, laplace(), sample), fresh(laplace(), sample, 5, after), "laplace");
  expect_same(apply(second, yukawa(), sample), fresh(yukawa(), sample, 4, after), "yukawa");
}

/// The operators of the levels that both have are the same objects.
void expect_kept(const AllOperators& before, const AllOperators& after, const char* what) {
  for (std::size_t level = 0; level < std::min(before.size(), after.size()); ++level)
    EXPECT_EQ(before[level].get(), after[level].get()) << what << ' ' << level;
}

TEST(GeometryUpdate, KeepsTheOperatorsOfAllKernels) {
  ChargedPoints sample = deal_points(app::Distribution::cube, 2000);
  for (double& x : sample.points) x = std::ldexp(std::round(std::ldexp(x, 20)), -20);  // the drift is exact
  const OpenGeometry geometry(comm, laplace(), {sample.points, {}, true}, tree_options);
  const auto first = geometry.plan(laplace(), five), second = geometry.plan(yukawa(), five);
  const AllOperators of_laplace = first->translations.operators, of_yukawa = second->translations.operators;
  const double side = geometry.layout().partition.root.side;
  for (double& x : sample.points) x -= 7.0;
  geometry.shared->update(sample.points, {}, Balance::predicted);
  EXPECT_EQ(geometry.layout().partition.root.side, side);
  expect_kept(of_laplace, first->translations.operators, "laplace");
  expect_kept(of_yukawa, second->translations.operators, "yukawa");
  const Field wanted = fresh(yukawa(), sample);
  Field after{std::vector<double>(sample.charges.size()), std::vector<double>(sample.points.size())};
  second->apply({sample.charges, after.potentials, after.gradients});
  expect_same(after, wanted, "yukawa");
}

/// A kernel that is not homogeneous keeps the side of the cube, and leaves room when points outgrow it, as long as a
/// plan has it; whether that is the kernel the geometry was tuned for does not matter.
TEST(GeometryUpdate, TheCubeKeepsItsSideWhileAPlanNeedsThat) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 500);
  const auto scaled = [&](double factor) {
    Points points = sample.points;
    for (double& x : points) x *= factor;
    return points;
  };
  const auto side_of_new = [&](const Points& points) {
    return OpenGeometry(comm, laplace(), {points, {}, true}, tree_options).layout().partition.root;
  };
  for (const bool tuned_for_laplace : {true, false}) {
    const OpenGeometry geometry(comm, tuned_for_laplace ? laplace() : yukawa(), {sample.points, {}, true},
                                tree_options);
    const auto side = [&] { return geometry.layout().partition.root.side * geometry.layout().partition.root.unit; };
    // Nor does the order of the plans.
    std::unique_ptr<Plan::Implementation> needs_side, other;
    if (tuned_for_laplace) other = geometry.plan(laplace(), five);
    needs_side = geometry.plan(yukawa(), five);
    if (!tuned_for_laplace) other = geometry.plan(laplace(), five);
    const Points large = scaled(3.0), larger = scaled(9.0);
    geometry.shared->update(large, {}, Balance::predicted);
    const RootCube of_large = side_of_new(large), of_larger = side_of_new(larger);
    EXPECT_NEAR(side() / (of_large.side * of_large.unit), 1.05, 0.004) << "sides are rounded up";
    needs_side.reset();
    geometry.shared->update(larger, {}, Balance::predicted);
    EXPECT_EQ(side(), of_larger.side * of_larger.unit) << "only a homogeneous kernel is left";
  }
}

TEST(GeometryLife, PlansKeepTheGeometry) {
  ChargedPoints sample = deal_points(app::Distribution::cube, 1500);
  std::optional<Geometry> geometry(std::in_place, comm, sample.points, laplace(), tree_options);
  Plan first(*geometry, laplace(), five), second(*geometry, yukawa(), five);
  geometry.reset();
  expect_same(apply(first, laplace(), sample), fresh(laplace(), sample), "without the geometry");
  sample.points = moved(sample.points, 0.1, 3);
  first.update_points(sample.points);
  expect_same(apply(second, yukawa(), sample), fresh(yukawa(), sample), "moved by another plan");
}

TEST(GeometryLife, PlansEndInAnyOrder) {
  ChargedPoints sample = deal_points(app::Distribution::sphere, 800);
  const Kernel kernels[] = {laplace(), yukawa(), laplace(), yukawa()};
  const int orders[] = {4, 4, 3, 3};
  for (const auto& ends : {std::array{0, 2, 1}, std::array{3, 0, 1}, std::array{1, 3, 0}}) {
    Geometry geometry(comm, sample.points, laplace(), tree_options);
    std::array<std::optional<Plan>, 4> plans;
    for (std::size_t k = 0; k < 4; ++k)
      plans[k].emplace(geometry, kernels[k], Options{.order = orders[k], .precision = Precision::full});
    for (const int end : ends) {
      plans[usize(end)].reset();
      sample.points = moved(sample.points, 0.05, static_cast<unsigned>(end));
      geometry.update_points(sample.points);
    }
    for (std::size_t k = 0; k < 4; ++k)
      if (plans[k]) expect_same(apply(*plans[k], kernels[k], sample), fresh(kernels[k], sample, orders[k]), "last");
    // One more on what the others left behind.
    Plan late(geometry, yukawa(), {.order = 3, .precision = Precision::full});
    expect_same(apply(late, yukawa(), sample), fresh(yukawa(), sample, 3), "late");
  }
}

TEST(GeometryLife, MovedPlansFollowThePoints) {
  ChargedPoints sample = deal_points(app::Distribution::cube, 1500);
  Geometry geometry(comm, sample.points, laplace(), tree_options);
  Plan made(geometry, yukawa(), five), other(geometry, laplace(), five);
  Plan plan = std::move(made);
  other = std::move(plan);  // ends the plan for laplace
  sample.points = moved(sample.points, 0.1, 4);
  geometry.update_points(sample.points);
  expect_same(apply(other, yukawa(), sample), fresh(yukawa(), sample), "moved twice");
}

TEST(GeometryFailure, OfTheArgumentsChangesNothing) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 1000);
  Geometry geometry(comm, sample.points, laplace(), tree_options);
  Plan first(geometry, laplace(), five), second(geometry, yukawa(), five);
  const Field before = apply(first, laplace(), sample), of_second = apply(second, yukawa(), sample);
  Points fewer = sample.points, broken = sample.points;
  if (is_last_rank()) fewer.resize(fewer.size() - 3);
  if (is_last_rank()) broken[4] = NAN;
  EXPECT_THROW(geometry.update_points(fewer), UsageError);
  EXPECT_THROW(geometry.update_points(sample.points, sample.points), UsageError);
  EXPECT_THROW(second.update_points(broken), InputError);
  if (size_of_communicator(comm) > 1) {
    const Balance balance = is_last_rank() ? Balance::measured : Balance::predicted;
    EXPECT_THROW(geometry.update_points(sample.points, {}, balance), UsageError);
  }
  EXPECT_EQ(apply(first, laplace(), sample).potentials, before.potentials);
  EXPECT_EQ(apply(second, yukawa(), sample).gradients, of_second.gradients);
  geometry.update_points(sample.points);
  expect_same(apply(second, yukawa(), sample), of_second, "and then a good one");
}

/// A kernel that can be told to fail where its operators are made.
Kernel fragile(const Kernel& kernel, const bool& fails) {
  Kernel result = kernel;
  result.in_units_of = [&fails, scaled = kernel.in_units_of](double length) {
    if (fails) throw std::runtime_error("no kernel");
    return scaled(length);
  };
  return result;
}

TEST(GeometryFailure, OnTheWayEndsAllPlans) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 1000);
  for (const bool first_fails : {true, false}) {
    bool fails = false;
    Geometry geometry(comm, sample.points, laplace(), tree_options);
    Plan first(geometry, first_fails ? fragile(laplace(), fails) : laplace(), five);
    Plan second(geometry, first_fails ? yukawa() : fragile(yukawa(), fails), five);
    fails = true;
    EXPECT_THROW(geometry.update_points(sample.points), std::runtime_error);
    fails = false;
    for (Plan* plan : {&first, &second}) {
      std::vector<double> potentials(sample.charges.size());
      EXPECT_THROW(plan->apply(sample.charges, potentials), UsageError);
      EXPECT_THROW(plan->update_points(sample.points), UsageError);
      EXPECT_THROW((void)plan->source_numbers(), UsageError);
      EXPECT_THROW((void)plan->target_numbers(), UsageError);
      EXPECT_THROW((void)plan->leaves(), UsageError);
      EXPECT_THROW((void)plan->predicted_times(), UsageError);
      EXPECT_THROW((void)plan->communication(), UsageError);
      EXPECT_THROW(plan->visit_near_field([](const NearRow&) {}), UsageError);
      EXPECT_EQ(plan->memory_estimate_bytes(), 0);
    }
    EXPECT_THROW(geometry.update_points(sample.points), UsageError);
    EXPECT_THROW((void)geometry.source_numbers(), UsageError);
    EXPECT_THROW((void)geometry.target_numbers(), UsageError);
    EXPECT_THROW((void)geometry.leaves(), UsageError);
    EXPECT_THROW((void)geometry.predicted_times(), UsageError);
    EXPECT_THROW(Plan(geometry, laplace(), five), UsageError);
  }
}

/// What fails on one rank fails on all.
TEST(GeometryFailure, OfOneRankOnTheWayIsThatOfAll) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 1000);
  bool fails = false;
  Geometry geometry(comm, sample.points, laplace(), tree_options);
  Plan first(geometry, laplace(), five), second(geometry, fragile(yukawa(), fails), five);
  fails = is_last_rank();
  EXPECT_THROW(geometry.update_points(sample.points), std::runtime_error);
  fails = false;
  std::vector<double> potentials(sample.charges.size());
  for (Plan* plan : {&first, &second}) EXPECT_THROW(plan->apply(sample.charges, potentials), UsageError);
}

/// A plan that could not be made leaves the others alone.
TEST(GeometryFailure, OfANewPlanIsItsOwn) {
  ChargedPoints sample = deal_points(app::Distribution::cube, 1000);
  bool fails = true;
  Geometry geometry(comm, sample.points, laplace(), tree_options);
  Plan plan(geometry, laplace(), five);
  EXPECT_THROW(Plan(geometry, fragile(yukawa(), fails), five), std::runtime_error);
  expect_same(apply(plan, laplace(), sample), fresh(laplace(), sample), "before");
  sample.points = moved(sample.points, 0.1, 4);
  geometry.update_points(sample.points);
  expect_same(apply(plan, laplace(), sample), fresh(laplace(), sample), "after");
}

/// A rank that seems to take longer for one of two plans, whichever that is, gives points away.
TEST(GeometryBalance, ByMeasuredTimesCountsAllPlans) {
  const ChargedPoints sample = deal_points(app::Distribution::cube, 10000);
  const bool alone = size_of_communicator(comm) == 1;
  for (const std::size_t slow : {0U, 1U}) {
    const OpenGeometry geometry(comm, laplace(), {sample.points, {}, true}, {.order = 3, .points_per_leaf = 60});
    const std::array plans{geometry.plan(laplace(), {.order = 3, .precision = Precision::mixed}),
                           geometry.plan(yukawa(), {.order = 3, .precision = Precision::mixed})};
    std::vector<double> potentials(sample.charges.size());
    for (const auto& plan : plans) plan->apply({sample.charges, potentials, {}});
    const Index before = geometry.layout().points.num_sources;
    if (rank_of(comm) == 0)
      plans[slow]->evaluation->log.parallel(Phase::p2p, 1, 0.0, [](Index, int) {
        const std::clock_t begin = std::clock();
        while (std::clock() - begin < CLOCKS_PER_SEC / 5) {
        }
      });
    geometry.shared->update(sample.points, {}, Balance::measured);
    const Index after = geometry.layout().points.num_sources;
    if (rank_of(comm) == 0) {
      EXPECT_LT(after, alone ? before + 1 : 7 * before / 10) << slow;
    }
    EXPECT_EQ(all_sum(comm, std::int64_t{after}), 10000);
  }
}

}
}
