// SPDX-License-Identifier: BSD-3-Clause
// The C interface on several ranks: sums against a loop over all points, and errors of one rank on all of them.
#include <gtest/gtest.h>
#include <petscsys.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "nearfar/nearfar.h"

namespace {

constexpr std::size_t num_sources = 700, num_targets = 90;

/// The same on all ranks, of which each gives a part to the library; the last one gives no targets.
class CInterface : public testing::Test {
 protected:
  CInterface() {
    MPI_Comm_rank(PETSC_COMM_WORLD, &rank_);
    MPI_Comm_size(PETSC_COMM_WORLD, &size_);
    std::mt19937_64 random(5);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (auto* array : {&sources_, &targets_, &charges_})
      for (double& value : *array) value = uniform(random);
    first_ = num_sources * std::size_t(rank_) / std::size_t(size_);
    end_ = num_sources * std::size_t(rank_ + 1) / std::size_t(size_);
    const auto parts = std::size_t(std::max(1, size_ - 1));
    first_target_ = std::min(num_targets, num_targets * std::size_t(rank_) / parts);
    end_target_ = std::min(num_targets, num_targets * std::size_t(rank_ + 1) / parts);
  }

  [[nodiscard]] bool is_last() const { return rank_ == size_ - 1; }
  [[nodiscard]] nearfar_points sources() const {
    return {static_cast<std::int64_t>(end_ - first_), &sources_[3 * first_], nullptr};
  }
  [[nodiscard]] nearfar_points targets() const {
    return {static_cast<std::int64_t>(end_target_ - first_target_), targets_.data() + 3 * first_target_, nullptr};
  }
  [[nodiscard]] const double* charges() const { return &charges_[2 * first_]; }

  /// Largest difference from the sums of 1/(4 pi r), two vectors of charges side by side, of this rank's targets.
  [[nodiscard]] double error_of(const std::vector<double>& potentials) const {
    double error = 0.0;
    for (std::size_t t = first_target_; t < end_target_; ++t) {
      for (std::size_t vector = 0; vector < 2; ++vector) {
        double sum = 0.0;
        for (std::size_t s = 0; s < num_sources; ++s)
          sum += charges_[2 * s + vector] / std::hypot(targets_[3 * t] - sources_[3 * s],
                                                       targets_[3 * t + 1] - sources_[3 * s + 1],
                                                       targets_[3 * t + 2] - sources_[3 * s + 2]);
        sum /= 4.0 * std::numbers::pi;
        error = std::max(error, std::abs(potentials[2 * (t - first_target_) + vector] - sum));
      }
    }
    return error;
  }

