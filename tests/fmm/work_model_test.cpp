// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/work_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

TEST(WorkModel, FactorsAreMeasuredTimesOverPredictions) {
  PhaseLog log;
  while (log.time(Phase::p2p).cpu_seconds <= 0.0) log.parallel(Phase::p2p, 1000, 0.0, [](Index, int) {});
  PhaseWork predicted;
  predicted[Phase::p2p] = 40.0;
  predicted[Phase::m2l] = 3.0;

  const PhaseWork factors = measured_factors(predicted, measured_work(log));

  EXPECT_DOUBLE_EQ(factors[Phase::p2p], 1e9 * log.time(Phase::p2p).cpu_seconds / 40.0);
  EXPECT_EQ(factors[Phase::m2l], 1.0) << "not measured";
  EXPECT_EQ(factors[Phase::p2m], 1.0) << "no work";
}

/// M2L is predicted for the octants that the schedule writes locals of, whether the targets have sources around them
/// or not.
TEST(WorkModel, OctantsWithoutSourcesAroundThemHaveNoM2l) {
  const Points sources = app::sample_points(app::Distribution::cube, 3, 0, 1500);
  for (const double distance : {0.0, 1.0, 5.0}) {
    Points targets = app::sample_points(app::Distribution::cube, 4, 0, 1500);
    for (std::size_t i = 0; i < targets.size(); i += 3) targets[i] += distance;
    OpenPlan plan(MPI_COMM_SELF, make_kernel("laplace"), {sources, targets, false},
                  {.order = 4, .points_per_leaf = 20, .root_scale = 1.0});
    std::vector<std::ptrdiff_t> scheduled(usize(max_depth) + 1), predicted(scheduled);
    for (std::size_t level = 0; level < plan.evaluation().schedule.m2l.size(); ++level)
      for (const auto& children : plan.evaluation().schedule.m2l[level].targets)
        scheduled[level] += 8 - std::count(children.begin(), children.end(), nullptr);
    for (const OctantWork& octant : plan.layout().octant_work)
      predicted[usize(level_of(octant.key))] += octant.work[Phase::m2l] > 0.0 ? 1 : 0;
    EXPECT_EQ(predicted, scheduled) << distance;
    EXPECT_GT(plan.statistics().num_leaves, 100) << distance;
  }
}

TEST(WorkModel, TheProfileCountsEachPhaseByItsFactor) {
  OctantWorks octants(1);
  octants[0].key = root_octant;
  octants[0].work = {};
  octants[0].work[Phase::p2p] = 40.0;
  octants[0].work[Phase::m2l] = 3.0;
  PhaseWork factors = same_factors();
  factors[Phase::p2p] = 2.0;
  const auto whole = [&](const PhaseWork& each) {
    return make_profile(octants, each).between(0, std::numeric_limits<PointKey>::max());
  };

  EXPECT_EQ(whole(same_factors()), 43);
  EXPECT_EQ(whole(factors), 83);
}

}
}
