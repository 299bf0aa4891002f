// SPDX-License-Identifier: BSD-3-Clause
// Screened kernels from no screening to one that lets nothing out of a leaf, against independent sums at all targets.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "comm/mpi.hpp"
#include "fmm/costs.hpp"
#include "operators/level_operators.hpp"
#include "support/direct_fields.hpp"
#include "support/open_plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

constexpr std::size_t num_points = 900;

struct Setting {
  const char* name;
  app::Distribution distribution;
  bool with_outlier;  ///< so far away that trees have 15 levels more
};

class Screened : public testing::TestWithParam<std::tuple<Setting, double>> {
 protected:
  Screened()
      : points(app::sample_points(setting().distribution, 51, 0, num_points)),
        charges(app::sample_charges(true, 52, 0, num_points, 1)),
        numbers(dealt(num_points, Deal::round_robin, MPI_COMM_WORLD)) {
    if (setting().with_outlier) std::fill_n(points.begin(), 3, 3e4);
  }
  [[nodiscard]] static const Setting& setting() { return std::get<0>(GetParam()); }
  [[nodiscard]] static double lambda() { return std::get<1>(GetParam()); }
  /// The exponential in single precision errs by 6e-8 lambda r.
  [[nodiscard]] static Precision precision() { return lambda() > 100.0 ? Precision::full : Precision::automatic; }

  /// Values of the choice's fields at all points, on all ranks.
  [[nodiscard]] std::vector<double> exact(const KernelChoice& choice) const {
    const auto share = dealt(num_points, Deal::blocks, MPI_COMM_WORLD);
    const auto dim = usize(make_kernel(choice).num_values());
    return collect(direct_fields(choice, points, charges, take(points, share, 3), {}), share, num_points, dim,
                   MPI_COMM_WORLD);
  }
  [[nodiscard]] std::vector<double> computed(const Kernel& kernel, const Options& options) const {
    Plan plan(MPI_COMM_WORLD, kernel, take(points, numbers, 3), options);
    const auto dim = usize(kernel.num_values());
    std::vector<double> values(numbers.size() * dim);
    plan.apply(take(charges, numbers, 1), values);
    return collect(values, numbers, num_points, dim, MPI_COMM_WORLD);
  }

  Points points;
  std::vector<double> charges;
  std::vector<std::size_t> numbers;
};

TEST_P(Screened, SumsKeepTheTolerance) {
  const KernelChoice choice{"yukawa", {"charge"}, {"potential"}, {{"lambda", lambda()}}};
  const std::vector<double> wanted = exact(choice);
  for (const double tolerance : {1e-3, 1e-6, 1e-9}) {
    const auto potentials =
        computed(make_kernel(choice), {.tolerance = tolerance, .points_per_leaf = 8, .precision = precision()});
    for (const double potential : potentials) ASSERT_TRUE(std::isfinite(potential));
    EXPECT_LE(relative_l2(potentials, wanted), tolerance);
  }
}

TEST_P(Screened, GradientsKeepTenTimesTheTolerance) {
  if (setting().with_outlier) GTEST_SKIP() << "as without it";
  const KernelChoice choice{"yukawa", {"charge"}, {"gradient"}, {{"lambda", lambda()}}};
  const auto gradients =
      computed(make_kernel(choice), {.tolerance = 1e-4, .points_per_leaf = 8, .precision = precision()});
  EXPECT_LE(relative_l2(gradients, exact(choice)), 1e-3);
}

/// At most one set for each level from the first one that counts on: 2 lambda h < ln(1 / tolerance) + 3.
TEST_P(Screened, OperatorsAreBuiltOnlyForLevelsThatCount) {
  const Kernel kernel = make_kernel("yukawa", {.lambda = lambda() * 1.01});  // nobody else's
  const std::int64_t before = num_operators_built();
  const Points own = take(points, numbers, 3);
  OpenPlan plan(MPI_COMM_WORLD, kernel, {own, own, true}, {.order = 4, .points_per_leaf = 8});
  const double tolerance = predicted_error(kernel, 4, plan.plan.options.precision);
  const RootCube& root = plan.layout().partition.root;
  int wanted = 0;
  bool unscreened = false;
  for (int level = 2; level <= plan.layout().statistics.depth; ++level) {
    const double screening = 1.01 * lambda() * root.half_width(level) * root.unit;
    const bool counts = std::exp(-2.0 * screening) * 20.0 >= tolerance;
    if (counts && !unscreened) ++wanted;
    unscreened = screening * screening < tolerance / 10.0;
    EXPECT_EQ(plan.plan.translations.operators[usize(level)] != nullptr, counts) << level;
  }
  EXPECT_LE(num_operators_built() - before, wanted);
  EXPECT_GE(num_operators_built() - before, wanted - 1) << "those without screening may be there already";
}

TEST_P(Screened, ListsKeepWhatHasOperators) {
  const Points own = take(points, numbers, 3);
  OpenPlan plan(MPI_COMM_WORLD, make_kernel("yukawa", {.lambda = lambda()}), {own, own, true},
                {.order = 4, .points_per_leaf = 8});
  const Octree& tree = plan.layout().essential.tree;
  const Interactions& lists = *plan.plan.interactions;
  const auto has_operators = [&](Index octant) {
    return plan.plan.translations.operators[usize(level_of(tree.key(octant)))] != nullptr;
  };
  std::vector<Index> w, x;
  for (Index t = 0; t < static_cast<Index>(lists.targets.size()); ++t) {
    if (std::any_of(lists.w[t].begin(), lists.w[t].end(), has_operators)) w.push_back(t);
    if (!lists.x[t].empty() && has_operators(lists.targets[usize(t)])) x.push_back(t);
  }
  EXPECT_EQ(plan.evaluation().schedule.w_leaves, w);
  EXPECT_EQ(plan.evaluation().schedule.x_octants, x);
}

INSTANTIATE_TEST_SUITE_P(All, Screened,
                         testing::Combine(testing::Values(Setting{"cube", app::Distribution::cube, false},
                                                          Setting{"sphere", app::Distribution::sphere, false},
                                                          Setting{"ellipsoid", app::Distribution::ellipsoid, false},
                                                          Setting{"cube_and_outlier", app::Distribution::cube, true}),
                                          testing::Values(1e-3, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param).name) + std::to_string(test.index);
                         });

/// exp(-0) is 1: only sums of products may be rounded in another order.
TEST(Unscreened, YukawaIsLaplace) {
  const Points points = app::sample_points(app::Distribution::sphere, 53, 0, 4000);
  const std::vector<double> charges = app::sample_charges(true, 54, 0, 4000, 1);
  const auto numbers = dealt(4000, Deal::blocks, MPI_COMM_WORLD);
  for (const Precision precision : {Precision::full, Precision::mixed}) {
    std::array<std::vector<double>, 2> potentials;
    for (const bool screened : {false, true}) {
      const Kernel kernel = screened ? make_kernel("yukawa", {.lambda = 0.0}) : make_kernel("laplace");
      auto& result = potentials[screened ? 1 : 0];
      Plan plan(MPI_COMM_WORLD, kernel, take(points, numbers, 3),
                {.order = 6, .points_per_leaf = 40, .root_scale = 1.0, .precision = precision});
      result.resize(numbers.size());
      plan.apply(take(charges, numbers, 1), result);
    }
    EXPECT_LE(relative_l2(potentials[1], potentials[0]), precision == Precision::full ? 1e-15 : 2e-7);
  }
}

}
}
