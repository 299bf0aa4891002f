// SPDX-License-Identifier: BSD-3-Clause
// Plans of kernels that oscillate: orders by the wavenumber, resonances, and where both end.
#include <gtest/gtest.h>

#include <petscvec.h>

#include <algorithm>
#include <cmath>

#include "comm/mpi.hpp"
#include "nearfar/error.hpp"
#include "nearfar/plan.hpp"
#include "operators/oscillation.hpp"
#include "operators/surface.hpp"
#include "support/direct_fields.hpp"
#include "support/petsc_objects.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

constexpr std::size_t count = 4000, stride = 83;

KernelChoice waves(double k, const std::string& kind = "charge", const std::string& field = "potential") {
  return {"helmholtz", {kind}, {field}, {{"k", k}}};
}

/// Random points in a cube of side 1, of which two make its root cube one of side 1.
struct Waves {
  Waves()
      : points(app::sample_points(app::Distribution::cube, 61, 0, count)),
        strengths(app::sample_charges(true, 62, 0, count, 2)),
        normals(random_normals(count, 63)),
        numbers(dealt(count, Deal::blocks, MPI_COMM_WORLD)) {
    std::fill_n(points.begin(), 3, 0.0);
    std::fill_n(points.begin() + 3, 3, 1.0);
  }

  /// The relative L2 error of a plan.
  [[nodiscard]] double error_of(const KernelChoice& choice, const Options& options) const {
    const Kernel kernel = make_kernel(choice);
    const auto own_points = take(points, numbers, 3), own_normals = take(normals, numbers, 3);
    Plan plan(MPI_COMM_WORLD, kernel, own_points, options);
    if (kernel.needs_source_normals()) plan.set_normals({own_normals, {}});
    const auto dim = usize(kernel.num_values());
    std::vector<double> values(numbers.size() * dim);
    plan.apply(take(strengths, numbers, 2), values);
    const auto computed = thin(collect(values, numbers, count, dim, MPI_COMM_WORLD), dim, stride);
    const auto exact = direct_fields(choice, points, strengths, thin(points, 3, stride), {normals, {}});
    double error = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      error += std::pow(computed[i] - exact[i], 2);
      norm += std::pow(exact[i], 2);
    }
    return std::sqrt(error / norm);
  }

  Points points;
  std::vector<double> strengths, normals;
  std::vector<std::size_t> numbers;
};

TEST(Waves, KeepTheTolerance) {
  const Waves problem;
  for (const double k : {1.0, 10.0, 30.0})
    for (const double tolerance : {1e-3, 1e-6, 1e-9}) {
      if (tolerance < 1e-6 && k != 10.0) continue;
      EXPECT_LT(problem.error_of(waves(k), {.tolerance = tolerance, .root_scale = 1.0}), tolerance) << k;
    }
  EXPECT_LT(problem.error_of(waves(30.0, "dipole"), {.tolerance = 1e-4}), 1e-4);
  EXPECT_LT(problem.error_of(waves(60.0, "charge", "gradient"), {.tolerance = 1e-4, .root_scale = 1.0}), 1e-4);
  EXPECT_LT(problem.error_of(waves(60.0), {.tolerance = 1e-6, .points_per_leaf = 20, .root_scale = 1.0}), 1e-6);
}

void expect_zeros_after_surfaces(const ExpansionBlocks& blocks) {
  const double* numbers = nullptr;
  CALL(VecGetArrayRead(blocks.values, &numbers));
  const std::size_t block = 2 * blocks.surfaces[2].size();
  for (std::size_t i = 0; i < blocks.octants.size(); ++i) {
    const std::span<const double> own(numbers + i * block, block);
    const std::size_t written = 2 * blocks.surfaces[usize(blocks.octants[i].level)].size();
    EXPECT_EQ(std::count(own.begin() + static_cast<std::ptrdiff_t>(written), own.end(), 0.0), block - written);
  }
  CALL(VecRestoreArrayRead(blocks.values, &numbers));
}

TEST(Waves, HaveSmallerSurfacesInSmallerBoxes) {
  const Waves problem;
  const auto points = take(problem.points, problem.numbers, 3);
  Plan plan(MPI_COMM_WORLD, make_kernel(waves(48.0)), points, {.order = 10, .points_per_leaf = 8, .root_scale = 1.0});
  std::vector<double> values(2 * problem.numbers.size());
  plan.apply(take(problem.strengths, problem.numbers, 2), values);
  // A tree with fewer large boxes, in the same memory.
  auto denser = points;
  for (double& coordinate : denser) coordinate = std::pow(coordinate, 1.5);
  plan.update_points(denser);
  plan.apply(take(problem.strengths, problem.numbers, 2), values);
  const ExpansionBlocks blocks = plan.multipoles();
  const LevelOrders orders(10, 6.0);
  ASSERT_GE(std::ssize(blocks.surfaces), 5);
  for (int level = 2; level < static_cast<int>(blocks.surfaces.size()); ++level)
    EXPECT_EQ(blocks.surfaces[usize(level)].size(), usize(surface_size(orders.at(level)))) << level;
  expect_zeros_after_surfaces(blocks);
  expect_zeros_after_surfaces(plan.locals());
}

