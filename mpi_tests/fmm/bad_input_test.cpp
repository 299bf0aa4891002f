// SPDX-License-Identifier: BSD-3-Clause
// The borders of what a plan takes, and results that are no numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "comm/mpi.hpp"
#include "nearfar/families.hpp"
#include "nearfar/plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

Points own_points() {
  return take(app::sample_points(app::Distribution::cube, 5, 0, 200), dealt(200, Deal::blocks, MPI_COMM_WORLD), 3);
}

TEST(BadInput, StartsWhereTheStatedRangesEnd) {
  const Points points = own_points();
  const auto make = [&](const Options& options) { Plan plan(MPI_COMM_WORLD, make_kernel("laplace"), points, options); };
  for (const Options& options :
       {Options{.tolerance = 0.1}, Options{.tolerance = 1e-12}, Options{.order = 4, .root_scale = 1.0},
        Options{.order = 4, .root_scale = 2.0}, Options{.order = 2}, Options{.order = 4, .points_per_leaf = 1}})
    EXPECT_NO_THROW(make(options)) << options.tolerance << ' ' << options.root_scale << ' ' << options.order;
  for (const Options& options :
       {Options{.tolerance = 0.101}, Options{.tolerance = 9e-13}, Options{.tolerance = std::nan("")},
        Options{.tolerance = -1e-6}, Options{.order = 4, .root_scale = 0.99}, Options{.order = 4, .root_scale = 2.01},
        Options{.order = 4, .num_vectors = 0}})
    EXPECT_THROW(make(options), UsageError) << options.tolerance << ' ' << options.root_scale;
}

TEST(BadInput, KernelsThatDifferBetweenRanksAreRefused) {
  const Points points = own_points();
  const bool first = rank_of(MPI_COMM_WORLD) == 0;
  const auto make = [&](const Kernel& kernel) { Plan plan(MPI_COMM_WORLD, kernel, points, {.order = 3}); };
  const Kernel yukawa = make_kernel("yukawa", {.lambda = 2.0});
  EXPECT_NO_THROW(make(yukawa));
  if (size_of_communicator(MPI_COMM_WORLD) > 1) {
    EXPECT_THROW(make(first ? yukawa : make_kernel("yukawa", {.lambda = 2.1})), UsageError);
    EXPECT_THROW(make(first ? yukawa : make_kernel("laplace")), UsageError);
  }
}

TEST(BadInput, KernelsWithoutReferenceSumsAreRefused) {
  const Points points = own_points();
  const std::vector<double> charges(points.size() / 3, 1.0);
  Kernel kernel = make_kernel("laplace");
  kernel.add_reference_sums = {};
  EXPECT_THROW(Plan(MPI_COMM_WORLD, kernel, points, {.order = 3}), UsageError);
  EXPECT_THROW((void)sampled_error(MPI_COMM_WORLD, kernel, {points, charges, points, charges}, 10), UsageError);
}

TEST(BadInput, KernelsWhosePartsDoNotFitAreRefused) {
  const Points points = own_points();
  const KernelChoice choice{"laplace", {"dipole"}, {"normal_derivative"}, {}};
  const auto broken = [&](const auto& change) {
    Kernel kernel = make_kernel(choice);
    EXPECT_NO_THROW(Plan(MPI_COMM_WORLD, kernel, points, {.order = 3}));
    change(kernel);
    EXPECT_THROW(Plan(MPI_COMM_WORLD, kernel, points, {.order = 3}), UsageError);
  };
  broken([](Kernel& kernel) { kernel.source_components.pop_back(); });
  broken([](Kernel& kernel) { kernel.target_components.emplace_back(); });
  broken([](Kernel& kernel) { kernel.source_contractions.front().to = kernel.source_dim; });
  broken([](Kernel& kernel) { kernel.source_contractions.front().from = -1; });
  broken([](Kernel& kernel) { kernel.field_contractions.front().from = kernel.target_dim; });
  broken([](Kernel& kernel) { kernel.field_contractions.front().axis = 3; });
  broken([](Kernel& kernel) { kernel.fields.front().with_normals = false; });
}

