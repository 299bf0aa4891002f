// SPDX-License-Identifier: BSD-3-Clause
// Layers on a unit sphere, whose fields are known in closed form: they test signs and constants, and that a flux
// through a box and the constant of a pressure are carried by its expansions.
#include <complex>

#include "support/sphere_layers.hpp"

namespace nearfar {
namespace {

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

}
}
