// SPDX-License-Identifier: BSD-3-Clause
// Layer potentials of triangles against quadrature over many small ones, and over closed surfaces against Gauss's laws.
#include "examples/boundary/layer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "examples/triangle_parts.hpp"

namespace boundary {
namespace {

const std::array all_kernels{"laplace", "yukawa", "stokes", "elasticity"};

[[nodiscard]] double largest(const Block& block) {
  double size = 0.0;
  for (const double entry : block) size = std::max(size, std::abs(entry));
  return size;
}

void expect_near(const Block& found, const Block& expected, double tolerance, const std::string& what) {
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k], expected[k], tolerance * largest(expected)) << what << ", entry " << k;
}

/// The 7-point rule over n^2 equal parts.
[[nodiscard]] Block quadrature(const Layer& layer, const Triangle& source, const Vector& x, const Vector& n_x, int n) {
  const Rule rule = make_rule(7);
  Block sum{};
  const auto add_part = [&](const Vector& a, const Vector& b, const Vector& c) {
    for (std::size_t g = 0; g < rule.points.size(); ++g) {
      const Vector& p = rule.points[g];
      const Vector y = point_of(source, p[0] * a + (p[1] * b + p[2] * c));
      const Block block = block_of(layer, 1.5, x - y, n_x, source.normal);
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += rule.weights[g] * source.area / (n * n) * block[k];
    }
  };
  for_each_part(n, add_part);
  return sum;
}

[[nodiscard]] Mesh one_triangle() { return {{{0.1, 0.2, 0.0}, {1.3, 0.1, 0.4}, {0.5, 1.1, -0.2}}, {{0, 1, 2}}}; }

TEST(Layer, IntegralsOverNearTrianglesAreThoseOfQuadrature) {
  const Triangle source(one_triangle(), 0);
  const Vector n_x{0.6, 0.0, 0.8};
  for (const char* const kernel : all_kernels)
    for (const Vector& x : {source.centroid + 0.15 * source.normal, Vector{0.0, 0.0, 0.3}, Vector{1.5, 0.9, 0.1}})
      for (const bool normal_rows : {false, true}) {
        const Layer layer{make_physics(kernel), {1.5}, normal_rows ? 0.0 : 0.7, normal_rows};
        expect_near(integral_of(layer, 1.5, source, x, n_x, false), quadrature(layer, source, x, n_x, 60), 1.5e-3,
                    kernel);
      }
}

// Of a triangle cut into 4^2 equal ones, the part around the centroid has the same centroid, and a quarter of the
// whole's integral.
TEST(Layer, SingleLayersSeenFromTheTriangleItselfAreSumsOverItsParts) {
  const Triangle source(one_triangle(), 0);
  constexpr int n = 4;
  for (const char* const kernel : {"laplace", "stokes", "elasticity"}) {
    const Layer layer{make_physics(kernel), {1.0}};
    const Block whole = integral_of(layer, 1.0, source, source.centroid, source.normal, true);
    Block parts{};
    const auto add = [&](const Vector& a, const Vector& b, const Vector& c) {
      const Triangle part({{point_of(source, a), point_of(source, b), point_of(source, c)}, {{0, 1, 2}}}, 0);
      const bool is_own = length(part.centroid - source.centroid) < 1e-12;
      const Block other = integral_of(layer, 1.0, part, source.centroid, source.normal, false);
      for (std::size_t k = 0; k < parts.size(); ++k) parts[k] += is_own ? whole[k] / n : other[k];
    };
    for_each_part(n, add);
    expect_near(whole, parts, 1e-3, kernel);
  }
}

// A layer of degree -2, in polar coordinates about x: the logarithm of the distance to the edge, as that of the
// distance left out around x cancels by symmetry.
TEST(Layer, DoubleLayersSeenFromTheTriangleItselfArePrincipalValues) {
  const Triangle source(one_triangle(), 0);
  constexpr int steps = 20000;
  for (const bool normal_rows : {false, true}) {
    Layer layer{make_physics("elasticity"), {1.0}, 1.0, normal_rows};
    if (!normal_rows) layer.singles.clear();
    const double single = normal_rows ? 1.0 : 0.0;
    Block sum{};
    for (std::size_t k = 0; k < 3; ++k) {
      const Vector a = source.corners[k] - source.centroid, b = source.corners[(k + 1) % 3] - source.centroid;
      for (int i = 0; i < steps; ++i) {
        const Vector y = a + ((i + 0.5) / steps) * (b - a);
        const double r = length(y), angle = length(cross(a, b)) / steps / (r * r);
        const Block block = block_of(layer, single, (-1.0 / r) * y, source.normal, source.normal);
        for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += angle * std::log(r) * block[e];
      }
    }
    expect_near(integral_of(layer, single, source, source.centroid, source.normal, true), sum, 1e-6, "elasticity");
    EXPECT_GT(largest(sum), 1e-3);
  }
}

// Derivatives by differences: du/dn, and Hooke's or Newton's law with the pressure d.f / (4 pi r^3).
TEST(Layer, NormalRowsAreTractionsOfSingleLayers) {
  const Vector d{0.5, -0.3, 0.8}, n_x{0.6, 0.0, 0.8};
  const double h = 1e-5, r = length(d);
  for (const char* const kernel : all_kernels) {
    const Physics physics = make_physics(kernel);
    std::array<Block, 3> slopes{};  // d/dx_l
    for (std::size_t l = 0; l < 3; ++l) {
      Vector step{};
      step[l] = h;
      const Block after = single_layer(physics, d + step), before = single_layer(physics, d - step);
      for (std::size_t k = 0; k < after.size(); ++k) slopes[l][k] = (after[k] - before[k]) / (2.0 * h);
    }
    Block expected{};
    const bool is_flow = physics.kernel == "stokes";
    const double mu = is_flow ? 1.0 : physics.mu, lambda = 2.0 * mu * physics.nu / (1.0 - 2.0 * physics.nu);
    for (std::size_t l = 0; physics.components == 1 && l < 3; ++l) expected[0] += n_x[l] * slopes[l][0];
    for (std::size_t i = 0; physics.components == 3 && i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        for (std::size_t l = 0; l < 3; ++l)
          expected[3 * i + j] += mu * n_x[l] * (slopes[l][3 * i + j] + slopes[i][3 * l + j]);
        const double dilatation = slopes[0][j] + slopes[1][3 + j] + slopes[2][6 + j];
        expected[3 * i + j] += n_x[i] * (is_flow ? -d[j] / (4.0 * std::numbers::pi * r * r * r) : lambda * dilatation);
      }
    expect_near(normal_layer(physics, d, n_x), expected, 1e-8, kernel);
  }
}

TEST(Layer, DoubleLayersOfClosedSurfacesObeyGaussLaws) {
  Mesh mesh = make_shape("torus", 0);
  make_outward(mesh);
  for (const char* const kernel : {"laplace", "stokes", "elasticity"}) {
    const Layer layer{make_physics(kernel), {}, 1.0};
    const auto flux = [&](const Vector& x) {
      Block sum{};
      for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        const Block block = integral_of(layer, 0.0, Triangle(mesh, i), x, {}, false);
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += block[k];
      }
      return sum;
    };
    const double jump = layer.physics.jump;
    Block identity{};
    if (layer.physics.components == 1) identity[0] = jump;
    if (layer.physics.components == 3) identity[0] = identity[4] = identity[8] = jump;
    expect_near(flux({0.9, 0.1, 0.05}), identity, 2e-3, kernel);
    EXPECT_LT(largest(flux({0.1, 0.2, 0.05})), 2e-3) << kernel;
  }
}

}
}
