// SPDX-License-Identifier: BSD-3-Clause
// The passes of each rank over its own octants and the ghosts around them.
#include "fmm/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "comm/mpi.hpp"
#include "support/samples.hpp"
#include "support/schedule_oracle.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

TEST(Schedule, OfAllRanksHasEveryInteractionOnce) {
  for (const auto distribution : {app::Distribution::sphere, app::Distribution::plummer})
    for (const bool same : {true, false}) {
      const Points points = take(app::sample_points(distribution, 3, 0, 1500), dealt(1500, Deal::blocks, comm), 3);
      const Points targets =
          take(app::sample_points(app::Distribution::cube, 4, 0, 700), dealt(700, Deal::blocks, comm), 3);
      OpenPlan plan(comm, make_kernel("laplace"), {points, targets, same},
                    {.order = 2, .points_per_leaf = 12, .root_scale = 1.0, .precision = Precision::full});
      expect_v_lists_once(plan);
      expect_parents_once(plan);
      expect_panels_of_leaves(plan);
      expect_near_blocks(plan);
    }
}

/// No octant that matters is missing among the ghosts: the V lists of all ranks have the length of the whole tree's.
TEST(Schedule, OfAllRanksTakesTheVListsOfTheWholeTree) {
  const Points all = app::sample_points(app::Distribution::plummer, 3, 0, 2000);
  const Points points = take(all, dealt(2000, Deal::round_robin, comm), 3);
  const Options options{.order = 2, .points_per_leaf = 20, .root_scale = 1.0, .precision = Precision::full};
  OpenPlan plan(comm, make_kernel("laplace"), {points, {}, true}, options);
  OpenPlan whole(MPI_COMM_SELF, make_kernel("laplace"), {all, {}, true}, options);
  const auto pairs = [](OpenPlan& of) {
    std::int64_t count = 0;
    for (const M2lLevel& level : of.evaluation().schedule.m2l)
      for (std::size_t f = 0; f < level.targets.size(); ++f)
        for (const auto s : level.neighbours[f]) {
          if (s < 0) continue;
          const auto members = [](const auto& family) { return 8 - std::count(family.begin(), family.end(), nullptr); };
          count += members(level.targets[f]) * members(level.sources[usize(s)]);
        }
    return count;
  };
  EXPECT_GT(pairs(whole), 0);
  EXPECT_EQ(all_sum(comm, pairs(plan)), pairs(whole));
}

}
}
