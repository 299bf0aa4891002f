// SPDX-License-Identifier: BSD-3-Clause
#include "domain/points.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include "support/domains.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;

TEST(UnpackCoordinates, AppendsArraysInUnits) {
  Coordinates coordinates{{1.0, 2.0, 9.0}, {3.0, 4.0, 9.0}, {5.0, 6.0, 9.0}};
  unpack_coordinates(std::vector<double>{8.0, 12.0, 16.0, -4.0, 0.0, 20.0}, 4.0, 2, coordinates);
  EXPECT_EQ(coordinates.x, (UnwrittenVector<double>{1.0, 2.0, 2.0, -1.0}));
  EXPECT_EQ(coordinates.y, (UnwrittenVector<double>{3.0, 4.0, 3.0, 0.0}));
  EXPECT_EQ(coordinates.z, (UnwrittenVector<double>{5.0, 6.0, 4.0, 5.0}));
  EXPECT_EQ(coordinates.view().y, coordinates.y.data());
}

TEST(Points, OfOneRankAreThoseOfTheCallerByKey) {
  const DomainSetting setting{.name = "cube", .sources = uniform_points(3000, 1, 1e5, -3e4)};
  const BuiltDomain built(setting);
  const RootCube& root = built.options.root;
  EXPECT_EQ(std::exp2(std::round(std::log2(root.unit))), root.unit);
  PointKey before = 0;
  std::vector<int> times(3000, 0);
  for (Index i = 0; i < built.points.num_sources; ++i) {
    const Coordinates& c = built.points.sources;
    const PointKey key = root.point_key(c.x[usize(i)], c.y[usize(i)], c.z[usize(i)]);
    EXPECT_LE(before, key);
    before = key;
    const auto origin = usize(built.points.caller_sources.origin(i).index);
    ++times[origin];
    EXPECT_EQ(c.x[usize(i)] * root.unit, setting.sources[3 * origin]);
    EXPECT_EQ(c.z[usize(i)] * root.unit, setting.sources[3 * origin + 2]);
  }
  EXPECT_EQ(std::count(times.begin(), times.end(), 1), 3000);
}

/// The same order, coordinates and origins, whatever the number of threads.
TEST(Points, DoNotDependOnThreads) {
  const int threads_before = omp_get_max_threads();
  Points points = uniform_points(20000, 2);
  for (double& x : points) x = std::floor(x * 16) / 16;
  const DomainSetting first{.name = "cube", .sources = uniform_points(20000, 3)};
  const DomainSetting second{.name = "grid", .sources = points};
  std::vector<DomainPoints> results;
  for (const int threads : {1, 3}) {
    omp_set_num_threads(threads);
    BuiltDomain built(first);
    const DealtPoints dealt(second, comm);
    const MovedPoints moved = in_tree_order(comm, dealt.view(), built.points, built.partition);
    built.partition = make_partition(comm, moved, built.options, std::move(built.partition));
    fetch_points_to_tree(comm, built.partition, moved, built.points);
    results.push_back(std::move(built.points));
  }
  omp_set_num_threads(threads_before);
  EXPECT_EQ(results[0].sources.x, results[1].sources.x);
  EXPECT_EQ(results[0].sources.z, results[1].sources.z);
  for (Index i = 0; i < 20000; ++i)
    ASSERT_EQ(results[0].caller_sources.origin(i).index, results[1].caller_sources.origin(i).index);
}

}
}
