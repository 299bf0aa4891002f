// SPDX-License-Identifier: BSD-3-Clause
// Messages move while the near field is summed.
#include <gtest/gtest.h>
#include <omp.h>

#include "comm/mpi.hpp"
#include "nearfar/plan.hpp"
#include "support/moving_points.hpp"
#include "support/mpi_counts.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;
constexpr std::int64_t large = 1 << 18;  ///< bytes, of multipoles; all else is smaller

/// However slow the others are: each test is given the time that they may need. On one thread: of several, others may
/// leave no leaves to the one that tests.
TEST(Progress, LargeGhostsHaveArrivedBeforeTheyAreWaitedFor) {
  if (size_of_communicator(comm) != 2) return;  // blocks of leaves that see no ghosts take some 4e4 points a rank
  const int threads_before = omp_get_max_threads();
  omp_set_num_threads(1);
  const ChargedPoints sample = deal_points(app::Distribution::cube, 80000);
  Plan plan(comm, make_kernel("laplace"), sample.points, {.order = 6, .points_per_leaf = 40, .root_scale = 1.0});
  std::vector<double> potentials(sample.charges.size());
  const MpiCounts counts = count_mpi([&] {
    mpi_counts().patience = 20.0;
    plan.apply(sample.charges, potentials);
  });
  omp_set_num_threads(threads_before);
  EXPECT_GE(counts.largest, large);
  EXPECT_LT(counts.largest_awaited, large);
}

}
}
