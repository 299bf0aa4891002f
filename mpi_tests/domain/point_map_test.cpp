// SPDX-License-Identifier: BSD-3-Clause
#include "domain/point_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <random>
#include <set>

#include "comm/mpi.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

/// Points in a random order: where each lies in the tree and at the caller. Every rank knows all of it.
struct Shuffled {
  std::vector<std::vector<RootPlace>> origins;  ///< by rank and position in the tree
  std::vector<Index> num_at_caller;             ///< by rank

  /// `stay`: the part of the points that the tree has on the caller's rank. Some ranks have few points or none.
  Shuffled(std::size_t count, unsigned seed, double stay) {
    const auto size = usize(size_of_communicator(comm));
    origins.resize(size);
    num_at_caller.resize(size, 0);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    const auto rank = [&] {
      return static_cast<std::size_t>(std::pow(uniform(random), 2.0) * static_cast<double>(size));
    };
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at_caller = rank(), in_tree = uniform(random) < stay ? at_caller : rank();
      origins[in_tree].push_back({static_cast<int>(at_caller), num_at_caller[at_caller]++});
    }
    for (auto& points : origins) std::shuffle(points.begin(), points.end(), random);
  }

  [[nodiscard]] const std::vector<RootPlace>& own() const { return origins[usize(rank_of(comm))]; }
  [[nodiscard]] PointRecords records() const {
    PointRecords records;
    for (const RootPlace& origin : own()) records.push_back({records.size(), origin.rank, origin.index});
    return records;
  }
};

const std::vector<double> parts_that_stay{0.0, 0.7, 1.0};
/// With the partners above which points go over relays: never, always.
const std::vector<std::pair<double, int>> ways{{0.0, 1000}, {0.7, 1000}, {1.0, 1000}, {0.0, 0}, {0.7, 0}, {1.0, 0}};

/// A number that tells the point and the component.
double value(RootPlace place, int component) { return 1e6 * place.rank + place.index + 0.1 * component; }

std::vector<double> caller_values(const Shuffled& points, int block) {
  std::vector<double> values;
  const int rank = rank_of(comm);
  for (Index i = 0; i < points.num_at_caller[usize(rank)]; ++i)
    for (int k = 0; k < block; ++k) values.push_back(value({rank, i}, k));
  return values;
}

std::vector<double> tree_values(const Shuffled& points, int block) {
  std::vector<double> values;
  for (const RootPlace& origin : points.own())
    for (int k = 0; k < block; ++k) values.push_back(value(origin, k));
  return values;
}

/// Two vectors out of rows of five at the caller, into rows of three in the tree, and back.
TEST(PointMap, CarriesSomeVectorsOfRows) {
  constexpr int dim = 2, count = 2, at_caller = 5, in_tree = 3;
  for (const auto& [stay, most_partners] : ways) {
    const Shuffled points(3000, 2, stay);
    PointMap map(comm, points.records(), most_partners);
    const auto rows = caller_values(points, at_caller * dim);
    std::vector<double> tree(points.own().size() * in_tree * dim, -1.0), back(rows.size(), -2.0);
    map.to_tree(interleaved(rows.data(), at_caller, dim).from(3), interleaved(tree.data(), in_tree, dim), count);
    for (std::size_t i = 0; i < points.own().size(); ++i)
      for (int k = 0; k < in_tree * dim; ++k)
        EXPECT_EQ(tree[i * in_tree * dim + usize(k)], k < count * dim ? value(points.own()[i], 3 * dim + k) : -1.0);
    map.to_caller(interleaved(tree.data(), in_tree, dim), interleaved(back.data(), at_caller, dim).from(1), count);
    for (std::size_t i = 0; i < back.size(); ++i) {
      const std::size_t k = i % (at_caller * dim);
      const bool written = k >= dim && k < (1 + count) * dim;
      EXPECT_EQ(back[i], written ? rows[i + 2 * dim] : -2.0);
    }
  }
}

