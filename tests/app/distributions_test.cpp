// SPDX-License-Identifier: BSD-3-Clause
#include "app/distributions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace nearfar::app {
namespace {

using Point = std::array<double, 3>;

constexpr GlobalIndex num_points = 100000;
constexpr std::array all_distributions{Distribution::cube, Distribution::sphere, Distribution::ellipsoid,
                                       Distribution::plummer};

/// Kolmogorov's distance between a sample and a distribution function, times sqrt(n): above 1.95 once in 1000 seeds.
double kolmogorov(std::vector<double> sample, const std::function<double(double)>& cumulative) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0.0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double expected = cumulative(sample[i]);
    distance = std::max({distance, std::abs(expected - static_cast<double>(i) / n),
                         std::abs(expected - static_cast<double>(i + 1) / n)});
  }
  return distance * std::sqrt(n);
}

/// What `measure` makes of each point.
std::vector<double> measured(const std::vector<double>& points,
                             const std::function<double(double, double, double)>& measure) {
  std::vector<double> values;
  for (std::size_t i = 0; i < points.size(); i += 3) values.push_back(measure(points[i], points[i + 1], points[i + 2]));
  return values;
}

double uniform(double t) { return std::clamp(t, 0.0, 1.0); }

double turn(double y, double x) {
  const double angle = std::atan2(y, x) / (2.0 * std::numbers::pi);
  return angle < 0.0 ? angle + 1.0 : angle;
}

TEST(Distributions, CubeFillsItsCellsEvenly) {
  const auto points = sample_points(Distribution::cube, 1, 0, num_points);
  std::vector<int> cells(512, 0);
  for (std::size_t i = 0; i < points.size(); i += 3) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      ASSERT_GE(points[i + axis], 0.0);
      ASSERT_LT(points[i + axis], 1.0);
    }
    const auto cell = [&](std::size_t axis) { return static_cast<std::size_t>(points[i + axis] * 8.0); };
    ++cells[cell(0) * 64 + cell(1) * 8 + cell(2)];
  }
  double chi_square = 0.0;
  const double expected = static_cast<double>(num_points) / 512.0;
  for (const int count : cells) chi_square += (count - expected) * (count - expected) / expected;
  // 511 degrees of freedom: mean 511, standard deviation 32.
  EXPECT_GT(chi_square, 511.0 - 3.0 * 32.0);
  EXPECT_LT(chi_square, 511.0 + 3.0 * 32.0);
}

TEST(Distributions, SphereIsUniformOnItsSurface) {
  const auto points = sample_points(Distribution::sphere, 1, 0, num_points);
  const auto radii =
      measured(points, [](double x, double y, double z) { return std::hypot(x - 0.5, y - 0.5, z - 0.5); });
  for (const double radius : radii) ASSERT_NEAR(radius, 0.5, 4e-16);
  // On a sphere every coordinate is uniform (Archimedes).
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto coordinate = measured(points, [axis](double x, double y, double z) {
      return axis == 0 ? x : axis == 1 ? y : z;
    });
    EXPECT_LT(kolmogorov(coordinate, uniform), 1.95) << axis;
  }
}

TEST(Distributions, EllipsoidIsUniformInItsAngles) {
  const auto points = sample_points(Distribution::ellipsoid, 1, 0, num_points);
  const auto on_surface = measured(points, [](double x, double y, double z) {
    return 64.0 * ((x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5)) + 4.0 * (z - 0.5) * (z - 0.5);
  });
  for (const double value : on_surface) ASSERT_NEAR(value, 1.0, 3e-15);
  const auto theta = measured(points, [](double x, double y, double z) {
    return std::atan2(8.0 * std::hypot(x - 0.5, y - 0.5), 2.0 * (z - 0.5)) / std::numbers::pi;
  });
  const auto phi = measured(points, [](double x, double y, double) { return turn(y - 0.5, x - 0.5); });
  EXPECT_LT(kolmogorov(theta, uniform), 1.95);
  EXPECT_LT(kolmogorov(phi, uniform), 1.95);
}

TEST(Distributions, PlummerHasItsMassProfile) {
  const auto points = sample_points(Distribution::plummer, 1, 0, num_points);
  const auto mass_inside = [](double r) { return std::pow(1.0 + 1.0 / (r * r), -1.5); };
  const auto radii = measured(points, [](double x, double y, double z) { return std::hypot(x, y, z); });
  EXPECT_LT(*std::max_element(radii.begin(), radii.end()), plummer_cutoff);
  const auto profile = [&](double r) { return mass_inside(r) / mass_inside(plummer_cutoff); };
  EXPECT_LT(kolmogorov(radii, profile), 1.95);
  const auto height =
      measured(points, [](double x, double y, double z) { return 0.5 + 0.5 * z / std::hypot(x, y, z); });
  const auto phi = measured(points, [](double x, double y, double) { return turn(y, x); });
  EXPECT_LT(kolmogorov(height, uniform), 1.95);
  EXPECT_LT(kolmogorov(phi, uniform), 1.95);
}

