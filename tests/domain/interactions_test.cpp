// SPDX-License-Identifier: BSD-3-Clause
#include "domain/interactions.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>

#include "support/interaction_checks.hpp"

namespace nearfar {
namespace {

/// `count` points within `width` of a place, and a few around.
DomainSetting pile_of(int count, double width) {
  DomainSetting setting{.name = "pile", .sources = uniform_points(200, 1)};
  for (int i = 0; i < count; ++i) setting.sources.insert(setting.sources.end(), {0.3 + width * i, 0.6, 0.1});
  return setting;
}

/// Position of the leaf with the most sources among the targets.
Index fullest_target(const Interacting& domain) {
  const auto& targets = domain.interactions.targets;
  const auto by_count = [&](Index a, Index b) { return domain.octant(a).num_sources < domain.octant(b).num_sources; };
  std::vector<Index> leaves;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(leaves),
               [&](Index i) { return domain.tree().is_leaf(i); });
  const Index fullest = *std::max_element(leaves.begin(), leaves.end(), by_count);
  return static_cast<Index>(std::find(targets.begin(), targets.end(), fullest) - targets.begin());
}

TEST(Interactions, OfAPileLeaveItsOwnSourcesOut) {
  const DomainSetting setting = pile_of(100, 0.0);
  Interacting domain(setting);
  const Index pile = fullest_target(domain);
  EXPECT_EQ(domain.octant(domain.interactions.targets[usize(pile)]).num_sources, 100);
  EXPECT_TRUE(domain.interactions.near[pile].empty());
  EXPECT_EQ(domain.interactions.interior[usize(pile)], 1);
  expect_full_coverage(setting, domain);
}

TEST(Interactions, OfPointsCloserThanTheLastLevelKeepTheirSums) {
  // In one leaf of the last level, at different places.
  const DomainSetting setting = pile_of(100, 2e-16);
  Interacting domain(setting);
  const Index pile = fullest_target(domain);
  const OctantRecord& leaf = domain.octant(domain.interactions.targets[usize(pile)]);
  EXPECT_EQ(level_of(leaf.key), max_depth);
  ASSERT_EQ(domain.interactions.near[pile].size(), 1U);
  EXPECT_EQ(domain.interactions.near[pile][0].size(), 100);
  expect_full_coverage(setting, domain);
}

TEST(Interactions, OfAPileOfSourcesBesideItsTargetsKeepTheirSums) {
  DomainSetting setting = pile_of(100, 0.0);
  setting.same = false;
  setting.targets = setting.sources;
  setting.targets.insert(setting.targets.end(), {0.3 + 1e-14, 0.6, 0.1});
  Interacting domain(setting);
  EXPECT_EQ(domain.interactions.near[fullest_target(domain)].size(), 1U);
  expect_full_coverage(setting, domain);
}

TEST(Interactions, OfOneRankNeedNoGhosts) {
  for (const auto& setting : domain_settings()) {
    SCOPED_TRACE(setting.name);
    const Interacting domain(setting);
    const Interactions& all = domain.interactions;
    EXPECT_EQ(all.num_multipoles, domain.tree().size());
    EXPECT_EQ(all.num_locals, domain.tree().size());
    EXPECT_EQ(all.num_sources, domain.points.num_sources);
    EXPECT_EQ(all.ghost_sources.traffic().blocks_received, 0);
    EXPECT_EQ(all.ghost_multipoles.traffic().blocks_received, 0);
    EXPECT_EQ(std::count(all.interior.begin(), all.interior.end(), 1), std::ssize(all.interior));
  }
}

TEST(Interactions, DoNotDependOnThreads) {
  const int threads_before = omp_get_max_threads();
  const DomainSetting setting{.name = "plummer", .sources = app::sample_points(app::Distribution::plummer, 3, 0, 5000)};
  std::vector<Interactions> results;
  for (const int threads : {1, 3}) {
    omp_set_num_threads(threads);
    results.push_back(std::move(Interacting(setting, 4).interactions));
  }
  omp_set_num_threads(threads_before);
  EXPECT_EQ(results[0].w.values, results[1].w.values);
  EXPECT_EQ(results[0].x.values, results[1].x.values);
  EXPECT_EQ(results[0].near.offsets, results[1].near.offsets);
  for (std::size_t i = 0; i < results[0].near.values.size(); ++i) {
    ASSERT_EQ(results[0].near.values[i].begin, results[1].near.values[i].begin);
    ASSERT_EQ(results[0].near.values[i].end, results[1].near.values[i].end);
  }
}

TEST(Interactions, EverySourceReachesEveryTargetOnceInLargeTrees) {
  const DomainSetting setting{.name = "deep",
                              .sources = app::sample_points(app::Distribution::ellipsoid, 4, 0, 3000),
                              .targets = uniform_points(500, 5),
                              .same = false,
                              .points_per_leaf = 3};
  Interacting domain(setting, 2);
  expect_full_coverage(setting, domain);
}

}
}