  nearfar_plan* geometry_less_ = nullptr;
  int rank_ = 0, size_ = 1;
  std::size_t first_ = 0, end_ = 0, first_target_ = 0, end_target_ = 0;
  std::vector<double> sources_ = std::vector<double>(3 * num_sources), targets_ = std::vector<double>(3 * num_targets),
                      charges_ = std::vector<double>(2 * num_sources);
};

TEST_F(CInterface, GivesTheSums) {
  const nearfar_kernel kernel{"laplace", nullptr, nullptr, 0, nullptr, nullptr};
  const nearfar_points from = sources(), at = targets();
  nearfar_options options;
  ASSERT_EQ(nearfar_options_init(&options), NEARFAR_SUCCESS);
  options.tolerance = 1e-6;
  options.points_per_leaf = 40;
  std::vector<double> potentials(2 * (end_target_ - first_target_));
  nearfar_plan* plan = nullptr;
  ASSERT_EQ(nearfar_plan_create(PETSC_COMM_WORLD, &kernel, &from, &at, &options, &plan), NEARFAR_SUCCESS)
      << nearfar_last_error();
  ASSERT_EQ(nearfar_plan_apply(plan, 2, charges(), potentials.data(), nullptr), NEARFAR_SUCCESS);
  EXPECT_LT(error_of(potentials), 3e-6);  // of sums that are about 2
  EXPECT_EQ(nearfar_plan_destroy(&plan), NEARFAR_SUCCESS);

  ASSERT_EQ(nearfar_direct_f(MPI_Comm_c2f(PETSC_COMM_WORLD), &kernel, &from, &at, 2, charges(), potentials.data()),
            NEARFAR_SUCCESS);
  EXPECT_LT(error_of(potentials), 1e-13);
}

TEST_F(CInterface, HasGeometriesForSeveralPlans) {
  const nearfar_kernel laplace{"laplace", nullptr, nullptr, 0, nullptr, nullptr};
  const nearfar_kernel twice{"laplace", "2*charge", nullptr, 0, nullptr, nullptr};
  const nearfar_kernel unknown{is_last() ? "laplase" : "laplace", nullptr, nullptr, 0, nullptr, nullptr};
  const nearfar_points from = sources(), at = targets();
  const nearfar_options options{1e-6, 0, 40, 0.0, NEARFAR_PRECISION_AUTOMATIC, 0, 0};
  const nearfar_options others{1e-6, 0, 0, 0.0, NEARFAR_PRECISION_AUTOMATIC, 0, 0};
  nearfar_geometry* geometry = nullptr;
  ASSERT_EQ(nearfar_geometry_create(PETSC_COMM_WORLD, &laplace, &from, &at, &options, &geometry), NEARFAR_SUCCESS)
      << nearfar_last_error();
  nearfar_plan *plan = nullptr, *doubled = nullptr;
  EXPECT_EQ(nearfar_plan_create_on(geometry, &unknown, nullptr, &plan), NEARFAR_USAGE_ERROR);
  ASSERT_EQ(nearfar_plan_create_on(geometry, &laplace, &others, &plan), NEARFAR_SUCCESS) << nearfar_last_error();
  ASSERT_EQ(nearfar_plan_create_on(geometry, &twice, &others, &doubled), NEARFAR_SUCCESS) << nearfar_last_error();
  nearfar_plan_info info;
  ASSERT_EQ(nearfar_plan_get_info(plan, &info), NEARFAR_SUCCESS);
  EXPECT_EQ(info.options.points_per_leaf, 40);
  EXPECT_EQ(info.num_sources, from.count);
  EXPECT_EQ(info.num_targets, at.count);
  std::vector<double> potentials(2 * (end_target_ - first_target_));
  ASSERT_EQ(nearfar_plan_apply(plan, 2, charges(), potentials.data(), nullptr), NEARFAR_SUCCESS);
  EXPECT_LT(error_of(potentials), 3e-6);

  for (auto* array : {&sources_, &targets_})
    for (double& value : *array) value *= 2.0;
  ASSERT_EQ(nearfar_geometry_update_points(geometry, sources().coordinates, targets().coordinates), NEARFAR_SUCCESS);
  EXPECT_EQ(nearfar_geometry_destroy(&geometry), NEARFAR_SUCCESS);
  EXPECT_EQ(geometry, nullptr);
  EXPECT_EQ(nearfar_plan_create_on(geometry, &laplace, nullptr, &geometry_less_), NEARFAR_USAGE_ERROR);
  ASSERT_EQ(nearfar_plan_apply(doubled, 2, charges(), potentials.data(), nullptr), NEARFAR_SUCCESS);
  for (double& value : potentials) value *= 0.5;
  EXPECT_LT(error_of(potentials), 3e-6);
  for (nearfar_plan** each : {&plan, &doubled}) EXPECT_EQ(nearfar_plan_destroy(each), NEARFAR_SUCCESS);
}

TEST_F(CInterface, DescribesItsChoices) {
  const nearfar_kernel kernel{"laplace", "charge - 2.50*dipole", "gradient,potential", 0, nullptr, nullptr};
  const nearfar_family* family = nullptr;
  ASSERT_EQ(nearfar_kernel_family(&kernel, &family), NEARFAR_SUCCESS);
  ASSERT_EQ(family->num_source_kinds, 1);
  EXPECT_STREQ(family->source_kinds[0].name, "charge-2.5*dipole");
  EXPECT_EQ(family->source_kinds[0].components, 1);
  EXPECT_EQ(family->source_kinds[0].with_normals, 1);
  ASSERT_EQ(family->num_fields, 2);
  EXPECT_EQ(family->fields[0].components, 3);
  EXPECT_EQ(nearfar_kernel_family(nullptr, &family), NEARFAR_USAGE_ERROR);
  const nearfar_kernel screened{"yukawa", nullptr, nullptr, 0, nullptr, nullptr};
  ASSERT_EQ(nearfar_kernel_family(&screened, &family), NEARFAR_SUCCESS);
  ASSERT_EQ(family->num_parameters, 1);
  EXPECT_GE(family->parameters[0].default_value, family->parameters[0].least);
  EXPECT_GT(family->parameters[0].most, family->parameters[0].default_value);
}

TEST_F(CInterface, RefusesOptionsThatContradictOneAnotherOrNeedTooMuchMemory) {
  const nearfar_kernel kernel{"laplace", nullptr, nullptr, 0, nullptr, nullptr};
  const nearfar_points from = sources();
  nearfar_plan* plan = nullptr;
  const auto complaint = [&](const nearfar_options& options) {
    const int code = nearfar_plan_create(PETSC_COMM_WORLD, &kernel, &from, nullptr, &options, &plan);
    EXPECT_EQ(code, NEARFAR_USAGE_ERROR);
    EXPECT_EQ(plan, nullptr);
    return std::string(nearfar_last_error());
  };
  EXPECT_NE(complaint({1e-12, 2, 0, 0.0, NEARFAR_PRECISION_AUTOMATIC, 0, 0}).find("order 2 has errors of up to 0.06"),
            std::string::npos);
  EXPECT_NE(complaint({1e-12, 0, 0, 0.0, NEARFAR_PRECISION_MIXED, 0, 0}).find("mixed precision has errors"),
            std::string::npos);
  EXPECT_NE(complaint({0.0, 0, 0, 0.0, NEARFAR_PRECISION_AUTOMATIC, 0, 1000}).find("(max_memory)"), std::string::npos);
  EXPECT_NE(complaint({0.0, 0, 0, 0.0, NEARFAR_PRECISION_AUTOMATIC, 0, -1}).find("must not be negative"),
            std::string::npos);
}

TEST_F(CInterface, TellsWhatWasChosenAndForgetsPlans) {
  const nearfar_kernel kernel{"laplace", nullptr, nullptr, 0, nullptr, nullptr};
  const nearfar_points from = sources();
  const nearfar_options options{1e-3, 0, 0, 0.0, NEARFAR_PRECISION_FULL, 3, 0};
  nearfar_plan* plan = nullptr;
  ASSERT_EQ(nearfar_plan_create(PETSC_COMM_WORLD, &kernel, &from, nullptr, &options, &plan), NEARFAR_SUCCESS);
  nearfar_plan_info info{};
  EXPECT_EQ(nearfar_plan_get_info(plan, &info), NEARFAR_SUCCESS);
  EXPECT_EQ(info.options.precision, NEARFAR_PRECISION_FULL);
  EXPECT_EQ(info.options.num_vectors, 3);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(nearfar_plan_destroy(&plan), NEARFAR_SUCCESS);
    EXPECT_EQ(plan, nullptr);
  }
}

