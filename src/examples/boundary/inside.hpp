// SPDX-License-Identifier: BSD-3-Clause
// Points inside and outside closed surfaces.
#pragma once

#include "examples/boundary/surface.hpp"

namespace boundary {

struct Ball {
  Vector centre{};
  double radius = 0.0;
};

/// A ball within a closed surface, as large as a search along inward normals finds: none of its points is nearer to
/// the surface than half its distance from the centre.
Ball ball_inside(const Surface& surface, std::size_t number);

/// Whether a closed surface lies within another one; which, with its number, or "".
std::string nested_surface(const Surface& surface);

/// A ball around all surfaces.
Ball ball_around(const Surface& surface);

/// Points spread evenly over a sphere.
std::vector<Vector> points_on(const Ball& ball, int count);

}
