// SPDX-License-Identifier: BSD-3-Clause
// Errors relative to sums of absolute values, which are added up source by source from the fields' definitions.
#include <gtest/gtest.h>

#include <cmath>

#include "comm/mpi.hpp"
#include "nearfar/sampled_error.hpp"
#include "support/direct_fields.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

constexpr std::size_t count = 24;  // all of them are sampled

/// What some points and strengths give, of all ranks, to all points.
struct Cloud {
  explicit Cloud(const KernelChoice& of)
      : choice(of),
        kernel(make_kernel(of)),
        points(app::sample_points(app::Distribution::cube, 3, 0, count)),
        strengths(app::sample_charges(true, 4, 0, count, kernel.num_strengths())),
        source_normals(random_normals(count, 5)),
        target_normals(random_normals(count, 6)) {}

  [[nodiscard]] std::vector<double> fields_of(std::size_t first, std::size_t end) const {
    const auto some = [&](const std::vector<double>& all, std::size_t dim) {
      return std::vector<double>(all.begin() + static_cast<std::ptrdiff_t>(first * dim),
                                 all.begin() + static_cast<std::ptrdiff_t>(end * dim));
    };
    const auto normals = some(source_normals, 3);
    return direct_fields(choice, some(points, 3), some(strengths, usize(kernel.num_strengths())), points,
                         {normals, target_normals});
  }

  KernelChoice choice;
  Kernel kernel;
  std::vector<double> points, strengths, source_normals, target_normals;
};

/// Of the components of one field.
[[nodiscard]] double norm_of(const std::vector<double>& rows, const Kernel& kernel, std::size_t number) {
  std::size_t first = 0;
  for (std::size_t k = 0; k < number; ++k) first += usize(kernel.fields[k].components);
  double sum = 0.0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t k = i % usize(kernel.num_values());
    if (k >= first && k < first + usize(kernel.fields[number].components)) sum += rows[i] * rows[i];
  }
  return std::sqrt(sum);
}

/// The error of results that are a quarter too large; `unit` is that of length.
[[nodiscard]] SampledError error_of(const Cloud& cloud, std::vector<double> wrong, double unit) {
  for (double& value : wrong) value *= 1.25;
  const Kernel& kernel = cloud.kernel;
  const auto numbers = dealt(count, Deal::blocks, MPI_COMM_WORLD);
  Points points = take(cloud.points, numbers, 3);
  for (double& coordinate : points) coordinate *= unit;
  const auto source_normals = take(cloud.source_normals, numbers, 3),
             target_normals = take(cloud.target_normals, numbers, 3);
  Normals normals;
  if (kernel.needs_source_normals()) normals.sources = source_normals;
  if (kernel.needs_target_normals()) normals.targets = target_normals;
  const auto strengths = take(cloud.strengths, numbers, usize(kernel.num_strengths()));
  const auto fields = take(wrong, numbers, usize(kernel.num_values()));
  return sampled_error(MPI_COMM_WORLD, kernel, {points, strengths, points, fields, {}, normals}, count);
}

struct Case {
  KernelChoice choice;
  std::vector<double> units{1.0};  ///< of sources and fields that change alike
};

TEST(Cancellation, IsThatOfSumsOfAbsoluteValues) {
  for (const auto& [choice, units] : {Case{{"laplace", {"charge"}, {"potential"}, {}}, {1.0, 1e-30, 1e20}},
                                      Case{{"laplace", {"charge", "dipole"}, {"gradient", "normal_derivative"}, {}}},
                                      Case{{"yukawa", {"dipole"}, {"normal_derivative"}, {}}},
                                      Case{{"stokes", {"force"}, {"velocity", "pressure"}, {}}, {1.0, 1e-30, 1e20}}}) {
    const Cloud cloud(choice);
    const std::vector<double> exact = cloud.fields_of(0, count);
    std::vector<double> magnitudes(exact.size(), 0.0);
    for (std::size_t source = 0; source < count; ++source) {
      const std::vector<double> of_one = cloud.fields_of(source, source + 1);
      for (std::size_t i = 0; i < exact.size(); ++i) magnitudes[i] += std::abs(of_one[i]);
    }
    for (const double unit : units) {
      const SampledError error = error_of(cloud, exact, unit);
      for (std::size_t k = 0; k < cloud.kernel.fields.size(); ++k) {
        const double left = norm_of(exact, cloud.kernel, k) / norm_of(magnitudes, cloud.kernel, k);
        EXPECT_LT(left, 0.99);
        if (unit == 1.0) {
          EXPECT_NEAR(error.fields[k].rel_l2, 0.25, 1e-9);
        }
        EXPECT_NEAR(error.fields[k].abs_l2 / error.fields[k].rel_l2, left, 1e-9) << cloud.kernel.fields[k].name;
      }
    }
  }
}

/// Gradients beside potentials: of two charges whose gradients in the middle are -1 / (4 pi) and 2 / (4 pi).
TEST(Cancellation, OfGradientsBesidePotentials) {
  const bool first = rank_of(MPI_COMM_WORLD) == 0;
  const Points sources = first ? Points{-1.0, 0.0, 0.0, 1.0, 0.0, 0.0} : Points{};
  const Points targets = first ? Points{0.0, 0.0, 0.0} : Points{};
  const std::vector<double> charges = first ? std::vector{1.0, 2.0} : std::vector<double>{};
  const std::vector<double> potentials(targets.size() / 3, 2.0 * 3.0 / (4.0 * M_PI));
  std::vector<double> gradients(targets.size(), 0.0);
  if (first) gradients[0] = 1.3 / (4.0 * M_PI);
  const SampledError error =
      sampled_error(MPI_COMM_WORLD, make_kernel("laplace"), {sources, charges, targets, potentials, gradients}, 10);
  EXPECT_DOUBLE_EQ(error.potential_rel_l2, 1.0);
  EXPECT_DOUBLE_EQ(error.potential_abs_l2, 1.0) << "nothing cancels";
  EXPECT_NEAR(error.gradient_rel_l2, 0.3, 1e-12);
  EXPECT_NEAR(error.gradient_abs_l2, 0.1, 1e-12);
}

}
}
