// SPDX-License-Identifier: BSD-3-Clause
#include "examples/boundary/triangle.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace boundary {

Triangle::Triangle(const Mesh& mesh, std::size_t number) {
  for (std::size_t k = 0; k < 3; ++k) corners[k] = mesh.vertices[static_cast<std::size_t>(mesh.triangles[number][k])];
  const Vector doubled = cross(corners[1] - corners[0], corners[2] - corners[0]);
  area = 0.5 * length(doubled);
  if (area > 0.0) normal = (0.5 / area) * doubled;
  centroid = (1.0 / 3.0) * (corners[0] + corners[1] + corners[2]);
  for (std::size_t k = 0; k < 3; ++k) diameter = std::max(diameter, length(corners[(k + 1) % 3] - corners[k]));
}

Rule make_rule(int num_points) {
  Rule rule;
  const auto add_orbit = [&](double coordinate, double weight) {
    const double rest = 0.5 * (1.0 - coordinate);
    for (const Vector& point :
         {Vector{coordinate, rest, rest}, Vector{rest, coordinate, rest}, Vector{rest, rest, coordinate}}) {
      rule.points.push_back(point);
      rule.weights.push_back(weight);
    }
  };
  const auto add_centre = [&](double weight) {
    rule.points.push_back({1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0});
    rule.weights.push_back(weight);
  };
  switch (num_points) {
    case 1:
      add_centre(1.0);
      break;
    case 3:
      add_orbit(2.0 / 3.0, 1.0 / 3.0);
      break;
    case 6:
      add_orbit(0.108103018168070, 0.223381589678011);
      add_orbit(0.816847572980459, 0.109951743655322);
      break;
    case 7: {
      const double root = std::sqrt(15.0);
      add_centre(9.0 / 40.0);
      add_orbit((9.0 + 2.0 * root) / 21.0, (155.0 - root) / 1200.0);
      add_orbit((9.0 - 2.0 * root) / 21.0, (155.0 + root) / 1200.0);
      break;
    }
    default:
      throw std::runtime_error("a triangle takes 1, 3, 6 or 7 quadrature points, not " + std::to_string(num_points));
  }
  return rule;
}

Vector point_of(const Triangle& triangle, const Vector& barycentric) {
  return barycentric[0] * triangle.corners[0] + barycentric[1] * triangle.corners[1] +
         barycentric[2] * triangle.corners[2];
}

std::vector<Vector> quadrature_points(const Triangle& triangle, const Rule& rule) {
  std::vector<Vector> points;
  for (const Vector& barycentric : rule.points) {
    const bool is_centre = barycentric[0] == barycentric[1] && barycentric[1] == barycentric[2];
    points.push_back(is_centre ? triangle.centroid : point_of(triangle, barycentric));
  }
  return points;
}

Potential potential_of(const Triangle& triangle, const Vector& x) {
  const Vector& n = triangle.normal;
  const double height = dot(n, x - triangle.corners[0]);
  const double h = std::abs(height);
  Potential result;
  double angles = 0.0;
  for (std::size_t k = 0; k < 3; ++k) {
    const Vector a = triangle.corners[k] - x, b = triangle.corners[(k + 1) % 3] - x;
    const Vector edge = b - a;
    const Vector along = (1.0 / length(edge)) * edge, outward = cross(along, n);
    const double t = dot(outward, a), begin = dot(along, a), end = dot(along, b);
    const double to_a = length(a), to_b = length(b), to_line = t * t + h * h;
    // All forms are the same. Of the last two, each cancels on one side of the edge, and both where the foot of x lies
    // on it, where the first does not.
    const double logarithm = begin < 0.0 && end > 0.0 ? std::log((to_b + end) * ((to_a - begin) / to_line))
                             : begin + end > 0.0      ? std::log((to_b + end) / (to_a + begin))
                                                      : std::log((to_a - begin) / (to_b - end));
    if (t != 0.0) {
      result.value += t * logarithm;
      angles += std::atan2(t * end, to_line + h * to_b) - std::atan2(t * begin, to_line + h * to_a);
    }
    if (std::isfinite(logarithm)) result.gradient = result.gradient - logarithm * outward;
  }
  constexpr double factor = 0.25 * std::numbers::inv_pi;
  result.value = factor * (result.value - h * angles);
  // In the plane but for rounding: the mean of the two sides.
  const double sign = h < 1e-10 * triangle.diameter ? 0.0 : height > 0.0 ? 1.0 : -1.0;
  result.gradient = factor * (result.gradient - (sign * angles) * n);
  return result;
}

}
