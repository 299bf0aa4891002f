// SPDX-License-Identifier: BSD-3-Clause
// Normals of plans, and what callers give and get where sums take and give something else.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "comm/mpi.hpp"
#include "nearfar/families.hpp"
#include "nearfar/plan.hpp"
#include "support/direct_fields.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

/// Stresslets to tractions of this rank's points: contractions on both sides.
class PlanNormals : public testing::Test {
 protected:
  static constexpr std::size_t count = 300;
  std::vector<std::size_t> numbers = dealt(count, Deal::blocks, MPI_COMM_WORLD);
  Points points = take(app::sample_points(app::Distribution::cube, 5, 0, count), numbers, 3);
  std::vector<double> of_sources = take(random_normals(count, 1), numbers, 3);
  std::vector<double> of_targets = take(random_normals(count, 2), numbers, 3);
  Kernel kernel = make_kernel({"stokes", {"stresslet"}, {"traction"}, {}});
  Plan plan{MPI_COMM_WORLD, kernel, points, {.order = 4, .points_per_leaf = 20, .non_finite = NonFinite::propagate}};

  [[nodiscard]] std::vector<double> strengths(int num_vectors) const {
    return take(app::sample_charges(true, 3, 0, count, 3 * num_vectors), numbers, 3 * usize(num_vectors));
  }
  [[nodiscard]] std::vector<double> apply(const std::vector<double>& charges, int num_vectors = 1) {
    std::vector<double> values(charges.size(), 1.0);
    plan.apply(charges, values, {}, num_vectors);
    return values;
  }
};

TEST_F(PlanNormals, AreNeededAndMustFitOnAllRanks) {
  EXPECT_THROW((void)apply(strengths(1)), UsageError) << "none yet";
  EXPECT_THROW(plan.visit_near_field([](const NearRow&) {}), UsageError);
  const bool last = rank_of(MPI_COMM_WORLD) == size_of_communicator(MPI_COMM_WORLD) - 1;
  std::vector<double> wrong = of_targets;
  if (last) wrong.push_back(1.0);
  EXPECT_THROW(plan.set_normals({of_sources, wrong}), UsageError);
  wrong = of_targets;
  if (last) wrong.back() = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(plan.set_normals({of_sources, wrong}), InputError);
  EXPECT_THROW(plan.set_normals({of_sources, {}}), UsageError);
  EXPECT_THROW((void)apply(strengths(1)), UsageError) << "none taken";
  Plan without(MPI_COMM_WORLD, make_kernel("laplace"), points, {.order = 3});
  EXPECT_THROW(without.set_normals({of_sources, {}}), UsageError) << "nothing needs them";
}

TEST_F(PlanNormals, ThatAreRefusedChangeNothing) {
  plan.set_normals({of_sources, of_targets});
  const auto before = apply(strengths(1));
  std::vector<double> others = take(random_normals(count, 9), numbers, 3), wrong = of_targets;
  if (rank_of(MPI_COMM_WORLD) == 0) wrong.front() = std::numeric_limits<double>::infinity();
  EXPECT_THROW(plan.set_normals({others, wrong}), InputError);
  EXPECT_EQ(apply(strengths(1)), before);
}

TEST_F(PlanNormals, StayWhenPointsAreUpdated) {
  plan.set_normals({of_sources, of_targets});
  const auto before = apply(strengths(1));
  plan.update_points(points);
  const auto after = apply(strengths(1));
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], before[i], 1e-12 * (1.0 + std::abs(before[i])));
}

TEST_F(PlanNormals, ServeManyVectorsAndFewAgain) {
  plan.set_normals({of_sources, of_targets});
  constexpr int many = 10;
  const auto all = strengths(many), values = apply(all, many);
  const std::size_t own = numbers.size();
  for (int vector = 0; vector < many; ++vector) {
    std::vector<double> one;
    for (std::size_t i = 0; i < own; ++i)
      for (std::size_t k = 0; k < 3; ++k) one.push_back(all[(i * many + usize(vector)) * 3 + k]);
    const auto alone = apply(one);
    for (std::size_t i = 0; i < own; ++i)
      for (std::size_t k = 0; k < 3; ++k) {
        const double value = values[(i * many + usize(vector)) * 3 + k];
        EXPECT_NEAR(value, alone[3 * i + k], 1e-12 * (1.0 + std::abs(value)));
      }
  }
}

TEST_F(PlanNormals, LetWhatIsNotFinitePass) {
  plan.set_normals({of_sources, of_targets});
  auto charges = strengths(2);
  if (rank_of(MPI_COMM_WORLD) == 0) charges.front() = std::numeric_limits<double>::infinity();
  for (const double value : apply(charges, 2)) EXPECT_TRUE(std::isnan(value));
  for (const double value : apply(strengths(2), 2)) EXPECT_TRUE(std::isfinite(value));
}

}
}
