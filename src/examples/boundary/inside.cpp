// SPDX-License-Identifier: BSD-3-Clause
#include "examples/boundary/inside.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace boundary {
namespace {

/// By Gauss's law: the solid angle of the closed surface is 4 pi from inside.
[[nodiscard]] bool is_inside(const std::vector<const Triangle*>& triangles, const Vector& x) {
  double flux = 0.0;
  for (const Triangle* triangle : triangles) flux -= dot(triangle->normal, potential_of(*triangle, x).gradient);
  return flux < -0.5;
}

[[nodiscard]] std::vector<const Triangle*> triangles_of(const Surface& surface, std::size_t number) {
  std::vector<const Triangle*> triangles;
  for (std::size_t i = 0; i < surface.triangles.size(); ++i)
    if (surface.numbers[i] == static_cast<int>(number)) triangles.push_back(&surface.triangles[i]);
  return triangles;
}

[[nodiscard]] double distance_to(const std::vector<const Triangle*>& triangles, const Vector& x) {
  double least = INFINITY;
  for (const Triangle* triangle : triangles) least = std::min(least, length(x - triangle->centroid));
  return least;
}

}

std::string nested_surface(const Surface& surface) {
  for (std::size_t outer = 0; outer < surface.areas.size(); ++outer) {
    const std::vector<const Triangle*> triangles = triangles_of(surface, outer);
    for (std::size_t inner = 0; inner < surface.areas.size(); ++inner)
      if (inner != outer && is_inside(triangles, triangles_of(surface, inner).front()->centroid))
        return "surface " + std::to_string(inner) + " lies within surface " + std::to_string(outer);
  }
  return "";
}

Ball ball_inside(const Surface& surface, std::size_t number) {
  const std::vector<const Triangle*> triangles = triangles_of(surface, number);
  Ball best{triangles.front()->centroid, 0.0};
  constexpr std::size_t tries = 16;
  for (std::size_t k = 0; k < tries; ++k) {
    const Triangle& start = *triangles[k * (triangles.size() - 1) / (tries - 1)];
    for (const double depth : {1.0, 0.7, 0.5, 0.35, 0.25, 0.12, 0.06, 0.03}) {
      const Vector x = start.centroid - (depth * surface.radius_of(number)) * start.normal;
      const double distance = distance_to(triangles, x);
      if (0.5 * distance > best.radius && is_inside(triangles, x)) best = {x, 0.5 * distance};
    }
  }
  return best;
}

Ball ball_around(const Surface& surface) {
  Ball ball;
  for (const Vector& centre : surface.centres)
    ball.centre = ball.centre + (1.0 / static_cast<double>(surface.centres.size())) * centre;
  for (const Triangle& triangle : surface.triangles)
    for (const Vector& corner : triangle.corners) ball.radius = std::max(ball.radius, length(corner - ball.centre));
  return ball;
}

std::vector<Vector> points_on(const Ball& ball, int count) {
  std::vector<Vector> points;
  for (int k = 0; k < count; ++k) {
    const double z = 1.0 - (2.0 * k + 1.0) / count, angle = 2.0 * std::numbers::pi * std::numbers::phi * k;
    const double r = std::sqrt(1.0 - z * z);
    points.push_back(ball.centre + ball.radius * Vector{r * std::cos(angle), r * std::sin(angle), z});
  }
  return points;
}

}
