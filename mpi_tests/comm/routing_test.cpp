// SPDX-License-Identifier: BSD-3-Clause
// Messages over relays.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "comm/routed_exchange.hpp"
#include "support/mpi_counts.hpp"

namespace nearfar {
namespace {

/// Partners of each rank, and of the rank that has most, if all send to all.
struct Partners {
  int sends = 0, receives = 0;
};

Partners most_partners(const Relays& relays) {
  const int num_ranks = relays.num_ranks();
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
    const Partners most = most_partners(Relays(num_ranks));
    EXPECT_LE(most.sends, bound) << num_ranks;
    EXPECT_LE(most.receives, bound) << num_ranks;
  }
}

/// Ranks on other nodes that a rank sends to, if all send to all.
int most_of_other_nodes(const Relays& relays, int ranks_per_node) {
  const int num_ranks = relays.num_ranks();
  std::vector<std::set<int>> others(usize(num_ranks));
  const auto send = [&](int from, int to) {
    if (from / ranks_per_node != to / ranks_per_node) others[usize(from)].insert(to);
  };
  for (int from = 0; from < num_ranks; ++from)
    for (int to = 0; to < num_ranks; ++to) {
      send(from, relays.between(from, to));
      send(relays.between(from, to), to);
    }
  std::size_t most = 0;
  for (const std::set<int>& of_rank : others) most = std::max(most, of_rank.size());
  return static_cast<int>(most);
}

TEST(Relays, OfNodesSendOneMessageToEachOtherNode) {
  if (rank_of(MPI_COMM_WORLD) != 0) return;
  for (const auto& [num_ranks, ranks_per_node] : {std::pair{64, 8}, {64, 16}, {256, 32}, {96, 32}, {40, 8}})
    EXPECT_EQ(most_of_other_nodes(Relays(num_ranks, ranks_per_node), ranks_per_node), num_ranks / ranks_per_node - 1);
  // Rows of several nodes have no more partners than rows without regard to nodes.
  for (const auto& [num_ranks, ranks_per_node] : {std::pair{400, 8}, {300, 7}}) {
    const Relays relays(num_ranks, ranks_per_node);
    EXPECT_EQ(relays.num_columns() % ranks_per_node, 0);
    EXPECT_LE(most_of_other_nodes(relays, ranks_per_node), most_of_other_nodes(Relays(num_ranks), ranks_per_node));
  }
  // With one node, or one rank on each, nodes do not matter; nor do nodes that are most of a square.
  for (const int ranks_per_node : {1, 30, 31}) EXPECT_EQ(Relays(30, ranks_per_node).num_columns(), 6);
  EXPECT_EQ(Relays(300, 256).num_columns(), 18);
}

TEST(Nodes, AreThoseThatMpiTells) {
  const int size = size_of_communicator(MPI_COMM_WORLD);
  const auto found = [&](MPI_Comm communicator, int ranks_of_node) {
    const Communicator fresh(communicator);
    const MpiCounts counts = count_mpi([&] {
      mpi_counts().ranks_of_node = ranks_of_node;
      EXPECT_EQ(ranks_per_node(fresh.get()), ranks_per_node(fresh.get()));
    });
    EXPECT_EQ(counts.of("MPI_Comm_split_type"), 1);
    return ranks_per_node(fresh.get());
  };
  for (const int ranks_of_node : {1, 2, 3})
    EXPECT_EQ(found(MPI_COMM_WORLD, ranks_of_node), std::min(size, ranks_of_node));
  // Ranks in another order: those of a node do not follow one another.
  const int rank = rank_of(MPI_COMM_WORLD);
  MPI_Comm shuffled = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, 0, rank % 2 * size + rank, &shuffled);
  mpi_counts() = {};
  mpi_counts().ranks_of_node = 2;
  EXPECT_EQ(ranks_per_node(shuffled), size > 2 ? 1 : size);
  mpi_counts() = {};
  MPI_Comm_free(&shuffled);
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
