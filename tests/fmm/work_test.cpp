// SPDX-License-Identifier: BSD-3-Clause
// Operations of leaves with a far field and without one; pairs and translations are counted in mpi_tests.
#include "fmm/work.hpp"

#include <gtest/gtest.h>

#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

Work work_of(const Points& sources, const Points& targets) {
  OpenPlan plan(MPI_COMM_SELF, make_kernel("laplace"), {sources, targets, false},
                {.order = 4, .points_per_leaf = 20, .root_scale = 1.0, .precision = Precision::full});
  return plan.evaluation().work;
}

/// Above level 2 all octants touch, so that all sums are direct.
TEST(Work, LeavesOfTheFirstLevelsHaveNoExpansions) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, 60);
  const Work work = work_of(points, points);
  EXPECT_EQ(work.interior_pairs, 60 * 60);
  EXPECT_EQ(work.p2m_flops, 0.0);
  EXPECT_EQ(work.l2p_flops, 0.0);
  EXPECT_EQ(work.l2p_gradient_flops, 0.0);
}

/// A part for each leaf, which depends on neither points nor gradients, and a part for each point.
TEST(Work, OfLeavesGrowsWithTheirPoints) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, 1000);
  Points twice = points;
  twice.insert(twice.end(), points.begin(), points.begin() + 300);
  const Work one = work_of(points, points), more_sources = work_of(twice, twice);
  EXPECT_GT(one.p2m_flops, 0.0);
  EXPECT_GT(more_sources.p2m_flops, one.p2m_flops);
  EXPECT_GT(more_sources.l2p_flops, one.l2p_flops);
  EXPECT_GT(one.l2p_gradient_flops, 1.2 * one.l2p_flops) << "three derivatives more for each point";
  EXPECT_LT(one.l2p_gradient_flops, 4.0 * one.l2p_flops);
  EXPECT_EQ(one.flops(Phase::p2m, true), one.p2m_flops);
  EXPECT_EQ(one.flops(Phase::l2p, false), one.l2p_flops);
  EXPECT_EQ(one.flops(Phase::l2p, true), one.l2p_gradient_flops);
}

}
}
