// SPDX-License-Identifier: BSD-3-Clause
// Layers on a unit sphere in a solid, and a ring of current, whose fields are known in closed form.
#include <map>
#include <string>

#include "support/sphere_layers.hpp"

namespace nearfar {
namespace {

/// A solid with its tensors of strains and stresses that do not depend on the place.
struct Solid {
  double mu, nu;

  [[nodiscard]] std::map<std::string, double> parameters() const { return {{"mu", mu}, {"nu", nu}}; }
  [[nodiscard]] double lame() const { return 2.0 * mu * nu / (1.0 - 2.0 * nu); }
  /// Of displacements B x.
  [[nodiscard]] std::array<Vec3, 3> stress(const std::array<Vec3, 3>& b) const {
    std::array<Vec3, 3> s{};
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t l = 0; l < 3; ++l) s[i][l] = mu * (b[i][l] + b[l][i]);
      s[i][i] += lame() * (b[0][0] + b[1][1] + b[2][2]);
    }
    return s;
  }
};

std::vector<double> product(const std::array<Vec3, 3>& b, const Vec3& x, double factor = 1.0) {
  std::vector<double> result;
  for (const Vec3& row : b) result.push_back(factor * (row[0] * x[0] + row[1] * x[1] + row[2] * x[2]));
  return result;
}

std::vector<double> joined(std::vector<double> a, const std::vector<double>& b) {
  return a.insert(a.end(), b.begin(), b.end()), a;
}

TEST(ClosedForms, DoubleLayerOfElasticity) {
  const Solid solid{3.0, 0.4};
  EXPECT_LT(difference_of(
                {"elasticity", {"double_layer"}, {}, solid.parameters()},
                [](const Vec3&) {
                  return std::vector{1.0, -2.0, 0.5};
                },
                [](const Vec3& x) {
                  return is_inside(x) ? std::vector{-1.0, 2.0, -0.5} : std::vector{0.0, 0.0, 0.0};
                },
                1e-5),
            5e-6);
}

TEST(ClosedForms, GreensFormulaOfElasticity) {
  // u = S[t] - D[u] inside, 0 outside: a strain, and a rotation with a displacement, which has no stress.
  const std::array<Vec3, 3> strain{{{0.5, 0.3, -0.2}, {0.1, -0.4, 0.6}, {0.7, 0.2, 0.3}}},
      rotation{{{0.0, -0.5, 0.3}, {0.5, 0.0, -0.8}, {-0.3, 0.8, 0.0}}};
  const Solid solid{2.0, 0.3};
  for (const auto& b : {strain, rotation}) {
    const std::array<Vec3, 3> s = solid.stress(b);
    EXPECT_LT(difference_of(
                  {"elasticity", {"force", "double_layer"}, {"displacement", "stress"}, solid.parameters()},
                  [&](const Vec3& n) { return joined(product(s, n), product(b, n, -1.0)); },
                  [&](const Vec3& x) {
                    const double factor = is_inside(x) ? 1.0 : 0.0;
                    const std::vector<double> stress{s[0][0], s[0][1], s[0][2], s[1][1], s[1][2], s[2][2]};
                    std::vector<double> values = joined(product(b, x), stress);
                    for (double& value : values) value *= factor;
                    return values;
                  },
                  1e-6),
              5e-6);
  }
}

TEST(ClosedForms, SphereUnderPressure) {
  // Forces along the normals spread a sphere within a solid; a hole is under pressure.
  const Solid solid{2.0, 0.25};
  const double growth = 1.0 / (3.0 * (solid.lame() + 2.0 * solid.mu)), opening = 1.0 / (4.0 * solid.mu);
  const auto radial = [](const Vec3& x, double factor) {
    return std::vector{factor * x[0], factor * x[1], factor * x[2]};
  };
  EXPECT_LT(
      difference_of(
          {"elasticity", {"force"}, {}, solid.parameters()}, [&](const Vec3& n) { return radial(n, 1.0); },
          [&](const Vec3& x) { return radial(x, growth * (is_inside(x) ? 1.0 : std::pow(norm(x), -3.0))); }, 1e-6),
      1e-7);
  EXPECT_LT(difference_of(
                {"elasticity", {"force", "double_layer"}, {}, solid.parameters()},
                [&](const Vec3& n) { return joined(radial(n, 1.0), radial(n, opening)); },
                [&](const Vec3& x) { return radial(x, is_inside(x) ? 0.0 : opening * std::pow(norm(x), -3.0)); }, 1e-6),
            1e-6);
}

TEST(ClosedForms, RingOfCurrentOnItsAxis) {
  constexpr int num_pieces = 400, num_targets = 60;
  const double radius = 0.8, piece = 2.0 * std::numbers::pi * radius / num_pieces;
  std::vector<double> points, currents, targets;
  for (int i = 0; i < num_pieces; ++i) {
    const double angle = 2.0 * std::numbers::pi * i / num_pieces, c = std::cos(angle), s = std::sin(angle);
    points.insert(points.end(), {radius * c, radius * s, 0.0});
    currents.insert(currents.end(), {-piece * s, piece * c, 0.0});
  }
  for (int i = 0; i < num_targets; ++i) targets.insert(targets.end(), {0.0, 0.0, -1.5 + 0.05 * i});
  const auto sources = dealt(usize(num_pieces), Deal::blocks, MPI_COMM_WORLD);
  const auto own = dealt(usize(num_targets), Deal::blocks, MPI_COMM_WORLD);
  targets = take(targets, own, 3);
  Plan plan(MPI_COMM_WORLD, make_kernel({"biot_savart", {}, {"velocity", "vector_potential"}}),
            take(points, sources, 3), targets, {.tolerance = 1e-6, .points_per_leaf = 10});
  std::vector<double> values(6 * own.size());
  plan.apply(take(currents, sources, 3), values);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const double z = targets[3 * i + 2], square = radius * radius;
    const std::array exact{0.0, 0.0, 0.5 * square * std::pow(square + z * z, -1.5), 0.0, 0.0, 0.0};
    for (std::size_t k = 0; k < 6; ++k) EXPECT_NEAR(values[6 * i + k], exact[k], 5e-7) << z << ' ' << k;
  }
}

}
}
