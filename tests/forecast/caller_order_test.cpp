// SPDX-License-Identifier: BSD-3-Clause
// What ranks expect of points in random order, against points that are dealt at random and counted one by one.
#include "forecast/caller_order.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace nearfar {
namespace {

/// Every rank has that many points, each of which belongs to any rank in the tree.
[[nodiscard]] Transfers at_random(int num_ranks, int points_per_rank, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<int> some_rank(0, num_ranks - 1);
  Transfers transfers;
  for (int rank = 0; rank < num_ranks; ++rank)
    for (int i = 0; i < points_per_rank; ++i) transfers.push_back({rank, some_rank(random), 1});
  return merged(std::move(transfers));
}

/// Each rank has points of all others, on grids of relays with and without a last row that is not full.
TEST(CallerOrder, OverRelaysIsThatOfPointsAtRandom) {
  constexpr int points_per_rank = 20000;
  for (const auto& [num_ranks, ranks_per_node] :
       {std::pair{4, 1}, {7, 1}, {11, 1}, {12, 1}, {13, 1}, {21, 1}, {12, 4}, {14, 4}, {21, 2}, {13, 6}}) {
    const Relays relays(num_ranks, ranks_per_node);
    const CallerPath path{at_random(num_ranks, points_per_rank, 3), true};
    std::vector<CallerCounts> counted(static_cast<std::size_t>(num_ranks));
    SetupTally tally(num_ranks);
    count_apply(path, relays, 2, true, counted);
    count_records(path.points, true, relays, tally);
    count_setup(path, relays, tally);
    const std::vector<CallerCounts> expected = count_random_order(relays, points_per_rank, 1, {2}, 1);
    ASSERT_EQ(expected.size(), counted.size());
    for (std::size_t rank = 0; rank < expected.size(); ++rank) {
      SCOPED_TRACE(testing::Message() << "rank " << rank << " of " << relays.num_ranks() << ", " << relays.num_columns()
                                      << " columns");
      EXPECT_EQ(expected[rank].messages, counted[rank].messages);
      const auto near = [](std::int64_t a, std::int64_t b, double part) {
        EXPECT_NEAR(static_cast<double>(a), static_cast<double>(b), part * static_cast<double>(b));
      };
      near(expected[rank].bytes, counted[rank].bytes, 0.03);
      near(expected[rank].travelling, counted[rank].travelling, 0.03);
      EXPECT_EQ(expected[rank].setup.messages, tally.counts()[rank].messages);
      near(expected[rank].setup.bytes, tally.counts()[rank].bytes, 0.05);
    }
  }
}

/// Of few points many ranks have none: the mean of ranks, whose points differ.
TEST(CallerOrder, OfFewPointsHasFewPartners) {
  constexpr int num_ranks = 64;
  for (const int points_per_rank : {4, 16, 64}) {
    const CallerPath path{at_random(num_ranks, points_per_rank, 7), false};
    std::vector<CallerCounts> counted(num_ranks);
    count_apply(path, Relays(num_ranks), 1, true, counted);
    double messages = 0.0;
    for (const CallerCounts& counts : counted) messages += static_cast<double>(counts.messages) / num_ranks;
    for (const CallerCounts& expected : count_random_order(Relays(num_ranks), points_per_rank, num_ranks, {1}, 1))
      EXPECT_NEAR(static_cast<double>(expected.messages), messages, 0.05 * messages) << points_per_rank;
  }
}

}
}
