// SPDX-License-Identifier: BSD-3-Clause
// Integrals over triangles against quadrature over many small ones.
#include "examples/boundary/triangle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "examples/triangle_parts.hpp"

namespace boundary {
namespace {

Mesh one_triangle() { return {{{0.1, 0.2, 0.0}, {1.3, 0.1, 0.4}, {0.5, 1.1, -0.2}}, {{0, 1, 2}}}; }

/// Sums of the 7-point rule over n^2 equal parts of the triangle.
Potential quadrature(const Triangle& triangle, const Vector& x, int n) {
  const Rule rule = make_rule(7);
  Potential result;
  const auto add_part = [&](const Vector& a, const Vector& b, const Vector& c) {
    for (std::size_t g = 0; g < rule.points.size(); ++g) {
      const Vector& p = rule.points[g];
      const Vector d = x - point_of(triangle, p[0] * a + (p[1] * b + p[2] * c));
      const double r = length(d);
      const double weight = rule.weights[g] * triangle.area / (n * n) * 0.25 * std::numbers::inv_pi;
      result.value += weight / r;
      result.gradient = result.gradient - (weight / (r * r * r)) * d;
    }
  };
  for_each_part(n, add_part);
  return result;
}

TEST(Triangle, PotentialsAreThoseOfQuadrature) {
  const Triangle triangle(one_triangle(), 0);
  const Vector in_plane = triangle.corners[0] + 1.7 * (triangle.corners[1] - triangle.corners[0]);
  for (const Vector& x : {Vector{0.6, 0.5, 0.9}, Vector{-1.0, 0.3, 0.2}, Vector{0.5, 0.4, -0.8}, Vector{2.0, 2.0, 2.0},
                          triangle.centroid + 0.5 * triangle.normal, in_plane}) {
    const Potential exact = potential_of(triangle, x), sum = quadrature(triangle, x, 60);
    EXPECT_NEAR(exact.value, sum.value, 1e-11 * sum.value);
    for (std::size_t axis = 0; axis < 3; ++axis)
      EXPECT_NEAR(exact.gradient[axis], sum.gradient[axis], 1e-9 * length(sum.gradient)) << axis;
  }
}

TEST(Triangle, PotentialsInItsPlaneAreLimits) {
  const Triangle triangle(one_triangle(), 0);
  const Potential in_plane = potential_of(triangle, triangle.centroid);
  const double height = 1e-7;
  const Potential above = potential_of(triangle, triangle.centroid + height * triangle.normal);
  const Potential below = potential_of(triangle, triangle.centroid - height * triangle.normal);
  EXPECT_NEAR(in_plane.value, above.value, 1e-6 * in_plane.value);
  // The derivative jumps by the charge density.
  EXPECT_NEAR(dot(above.gradient - below.gradient, triangle.normal), -1.0, 1e-6);
  EXPECT_NEAR(dot(in_plane.gradient, triangle.normal), 0.0, 1e-14);
}

TEST(Triangle, PotentialsJustAboveAnEdgeAreFinite) {
  const Triangle triangle(one_triangle(), 0);
  const Vector middle = 0.5 * (triangle.corners[0] + triangle.corners[1]);
  const double on_edge = potential_of(triangle, middle).value;
  for (const double height : {1e-8, 1e-10, 1e-12, 1e-16}) {
    const Potential potential = potential_of(triangle, middle + height * triangle.normal);
    EXPECT_NEAR(potential.value, on_edge, 1e-7) << height;
    for (const double slope : potential.gradient) EXPECT_LT(std::abs(slope), 10.0) << height;
  }
}

TEST(Triangle, CentreOfARuleIsTheCentroid) {
  const Mesh mesh = make_shape("torus", 2);
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
    const Triangle triangle(mesh, i);
    for (const int num_points : {1, 3, 6, 7}) {
      const std::vector<Vector> points = quadrature_points(triangle, make_rule(num_points));
      ASSERT_EQ(points.size(), static_cast<std::size_t>(num_points));
      EXPECT_EQ(std::count(points.begin(), points.end(), triangle.centroid), num_points % 3 == 1 ? 1 : 0);
    }
  }
}

TEST(Triangle, RulesIntegratePolynomials) {
  // The integral of b0^i b1^j over a triangle of area 1 is 2 i! j! / (i + j + 2)!.
  for (const auto& [points, degree] : {std::pair{1, 1}, {3, 2}, {6, 4}, {7, 5}}) {
    const Rule rule = make_rule(points);
    for (int i = 0; i <= degree; ++i)
      for (int j = 0; i + j <= degree; ++j) {
        double sum = 0.0;
        for (std::size_t g = 0; g < rule.points.size(); ++g)
          sum += rule.weights[g] * std::pow(rule.points[g][0], i) * std::pow(rule.points[g][1], j);
        EXPECT_NEAR(sum, 2.0 * std::tgamma(i + 1) * std::tgamma(j + 1) / std::tgamma(i + j + 3), 1e-14)
            << points << ' ' << i << ' ' << j;
      }
  }
  EXPECT_THROW(make_rule(2), std::runtime_error);
}

}
}