TEST_F(CInterface, TakesNormalsOfSourcesThatAreTargets) {
  const nearfar_kernel kernel{"laplace", "dipole", nullptr, 0, nullptr, nullptr};
  nearfar_points from = sources();
  from.normals = from.coordinates;
  nearfar_plan* plan = nullptr;
  EXPECT_EQ(nearfar_plan_create(PETSC_COMM_WORLD, &kernel, &from, nullptr, nullptr, &plan), NEARFAR_SUCCESS)
      << nearfar_last_error();
  EXPECT_EQ(nearfar_plan_destroy(&plan), NEARFAR_SUCCESS);
}

TEST_F(CInterface, RefusesAParameterThatIsGivenTwice) {
  const char* const names[] = {"lambda", "lambda"};
  const double values[] = {1.0, 2.0};
  const nearfar_kernel kernel{"yukawa", nullptr, nullptr, 2, names, values};
  EXPECT_EQ(nearfar_kernel_sizes(&kernel, nullptr, nullptr), NEARFAR_USAGE_ERROR);
  EXPECT_NE(std::string(nearfar_last_error()).find("lambda is given twice"), std::string::npos);
}

TEST_F(CInterface, RefusesNoCommunicator) {
  EXPECT_EQ(nearfar_agree(MPI_COMM_NULL, NEARFAR_SUCCESS, nullptr), NEARFAR_USAGE_ERROR);
  EXPECT_NE(std::string(nearfar_last_error()).find("MPI_COMM_NULL"), std::string::npos);
}

