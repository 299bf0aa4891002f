// SPDX-License-Identifier: BSD-3-Clause
// What a geometry tells of itself, and that several plans keep its tree once.
#include "fmm/geometry.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_SELF;

const Options tree_options{.order = 4, .points_per_leaf = 30, .root_scale = 1.1, .precision = Precision::full};
const Options four{.order = 4, .precision = Precision::full};

Points some_points(app::Distribution distribution, std::int64_t count) {
  return app::sample_points(distribution, 5, 0, count);
}

TEST(Geometry, PlansOfOneDirectLimitShareTheirInteractions) {
  const Points points = some_points(app::Distribution::plummer, 3000);
  const OpenGeometry geometry(comm, make_kernel("laplace"), {points, {}, true}, tree_options);
  const auto first = geometry.plan(make_kernel("laplace"), four), second = geometry.plan(make_kernel("yukawa"), four);
  EXPECT_EQ(first->interactions, second->interactions);
  EXPECT_EQ(geometry.shared->interactions.size(), 1U);
  Options other = four;
  other.order = 5;
  const auto third = geometry.plan(make_kernel("yukawa"), other);
  EXPECT_NE(first->interactions, third->interactions);
  other = four;
  other.num_vectors = 8;
  const auto fourth = geometry.plan(make_kernel("laplace"), other);
  EXPECT_NE(first->interactions, fourth->interactions);
  EXPECT_EQ(geometry.shared->interactions.size(), 3U);
  for (const auto* plan : {first.get(), second.get(), third.get(), fourth.get()})
    EXPECT_EQ(&plan->evaluation->layout, &geometry.layout());

  geometry.shared->update(points, {}, Balance::predicted);
  EXPECT_EQ(first->interactions, second->interactions);
  EXPECT_EQ(geometry.shared->interactions.size(), 3U) << "only those that plans use";
}

/// Bytes allocated by this process, in heaps and in maps of their own.
std::int64_t allocated_bytes() {
  const auto info = mallinfo2();
  return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
}

/// Two plans need twice the expansions, values and operators, but one tree: with this low order that is most of the
/// memory.
TEST(Geometry, ASecondPlanTakesNoMemoryForATree) {
  const Points points = some_points(app::Distribution::plummer, 20000);
  const CallerPoints caller{points, {}, true};
  Options options = tree_options;
  options.order = 2;
  const Kernel kernel = make_kernel("laplace");
  std::int64_t before = allocated_bytes();
  auto alone = std::make_unique<OpenPlan>(comm, kernel, caller, options);
  const std::int64_t whole = allocated_bytes() - before;
  if (whole <= 0) GTEST_SKIP() << "allocations are not counted here";
  alone.reset();

  const OpenGeometry geometry(comm, kernel, caller, options);
  const auto first = geometry.plan(kernel, options);
  before = allocated_bytes();
  const auto second = geometry.plan(kernel, options);
  const std::int64_t grown = allocated_bytes() - before;

  // What the tree holds, counted: coordinates and places of points, octants, colleagues, lists.
  const Layout& layout = geometry.layout();
  const Interactions& lists = *second->interactions;
  const auto bytes_of = [](const auto& array) { return static_cast<std::int64_t>(array.size() * sizeof(array[0])); };
  const std::int64_t tree = 20000 * std::int64_t{3 * sizeof(double) + sizeof(Index)} +
                            bytes_of(layout.essential.tree.octants) + bytes_of(layout.octant_work) +
                            bytes_of(lists.colleagues.rows) + bytes_of(lists.near.values) +
                            bytes_of(lists.source_range);
  std::cout << "alone " << whole << " bytes, of which the tree has " << tree << "; second plan " << grown << '\n';
  EXPECT_GT(tree, whole / 4) << "else this test says nothing";
  EXPECT_LT(grown, whole - tree);
}

/// Each leaf holds the points that lie in it, told from their coordinates.
void expect_leaves_hold_their_points(const std::vector<Leaf>& leaves, const Points& sources, const Points& targets) {
  const auto inside = [](const Leaf& leaf, const Points& points) {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < points.size(); i += 3) {
      bool in = true;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double x = points[i + axis] - leaf.lower[axis];
        in = in && x >= 0.0 && x < leaf.side;
      }
      count += in ? 1 : 0;
    }
    return count;
  };
  std::int64_t num_sources = 0, num_targets = 0;
  for (const Leaf& leaf : leaves) {
    EXPECT_EQ(leaf.num_sources, inside(leaf, sources));
    EXPECT_EQ(leaf.num_targets, inside(leaf, targets));
    num_sources += leaf.num_sources;
    num_targets += leaf.num_targets;
  }
  EXPECT_EQ(num_sources, static_cast<std::int64_t>(sources.size() / 3));
  EXPECT_EQ(num_targets, static_cast<std::int64_t>(targets.size() / 3));
}

TEST(Geometry, TellsItsLeavesFarFromTheOrigin) {
  Points sources = some_points(app::Distribution::sphere, 600), targets = some_points(app::Distribution::cube, 400);
  for (Points* points : {&sources, &targets})
    for (double& coordinate : *points) coordinate += 1e6;
  const Geometry geometry(comm, sources, targets, make_kernel("laplace"), tree_options);
  expect_leaves_hold_their_points(geometry.leaves(), sources, targets);
}

