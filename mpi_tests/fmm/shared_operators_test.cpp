// SPDX-License-Identifier: BSD-3-Clause
// Plans of equal kernels share their operators.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "comm/mpi.hpp"
#include "fmm/translations.hpp"
#include "nearfar/plan.hpp"
#include "support/samples.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

const MPI_Comm comm = MPI_COMM_WORLD;
const Options options{.order = 4, .points_per_leaf = 30};

/// Sets of operators and of spectra that this process has built.
struct Built {
  std::int64_t operators = num_operators_built(), spectra = num_spectra_built();
  [[nodiscard]] bool is(std::int64_t num_operators, std::int64_t num_spectra) const {
    return num_operators_built() - operators == num_operators && num_spectra_built() - spectra == num_spectra;
  }
};

Points points_of(app::Distribution distribution, std::size_t count = 2000) {
  const auto number = static_cast<std::int64_t>(count);
  return take(app::sample_points(distribution, 5, 0, number), dealt(count, Deal::round_robin, comm), 3);
}

std::vector<double> potentials_of(Plan& plan, std::size_t num_points) {
  std::vector<double> charges(3 * num_points), potentials(charges.size());
  for (std::size_t i = 0; i < charges.size(); ++i) charges[i] = std::sin(1.0 + 7.3 * static_cast<double>(i));
  plan.apply(charges, potentials);
  return potentials;
}

TEST(SharedOperators, ServePlansOnOtherPoints) {
  const Points on_sphere = points_of(app::Distribution::sphere), in_cube = points_of(app::Distribution::cube, 3000);
  const Kernel stokeslet = make_kernel("stokeslet");
  std::vector<double> potentials;
  {
    const Built before;
    Plan first(comm, stokeslet, on_sphere, options);
    EXPECT_TRUE(before.is(1, 1));
    Plan second(comm, make_kernel("stokeslet"), in_cube, options);
    EXPECT_TRUE(before.is(1, 1));
    second.update_points(in_cube);
    EXPECT_TRUE(before.is(1, 1));
    potentials = potentials_of(second, in_cube.size() / 3);
  }
  const Built after;
  Plan fresh(comm, stokeslet, in_cube, options);
  EXPECT_TRUE(after.is(1, 1)) << "none outlive their plans";
  EXPECT_EQ(potentials_of(fresh, in_cube.size() / 3), potentials);
  Plan alone(comm, without_identity(stokeslet), in_cube, options);
  EXPECT_TRUE(after.is(2, 2));
  EXPECT_EQ(potentials_of(alone, in_cube.size() / 3), potentials);
}

TEST(SharedOperators, OutliveThePlanThatBuiltThem) {
  const Points points = points_of(app::Distribution::plummer);
  auto first = std::make_unique<Plan>(comm, make_kernel("stokeslet"), points, options);
  const std::vector<double> potentials = potentials_of(*first, points.size() / 3);
  Plan second(comm, make_kernel("stokeslet"), points, options);
  first.reset();
  EXPECT_EQ(potentials_of(second, points.size() / 3), potentials);
}

TEST(SharedOperators, MayBeThereOnSomeRanksAlone) {
  const Points points = points_of(app::Distribution::cube);
  const Points own = app::sample_points(app::Distribution::cube, 7, 0, 500);
  std::unique_ptr<Plan> of_last_rank;
  if (rank_of(comm) == size_of_communicator(comm) - 1)
    of_last_rank = std::make_unique<Plan>(MPI_COMM_SELF, make_kernel("stokeslet"), own, options);
  const Built before;
  Plan plan(comm, make_kernel("stokeslet"), points, options);
  EXPECT_TRUE(of_last_rank ? before.is(0, 0) : before.is(1, 1));
  const std::vector<double> potentials = potentials_of(plan, points.size() / 3);
  Plan alone(comm, without_identity(make_kernel("stokeslet")), points, options);
  EXPECT_EQ(potentials_of(alone, points.size() / 3), potentials);
}

TEST(SharedOperators, OfScreenedKernelsServeEqualBoxes) {
  const Points points = points_of(app::Distribution::cube);
  Points half = points;
  for (double& x : half) x *= 0.5;
  const Built none;
  Plan plan(comm, make_kernel("yukawa", {.lambda = 3.0}), points, options);
  ASSERT_FALSE(none.is(0, 0));
  const Built before;
  Plan same(comm, make_kernel("yukawa", {.lambda = 3.0}), points, options);
  Plan smaller(comm, make_kernel("yukawa", {.lambda = 6.0}), half, options);
  EXPECT_TRUE(before.is(0, 0));
  Plan other(comm, make_kernel("yukawa", {.lambda = 3.0}), half, options);
  EXPECT_FALSE(before.is(0, 0)) << "the deepest boxes are smaller than any before";
}

}
}
