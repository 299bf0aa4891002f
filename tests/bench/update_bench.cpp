// SPDX-License-Identifier: BSD-3-Clause
// Points that move: Plan::update_points against a new plan, in turns, for a million points of which 1 % change their
// leaf in each step. Arguments: the distribution and the digits of the tolerance.
#include <benchmark/benchmark.h>
#include <petscsys.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <random>

#include "app/distributions.hpp"
#include "nearfar/plan.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

/// PETSc for as long as the program runs.
struct PetscSession {
  PetscSession() { PetscInitialize(nullptr, nullptr, nullptr, nullptr); }
  ~PetscSession() { PetscFinalize(); }
};

[[nodiscard]] double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <class Action>
[[nodiscard]] double seconds_of(const Action& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// A step of each coordinate up to which 1 % of the points leave a typical leaf: of a step s along each axis the part
/// 3/2 s/side does, if both ways are as likely.
[[nodiscard]] double step_of(const Plan& plan) {
  std::vector<double> sides;
  for (const Leaf& leaf : plan.leaves()) sides.push_back(leaf.side);
  return 0.01 * median(sides) / 1.5;
}

/// Moves the points but for those that bound their extent, which stays.
void move_points(std::vector<double>& points, double step, std::mt19937_64& random) {
  std::array<double, 3> lower{1e300, 1e300, 1e300}, upper{-1e300, -1e300, -1e300};
  for (std::size_t i = 0; i < points.size(); ++i) {
    lower[i % 3] = std::min(lower[i % 3], points[i]);
    upper[i % 3] = std::max(upper[i % 3], points[i]);
  }
  std::uniform_real_distribution<double> uniform(-step, step);
  for (std::size_t i = 0; i < points.size(); ++i)
    if (points[i] != lower[i % 3] && points[i] != upper[i % 3])
      points[i] = std::clamp(points[i] + uniform(random), lower[i % 3], upper[i % 3]);
}

void update_points(benchmark::State& state) {
  static const PetscSession session;
  constexpr std::int64_t num_points = 1'000'000;
  auto points = app::sample_points(static_cast<app::Distribution>(state.range(0)), 0, 0, num_points);
  const Options options{.tolerance = std::pow(10.0, -static_cast<double>(state.range(1)))};
  const Kernel kernel = without_identity(make_kernel("laplace"));  // the new plan builds its operators itself
  Plan plan(PETSC_COMM_SELF, kernel, points, options);
  const double step = step_of(plan);
  std::mt19937_64 random(1);
  std::vector<double> of_new;
  for (auto _ : state) {
    move_points(points, step, random);
    const double update = seconds_of([&] { plan.update_points(points); });
    std::optional<Plan> fresh;
    const double anew = seconds_of([&] { fresh.emplace(PETSC_COMM_SELF, kernel, points, options); });
    of_new.push_back(update / anew);
    state.SetIterationTime(update);
  }
  state.counters["of_a_new_plan"] = median(of_new);
}
BENCHMARK(update_points)
    ->ArgNames({"distribution", "digits"})
    ->ArgsProduct({{0, 1, 2, 3}, {4, 6, 9}})
    ->Iterations(9)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}
}
