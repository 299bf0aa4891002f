// SPDX-License-Identifier: BSD-3-Clause
// One flat triangle: quadrature points, and exact integrals of 1/(4 pi |x - y|) over it.
#pragma once

#include "examples/boundary/mesh.hpp"

namespace boundary {

struct Triangle {
  std::array<Vector, 3> corners;
  Vector normal{}, centroid{};
  double area = 0.0, diameter = 0.0;

  Triangle(const Mesh& mesh, std::size_t number);
};

/// Points in barycentric coordinates with weights that add to 1: rules of 1, 3, 6 or 7 points, exact for polynomials of
/// degree 1, 2, 4, 5 (Dunavant 1985).
struct Rule {
  std::vector<Vector> points;
  std::vector<double> weights;
};
Rule make_rule(int num_points);
Vector point_of(const Triangle& triangle, const Vector& barycentric);

/// The quadrature points of a triangle. The centre of a rule is the centroid to the last bit, because sums leave out
/// the pair of a point with itself and nothing else.
std::vector<Vector> quadrature_points(const Triangle& triangle, const Rule& rule);

struct Potential {
  double value = 0.0;
  Vector gradient{};  ///< with respect to x; in the triangle's plane the mean of both sides
};

/// The potential at x of the triangle with charge density 1 (Wilton, Rao, Glisson et al. 1984), anywhere but, for the
/// gradient, on its edges.
Potential potential_of(const Triangle& triangle, const Vector& x);

}
