// SPDX-License-Identifier: BSD-3-Clause
// Every interaction of the lists is in the passes, once.
#include "fmm/schedule.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/samples.hpp"
#include "support/schedule_oracle.hpp"

namespace nearfar {
namespace {

const Options options{.order = 2, .points_per_leaf = 12, .root_scale = 1.0, .precision = Precision::full};

/// Sources, and targets of their own where there are any.
struct Clouds {
  Points sources, targets;
  [[nodiscard]] OpenPlan plan(const Options& chosen = options) const {
    return OpenPlan(MPI_COMM_SELF, make_kernel("laplace"), {sources, targets, targets.empty()}, chosen);
  }
};

/// Few points in one octant of level 1, many beyond the next octants of level 2: its W list is of the first level that
/// has expansions.
Points beside_a_leaf_of_level_1() {
  Points points = app::sample_points(app::Distribution::cube, 5, 0, 1000);
  for (std::size_t i = 0; i < points.size(); i += 3) points[i] = 0.8 + 0.2 * points[i];
  points.insert(points.end(), {0.0, 0.0, 0.0, 0.1, 0.2, 0.3, 0.3, 0.2, 0.1, 1.0, 1.0, 1.0});
  return points;
}

std::vector<Clouds> all_clouds() {
  std::vector<Clouds> clouds;
  for (const auto distribution : all_distributions)
    clouds.push_back({app::sample_points(distribution, 3, 0, 1500), {}});
  clouds.push_back({app::sample_points(app::Distribution::sphere, 3, 0, 1000),
                    app::sample_points(app::Distribution::cube, 4, 0, 700)});
  clouds.push_back({beside_a_leaf_of_level_1(), {}});
  return clouds;
}

TEST(Schedule, TranslatesEachPairOfAVListOnce) {
  for (const Clouds& clouds : all_clouds()) {
    OpenPlan plan = clouds.plan();
    expect_v_lists_once(plan);
  }
}

TEST(Schedule, GoesUpAndDownOnceFromEachParent) {
  for (const Clouds& clouds : all_clouds()) {
    OpenPlan plan = clouds.plan();
    expect_parents_once(plan);
  }
}

TEST(Schedule, HasEachLeafInAPanelOfItsLevel) {
  for (const Clouds& clouds : all_clouds()) {
    OpenPlan plan = clouds.plan();
    expect_panels_of_leaves(plan);
  }
}

TEST(Schedule, TakesWListsOfTheLevelAboveTheFirst) {
  OpenPlan plan = Clouds{beside_a_leaf_of_level_1(), {}}.plan();
  int found = 0;
  for (const Index t : plan.evaluation().schedule.w_leaves) {
    const OctantKey key = plan.layout().essential.tree.key(plan.plan.interactions->targets[usize(t)]);
    found += level_of(key) == 1 ? 1 : 0;
  }
  EXPECT_EQ(found, 1);
}

TEST(Schedule, SumsTheNearFieldOfEachLeafOnce) {
  for (const Clouds& clouds : all_clouds()) {
    OpenPlan plan = clouds.plan();
    expect_near_blocks(plan);
    EXPECT_TRUE(plan.evaluation().schedule.border_blocks.empty()) << "all sources are own";
  }
}

/// Blocks are cut at 4096 targets, and hold as many leaves as fit.
TEST(Schedule, BlocksOfTheNearFieldAreFull) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, 20000);
  OpenPlan plan = Clouds{points, {}}.plan({.order = 2, .points_per_leaf = 100, .precision = Precision::full});
  expect_near_blocks(plan);
  const auto& blocks = plan.evaluation().schedule.interior_blocks;
  ASSERT_GE(blocks.size(), 5U);
  for (std::size_t i = 0; i + 1 < blocks.size(); ++i) {
    EXPECT_GT(blocks[i].targets.size(), 4096 - 100);
    EXPECT_EQ(blocks[i].targets.end, blocks[i + 1].targets.begin);
  }
}

TEST(Schedule, OfFewPointsOrNoneIsFine) {
  for (const std::int64_t count : {0, 1, 5, 13}) {
    OpenPlan plan = Clouds{app::sample_points(app::Distribution::cube, 3, 0, count), {}}.plan();
    expect_v_lists_once(plan);
    expect_parents_once(plan);
    expect_panels_of_leaves(plan);
    expect_near_blocks(plan);
  }
}

/// Piles at the depth limit take their far field from octants above, on different levels where one of them is among
/// many other points.
TEST(Schedule, PanelsAreOfTheLevelsOfFarFields) {
  Points points = app::sample_points(app::Distribution::cube, 3, 0, 400);
  const Points cluster = app::sample_points(app::Distribution::cube, 4, 0, 600);
  for (std::size_t i = 0; i < cluster.size(); ++i)
    points.push_back(0.1 * static_cast<double>(i % 3 + 1) + 0.02 * (cluster[i] - 0.5));
  for (int pile = 0; pile < 3; ++pile)
    for (int i = 0; i < 30; ++i)
      for (const double x : {0.1, 0.2, 0.3}) points.push_back(x + 0.25 * pile);
  OpenPlan plan = Clouds{points, {}}.plan();
  EXPECT_EQ(plan.statistics().depth, max_depth);
  std::set<int> levels;
  for (const auto& [leaf, octant] : plan.plan.interactions->far_field_from)
    levels.insert(level_of(plan.layout().essential.tree.key(octant)));
  EXPECT_GT(levels.size(), 1U);
  expect_panels_of_leaves(plan);
  expect_v_lists_once(plan);
  expect_parents_once(plan);
}

}
}
