// SPDX-License-Identifier: BSD-3-Clause
#include "app/distributions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace nearfar::app {
namespace {

using Point = std::array<double, 3>;

/// Three numbers for the coordinates, then one for each component of the charge, far fewer than up to the next.
constexpr std::uint64_t first_charge_stream = 3;
constexpr std::uint64_t first_normal_stream = 1000;

/// A bijection of 64 bits in which every bit of the result depends on every bit of the argument.
constexpr std::uint64_t mix(std::uint64_t bits) noexcept {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31);
}

/// Unit vector with equal probability for every direction.
Point direction(double u, double v) {
  const double z = 2.0 * u - 1.0;
  const double radius = std::sqrt((1.0 - z) * (1.0 + z));
  const double phi = 2.0 * std::numbers::pi * v;
  return {radius * std::cos(phi), radius * std::sin(phi), z};
}

Point on_sphere(const Point& u) {
  const Point n = direction(u[0], u[1]);
  return {0.5 + 0.5 * n[0], 0.5 + 0.5 * n[1], 0.5 + 0.5 * n[2]};
}

Point on_ellipsoid(const Point& u) {
  const double theta = std::numbers::pi * u[0];
  const double phi = 2.0 * std::numbers::pi * u[1];
  return {0.5 + 0.125 * std::sin(theta) * std::cos(phi), 0.5 + 0.125 * std::sin(theta) * std::sin(phi),
          0.5 + 0.5 * std::cos(theta)};
}

/// The gradient of (8 x)^2 + (8 y)^2 + (2 z)^2 from the centre, made a unit vector.
Point normal_of_ellipsoid(const Point& u) {
  const double theta = std::numbers::pi * u[0];
  const double phi = 2.0 * std::numbers::pi * u[1];
  const Point n{8.0 * std::sin(theta) * std::cos(phi), 8.0 * std::sin(theta) * std::sin(phi), 2.0 * std::cos(theta)};
  const double length = std::hypot(n[0], n[1], n[2]);
  return {n[0] / length, n[1] / length, n[2] / length};
}

/// Inverts the mass inside radius r, (r / sqrt(1 + r^2))^3, taken relative to the mass inside the cutoff.
Point in_plummer_cloud(const Point& u) {
  const double outermost = plummer_cutoff / std::sqrt(1.0 + plummer_cutoff * plummer_cutoff);
  const double t = outermost * std::cbrt(u[2]);
  const double radius = t / std::sqrt((1.0 - t) * (1.0 + t));
  const Point n = direction(u[0], u[1]);
  return {radius * n[0], radius * n[1], radius * n[2]};
}

Point place(Distribution distribution, const Point& u) {
  switch (distribution) {
    case Distribution::sphere:
      return on_sphere(u);
    case Distribution::ellipsoid:
      return on_ellipsoid(u);
    case Distribution::plummer:
      return in_plummer_cloud(u);
    case Distribution::cube:
      break;
  }
  return u;
}

}

const std::vector<std::string>& distribution_names() {
  static const std::vector<std::string> names{"cube", "sphere", "ellipsoid", "plummer"};
  return names;
}

Distribution distribution_named(const std::string& name) {
  const auto& names = distribution_names();
  return static_cast<Distribution>(std::find(names.begin(), names.end(), name) - names.begin());
}

double uniform_number(std::uint64_t seed, std::uint64_t index, std::uint64_t stream) noexcept {
  // An odd constant apart for each argument, so that equal small numbers do not cancel.
  std::uint64_t bits = mix(seed + 0x9e3779b97f4a7c15U);
  bits = mix(bits ^ mix(index + 0xd1b54a32d192ed03U));
  bits = mix(bits + (stream + 1) * 0x8cb92ba72f3d8dd7U);
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

std::vector<double> sample_points(Distribution distribution, std::uint64_t seed, GlobalIndex first, GlobalIndex count) {
  std::vector<double> points;
  points.reserve(usize(count) * 3);
  for (GlobalIndex i = first; i < first + count; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    const Point u{uniform_number(seed, index, 0), uniform_number(seed, index, 1), uniform_number(seed, index, 2)};
    const Point point = place(distribution, u);
    points.insert(points.end(), point.begin(), point.end());
  }
  return points;
}

std::vector<double> sample_normals(Distribution distribution, std::uint64_t seed, GlobalIndex first,
                                   GlobalIndex count) {
  const bool on_surface = distribution == Distribution::sphere || distribution == Distribution::ellipsoid;
  const std::uint64_t stream = on_surface ? 0 : first_normal_stream;  // the same numbers as the point's
  std::vector<double> normals;
  normals.reserve(usize(count) * 3);
  for (GlobalIndex i = first; i < first + count; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    const Point u{uniform_number(seed, index, stream), uniform_number(seed, index, stream + 1), 0.0};
    const Point normal = distribution == Distribution::ellipsoid ? normal_of_ellipsoid(u) : direction(u[0], u[1]);
    normals.insert(normals.end(), normal.begin(), normal.end());
  }
  return normals;
}

std::vector<double> sample_charges(bool with_signs, std::uint64_t seed, GlobalIndex first, GlobalIndex count,
                                   int num_components) {
  std::vector<double> charges;
  charges.reserve(usize(count) * usize(num_components));
  for (GlobalIndex i = first; i < first + count; ++i) {
    for (int component = 0; component < num_components; ++component) {
      const double u = uniform_number(seed, static_cast<std::uint64_t>(i),
                                      first_charge_stream + static_cast<std::uint64_t>(component));
      charges.push_back(with_signs ? 2.0 * u - 1.0 : u);
    }
  }
  return charges;
}

}
