// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "comm/sparse_exchange.hpp"
#include "comm/star_forest.hpp"
#include "support/mpi_counts.hpp"

namespace nearfar {
namespace {

TEST(SparseExchange, DeliversToTheRanksNamed) {
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  std::map<int, std::vector<std::int64_t>> outgoing;
  for (int to = rank; to < size; to += 2) outgoing[to].assign(usize(to) + 1, 100 * rank + to);  // also to itself
  outgoing[0];                                                                                  // nothing to send

  const auto received = sparse_exchange(MPI_COMM_WORLD, outgoing);

  UnwrittenVector<std::int64_t> expected;
  for (int from = rank % 2; from <= rank; from += 2)
    expected.insert(expected.end(), usize(rank) + 1, 100 * from + rank);
  EXPECT_EQ(received, expected);
}

TEST(SparseExchange, OfNothingGivesNothing) {
  EXPECT_TRUE(sparse_exchange(MPI_COMM_WORLD, std::map<int, std::vector<int>>{}).empty());
}

TEST(SparseExchange, SplitsWhatIsLargerThanAMessage) {
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  struct Odd {
    std::array<char, 5> text;
  };
  for (const int count : {1, 7, 8, 1000}) {
    std::map<int, std::vector<Odd>> outgoing;
    for (int to = 0; to < size; ++to)
      for (int i = 0; i < count; ++i)
        outgoing[to].push_back({static_cast<char>(rank), static_cast<char>(to), static_cast<char>(i)});
    const auto received = sparse_exchange(MPI_COMM_WORLD, outgoing, 16);
    ASSERT_EQ(received.size(), usize(size * count));
    for (int from = 0; from < size; ++from)
      for (int i = 0; i < count; ++i)
        EXPECT_EQ(received[usize(from * count + i)].text,
                  (std::array<char, 5>{static_cast<char>(from), static_cast<char>(rank), static_cast<char>(i)}));
  }
}

TEST(StarForest, ForestsUnderWayTogetherDoNotMix) {
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  const int other = (rank + 1) % size;
  // The same roots, upwards and downwards, into leaves one behind the other.
  const std::vector<RootPlace> up{{other, 0}, {other, 1}, {other, 2}}, down{{other, 2}, {other, 1}, {other, 0}};
  StarForest first(MPI_COMM_WORLD, up), second(MPI_COMM_WORLD, down);
  const std::vector<double> roots{3.0 * rank, 3.0 * rank + 1.0, 3.0 * rank + 2.0};
  std::vector<double> a(3), b(3);
  first.begin(1, roots.data(), a.data());
  second.begin(1, roots.data(), b.data());
  second.end(1, roots.data(), b.data());
  if (size > 1) {
    EXPECT_THROW(first.begin(1, roots.data(), a.data()), std::logic_error);
  }
  first.end(1, roots.data(), a.data());
  std::vector<double> visited(3);
  first.begin(1, roots.data());
  first.end(1, roots.data(), [&](Index place, const double* value) { visited[usize(place)] = *value; });
  EXPECT_EQ(visited, a);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(a[i], 3.0 * other + static_cast<double>(i));
    EXPECT_EQ(b[2 - i], a[i]);
  }
}

/// More than MPI sends unasked.
TEST(StarForest, AdvancesUntilAllHasArrived) {
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  constexpr Index count = 1 << 17;
  std::vector<RootPlace> places;
  for (Index i = 0; i < count; ++i) places.push_back({(rank + 1) % size, i});
  StarForest forest(MPI_COMM_WORLD, places);
  const std::vector<double> roots(usize(count), 1.0 * rank);
  std::vector<double> leaves(usize(count));
  forest.begin(1, roots.data(), leaves.data());
  constexpr int most_rounds = 100000;
  int round = 0;
  while (all_min(MPI_COMM_WORLD, forest.advance() ? 1 : 0) == 0 && round < most_rounds) ++round;
  const MpiCounts counts = count_mpi([&] { forest.end(1, roots.data(), leaves.data()); });
  EXPECT_EQ(counts.largest_awaited, 0) << "after " << round << " rounds";
  EXPECT_EQ(leaves, std::vector<double>(usize(count), 1.0 * ((rank + 1) % size)));
  EXPECT_TRUE(forest.advance()) << "nothing is under way";
}

TEST(StarForest, ManyAreMadeByTheMessagesOfOne) {
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  // Forest f copies some roots of the next f ranks, and some of its own.
  std::vector<std::vector<RootPlace>> roots(4);
  std::vector<Index> positions;
  for (int f = 0; f < 4; ++f)
    for (int i = 0; i < 3 * f; ++i) roots[usize(f)].push_back({(rank + i % (f + 1)) % size, 5 * f + i % 5});
  for (Index i = 0; i < 9; ++i) positions.push_back(20 - i);
  std::vector<Copies> copies;
  for (std::size_t f = 0; f < 4; ++f)
    copies.push_back({roots[f], f == 2 ? std::span<const Index>() : std::span(positions).first(roots[f].size())});
  std::vector<double> values(20);
  for (std::size_t i = 0; i < 20; ++i) values[i] = 100.0 * rank + static_cast<double>(i);

  std::vector<StarForest> forests;
  const MpiCounts of_all = count_mpi([&] { forests = StarForest::make(MPI_COMM_WORLD, copies); });
  const MpiCounts of_one = count_mpi([&] { const StarForest largest(MPI_COMM_WORLD, roots[3], positions); });
  EXPECT_EQ(of_all.calls, of_one.calls);
  EXPECT_EQ(of_all.messages, of_one.messages);
  ASSERT_EQ(forests.size(), 4U);
  for (std::size_t f = 0; f < 4; ++f) {
    std::vector<double> leaves(21, -1.0);
    forests[f].copy(1, values.data(), leaves.data());
    for (std::size_t i = 0; i < roots[f].size(); ++i)
      EXPECT_EQ(leaves[f == 2 ? i : usize(positions[i])], 100.0 * roots[f][i].rank + roots[f][i].index) << f;
    EXPECT_EQ(std::count(leaves.begin(), leaves.end(), -1.0), 21 - std::ssize(roots[f]));
  }
}

TEST(StarForest, CountsItsTraffic) {
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  // Each rank copies its own root, and three of each rank below it.
  std::vector<RootPlace> places{{rank, 0}};
  for (int below = 0; below < rank; ++below) places.insert(places.end(), {{below, 0}, {below, 2}, {below, 2}});
  const Traffic traffic = StarForest(MPI_COMM_WORLD, places).traffic();
  EXPECT_EQ(size_of(traffic.senders), rank);
  EXPECT_EQ(size_of(traffic.receivers), size - 1 - rank);
  EXPECT_EQ(traffic.blocks_received, 3 * rank);
  EXPECT_EQ(traffic.blocks_sent, 3 * (size - 1 - rank));
  for (int i = 0; i < rank; ++i) EXPECT_EQ(traffic.senders[usize(i)], i);
}

TEST(StarForest, PacksAndUnpacksBlocks) {
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  // One root of this rank, two that follow one another on the next.
  StarForest forest(MPI_COMM_WORLD, std::vector<RootPlace>{{rank, 4}, {(rank + 1) % size, 1}, {(rank + 1) % size, 2}});
  std::vector<double> arrived(6, -1.0), back(10, 0.0);
  forest.begin(2, [&](Index place, double* block) {
    block[0] = 100.0 * rank + place;
    block[1] = -block[0];
  });
  forest.end(2, [&](Index place, const double* block) { std::copy_n(block, 2, arrived.begin() + 2 * place); });
  const double next = 100.0 * ((rank + 1) % size);
  EXPECT_EQ(arrived,
            (std::vector<double>{100.0 * rank + 4, -100.0 * rank - 4, next + 1, -next - 1, next + 2, -next - 2}));
  forest.copy_back(
      2, [&](Index place, double* block) { std::copy_n(arrived.begin() + 2 * place, 2, block); },
      [&](Index place, const double* block) { std::copy_n(block, 2, back.begin() + 2 * place); });
  for (const int place : {1, 2, 4}) EXPECT_EQ(back[usize(2 * place)], 100.0 * rank + place);
  EXPECT_EQ(back[0], 0.0);
}

TEST(AgreeOn, OneReductionForErrorsAndNumbers) {
  const int rank = rank_of(MPI_COMM_WORLD), last = size_of_communicator(MPI_COMM_WORLD) - 1;
  const auto largest = agree_on(MPI_COMM_WORLD, nullptr, std::array{1.0 * rank, -1.0 * rank});
  EXPECT_EQ(largest, (std::array{1.0 * last, 0.0}));
  const auto error = rank == last ? std::make_exception_ptr(UsageError("of the last rank")) : nullptr;
  EXPECT_THROW((void)agree_on(MPI_COMM_WORLD, error, std::array{0.0}), UsageError);
}

TEST(StarForest, CopiesRootsToLeavesAndBack) {
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  constexpr Index num_roots = 5;
  // Leaf i of this rank is root i of the next rank, at a position with gaps.
  std::vector<RootPlace> places;
  std::vector<Index> positions;
  for (Index i = 0; i < num_roots; ++i) {
    places.push_back({(rank + 1) % size, i});
    positions.push_back(2 * i);
  }
  StarForest forest(MPI_COMM_WORLD, places, positions);
  for (const int block : {1, 3, 38}) {
    std::vector<double> roots(usize(num_roots * block)), leaves(usize(2 * num_roots * block), -1.0);
    for (std::size_t i = 0; i < roots.size(); ++i) roots[i] = 1000.0 * rank + static_cast<double>(i);
    forest.copy(block, roots.data(), leaves.data());
    for (Index i = 0; i < num_roots; ++i)
      for (int k = 0; k < block; ++k) {
        EXPECT_EQ(leaves[usize(2 * i * block + k)], 1000.0 * ((rank + 1) % size) + i * block + k);
        if (i + 1 < num_roots) {
          EXPECT_EQ(leaves[usize((2 * i + 1) * block + k)], -1.0);
        }
      }
    std::vector<double> visited(leaves.size(), -1.0);
    forest.begin(block, roots.data());
    forest.end(block, roots.data(),
               [&](Index place, const double* values) { std::copy_n(values, block, visited.begin() + place * block); });
    EXPECT_EQ(visited, leaves);
    for (auto& leaf : leaves) leaf += 0.5;
    forest.copy_back(block, leaves.data(), roots.data());
    for (std::size_t i = 0; i < roots.size(); ++i) EXPECT_EQ(roots[i], 1000.0 * rank + static_cast<double>(i) + 0.5);
  }
}

TEST(Agree, AllRanksThrowTheSentenceOfTheFirst) {
  const int rank = rank_of(MPI_COMM_WORLD);
  const int size = size_of_communicator(MPI_COMM_WORLD);
  const int guilty = size / 2;
  try {
    agree(MPI_COMM_WORLD, [&] {
      if (rank >= guilty) throw InputError("rank " + std::to_string(rank));
    });
    FAIL() << "nothing was thrown";
  } catch (const InputError& error) {
    EXPECT_EQ(error.what(), "rank " + std::to_string(guilty));
  }
  EXPECT_NO_THROW(agree(MPI_COMM_WORLD, [] {}));
}

}
}
