// SPDX-License-Identifier: BSD-3-Clause
// The memory of a plan as estimated, against what it allocates.
#include "fmm/memory.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <omp.h>

#include <algorithm>
#include <iostream>

#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_SELF;

constexpr std::size_t num_points = 60000;

/// Bytes allocated by this process, in heaps and in maps of their own.
std::int64_t allocated_bytes() {
  const auto info = mallinfo2();
  return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
}

struct Case {
  std::string kernel;
  Options options;
  app::Distribution distribution = app::Distribution::cube;
  bool update = false;
};

/// Estimate over what a plan holds after one evaluation with gradients; 0 where allocations cannot be counted.
double ratio(const Case& c) {
  const Points points = app::sample_points(c.distribution, 3, 0, num_points);
  const Kernel kernel = make_kernel(c.kernel);
  const std::vector<double> charges(num_points * usize(kernel.source_dim), 1.0);
  std::vector<double> potentials(num_points * usize(kernel.target_dim)), gradients(3 * potentials.size());
  const std::int64_t before = allocated_bytes();
  Plan plan(comm, kernel, points, c.options);
  if (c.update) plan.update_points(points);
  plan.apply(charges, potentials, gradients);
  const std::int64_t held = allocated_bytes() - before;
  if (held <= 0) return 0.0;
  std::cout << c.kernel << ", order " << c.options.order << ": " << held << " bytes held, "
            << plan.memory_estimate_bytes() << " estimated\n";
  return static_cast<double>(plan.memory_estimate_bytes()) / static_cast<double>(held);
}

/// Within a quarter for this many points; operators and schedule are not counted, which matters for fewer.
TEST(Memory, IsEstimatedWithinAQuarter) {
  for (const Case& c :
       {Case{"laplace", {.order = 4, .points_per_leaf = 40, .precision = Precision::full}},
        Case{"laplace", {.order = 5, .points_per_leaf = 40, .precision = Precision::mixed}},
        Case{"stokeslet", {.order = 2, .points_per_leaf = 60, .precision = Precision::full}},
        Case{"laplace", {.order = 4, .points_per_leaf = 60, .precision = Precision::full}, app::Distribution::plummer},
        Case{"laplace",
             {.order = 4, .points_per_leaf = 60, .precision = Precision::full},
             app::Distribution::sphere,
             true}}) {
    const double estimated = ratio(c);
    if (estimated == 0.0) GTEST_SKIP() << "allocations are not counted here";
    EXPECT_GT(estimated, 0.75) << c.kernel;
    EXPECT_LT(estimated, 1.25) << c.kernel;
  }
}

/// Where operators are most of it, and there are some for each level.
TEST(Memory, OfOperatorsIsEstimatedWithinAFifth) {
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);  // each has its own scratch, which is not counted
  for (const auto& [name, order] : {std::pair{"laplace", 12}, {"stokeslet", 8}, {"yukawa", 8}, {"biot_savart", 7}}) {
    const Points points = app::sample_points(app::Distribution::cube, 3, 0, 4000);
    const Kernel kernel = make_kernel(name, {.lambda = 3.0});
    const std::vector<double> charges(4000 * usize(kernel.num_strengths()), 1.0);
    std::vector<double> potentials(4000 * usize(kernel.num_values()));
    const std::int64_t before = allocated_bytes();
    Plan plan(comm, kernel, points, {.order = order, .points_per_leaf = 40, .precision = Precision::full});
    plan.apply(charges, potentials);
    const std::int64_t held = allocated_bytes() - before;
    if (held <= 0) GTEST_SKIP() << "allocations are not counted here";
    const OperatorMemory operators = estimate_operators(kernel, plan.options(), plan.tree_statistics().depth, 1.0);
    const auto ratio = static_cast<double>(plan.memory_estimate_bytes() + operators.kept) / static_cast<double>(held);
    std::cout << name << ": " << held << " bytes held, " << ratio << " times as many estimated, " << operators.kept
              << " of operators\n";
    EXPECT_GT(ratio, 0.8) << name;
    EXPECT_LT(ratio, 1.2) << name;
    EXPECT_GT(static_cast<double>(operators.kept), 0.25 * static_cast<double>(held)) << name;
  }
  omp_set_num_threads(threads);
}

TEST(Memory, PlansAboveTheLimitAreRefused) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, 2000);
  const Kernel kernel = make_kernel("yukawa");
  Options options{.order = 4, .points_per_leaf = 40, .root_scale = 1.0, .precision = Precision::full};
  const Plan plan(comm, kernel, points, options);
  const OperatorMemory operators = estimate_operators(kernel, plan.options(), plan.tree_statistics().depth, 1.0);
  options.max_memory = plan.memory_estimate_bytes() + operators.kept + operators.building;
  EXPECT_NO_THROW(Plan(comm, kernel, points, options));
  Plan on_its_geometry(plan.geometry(), kernel, options);
  --options.max_memory;
  EXPECT_THROW(Plan(comm, kernel, points, options), UsageError);
  EXPECT_THROW(Plan(plan.geometry(), kernel, options), UsageError);
  options.lists_only = true;
  EXPECT_THROW(Plan(comm, kernel, points, options), UsageError) << "lists are asked whether all fits";
  // Coordinates and charges alone are too many: before the points are partitioned.
  options.max_memory = 2000 * 7 * 8;
  try {
    const Geometry geometry(comm, points, kernel, options);
    ADD_FAILURE();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("or more on a rank, above the limit of 109.38 KiB"), std::string::npos)
        << error.what();
  }
  options.max_memory = -1;
  EXPECT_THROW(Plan(comm, kernel, points, options), UsageError);
}

