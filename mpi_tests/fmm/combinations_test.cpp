// SPDX-License-Identifier: BSD-3-Clause
// Layers of one density in one pass: closed forms on a sphere, what they cost, and what they share.
#include <gtest/gtest.h>

#include "fmm/plan.hpp"
#include "operators/level_operators.hpp"
#include "support/sphere_layers.hpp"

namespace nearfar {
namespace {

constexpr double tolerance = 1e-6;

[[nodiscard]] KernelChoice choice_of(const std::string& kind, const std::string& field = "potential",
                                     const std::string& kernel = "laplace") {
  return {kernel, {kind}, {field}, {}};
}

/// Of the densities 1 and z, the harmonics of degree 0 and 1: the single layer has 1/(2 l + 1) times s^l inside and
/// s^-(l+1) outside, the double layer -(l+1) and l times that.
TEST(LayersOfOneDensity, HaveTheirEigenvaluesOnASphere) {
  const double a = 0.5, b = -2.0;
  const auto density = [](const Vec3& y) { return std::vector{3.0 + y[2]}; };
  const auto exact = [=](const Vec3& x) {
    const double s = norm(x), z = x[2] / s;
    const double inside = 3.0 * (a - b) + s * z * (a - 2.0 * b) / 3.0,
                 outside = 3.0 * a / s + z * (a + b) / 3.0 / (s * s);
    return std::vector{is_inside(x) ? inside : outside};
  };
  EXPECT_LT(difference_of(choice_of("0.5*charge-2*dipole"), density, exact, tolerance), 4e-5);
}

/// Forces f = 3/2 U give u = U inside, and stresslets q = U, with normals outwards, U inside as well.
TEST(LayersOfOneDensity, OfStokesFlowAreConstantInsideASphere) {
  const Vec3 u{0.3, -1.0, 0.5};
  const auto density = [&](const Vec3&) { return std::vector(u.begin(), u.end()); };
  const auto exact = [&](const Vec3& x) {
    const double s = norm(x), along = (u[0] * x[0] + u[1] * x[1] + u[2] * x[2]) / (s * s);
    std::vector<double> flow;
    for (std::size_t i = 0; i < 3; ++i)
      flow.push_back(is_inside(x) ? (4.0 / 3.0 + 1.0) * u[i]
                                  : (0.75 / s + 0.25 / (s * s * s)) * 4.0 / 3.0 * u[i] +
                                        (0.75 / s - 0.75 / (s * s * s)) * 4.0 / 3.0 * along * x[i]);
    return flow;
  };
  EXPECT_LT(difference_of(choice_of("2*force+stresslet", "velocity", "stokes"), density, exact, tolerance), 1e-4);
}

/// Floating-point operations of all ranks in one apply.
[[nodiscard]] double flops_of(const KernelChoice& choice, const SphereRule& rule) {
  const Kernel kernel = make_kernel(choice);
  const auto points = take(rule.points, dealt(rule.weights.size(), Deal::blocks, MPI_COMM_WORLD), 3);
  Plan plan(MPI_COMM_WORLD, kernel, points, {.order = 6});
  const auto normals = [&](bool needed) {
    return needed ? std::span<const double>(points) : std::span<const double>{};
  };
  plan.set_normals({normals(kernel.needs_source_normals()), normals(kernel.needs_target_normals())});
  const std::vector<double> strengths(points.size() / 3 * usize(kernel.num_strengths()), 1.0);
  std::vector<double> values(points.size() / 3 * usize(kernel.num_values()));
  plan.apply(strengths, values);
  double flops = 0.0;
  for (const auto& [phase, time] : plan.apply_times()) flops += time.flops;
  std::vector<double> sum{flops};
  all_reduce(MPI_COMM_WORLD, std::span(sum), MPI_SUM);
  return sum[0];
}

TEST(LayersOfOneDensity, CostLittleMoreThanASingleLayer) {
  const SphereRule rule(100, 200);
  const double single = flops_of(choice_of("charge"), rule);
  EXPECT_LT(flops_of(choice_of("charge-2.5*dipole"), rule), 1.5 * single);
  EXPECT_LT(flops_of(choice_of("charge", "potential-2.5*normal_derivative"), rule), 1.5 * single);
}

TEST(LayersOfOneDensity, ShareTheOperatorsOfTheirLayers) {
  const SphereRule rule(20, 40);
  const auto points = take(rule.points, dealt(rule.weights.size(), Deal::blocks, MPI_COMM_WORLD), 3);
  const Options options{.order = 5, .points_per_leaf = 20};
  const Plan single(MPI_COMM_WORLD, make_kernel(choice_of("charge")), points, options);
  const std::int64_t built = num_operators_built();
  for (const char* kind : {"charge-2.5*dipole", "charge+dipole", "2*charge"})
    const Plan plan(single.geometry(), make_kernel(choice_of(kind)), {.order = 5});
  EXPECT_EQ(num_operators_built(), built);
}

}
}
