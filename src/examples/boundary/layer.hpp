// SPDX-License-Identifier: BSD-3-Clause
// The layer potentials of a kernel, between two points and over a triangle.
//
// With n the outward normals, K the kernel and D its double layer (dipoles, stresslets),
//   (S q)(x) = integral of K(x - y) q(y),   (D q)(x) = integral of D(x - y; n(y)) q(y),
//   (T q)(x) = the normal derivative or traction at x, with n(x), of S q.
// On the surface D and T are the means of both sides. With `jump` j (-1 for Laplace and elasticity, 1 for Stokes flow)
//   inside: D q + j/2 q and T q + 1/2 q,   outside: D q - j/2 q and T q - 1/2 q,
// and D q is j q inside, 0 outside, and j/2 q on the surface for a constant q (screened kernels aside).
#pragma once

#include <string>
#include <vector>

#include "examples/boundary/triangle.hpp"

namespace boundary {

/// A kernel as nearfar knows it.
struct Physics {
  std::string kernel;  ///< laplace, yukawa, stokes or elasticity
  int components = 1;  ///< of densities and values
  std::string single_kind, double_kind, value_field, normal_field;
  double jump = -1.0;
  double lambda = 1.0, mu = 1.0, nu = 0.3;  ///< of yukawa; of elasticity
};

/// Throws std::runtime_error for a kernel without an entry here.
Physics make_physics(const std::string& kernel);

/// The operator a S + b D in rows of values, or a T in rows of normal derivatives.
struct Layer {
  Physics physics;
  std::vector<double> singles;  ///< a, by the closed surface of the source; empty: no single layer
  double doubled = 0.0;         ///< b
  bool normal_rows = false;

  [[nodiscard]] double single_of(int surface) const;
};

/// The matrix [row][column] between a point with normal n_x and one with normal n_y at d = x - y.
using Block = std::array<double, 9>;
Block single_layer(const Physics& physics, const Vector& d);
Block double_layer(const Physics& physics, const Vector& d, const Vector& n_y);
Block normal_layer(const Physics& physics, const Vector& d, const Vector& n_x);

/// a S + b D or a T of the layer, without the jumps; 0 for d = 0, which fast sums leave out.
Block block_of(const Layer& layer, double single, const Vector& d, const Vector& n_x, const Vector& n_y);

/// The integral of that over a triangle with density 1: exact for laplace, otherwise by adaptive quadrature, with
/// errors below 1e-4 of the integral's size at distances above a hundredth of the diameter. Seen from the triangle's
/// own centroid (`is_own`) it is the principal value.
Block integral_of(const Layer& layer, double single, const Triangle& source, const Vector& x, const Vector& n_x,
                  bool is_own);

}