TEST(BadInput, GradientsOnSomeRanksAloneAreRefused) {
  const Points points = own_points();
  Plan plan(MPI_COMM_WORLD, make_kernel("laplace"), points, {.order = 4});
  const std::vector<double> charges(points.size() / 3, 1.0);
  std::vector<double> potentials(charges.size()), gradients(points.size());
  const bool first = rank_of(MPI_COMM_WORLD) == 0;
  const auto apply = [&] {
    plan.apply(charges, potentials, first ? std::span<double>(gradients) : std::span<double>{});
  };
  if (size_of_communicator(MPI_COMM_WORLD) > 1) {
    EXPECT_THROW(apply(), UsageError);
  }
  plan.apply(charges, potentials, gradients);  // the plan is still good
}

TEST(BadInput, ChecksThatDifferBetweenRanksAreRefused) {
  const Points points = own_points();
  const std::vector<double> charges(points.size() / 3, 1.0), potentials(charges.size(), 1.0), gradients(points.size());
  const Kernel kernel = make_kernel("laplace");
  const bool first = rank_of(MPI_COMM_WORLD) == 0;
  const auto check = [&](std::span<const double> sources, std::span<const double> slopes, std::int64_t num_samples) {
    return sampled_error(MPI_COMM_WORLD, kernel, {sources, charges, points, potentials, slopes}, num_samples);
  };
  EXPECT_NO_THROW((void)check(points, gradients, 10));
  if (size_of_communicator(MPI_COMM_WORLD) > 1) {
    EXPECT_THROW((void)check(points, gradients, first ? 10 : 11), UsageError);
    EXPECT_THROW((void)check(points, first ? std::span<const double>(gradients) : std::span<const double>{}, 10),
                 UsageError);
  }
  Points longer = points;
  longer.push_back(1.0);
  EXPECT_THROW((void)check(longer, gradients, 10), UsageError);
}

TEST(BadInput, ResultsThatAreNoNumbersAreAnError) {
  const Points points = own_points();
  const std::vector<double> charges(points.size() / 3, 1.0);
  std::vector<double> potentials(charges.size(), 1.0), gradients(points.size(), 0.0);
  if (!potentials.empty()) potentials[potentials.size() / 2] = std::nan("");
  const SampledError error =
      sampled_error(MPI_COMM_WORLD, make_kernel("laplace"), {points, charges, points, potentials, gradients}, 1000);
  EXPECT_TRUE(std::isnan(error.potential_rel_l2));
  EXPECT_TRUE(std::isnan(error.potential_rel_max));
  EXPECT_NEAR(error.gradient_rel_l2, 1.0, 1e-12);
}

/// Two points at distance 1, on rank 0: of charges 4 pi the potential is 1, of none it is 0.
TEST(SampledErrors, AreRelativeToTheSumsUnlessTheseVanish) {
  const bool first = rank_of(MPI_COMM_WORLD) == 0;
  const Points points = first ? Points{0.0, 0.0, 0.0, 1.0, 0.0, 0.0} : Points{};
  for (const double sum : {1.0, 0.0}) {
    const std::vector<double> charges(points.size() / 3, 4.0 * std::numbers::pi * sum);
    std::vector<double> potentials(charges.size(), sum);
    if (first) potentials = {sum + 1e-3, sum - 1e-3};
    const SampledError error =
        sampled_error(MPI_COMM_WORLD, make_kernel("laplace"), {points, charges, points, potentials}, 10);
    EXPECT_EQ(error.num_targets, 2);
    EXPECT_NEAR(error.potential_rel_l2, sum == 0.0 ? std::sqrt(2e-6) : 1e-3, 1e-12);
    EXPECT_NEAR(error.potential_rel_max, 1e-3, 1e-12);
  }
}

}
}