TEST(PointMap, CarriesBlocksBothWays) {
  for (const auto& [stay, most_partners] : ways) {
    const Shuffled points(5000, 1, stay);
    PointMap map(comm, points.records(), most_partners);
    EXPECT_EQ(map.size(), size_of(points.own()));
    for (const int block : {1, 3, 4}) {
      const auto at_caller = caller_values(points, block), wanted = tree_values(points, block);
      std::vector<double> in_tree(wanted.size(), NAN), back(at_caller.size(), NAN);
      map.to_tree(block, at_caller.data(), in_tree.data());
      EXPECT_EQ(in_tree, wanted);
      map.to_caller(block, in_tree.data(), back.data());
      EXPECT_EQ(back, at_caller);
    }
  }
}

TEST(PointMap, KnowsWhereTheCallerKeepsThePoints) {
  for (const auto& [stay, most_partners] : ways) {
    const Shuffled points(3000, 2, stay);
    const UnwrittenVector<RootPlace> origins(points.own().begin(), points.own().end());
    const PointMap of_records(comm, points.records(), most_partners), of_origins(comm, origins, most_partners);
    for (Index i = 0; i < size_of(points.own()); ++i)
      for (const PointMap* map : {&of_records, &of_origins}) {
        EXPECT_EQ(map->origin(i).rank, points.own()[usize(i)].rank);
        EXPECT_EQ(map->origin(i).index, points.own()[usize(i)].index);
      }
  }
}

TEST(PointMap, SeparatesAxes) {
  for (const auto& [stay, most_partners] : ways) {
    const Shuffled points(4000, 3, stay);
    PointMap map(comm, points.records(), most_partners);
    const auto at_caller = caller_values(points, 3);
    const std::size_t count = points.own().size();
    std::array<std::vector<double>, 3> axes;
    axes.fill(std::vector<double>(count, NAN));
    map.to_tree_axes(at_caller.data(), 0.25, {axes[0].data(), axes[1].data(), axes[2].data()});
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t axis = 0; axis < 3; ++axis)
        EXPECT_EQ(axes[axis][i], 0.25 * value(points.own()[i], static_cast<int>(axis)));
  }
}

TEST(PointMap, TellsWhichPartsAreFinished) {
  for (const auto& [stay, most_partners] : ways) {
    const Shuffled points(6000, 4, stay);
    PointMap map(comm, points.records(), most_partners);
    const auto at_caller = caller_values(points, 2), wanted = tree_values(points, 2);
    std::vector<double> in_tree(wanted.size(), NAN);
    std::vector<int> times(points.own().size(), 0);
    std::mutex mutex;
    map.to_tree(2, at_caller.data(), in_tree.data(), [&](IndexRange range) {
      const std::lock_guard lock(mutex);
      for (Index i = range.begin; i < range.end; ++i) {
        ++times[usize(i)];
        EXPECT_EQ(in_tree[2 * usize(i)], wanted[2 * usize(i)]);
        EXPECT_EQ(in_tree[2 * usize(i) + 1], wanted[2 * usize(i) + 1]);
      }
    });
    EXPECT_EQ(std::count(times.begin(), times.end(), 1), std::ssize(times));
  }
}

TEST(PointMap, CountsWhatTravels) {
  const int rank = rank_of(comm);
  for (const double stay : parts_that_stay) {
    const Shuffled points(500, 5, stay);
    const Traffic traffic = PointMap(comm, points.records(), 1000).traffic();
    std::set<int> senders, receivers;
    std::int64_t sent = 0, received = 0;
    for (std::size_t in_tree = 0; in_tree < points.origins.size(); ++in_tree)
      for (const RootPlace& origin : points.origins[in_tree]) {
        if (origin.rank == static_cast<int>(in_tree)) continue;
        if (origin.rank == rank) {
          receivers.insert(static_cast<int>(in_tree));
          ++sent;
        }
        if (static_cast<int>(in_tree) == rank) {
          senders.insert(origin.rank);
          ++received;
        }
      }
    EXPECT_EQ(traffic.blocks_sent, sent);
    EXPECT_EQ(traffic.blocks_received, received);
    EXPECT_EQ(traffic.receivers, std::vector<int>(receivers.begin(), receivers.end()));
    EXPECT_EQ(traffic.senders, std::vector<int>(senders.begin(), senders.end()));
  }
}

}
}
