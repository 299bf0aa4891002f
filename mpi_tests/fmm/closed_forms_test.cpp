// SPDX-License-Identifier: BSD-3-Clause
// Layers on a unit sphere, whose fields are known in closed form: they test signs and constants, and that a flux
// through a box and the constant of a pressure are carried by its expansions.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>

#include "comm/mpi.hpp"
#include "nearfar/families.hpp"
#include "nearfar/plan.hpp"
#include "support/samples.hpp"

namespace nearfar {
namespace {

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
std::vector<double> targets_off_the_sphere() {
  std::vector<double> targets;
  for (int i = 0; i < 150; ++i) {
    const double z = 1.0 - 2.0 * (i + 0.5) / 150, angle = 2.4 * i, radius = std::sqrt(1.0 - z * z);
    const double s = i % 3 == 0 ? 2.0 + 0.01 * i : 0.05 + 0.002 * i;
    targets.insert(targets.end(), {s * radius * std::cos(angle), s * radius * std::sin(angle), s * z});
  }
  return targets;
}

/// The largest difference of a layer's field from what it should be.
double difference_of(const KernelChoice& choice, const Layer& layer, const Exact& exact, double tolerance) {
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

double norm(const Vec3& x) { return std::hypot(x[0], x[1], x[2]); }
bool is_inside(const Vec3& x) { return norm(x) < 1.0; }

TEST(ClosedForms, DoubleLayerOfLaplace) {
  // Gauss: -1 inside, 0 outside.
  EXPECT_LT(difference_of(
                {"laplace", {"dipole"}}, [](const Vec3&) { return std::vector{1.0}; },
                [](const Vec3& x) { return std::vector{is_inside(x) ? -1.0 : 0.0}; }, 1e-6),
            3e-6);
}

TEST(ClosedForms, DoubleLayerOnItsOwnSphere) {
  // -1/2: at points of the surface that are sources, with the error of the rule without a point.
  const SphereRule rule(40, 80);
  const auto numbers = dealt(rule.weights.size(), Deal::blocks, MPI_COMM_WORLD);
  const auto points = take(rule.points, numbers, 3);
  const std::vector<KernelChoice> layers{
      {"laplace", {"dipole"}}, {"stokes", {"stresslet"}}, {"elasticity", {"double_layer"}}};
  for (const KernelChoice& layer : layers) {
    const Kernel kernel = make_kernel(layer);
    Plan plan(MPI_COMM_WORLD, kernel, points, {.tolerance = 1e-4});
    plan.set_normals({points, {}});
    std::vector<double> strengths;
    for (const double weight : take(rule.weights, numbers, 1)) {
      strengths.push_back(weight);
      strengths.resize(strengths.size() + usize(kernel.num_strengths() - 1), 0.0);
    }
    std::vector<double> values(numbers.size() * usize(kernel.num_values()));
    plan.apply(strengths, values);
    // Between 45 degrees north and south, where the points of the rule are about evenly spaced.
    double sum = 0.0, count = 0.0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (std::abs(points[3 * i + 2]) > 0.7) continue;
      sum += values[i * usize(kernel.num_values())];
      count += 1.0;
    }
    const double mean = all_sum(MPI_COMM_WORLD, sum) / all_sum(MPI_COMM_WORLD, count);
    EXPECT_NEAR(mean, layer.name == "stokes" ? 0.5 : -0.5, 0.015) << layer.name;
  }
}

TEST(ClosedForms, LayersOfYukawa) {
  const double l = 1.5;
  const std::map<std::string, double> parameters{{"lambda", l}};
  EXPECT_LT(difference_of(
                {"yukawa", {"charge"}, {}, parameters}, [](const Vec3&) { return std::vector{1.0}; },
                [l](const Vec3& x) {
                  const double s = norm(x);
                  return std::vector{is_inside(x) ? std::exp(-l) * std::sinh(l * s) / (l * s)
                                                  : std::exp(-l * s) * std::sinh(l) / (l * s)};
                },
                1e-6),
            3e-7);
  EXPECT_LT(difference_of(
                {"yukawa", {"dipole"}, {}, parameters}, [](const Vec3&) { return std::vector{1.0}; },
                [l](const Vec3& x) {
                  const double s = norm(x);
                  return std::vector{is_inside(x) ? -std::exp(-l) * (1.0 + l) * std::sinh(l * s) / (l * s)
                                                  : std::exp(-l * s) * (l * std::cosh(l) - std::sinh(l)) / (l * s)};
                },
                1e-6),
            3e-6);
}

std::vector<double> parts_of(std::complex<double> value) { return {value.real(), value.imag()}; }

TEST(ClosedForms, LayersOfWaves) {
  const double k = 3.0;
  const std::complex<double> one(1.0), ik(0.0, k);
  const std::map<std::string, double> parameters{{"k", k}};
  const auto constant = [&](const Vec3&) { return parts_of({1.0, -0.5}); };
  const std::complex<double> density(1.0, -0.5);
  EXPECT_LT(difference_of(
                {"helmholtz", {"charge"}, {}, parameters}, constant,
                [&](const Vec3& x) {
                  const double s = norm(x);
                  return parts_of(density * (is_inside(x) ? std::exp(ik) * std::sin(k * s) / (k * s)
                                                          : std::exp(ik * s) * std::sin(k) / (k * s)));
                },
                1e-6),
            1e-6);
  EXPECT_LT(
      difference_of(
          {"helmholtz", {"dipole"}, {}, parameters}, constant,
          [&](const Vec3& x) {
            const double s = norm(x);
            return parts_of(density * (is_inside(x) ? -std::exp(ik) * (one - ik) * std::sin(k * s) / (k * s)
                                                    : std::exp(ik * s) * (k * std::cos(k) - std::sin(k)) / (k * s)));
          },
          1e-6),
      6e-6);
}

TEST(ClosedForms, GreensIdentityForAPlaneWave) {
  // S[dphi/dn] - D[phi] is phi inside and 0 outside.
  const double k = 3.0;
  const Vec3 direction{0.6, 0.0, -0.8};
  const auto wave = [&](const Vec3& x) {
    return std::exp(std::complex<double>(0.0, k * (direction[0] * x[0] + direction[2] * x[2])));
  };
  EXPECT_LT(difference_of(
                {"helmholtz", {"charge", "dipole"}, {}, {{"k", k}}},
                [&](const Vec3& n) {
                  const std::complex<double> phi = wave(n);
                  const std::complex<double> slope =
                      std::complex<double>(0.0, k * (direction[0] * n[0] + direction[2] * n[2])) * phi;
                  return std::vector{slope.real(), slope.imag(), -phi.real(), -phi.imag()};
                },
                [&](const Vec3& x) { return parts_of(is_inside(x) ? wave(x) : 0.0); }, 1e-6),
            6e-6);
}

TEST(ClosedForms, StressletsOfAConstant) {
  EXPECT_LT(difference_of(
                {"stokes", {"stresslet"}, {"velocity", "pressure"}},
                [](const Vec3&) {
                  return std::vector{1.0, -2.0, 0.5};
                },
                [](const Vec3& x) {
                  return is_inside(x) ? std::vector{1.0, -2.0, 0.5, 0.0} : std::vector{0.0, 0.0, 0.0, 0.0};
                },
                1e-5),
            2e-5);
}

TEST(ClosedForms, StressletsAlongTheNormalsAreAllFlux) {
  // q = n: outside, the flow of a sink of 4 pi; across the surface u jumps by q, so that it is at rest inside.
  EXPECT_LT(difference_of(
                {"stokes", {"stresslet"}},
                [](const Vec3& n) {
                  return std::vector{n[0], n[1], n[2]};
                },
                [](const Vec3& x) {
                  const double s = norm(x), factor = is_inside(x) ? 0.0 : -1.0 / (s * s * s);
                  return std::vector{factor * x[0], factor * x[1], factor * x[2]};
                },
                1e-5),
            2e-5);
}

TEST(ClosedForms, DragAndTorqueOfASphere) {
  const Vec3 u{0.3, -1.0, 0.7};
  EXPECT_LT(difference_of(
                {"stokes", {"force"}, {"velocity", "pressure"}},
                [&](const Vec3&) {
                  return std::vector{1.5 * u[0], 1.5 * u[1], 1.5 * u[2]};
                },
                [&](const Vec3& x) {
                  const double s = norm(x), along = u[0] * x[0] + u[1] * x[1] + u[2] * x[2];
                  if (is_inside(x)) return std::vector{u[0], u[1], u[2], 0.0};
                  std::vector<double> flow;
                  for (std::size_t i = 0; i < 3; ++i)
                    flow.push_back(0.75 / s * (u[i] + along * x[i] / (s * s)) +
                                   0.25 / (s * s * s) * (u[i] - 3.0 * along * x[i] / (s * s)));
                  flow.push_back(1.5 * along / (s * s * s));
                  return flow;
                },
                1e-6),
            2e-6);
  const Vec3 w{0.5, 0.2, -1.0};
  const auto cross = [](const Vec3& a, const Vec3& b) {
    return std::vector{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
  };
  EXPECT_LT(difference_of(
                {"stokes", {"force"}},
                [&](const Vec3& n) {
                  auto f = cross(w, n);
                  for (double& component : f) component *= 3.0;
                  return f;
                },
                [&](const Vec3& x) {
                  auto flow = cross(w, x);
                  const double s = norm(x), factor = is_inside(x) ? 1.0 : 1.0 / (s * s * s);
                  for (double& component : flow) component *= factor;
                  return flow;
                },
                1e-6),
            2e-6);
}

TEST(ClosedForms, NormalForcesHaveAPressureAlone) {
  EXPECT_LT(difference_of(
                {"stokes", {"force"}, {"velocity", "pressure"}},
                [](const Vec3& n) {
                  return std::vector{n[0], n[1], n[2]};
                },
                [](const Vec3& x) {
                  return std::vector{0.0, 0.0, 0.0, is_inside(x) ? -1.0 : 0.0};
                },
                1e-6),
            3e-6);
}

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
                  1e-5),
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