TEST(Geometry, TellsItsLeaves) {
  const Points sources = some_points(app::Distribution::sphere, 1500),
               targets = some_points(app::Distribution::cube, 900);
  const Geometry geometry(comm, sources, targets, make_kernel("laplace"), tree_options);
  const std::vector<Leaf> leaves = geometry.leaves();
  expect_leaves_hold_their_points(leaves, sources, targets);
  const TreeStatistics& tree = geometry.tree_statistics();
  EXPECT_EQ(static_cast<std::int64_t>(leaves.size()), tree.num_leaves);
  int deepest = 0;
  double predicted = 0.0, of_phases = 0.0;
  for (const Leaf& leaf : leaves) {
    EXPECT_DOUBLE_EQ(leaf.side, leaves[0].side * std::ldexp(1.0, leaves[0].level - leaf.level));
    EXPECT_GE(leaf.level, deepest) << "level by level";
    deepest = leaf.level;
    predicted += leaf.predicted_seconds;
  }
  EXPECT_EQ(deepest, tree.depth);
  // The others have their share in M2M, M2L and L2L alone.
  const PhaseTimes times = geometry.predicted_times();
  for (const auto& [phase, time] : times) of_phases += time.cpu_seconds;
  const double translations = times.at("M2M").cpu_seconds + times.at("M2L").cpu_seconds + times.at("L2L").cpu_seconds;
  EXPECT_GT(times.at("P2P").cpu_seconds, 0.0);
  EXPECT_LT(predicted, of_phases);
  EXPECT_GT(predicted, of_phases - translations);
}

TEST(Geometry, NumbersItsPointsAlongTheCurve) {
  const Points sources = some_points(app::Distribution::sphere, 1500),
               targets = some_points(app::Distribution::cube, 900);
  const OpenGeometry open(comm, make_kernel("laplace"), {sources, targets, false}, tree_options);
  Geometry geometry(open.shared);
  const RootCube& root = open.layout().partition.root;
  const auto expect_numbers = [&](const std::vector<std::int64_t>& numbers, const Points& points) {
    std::vector<std::int64_t> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    ASSERT_EQ(sorted.size(), points.size() / 3);
    for (std::size_t i = 0; i < sorted.size(); ++i) ASSERT_EQ(sorted[i], static_cast<std::int64_t>(i));
    PointKey last = 0;
    for (const std::int64_t number : numbers) {
      const double* x = &points[3 * usize(number)];
      const PointKey key = root.point_key(x[0] / root.unit, x[1] / root.unit, x[2] / root.unit);
      ASSERT_GE(key, last);
      last = key;
    }
  };
  expect_numbers(geometry.source_numbers(), sources);
  expect_numbers(geometry.target_numbers(), targets);
}

TEST(Geometry, TellsWhatItWasTunedFor) {
  const Points points = some_points(app::Distribution::cube, 5000);
  Geometry geometry(comm, points, make_kernel("laplace"), {.tolerance = 1e-4, .num_vectors = 3});
  const Plan plan(comm, make_kernel("laplace"), points, {.tolerance = 1e-4, .num_vectors = 3});
  for (const Options* chosen : {&geometry.options(), &plan.options()}) {
    EXPECT_EQ(chosen->tolerance, 1e-4);
    EXPECT_EQ(chosen->num_vectors, 3);
    EXPECT_EQ(chosen->precision, Precision::mixed);
    EXPECT_GE(chosen->order, min_order);
    EXPECT_GT(chosen->points_per_leaf, 0);
    EXPECT_GE(chosen->root_scale, 1.0);
  }
  EXPECT_EQ(geometry.options().order, plan.options().order);
  EXPECT_EQ(geometry.options().points_per_leaf, plan.options().points_per_leaf);
  EXPECT_EQ(geometry.options().root_scale, plan.options().root_scale);
  EXPECT_EQ(geometry.tree_statistics().checksum, plan.tree_statistics().checksum);
}

/// A plan that made its geometry counts the time for that; one of others does not.
TEST(Geometry, KeepsTheTimesOfItsSetUp) {
  const Points points = some_points(app::Distribution::cube, 5000);
  Geometry geometry(comm, points, make_kernel("laplace"), tree_options);
  const Plan shared(geometry, make_kernel("laplace"), four), own(comm, make_kernel("laplace"), points, tree_options);
  for (int i = 0; i < 2; ++i) {
    for (const char* phase : {"partition", "tree", "lists"}) {
      EXPECT_GT(geometry.setup_times().at(phase).seconds, 0.0) << phase;
      EXPECT_GE(own.setup_times().at(phase).seconds, own.geometry().setup_times().at(phase).seconds) << phase;
    }
    EXPECT_EQ(geometry.setup_times().size(), 3U);
    for (const char* phase : {"partition", "tree"}) EXPECT_EQ(shared.setup_times().at(phase).seconds, 0.0) << phase;
    for (const char* phase : {"translations", "expansions"}) {
      EXPECT_GT(shared.setup_times().at(phase).seconds, 0.0) << phase;
      EXPECT_GT(own.setup_times().at(phase).seconds, 0.0) << phase;
    }
    // Times of an update are of this one alone.
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    geometry.update_points(points);
    const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
    double told = 0.0;
    for (const auto& [phase, time] : geometry.setup_times()) told += time.seconds;
    for (const auto& [phase, time] : shared.setup_times()) told += time.seconds;
    EXPECT_LE(told, elapsed);
  }
}

}
}
