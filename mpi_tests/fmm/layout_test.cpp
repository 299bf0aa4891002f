// SPDX-License-Identifier: BSD-3-Clause
// A layout over the ranks is the layout of one rank, cut into parts.
#include "fmm/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/moving_points.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

const Options options{.order = 3, .points_per_leaf = 20, .root_scale = 1.1, .precision = Precision::full};

struct Made {
  Layout layout;
  PhaseLog log;
  Made(MPI_Comm communicator, const CallerPoints& points) {
    (void)make_layout(communicator, points, {.kernel = make_kernel("laplace"), .options = options}, layout, log);
  }
};

/// Keys, sources and targets of the leaves that this rank owns.
std::vector<std::int64_t> own_leaves_as_numbers(const Layout& layout) {
  std::vector<std::int64_t> numbers;
  for (Index i = 0; i < layout.essential.tree.size(); ++i) {
    const OctantRecord& octant = layout.essential.tree.octants[usize(i)];
    if (!layout.essential.is_owned(i) || octant.leaf == 0) continue;
    numbers.insert(numbers.end(),
                   {static_cast<std::int64_t>(low_half(octant.key)), octant.num_sources, octant.num_targets});
  }
  return numbers;
}

std::vector<std::array<std::int64_t, 3>> sorted_triples(const std::vector<std::int64_t>& numbers) {
  std::vector<std::array<std::int64_t, 3>> triples;
  for (std::size_t i = 0; i < numbers.size(); i += 3) triples.push_back({numbers[i], numbers[i + 1], numbers[i + 2]});
  std::sort(triples.begin(), triples.end());
  return triples;
}

/// All ranks together have the leaves of one rank, each of them once, and the same work.
void expect_parts_of_the_whole(const Layout& layout, const Layout& whole) {
  const auto parts = sorted_triples(all_gather_lists(comm, own_leaves_as_numbers(layout)));
  EXPECT_EQ(parts, sorted_triples(own_leaves_as_numbers(whole)));
  EXPECT_EQ(layout.partition.root, whole.partition.root);
  EXPECT_EQ(all_sum(comm, std::int64_t{layout.essential.num_owned}), whole.essential.num_owned);
  const double work = sum_of(whole.octant_work).total();
  EXPECT_NEAR(all_sum(comm, sum_of(layout.octant_work).total()), work, 1e-9 * work);
  EXPECT_EQ(layout.statistics.octants_per_level, whole.statistics.octants_per_level);
  EXPECT_EQ(layout.statistics.largest_leaf, whole.statistics.largest_leaf);
  EXPECT_EQ(layout.statistics.checksum, whole.statistics.checksum);
  for (const auto list : {&TreeStatistics::u, &TreeStatistics::v, &TreeStatistics::w, &TreeStatistics::x}) {
    EXPECT_EQ((layout.statistics.*list).mean, (whole.statistics.*list).mean);
    EXPECT_EQ((layout.statistics.*list).mean_of_leaves, (whole.statistics.*list).mean_of_leaves);
    EXPECT_EQ((layout.statistics.*list).max, (whole.statistics.*list).max);
  }
}

/// Points of this rank lie in the boxes of its leaves, which its ranges of targets cover.
void expect_points_in_boxes(const Layout& layout) {
  Index covered = 0;
  for (Index i = 0; i < layout.essential.tree.size(); ++i) {
    if (!layout.essential.is_owned(i) || !layout.essential.tree.is_leaf(i)) continue;
    const Box box = layout.box(i);
    const IndexRange range = layout.target_range(i);
    covered += range.size();
    const Coordinates& points = layout.points.targets();
    for (Index k = range.begin; k < range.end; ++k)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto& coordinates = axis == 0 ? points.x : axis == 1 ? points.y : points.z;
        ASSERT_LE(std::abs(coordinates[usize(k)] - box.origin[axis] - box.centre[axis]), 1.000001 * box.half_width);
      }
  }
  EXPECT_EQ(covered, layout.points.num_targets);
}

TEST(Layout, OfAllRanksIsThatOfOne) {
  for (const auto distribution : all_distributions)
    for (const Deal deal : {Deal::round_robin, Deal::all_on_last}) {
      const ChargedPoints sample = deal_points(distribution, 3000, deal);
      const Points all = all_gather_lists(comm, sample.points);
      const Made parts(comm, {sample.points, {}, true}), whole(MPI_COMM_SELF, {all, {}, true});
      expect_parts_of_the_whole(parts.layout, whole.layout);
      expect_points_in_boxes(parts.layout);
    }
}

TEST(Layout, OfAllRanksIsSoAfterMoves) {
  ChargedPoints sample = deal_points(app::Distribution::plummer, 3000);
  Points targets = moved(sample.points, 0.3, 8);
  Made parts(comm, {sample.points, targets, false});
  for (const double distance : {0.01, 1.0}) {
    sample.points = moved(sample.points, distance, 1);
    targets = moved(targets, distance, 2);
    (void)move_layout(comm, {sample.points, targets, false}, {}, parts.layout, parts.log);
    const Points all = all_gather_lists(comm, sample.points), all_targets = all_gather_lists(comm, targets);
    const Made whole(MPI_COMM_SELF, {all, all_targets, false});
    expect_parts_of_the_whole(parts.layout, whole.layout);
    expect_points_in_boxes(parts.layout);
  }
}

}
}
