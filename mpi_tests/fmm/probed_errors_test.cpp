// SPDX-License-Identifier: BSD-3-Clause
// Plans of kernels whose errors nobody has measured: the order comes from a probe of their expansions.
#include "fmm/probed_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "comm/mpi.hpp"
#include "fmm/tuner.hpp"
#include "nearfar/error.hpp"
#include "nearfar/plan.hpp"
#include "nearfar/user_kernels.hpp"
#include "support/samples.hpp"
#include "support/user_functions.hpp"

namespace nearfar {
namespace {

/// Registers the functions once and gives the kernel of that name.
[[nodiscard]] Kernel user_kernel(const std::string& name) {
  static const bool registered = [] {
    for (const NearfarUserKernel& function :
         {function_of("inverse", 1, 1, inverse_function), function_of("screened", 1, 1, screened_function),
          function_of("softened", 1, 1, softened_function), function_of("flow", 4, 4, flow_function),
          function_of("oblique", 1, 1, oblique_function)})
      if (const char* wrong = nearfar_register_kernel(&function)) throw UsageError(wrong);
    return true;
  }();
  static_cast<void>(registered);
  return make_kernel(name);
}

[[nodiscard]] Kernel with_unknown_errors(Kernel kernel) {
  kernel.errors = unknown_errors;
  return kernel;
}

/// Sampled relative error of a plan and the order that it has.
struct Outcome {
  double error = 0.0;
  int order = 0;
};
[[nodiscard]] Outcome outcome_of(const Kernel& kernel, double tolerance, app::Distribution distribution) {
  constexpr GlobalIndex count = 6000;
  const auto numbers = dealt(usize(count), Deal::blocks, MPI_COMM_WORLD);
  const auto points = take(app::sample_points(distribution, 3, 0, count), numbers, 3);
  const auto charges =
      take(app::sample_charges(true, 4, 0, count, kernel.source_dim), numbers, usize(kernel.source_dim));
  Plan plan(MPI_COMM_WORLD, kernel, points, {.tolerance = tolerance, .points_per_leaf = 40});
  std::vector<double> potentials(numbers.size() * usize(kernel.num_values()));
  plan.apply(charges, potentials);
  const SampledError error = sampled_error(MPI_COMM_WORLD, kernel, {points, charges, points, potentials}, 300);
  return {error.potential_rel_l2, plan.options().order};
}

class Unknown : public testing::TestWithParam<const char*> {};

TEST_P(Unknown, ErrorsAreFoundAndKept) {
  const std::string name = GetParam();
  const Kernel kernel = name == "stokeslet" ? with_unknown_errors(make_kernel(name)) : user_kernel(name);
  for (const double tolerance : {1e-3, 1e-6}) {
    for (const auto distribution : {app::Distribution::cube, app::Distribution::sphere}) {
      // Slow; and on a sphere a few close pairs of sinks hide the far field.
      if (name == "flow" && (tolerance < 1e-3 || distribution != app::Distribution::cube)) continue;
      const Outcome outcome = outcome_of(kernel, tolerance, distribution);
      EXPECT_LT(outcome.error, tolerance) << "order " << outcome.order;
      EXPECT_GT(outcome.error, tolerance / 300) << "order " << outcome.order;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Unknown, testing::Values("inverse", "screened", "flow", "oblique", "stokeslet"),
                         [](const auto& test) { return std::string(test.param); });

TEST(UnknownErrors, OfSoftenedKernelsHaveAFloor) {
  const Kernel kernel = user_kernel("softened");
  EXPECT_LT(outcome_of(kernel, 1e-2, app::Distribution::cube).error, 1e-2);
  try {
    (void)outcome_of(kernel, 1e-9, app::Distribution::cube);
    FAIL() << "1e-9 was taken";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("above the tolerance 1e-09"));
    EXPECT_THAT(error.what(), testing::HasSubstr("softened"));
  }
}

TEST(UnknownErrors, OfNearlyIncompressibleSolidsAreFound) {
  const auto solid = [](double nu) {
    return make_kernel(KernelChoice{"elasticity", {"force"}, {"stress"}, {{"nu", nu}}});
  };
  EXPECT_NE(solid(0.4).errors, unknown_errors);
  EXPECT_EQ(solid(0.41).errors, unknown_errors);
  const Outcome usual = outcome_of(solid(0.3), 1e-3, app::Distribution::cube),
                nearly = outcome_of(solid(0.49), 1e-3, app::Distribution::cube);
  EXPECT_LT(usual.error, 1e-3);
  EXPECT_LT(nearly.error, 1e-3);
  EXPECT_GT(nearly.error, 1e-3 / 300) << "order " << nearly.order;
}

TEST(UnknownErrors, AreNotThoseOfAnotherDomain) {
  const auto numbers = dealt(400, Deal::blocks, MPI_COMM_WORLD);
  std::vector<double> points = take(app::sample_points(app::Distribution::cube, 3, 0, 400), numbers, 3);
  Plan plan(MPI_COMM_WORLD, make_kernel("plummer"), points, {.tolerance = 1e-3});
  for (double& coordinate : points) coordinate *= 0.01;
  EXPECT_THROW(plan.update_points(points), UsageError);
}

/// A spread charge is a point to others, but not in boxes as small as itself.
TEST(UnknownErrors, RefuseAGeometryWhoseLeavesAreTooSmall) {
  const auto numbers = dealt(4000, Deal::blocks, MPI_COMM_WORLD);
  const std::vector<double> points = take(app::sample_points(app::Distribution::cube, 3, 0, 4000), numbers, 3);
  const Kernel kernel = make_kernel(KernelChoice{"gaussian", {}, {}, {{"s", 0.03}}});
  const auto geometry = [&](int points_per_leaf) {
    return Geometry(MPI_COMM_WORLD, points, make_kernel("laplace"),
                    {.tolerance = 1e-5, .points_per_leaf = points_per_leaf});
  };
  EXPECT_NO_THROW(Plan(geometry(100), kernel, {.tolerance = 1e-5}));
  EXPECT_THROW(Plan(geometry(2), kernel, {.tolerance = 1e-5}), UsageError);
}

/// The kernel with other promises and its name, in other units too.
[[nodiscard]] Kernel promising(Kernel kernel, const ErrorsByOrder& errors) {
  kernel.errors = errors;
  kernel.in_units_of = [in_units_of = kernel.in_units_of, errors, name = kernel.name](double length) {
    Kernel in_units = in_units_of(length);
    in_units.name = name;
    return promising(in_units, errors);
  };
  return kernel;
}

[[nodiscard]] Plan plan_of(const Kernel& kernel, const Options& options) {
  const auto numbers = dealt(500, Deal::blocks, MPI_COMM_WORLD);
  return {MPI_COMM_WORLD, kernel, take(app::sample_points(app::Distribution::cube, 3, 0, 500), numbers, 3), options};
}

/// What a plan is refused with, or nothing.
[[nodiscard]] std::string refusal_of(const Kernel& kernel, const Options& options) {
  try {
    (void)plan_of(kernel, options);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(PromisedErrors, OfTheCatalogueAreKept) {
  for (const double tolerance : {1e-2, 1e-5}) {
    const Plan plan = plan_of(make_kernel("laplace"), {.tolerance = tolerance});
    EXPECT_EQ(plan.raised_order().from, 0);
    EXPECT_EQ(plan.options().order, choose_accuracy({.tolerance = tolerance}, make_kernel("laplace")).order);
  }
}

TEST(PromisedErrors, ThatAreMissedRaiseTheOrder) {
  // Each order promises what healthy operators have two orders above it.
  ErrorsByOrder two_orders_early = laplace_errors;
  std::copy(laplace_errors.begin() + 2, laplace_errors.end(), two_orders_early.begin());
  const Kernel kernel = promising(make_kernel("laplace"), two_orders_early);
  const double tolerance = 3e-6;
  const int healthy = choose_accuracy({.tolerance = tolerance}, make_kernel("laplace")).order;
  const Plan plan = plan_of(kernel, {.tolerance = tolerance});
  EXPECT_EQ(plan.raised_order().from, healthy - 2);
  EXPECT_GE(plan.options().order, healthy);
  EXPECT_LE(plan.options().order, healthy + 1);
  EXPECT_EQ(plan.raised_order().promised, laplace_errors[usize(healthy - min_order)]);
  EXPECT_GT(plan.raised_order().found, 10.0 * plan.raised_order().promised);
  EXPECT_LT(outcome_of(kernel, tolerance, app::Distribution::cube).error, tolerance);
  // So do others on its tree with what that chose, as copies of matrices have it.
  const Plan copy(plan.geometry(), kernel, plan.geometry().options());
  EXPECT_EQ(copy.options().order, plan.options().order);
  EXPECT_THAT(refusal_of(kernel, {.order = healthy - 2}), testing::HasSubstr(" is promised")) << "the order is given";
}

[[nodiscard]] Kernel softened_kernel() { return make_kernel(KernelChoice{"plummer", {}, {}, {{"epsilon", 0.1}}}); }

/// Its maker takes it for one like Laplace's.
TEST(PromisedErrors, ThatTheHighestOrderMissesRefuseThePlan) {
  Kernel softened = softened_kernel();
  softened.name = "careless";
  ErrorsByOrder only_the_highest{};
  only_the_highest.fill(1.0);
  only_the_highest.back() = 1e-9;
  const std::string refusal =
      refusal_of(promising(softened, only_the_highest), {.tolerance = 1e-8, .points_per_leaf = 30});
  EXPECT_THAT(refusal, testing::HasSubstr("careless"));
  EXPECT_THAT(refusal, testing::HasSubstr("at order 16, the highest, where 1e-09 is promised"));
}

TEST(UnknownErrors, AtTheHighestOrderAreComparedWithTheToleranceToo) {
  const std::string refusal = refusal_of(softened_kernel(), {.tolerance = 1e-10, .order = max_order});
  EXPECT_THAT(refusal, testing::HasSubstr("at order 16, above the tolerance 1e-10, and no order is higher"));
}

/// Boxes of level 2 are leaves.
TEST(PromisedErrors, AccountForWaves) {
  const auto numbers = dealt(1500, Deal::blocks, MPI_COMM_WORLD);
  const auto points = take(app::sample_points(app::Distribution::cube, 3, 0, 1500), numbers, 3);
  const Kernel kernel = make_kernel(KernelChoice{"helmholtz", {}, {}, {{"k", 40.0}}});
  const Plan plan(MPI_COMM_WORLD, kernel, points, {.tolerance = 1e-4, .points_per_leaf = 60, .root_scale = 1.0});
  EXPECT_EQ(plan.tree_statistics().depth, 2);
}

TEST(UnknownErrors, AreKnownOnAllRanks) {
  const Kernel found = with_errors(MPI_COMM_WORLD, user_kernel("inverse"), {.tolerance = 1e-5}, {});
  for (const double error : found.errors) EXPECT_GT(error, 0.0) << "on ranks that do not measure too";
  EXPECT_EQ(with_errors(MPI_COMM_WORLD, make_kernel("laplace"), {}, {}).errors, make_kernel("laplace").errors);
}

TEST(UnknownErrors, OfOneOrderAreThoseOfThatOrder) {
  const Kernel all = with_errors(MPI_COMM_WORLD, user_kernel("inverse"), {.tolerance = 1e-7}, {});
  const Kernel one = with_errors(MPI_COMM_WORLD, user_kernel("inverse"), {.order = 5}, {});
  EXPECT_EQ(one.errors[5 - min_order], all.errors[5 - min_order]);
}

}
}
