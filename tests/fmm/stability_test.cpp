// SPDX-License-Identifier: BSD-3-Clause
// Memory over many lives of plans, many applies and many updates.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <iostream>

#include "nearfar/plan.hpp"
#include "support/samples.hpp"
#include "support/sanitizers.hpp"

namespace nearfar {
namespace {

/// Pages of this process that are in memory.
long resident_pages() {
  std::ifstream status("/proc/self/statm");
  long all = 0, resident = 0;
  status >> all >> resident;
  return resident;
}

/// Repeats an action; memory after the first ten times stays within one per cent of what it is then.
template <class Action>
void expect_steady(int count, const char* what, const Action& action) {
  for (int i = 0; i < 10; ++i) action(i);
  const long before = resident_pages();
  for (int i = 10; i < count; ++i) action(i);
  const long after = resident_pages();
  std::cout << what << ": " << before << " pages before, " << after << " after\n";
  EXPECT_LE(static_cast<double>(after), 1.01 * static_cast<double>(before)) << what;
}

TEST(Stability, MemoryStaysAsItIs) {
#if defined(NEARFAR_WATCHED_MEMORY)
  GTEST_SKIP() << "the sanitizer keeps what is freed";
#endif
  if (resident_pages() == 0) GTEST_SKIP() << "the system does not tell";
  constexpr std::size_t num_points = 1500;
  const Points points = app::sample_points(app::Distribution::plummer, 4, 0, num_points);
  const Kernel kernel = make_kernel("laplace");
  std::vector<double> charges(num_points, 1.0), potentials(num_points), gradients(3 * num_points);
  const Options options{.order = 3, .points_per_leaf = 30};
  expect_steady(200, "plans", [&](int) {
    Plan plan(MPI_COMM_SELF, kernel, points, options);
    plan.apply(charges, potentials, gradients);
  });
  Plan plan(MPI_COMM_SELF, kernel, points, options);
  expect_steady(1000, "applies", [&](int i) {
    charges[0] = i;
    plan.apply(charges, potentials, i % 2 == 0 ? std::span<double>(gradients) : std::span<double>());
  });
  Points moved = points;
  expect_steady(100, "updates", [&](int i) {
    for (std::size_t k = 0; k < moved.size(); ++k) moved[k] = points[k] * (1.0 + 0.1 * std::sin(1.0 * i + points[k]));
    plan.update_points(moved);
    plan.apply(charges, potentials, gradients);
  });
}

}
}