TEST(Memory, SizesAreThoseOfTheTree) {
  const Points sources = app::sample_points(app::Distribution::plummer, 3, 0, 2000);
  const Points targets = app::sample_points(app::Distribution::cube, 4, 0, 1500);
  OpenPlan plan(comm, make_kernel("laplace"), {sources, targets, false},
                {.order = 2, .points_per_leaf = 20, .precision = Precision::full});
  const RankSizes sizes = sizes_of(plan.layout(), *plan.plan.interactions);
  const TreeStatistics& tree = plan.statistics();
  EXPECT_EQ(sizes.sources, 2000);
  EXPECT_EQ(sizes.targets, 1500);
  EXPECT_EQ(sizes.octants, tree.num_octants);
  EXPECT_EQ(sizes.multipoles, tree.num_octants);
  EXPECT_EQ(sizes.locals, tree.num_octants);
  EXPECT_EQ(sizes.largest_level, *std::max_element(tree.octants_per_level.begin(), tree.octants_per_level.end()));
  EXPECT_EQ(sizes.ghost_sources, 0);
  EXPECT_EQ(sizes.ghost_multipoles, 0);
  EXPECT_EQ(sizes.travelling, 0);
  EXPECT_EQ(sizes.kept_bytes, 0) << "nothing before the first update";
  std::int64_t ranges = 0, members = 0, parents = 0;
  const Interactions& lists = *plan.plan.interactions;
  for (Index t = 0; t < size_of(lists.targets); ++t) {
    ranges += static_cast<std::int64_t>(lists.near[t].size());
    members += static_cast<std::int64_t>(lists.w[t].size() + lists.x[t].size());
  }
  const Octree& octree = plan.layout().essential.tree;
  for (const OctantRecord& octant : octree.octants) parents += octant.leaf == 0 && octant.num_targets > 0 ? 1 : 0;
  EXPECT_EQ(sizes.near_ranges, ranges);
  EXPECT_EQ(sizes.wx_members, members);
  EXPECT_EQ(sizes.parents, parents);

  plan.geometry->update(sources, targets, Balance::predicted);
  const RankSizes after = sizes_of(plan.layout(), *plan.plan.interactions);
  // Coordinates, records, and as much again of one kind to sort them.
  EXPECT_GE(after.kept_bytes, 3500 * (24 + 16));
  EXPECT_LE(after.kept_bytes, 3500 * 2 * (24 + 2 * 16));
}

/// Everything that grows is counted.
TEST(Memory, GrowsWithEachSize) {
  const RankSizes sizes{.sources = 1000,
                        .ghost_sources = 300,
                        .targets = 1100,
                        .travelling = 700,
                        .multipoles = 130,
                        .locals = 80,
                        .ghost_multipoles = 40,
                        .octants = 131,
                        .parents = 30,
                        .largest_level = 50,
                        .near_ranges = 400,
                        .wx_members = 60,
                        .kept_bytes = 5000};
  const auto estimate = [](const RankSizes& of, const char* kernel, const Options& options) {
    return estimate_memory(of, make_kernel(kernel), options);
  };
  const Options options{.order = 5, .precision = Precision::full};
  const std::int64_t before = estimate(sizes, "laplace", options);
  const auto growth = [&](auto member) {
    RankSizes larger = sizes;
    larger.*member += 1000;
    return estimate(larger, "laplace", options) - before;
  };
  const std::int64_t block = 8 * (125 - 27);  // bytes of an expansion of order 5
  EXPECT_EQ(growth(&RankSizes::multipoles), 1000 * block);
  EXPECT_EQ(growth(&RankSizes::locals), 1000 * block);
  EXPECT_EQ(growth(&RankSizes::ghost_multipoles), 2000 * block) << "messages on both ways";
  EXPECT_EQ(growth(&RankSizes::kept_bytes), 1000);
  EXPECT_GE(growth(&RankSizes::sources), 32000) << "coordinates and a charge";
  EXPECT_GE(growth(&RankSizes::targets), 56000) << "coordinates, a potential and its gradient";
  EXPECT_GE(growth(&RankSizes::ghost_sources), 32000);
  for (const auto member : {&RankSizes::travelling, &RankSizes::octants, &RankSizes::parents, &RankSizes::largest_level,
                            &RankSizes::near_ranges, &RankSizes::wx_members})
    EXPECT_GE(growth(member), 4000);
  EXPECT_GT(estimate(sizes, "stokeslet", options), before);
  EXPECT_GT(estimate(sizes, "laplace", {.order = 6, .precision = Precision::full}), before);
  EXPECT_LT(estimate(sizes, "laplace", {.order = 5, .precision = Precision::mixed}), before);
}

}
}
