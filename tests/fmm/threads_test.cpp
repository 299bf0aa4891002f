// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <omp.h>

#include <filesystem>

#include "nearfar/plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

int live_threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<int>(std::distance(begin(tasks), end(tasks)));
}

TEST(Threads, ThoseOfBlasDoNotMeetOurs) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(3);
  int team = 0;
#pragma omp parallel reduction(+ : team)
  team += 1;  // starts our threads
  const int ours = live_threads();
  ASSERT_EQ(team, 3);

  const Points points = app::sample_points(app::Distribution::cube, 1, 0, 3000);
  const std::vector<double> charges(3000, 1.0);
  std::vector<double> potentials(3000);
  Plan plan(MPI_COMM_SELF, make_kernel("laplace"), points, {.order = 7, .points_per_leaf = 50});
  plan.apply(charges, potentials);

  EXPECT_EQ(live_threads(), ours);
  EXPECT_EQ(omp_get_max_threads(), 3);
  omp_set_num_threads(before);
}

}
}
