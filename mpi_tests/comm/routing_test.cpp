// SPDX-License-Identifier: BSD-3-Clause
// Messages over relays.
#include <gtest/gtest.h>

#include <random>

#include "comm/routed_exchange.hpp"

namespace nearfar {
namespace {

/// Partners of each rank, and of the rank that has most, if all send to all.
struct Partners {
  int sends = 0, receives = 0;
};

Partners most_partners(int num_ranks) {
  const Relays relays(num_ranks);
  const std::size_t size = usize(num_ranks);
  std::vector<bool> first(size * size), second(size * size);  // from, to
  for (int from = 0; from < num_ranks; ++from)
    for (int to = 0; to < num_ranks; ++to) {
      const std::size_t relay = usize(relays.between(from, to));
      first[usize(from) * size + relay] = true;
      second[relay * size + usize(to)] = true;
    }
  Partners most;
  for (std::size_t rank = 0; rank < size; ++rank) {
    Partners own;
    for (std::size_t other = 0; other < size; ++other) {
      if (other == rank) continue;
      own.sends += first[rank * size + other] + second[rank * size + other];
      own.receives += first[other * size + rank] + second[other * size + rank];
    }
    most = {std::max(most.sends, own.sends), std::max(most.receives, own.receives)};
  }
  return most;
}

TEST(Relays, HaveTwiceTheSquareRootOfPartners) {
  if (rank_of(MPI_COMM_WORLD) != 0) return;
  std::vector<int> sizes{1000, 1024, 1025, 2047};
  for (int num_ranks = 1; num_ranks <= 200; ++num_ranks) sizes.push_back(num_ranks);
  for (const int num_ranks : sizes) {
    const int bound = 2 * static_cast<int>(std::ceil(std::sqrt(num_ranks)));
    const Partners most = most_partners(num_ranks);
    EXPECT_LE(most.sends, bound) << num_ranks;
    EXPECT_LE(most.receives, bound) << num_ranks;
  }
}

/// What `from` sends to `to`: nothing, or numbers that tell both.
std::vector<std::array<int, 3>> words(int from, int to) {
  std::mt19937 random(static_cast<unsigned>(1000 * from + to));
  return {random() % 4, {from, to, static_cast<int>(random() % 100)}};
}

TEST(RoutedExchange, DeliversOverRelaysWhatItDeliversDirectly) {
  const int rank = rank_of(MPI_COMM_WORLD), size = size_of_communicator(MPI_COMM_WORLD);
  std::map<int, std::vector<std::array<int, 3>>> outgoing;
  for (int to = 0; to < size; ++to) outgoing[to] = words(rank, to);
  UnwrittenVector<std::array<int, 3>> expected;
  for (int from = 0; from < size; ++from) {
    const auto some = words(from, rank);
    expected.insert(expected.end(), some.begin(), some.end());
  }
  for (const int most : {0, size}) {
    bool over_relays = false;
    EXPECT_EQ(routed_exchange(MPI_COMM_WORLD, outgoing, most, over_relays), expected);
    EXPECT_EQ(over_relays, most == 0 && size > 1);
  }
}

TEST(RoutedExchange, SendsNothingOfNothing) {
  bool over_relays = true;
  EXPECT_TRUE(routed_exchange(MPI_COMM_WORLD, std::map<int, std::vector<int>>{}, 0, over_relays).empty());
  EXPECT_FALSE(over_relays);
}

}
}