TEST_F(CInterface, ErrorsOfOneRankAreErrorsOfAll) {
  const nearfar_kernel kernel{"laplace", nullptr, "gradient", 0, nullptr, nullptr};
  const nearfar_kernel other{is_last() ? "laplase" : "laplace", nullptr, nullptr, 0, nullptr, nullptr};
  const nearfar_points from = sources(), at = targets();
  nearfar_points missing = from, negative = from;
  if (is_last()) {
    missing.coordinates = nullptr;
    negative.count = -1;
  }
  nearfar_plan* plan = nullptr;
  const auto create = [&](const nearfar_kernel& of, const nearfar_points* sources, const nearfar_points* targets) {
    return nearfar_plan_create(PETSC_COMM_WORLD, &of, sources, targets, nullptr, &plan);
  };
  EXPECT_EQ(create(kernel, &missing, nullptr), NEARFAR_USAGE_ERROR);
  EXPECT_NE(std::string(nearfar_last_error()).find("coordinates of sources is NULL"), std::string::npos);
  EXPECT_EQ(create(kernel, &negative, nullptr), NEARFAR_USAGE_ERROR);
  EXPECT_NE(std::string(nearfar_last_error()).find("sources cannot be -1"), std::string::npos);
  EXPECT_EQ(create(kernel, is_last() ? nullptr : &from, nullptr), NEARFAR_USAGE_ERROR);
  EXPECT_EQ(create(other, &from, nullptr), NEARFAR_USAGE_ERROR);
  if (size_ > 1) {
    EXPECT_EQ(create(kernel, &from, is_last() ? nullptr : &at), NEARFAR_USAGE_ERROR);
  }
  EXPECT_EQ(plan, nullptr);
  EXPECT_EQ(nearfar_agree(PETSC_COMM_WORLD, is_last() ? NEARFAR_INPUT_ERROR : NEARFAR_SUCCESS, "mine"),
            NEARFAR_INPUT_ERROR);
  EXPECT_STREQ(nearfar_last_error(), "mine");

  ASSERT_EQ(create(kernel, &from, &at), NEARFAR_SUCCESS) << nearfar_last_error();
  std::vector<double> gradients(3 * num_targets * std::size_t(size_)), ones(num_sources * std::size_t(size_), 1.0);
  EXPECT_EQ(nearfar_plan_apply(plan, 1, is_last() ? nullptr : ones.data(), gradients.data(), nullptr),
            NEARFAR_USAGE_ERROR);
  EXPECT_EQ(nearfar_plan_apply(plan, 1, ones.data(), gradients.data(), is_last() ? gradients.data() : nullptr),
            NEARFAR_USAGE_ERROR);
  if (size_ > 1) {
    EXPECT_EQ(nearfar_plan_apply(plan, 1 + rank_, ones.data(), gradients.data(), nullptr), NEARFAR_USAGE_ERROR);
  }
  EXPECT_EQ(nearfar_plan_apply(plan, 1, ones.data(), gradients.data(), nullptr), NEARFAR_SUCCESS);
  EXPECT_EQ(nearfar_plan_destroy(&plan), NEARFAR_SUCCESS);
}

}