TEST(Waves, WithoutAWavenumberAreLaplaces) {
  const Waves problem;
  std::vector<double> real;
  for (std::size_t i = 0; i < count; ++i) real.push_back(problem.strengths[2 * i]);
  const auto points = take(problem.points, problem.numbers, 3);
  const Options options{.order = 6, .points_per_leaf = 40, .root_scale = 1.0};
  Plan complex_plan(MPI_COMM_WORLD, make_kernel(waves(0.0)), points, options);
  Plan real_plan(MPI_COMM_WORLD, make_kernel("laplace"), points, options);
  std::vector<double> of_both(2 * problem.numbers.size()), of_real(problem.numbers.size());
  complex_plan.apply(take(problem.strengths, problem.numbers, 2), of_both);
  real_plan.apply(take(real, problem.numbers, 1), of_real);
  double difference = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < of_real.size(); ++i) {
    difference += std::pow(of_both[2 * i] - of_real[i], 2);
    norm += std::pow(of_real[i], 2);
  }
  EXPECT_LT(std::sqrt(all_sum(MPI_COMM_WORLD, difference) / all_sum(MPI_COMM_WORLD, norm)), 1e-11);
}

TEST(Waves, AreAsAccurateAtResonances) {
  // Boxes of level 2 have half width 1/8, and level 3 is not near a resonance then.
  const Waves problem;
  const double resonance = 8.0 * 3.141592653589793 / 2.1 * std::sqrt(3);
  const Options options{.order = 7, .points_per_leaf = 30, .root_scale = 1.0, .precision = Precision::full};
  const double at = problem.error_of(waves(resonance), options),
               beside = problem.error_of(waves(1.05 * resonance), options);
  EXPECT_LT(at, 1.2 * beside);
  // Of the surfaces of half width 1.02, 1.05 and 1.08, each resonates here: densities are large, which floats show.
  EXPECT_LT(problem.error_of(waves(50.757), {.order = 11, .root_scale = 1.0, .precision = Precision::mixed}), 1e-5);
}

/// The message of the error that `make` throws on all ranks.
template <class Make>
std::string refusal(const Make& make) {
  std::string message;
  try {
    make();
  } catch (const UsageError& error) {
    message = error.what();
  }
  const int refused = message.empty() ? 0 : 1;
  EXPECT_EQ(all_sum(MPI_COMM_WORLD, refused), size_of_communicator(MPI_COMM_WORLD) * refused);
  return message;
}

TEST(Waves, BeyondTheRangeAreRefusedOnAllRanks) {
  const Waves problem;
  const auto points = take(problem.points, problem.numbers, 3);
  const auto refused = [&](double k, const Options& options) {
    return refusal([&] { const Plan plan(MPI_COMM_WORLD, make_kernel(waves(k)), points, options); });
  };
  EXPECT_EQ(refused(100.0, {}),
            "the helmholtz kernel has k D = 100 (wavenumber k = 100, root cube of side D = 1), but expansions serve up "
            "to k D = 64: lower the wavenumber or the extent of the points");
  EXPECT_EQ(refused(100.0, {.order = 16}).substr(0, 36), "the helmholtz kernel has k D = 100 (");
  EXPECT_NE(refused(62.0, {.tolerance = 1e-12}).find("but the highest is 16: with this tolerance k D may be "),
            std::string::npos);
  EXPECT_EQ(refused(1e300, {}).substr(0, 40), "the helmholtz kernel has k D = 1e+300 (w");
  const Geometry geometry(MPI_COMM_WORLD, points, make_kernel("laplace"), {.root_scale = 1.5});
  EXPECT_EQ(refused(63.0, {.root_scale = 1.0}), "");
  EXPECT_NE(refusal([&] { const Plan plan(geometry, make_kernel(waves(63.0)), {}); }).find("D = 1.5"),
            std::string::npos);
}

TEST(Waves, OfPointsThatMoveApartAreRefused) {
  const Waves problem;
  auto points = take(problem.points, problem.numbers, 3);
  Plan plan(MPI_COMM_WORLD, make_kernel(waves(20.0)), points, {.tolerance = 1e-3, .root_scale = 1.0});
  for (double& coordinate : points) coordinate *= 1.08;
  plan.update_points(points);
  for (double& coordinate : points) coordinate *= 2.0;
  EXPECT_NE(refusal([&] { plan.update_points(points); }).find("the points have moved apart"), std::string::npos);
}

TEST(Waves, ResonatingBoxesHaveOtherSurfaces) {
  EXPECT_EQ(inner_radius_for(0.0), 1.05);
  EXPECT_EQ(inner_radius_for(2.4), 1.05);
  const double resonance = 3.141592653589793 / 2.1 * std::sqrt(3.0);
  EXPECT_NE(inner_radius_for(resonance), 1.05);
  EXPECT_NE(inner_radius_for(1.019 * resonance), 1.05);
  EXPECT_EQ(inner_radius_for(1.021 * resonance), 1.05);
}

}
}
