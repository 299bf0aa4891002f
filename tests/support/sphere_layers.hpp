// SPDX-License-Identifier: BSD-3-Clause
// Layers on a unit sphere and their fields.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <utility>
#include <vector>

#include "comm/mpi.hpp"
#include "nearfar/families.hpp"
#include "nearfar/plan.hpp"
#include "support/samples.hpp"

namespace nearfar {

using Vec3 = std::array<double, 3>;

/// Points of the product of a midpoint rule in cos(theta) by Gauss's nodes and equal angles, their weights; the points
/// are the normals too.
struct SphereRule {
  std::vector<double> points, weights;

  SphereRule(int num_rings, int num_on_ring) {
    for (int ring = 0; ring < num_rings; ++ring) {
      const auto [z, weight] = gauss(num_rings, ring);
      for (int k = 0; k < num_on_ring; ++k) {
        const double angle = 2.0 * std::numbers::pi * k / num_on_ring, radius = std::sqrt(1.0 - z * z);
        points.insert(points.end(), {radius * std::cos(angle), radius * std::sin(angle), z});
        weights.push_back(weight * 2.0 * std::numbers::pi / num_on_ring);
      }
    }
  }

  /// Node and weight of Gauss's rule, by Newton's method on the Legendre polynomial.
  static std::pair<double, double> gauss(int n, int i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5)), slope = 0.0;
    for (int step = 0; step < 100; ++step) {
      double before = 1.0, p = x;
      for (int k = 2; k <= n; ++k) {
        const double next = ((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k;
        before = p;
        p = next;
      }
      slope = n * (x * p - before) / (x * x - 1.0);
      x -= p / slope;
    }
    return {x, 2.0 / ((1.0 - x * x) * slope * slope)};
  }
};

/// Strengths of a unit of surface at a point of the sphere, and values at a target.
using Layer = std::function<std::vector<double>(const Vec3&)>;
using Exact = std::function<std::vector<double>(const Vec3&)>;

/// Targets well inside and well outside, where the rule is exact to rounding.
[[nodiscard]] inline std::vector<double> targets_off_the_sphere() {
  std::vector<double> targets;
  for (int i = 0; i < 150; ++i) {
    const double z = 1.0 - 2.0 * (i + 0.5) / 150, angle = 2.4 * i, radius = std::sqrt(1.0 - z * z);
    const double s = i % 3 == 0 ? 2.0 + 0.01 * i : 0.05 + 0.002 * i;
    targets.insert(targets.end(), {s * radius * std::cos(angle), s * radius * std::sin(angle), s * z});
  }
  return targets;
}

/// The largest difference of a layer's field from what it should be.
inline double difference_of(const KernelChoice& choice, const Layer& layer, const Exact& exact, double tolerance) {
  const SphereRule rule(40, 80);
  const std::vector<double> targets = targets_off_the_sphere();
  std::vector<double> strengths;
  for (std::size_t i = 0; i < rule.weights.size(); ++i)
    for (const double q : layer({rule.points[3 * i], rule.points[3 * i + 1], rule.points[3 * i + 2]}))
      strengths.push_back(q * rule.weights[i]);
  const Kernel kernel = make_kernel(choice);
  const auto sources = dealt(rule.weights.size(), Deal::blocks, MPI_COMM_WORLD);
  const auto own = dealt(targets.size() / 3, Deal::blocks, MPI_COMM_WORLD);
  const auto points = take(rule.points, sources, 3), own_targets = take(targets, own, 3);
  Plan plan(MPI_COMM_WORLD, kernel, points, own_targets, {.tolerance = tolerance, .points_per_leaf = 20});
  if (kernel.needs_source_normals()) plan.set_normals({points, {}});
  const auto dim = usize(kernel.num_values());
  std::vector<double> values(own.size() * dim);
  plan.apply(take(strengths, sources, usize(kernel.num_strengths())), values);
  double largest = 0.0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto expected = exact({own_targets[3 * i], own_targets[3 * i + 1], own_targets[3 * i + 2]});
    EXPECT_EQ(expected.size(), dim);
    for (std::size_t k = 0; k < dim; ++k) {
      const double difference = std::abs(values[i * dim + k] - expected[k]);
      if (!(difference <= largest)) largest = difference;  // keeps a NaN
    }
  }
  return all_max(MPI_COMM_WORLD, largest);
}

[[nodiscard]] inline double norm(const Vec3& x) { return std::hypot(x[0], x[1], x[2]); }
[[nodiscard]] inline bool is_inside(const Vec3& x) { return norm(x) < 1.0; }

}