TEST(Distributions, BlocksAreThoseOfTheWhole) {
  static constexpr GlobalIndex total = 1003;
  for (const Distribution distribution : all_distributions) {
    const auto whole = sample_points(distribution, 42, 0, total);
    const auto whole_charges = sample_charges(true, 42, 0, total, 3);
    std::vector<double> points, charges;
    for (int block = 0; block < 5; ++block) {
      const GlobalIndex first = total * block / 5;
      const GlobalIndex count = total * (block + 1) / 5 - first;
      const auto some = sample_points(distribution, 42, first, count);
      const auto some_charges = sample_charges(true, 42, first, count, 3);
      points.insert(points.end(), some.begin(), some.end());
      charges.insert(charges.end(), some_charges.begin(), some_charges.end());
    }
    EXPECT_EQ(points, whole);
    EXPECT_EQ(charges, whole_charges);
  }
}

TEST(Distributions, NormalsAreOutwardOnSurfacesAndElseOfAnyDirection) {
  const auto inner = [](const double* a, const double* b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; };
  for (const Distribution distribution : all_distributions) {
    const auto points = sample_points(distribution, 7, 5, num_points);
    const auto normals = sample_normals(distribution, 7, 5, num_points);
    ASSERT_EQ(normals.size(), points.size());
    for (std::size_t i = 0; i < normals.size(); i += 3) {
      const double* n = &normals[i];
      ASSERT_NEAR(inner(n, n), 1.0, 1e-14);
      if (distribution != Distribution::sphere && distribution != Distribution::ellipsoid) continue;
      // The squares of the semi-axes times the normal point to the point, by the gradient of the surface's equation.
      const double a = distribution == Distribution::sphere ? 0.5 : 0.125;
      const Point to{points[i] - 0.5, points[i + 1] - 0.5, points[i + 2] - 0.5};
      const Point along{a * a * n[0], a * a * n[1], 0.25 * n[2]};
      const double lengths = std::sqrt(inner(along.data(), along.data()) * inner(to.data(), to.data()));
      ASSERT_NEAR(inner(along.data(), to.data()), lengths, 1e-14);
    }
    if (distribution == Distribution::ellipsoid) continue;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const auto component = measured(normals, [axis](double x, double y, double z) {
        return axis == 0 ? x : axis == 1 ? y : z;
      });
      EXPECT_LT(kolmogorov(component, [](double t) { return uniform(0.5 + 0.5 * t); }), 1.95) << axis;
    }
  }
}

TEST(Distributions, NormalsInACubeSayNothingOfThePoints) {
  const auto points = sample_points(Distribution::cube, 7, 0, num_points);
  const auto normals = sample_normals(Distribution::cube, 7, 0, num_points);
  // The mean of products of two independent numbers, of variances 1/3 and 1/12.
  const double bound = 4.0 * std::sqrt(1.0 / 36.0 / static_cast<double>(num_points));
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      double sum = 0.0;
      for (std::size_t point = 0; point < points.size(); point += 3)
        sum += normals[point + i] * (points[point + j] - 0.5);
      EXPECT_NEAR(sum / static_cast<double>(num_points), 0.0, bound) << i << j;
    }
  }
}

TEST(Distributions, SeedsIndicesAndStreamsAreIndependent) {
  // Mean product of two independent uniform numbers: 1/4 with standard deviation sqrt(7/144)/sqrt(n).
  const auto mean_product = [](auto first, auto second) {
    double sum = 0.0;
    for (std::uint64_t i = 0; i < usize(num_points); ++i) sum += first(i) * second(i);
    return sum / static_cast<double>(num_points);
  };
  const double bound = 3.0 * std::sqrt(7.0 / 144.0 / static_cast<double>(num_points));
  const auto base = [](std::uint64_t i) { return uniform_number(1, i, 0); };
  EXPECT_NEAR(mean_product(base, [](std::uint64_t i) { return uniform_number(2, i, 0); }), 0.25, bound);
  EXPECT_NEAR(mean_product(base, [](std::uint64_t i) { return uniform_number(1, i + 1, 0); }), 0.25, bound);
  EXPECT_NEAR(mean_product(base, [](std::uint64_t i) { return uniform_number(1, i, 1); }), 0.25, bound);
  EXPECT_NEAR(mean_product(base, [](std::uint64_t i) { return uniform_number(i, 1, 0); }), 0.25, bound);
  EXPECT_NE(uniform_number(1, 2, 0), uniform_number(2, 1, 0));
  for (const Distribution distribution : all_distributions) {
    const auto one = sample_points(distribution, 1, 0, 1000);
    const auto two = sample_points(distribution, 2, 0, 1000);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < one.size(); ++i) equal += one[i] == two[i] ? 1 : 0;
    EXPECT_EQ(equal, 0U);
  }
}

TEST(Distributions, ChargesAreUniform) {
  EXPECT_LT(kolmogorov(sample_charges(false, 3, 0, num_points, 1), uniform), 1.95);
  const auto with_signs = sample_charges(true, 3, 0, num_points, 3);
  ASSERT_EQ(with_signs.size(), usize(3 * num_points));
  EXPECT_LT(kolmogorov(with_signs, [](double t) { return uniform(0.5 + 0.5 * t); }), 1.95);
  EXPECT_LT(*std::min_element(with_signs.begin(), with_signs.end()), -0.999);
}

}
}
