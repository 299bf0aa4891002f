// SPDX-License-Identifier: BSD-3-Clause
#include "domain/point_map.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

TEST(PointMap, OfNoPointsDoesNothing) {
  PointMap map(comm, PointRecords(), 1);
  EXPECT_EQ(map.size(), 0);
  map.to_tree(3, nullptr, nullptr);
  map.to_caller(3, nullptr, nullptr);
  map.to_tree_axes(nullptr, 2.0, {nullptr, nullptr, nullptr});
  map.to_tree(3, nullptr, nullptr, [](IndexRange) { ADD_FAILURE() << "no part to be finished"; });
  EXPECT_EQ(PointMap().size(), 0);
}

TEST(PointMap, OfOneRankPermutesWithoutTraffic) {
  constexpr std::size_t count = 10000;
  std::vector<Index> index(count);
  std::iota(index.begin(), index.end(), 0);
  std::shuffle(index.begin(), index.end(), std::mt19937(1));
  PointRecords records;
  std::vector<double> at_caller(count);
  for (const Index i : index) records.push_back({0, 0, i});
  for (std::size_t i = 0; i < count; ++i) at_caller[i] = 0.5 + static_cast<double>(i);
  const int threads_before = omp_get_max_threads();
  for (const int threads : {1, 3}) {
    omp_set_num_threads(threads);
    PointMap map(comm, records, 1);
    std::vector<double> in_tree(count), back(count);
    map.to_tree(1, at_caller.data(), in_tree.data());
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(in_tree[i], 0.5 + index[i]);
    map.to_caller(1, in_tree.data(), back.data());
    EXPECT_EQ(back, at_caller);
    EXPECT_TRUE(map.traffic().senders.empty() && map.traffic().receivers.empty());
    EXPECT_EQ(map.traffic().blocks_sent + map.traffic().blocks_received, 0);
  }
  omp_set_num_threads(threads_before);
}

TEST(PointMap, LeavesOtherPointsOfTheCallerAlone) {
  // The tree has two of the caller's four points.
  PointRecords records;
  records.push_back({0, 0, 3});
  records.push_back({1, 0, 1});
  PointMap map(comm, records, 1);
  std::vector<double> at_caller{1.0, 2.0, 3.0, 4.0};
  map.to_caller(1, std::vector<double>{40.0, 20.0}.data(), at_caller.data());
  EXPECT_EQ(at_caller, (std::vector<double>{1.0, 20.0, 3.0, 40.0}));
}

}
}
