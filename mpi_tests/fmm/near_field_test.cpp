// SPDX-License-Identifier: BSD-3-Clause
// The direct sums as rows of a matrix, in the caller's numbers and units.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "comm/mpi.hpp"
#include "nearfar/plan.hpp"
#include "support/samples.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

// The dipole's degree is -2, so that values depend on the unit of length in another way than the catalogue's.
TEST(NearRows, AreTheKernelInTheCallersUnits) {
  constexpr std::size_t count = 300;
  for (const double size : {1e-3, 1.0, 300.0}) {
    Points all = app::sample_points(app::Distribution::cube, 3, 0, count);
    for (double& x : all) x *= size;
    for (std::size_t k = 0; k < 6; ++k) all[k] = k == 3 ? 1e-100 : 0.0;  // a pair with a tiny square of the distance
    const auto numbers = dealt(count, Deal::blocks, MPI_COMM_WORLD);
    const Points points = take(all, numbers, 3);
    Plan plan(MPI_COMM_WORLD, dipole_kernel(), points, {.order = 4, .points_per_leaf = 20});
    std::vector<double> rows(numbers.size(), 0.0);
    std::int64_t own_rows = 0;
    plan.visit_near_field([&](const NearRow& row) {
      ++own_rows;
      ASSERT_EQ(row.values.size(), 3 * row.sources.size());
      for (std::size_t k = 0; k < row.sources.size(); ++k) {
        double d[3], r2 = 0.0;
        for (std::size_t axis = 0; axis < 3; ++axis) {
          d[axis] = all[3 * usize(row.target) + axis] - all[3 * usize(row.sources[k]) + axis];
          r2 += d[axis] * d[axis];
        }
        for (std::size_t axis = 0; axis < 3; ++axis) {
          const double exact = r2 == 0.0 ? 0.0 : 0.75 * d[axis] / (r2 * std::sqrt(r2));
          ASSERT_NEAR(row.values[3 * k + axis], exact, 1e-13 * std::abs(exact)) << size;
        }
      }
    });
    EXPECT_EQ(all_sum(MPI_COMM_WORLD, own_rows), static_cast<std::int64_t>(count));
  }
}

TEST(NearRows, HavePositionsAndSidesOfTheLargerLeaf) {
  // Points that crowd at one corner: leaves of many sizes.
  constexpr std::size_t count = 400;
  Points all = app::sample_points(app::Distribution::cube, 3, 0, count);
  for (double& x : all) x *= 5.0 * x * x;
  const auto numbers = dealt(count, Deal::blocks, MPI_COMM_WORLD);
  const Points points = take(all, numbers, 3);
  Plan plan(MPI_COMM_WORLD, make_kernel("laplace"), points, {.order = 4, .points_per_leaf = 8});
  std::vector<double> sides(count, 0.0);
  for (const Leaf& leaf : plan.leaves())
    for (std::size_t i = 0; i < count; ++i) {
      bool inside = true;
      for (std::size_t axis = 0; axis < 3; ++axis)
        inside = inside && all[3 * i + axis] >= leaf.lower[axis] && all[3 * i + axis] < leaf.lower[axis] + leaf.side;
      if (inside) sides[i] = leaf.side;
    }
  all_reduce(MPI_COMM_WORLD, std::span<double>(sides), MPI_MAX);
  EXPECT_GT(*std::max_element(sides.begin(), sides.end()), 3.9 * *std::min_element(sides.begin(), sides.end()));
  // Lengths may be in other units, but all in the same.
  double unit = 0.0;
  plan.visit_near_field(
      [&](const NearRow& row) {
        ASSERT_EQ(row.positions.size(), 3 * row.sources.size());
        ASSERT_EQ(row.sides.size(), row.sources.size());
        for (std::size_t k = 0; k < row.sources.size(); ++k) {
          const std::size_t i = usize(row.target), j = usize(row.sources[k]);
          const double side = std::max(sides[i], sides[j]);
          if (unit == 0.0) unit = side / row.sides[k];
          ASSERT_NEAR(row.sides[k] * unit, side, 1e-14);
          for (std::size_t axis = 0; axis < 3; ++axis) {
            const double distance = row.position[axis] - row.positions[3 * k + axis];
            ASSERT_NEAR(distance * unit, all[3 * i + axis] - all[3 * j + axis], 1e-12);
            // Leaves are cells of the grid that begins at the corner.
            const double cell = std::floor(row.positions[3 * k + axis] * unit / sides[j]);
            ASSERT_TRUE(cell >= 0.0 && cell * sides[j] < 5.5) << cell;
          }
        }
      },
      false);
}

}
}
