// SPDX-License-Identifier: BSD-3-Clause
// A lattice of alternating charges: sums cancel nearly everywhere, those of gradients by symmetry most of all.
#include <gtest/gtest.h>

#include "comm/mpi.hpp"
#include "nearfar/plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

TEST(Accuracy, OfAlternatingChargesIsAsStated) {
  constexpr std::size_t edge = 33, count = edge * edge * edge, stride = 101;
  Points all;
  std::vector<double> all_charges;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t x = i / (edge * edge), y = i / edge % edge, z = i % edge;
    for (const std::size_t position : {x, y, z}) all.push_back(0.7 * static_cast<double>(position));
    all_charges.push_back((x + y + z) % 2 == 0 ? 1.0 : -1.0);
  }
  const auto numbers = dealt(count, Deal::blocks, MPI_COMM_WORLD);
  const Points points = take(all, numbers, 3);
  const auto charges = take(all_charges, numbers, 1);
  const Field exact = direct_field("laplace", 0.0, all, all_charges, thin(all, 3, stride));
  // As Options::tolerance states them. Measured on this lattice with root cubes of scales 1 to 1.8: 0.4 to 1.8 times
  // the tolerance, for each cube cuts other octants out of it; gradients up to 25 times.
  for (const double tolerance : {1e-6, 1e-8, 1e-9, 1e-10}) {
    Plan plan(MPI_COMM_WORLD, make_kernel("laplace"), points, {.tolerance = tolerance});
    std::vector<double> potentials(charges.size()), gradients(points.size());
    plan.apply(charges, potentials, gradients);
    const auto found = thin(collect(potentials, numbers, count, 1, MPI_COMM_WORLD), 1, stride);
    const auto slopes = thin(collect(gradients, numbers, count, 3, MPI_COMM_WORLD), 3, stride);
    EXPECT_LT(relative_l2(found, exact.potentials), 2 * tolerance) << tolerance;
    EXPECT_LT(relative_l2(slopes, exact.gradients), 30 * tolerance) << tolerance;
  }
}

}
}
