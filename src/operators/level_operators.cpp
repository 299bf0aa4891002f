// SPDX-License-Identifier: BSD-3-Clause
#include "operators/level_operators.hpp"

#include <cmath>
#include <limits>

#include "base/dense.hpp"
#include "operators/kernel_matrix.hpp"

namespace nearfar {
namespace {

/// Singular values below this fraction of the largest are noise.
constexpr double cutoff = 4.0 * std::numeric_limits<double>::epsilon();

/// The surface of a child, in units of the parent's half width and from its centre.
Surface surface_of_child(const Surface& surface, int child) {
  Surface result = surface;
  const auto move = [child](std::vector<double>& coordinates, int axis) {
    const double centre = (child >> axis & 1) ? 0.5 : -0.5;
    for (double& coordinate : coordinates) coordinate = centre + 0.5 * coordinate;
  };
  move(result.x, 0);
  move(result.y, 1);
  move(result.z, 2);
  result.spacing *= 0.5;
  return result;
}

/// Everything upward: P2M and M2M. Returns the matrices of M2M as they are before packing.
std::array<Matrix, 8> make_upward(LevelOperators& operators, bool with_children) {
  const auto& [inner, outer] = *operators.surfaces;
  const PseudoInverse inverse = pseudo_inverse(kernel_matrix(operators.kernel, outer, inner), cutoff);
  // Right to left, here and below: the factors are large, what they make of a smooth field is not.
  const Matrix series = source_series(operators.kernel, outer, operators.basis);
  const Matrix p2m = product(inverse.left, product(inverse.right, series));
  const MirrorLayout layout(inner, operators.kernel.source_dim, is_mirror_symmetric(operators.kernel));
  operators.p2m = LeafMatrix(layout, operators.basis, p2m, LeafMatrix::Direction::to_surface);
  if (operators.kernel.symmetric)
    operators.l2p = LeafMatrix(layout, operators.basis, p2m, LeafMatrix::Direction::from_surface);
  std::array<Matrix, 8> m2m;
  if (!with_children) return m2m;
  for (int child = 0; child < 8; ++child) {
    const Matrix field = kernel_matrix(operators.kernel, outer, surface_of_child(inner, child));
    m2m[at(child)] = product(inverse.left, product(inverse.right, field));
    operators.m2m[at(child)] = PanelMatrix(m2m[at(child)]);
  }
  return m2m;
}

void scale(Matrix& matrix, double factor) {
  for (double& entry : matrix.entries) entry *= factor;
}

/// L2P and L2L of a kernel for which they are not transposes of the upward operators.
void make_downward(LevelOperators& operators, bool with_children) {
  const auto& [inner, outer] = *operators.surfaces;
  const PseudoInverse inverse = pseudo_inverse(kernel_matrix(operators.kernel, inner, outer), cutoff);
  const Matrix series = target_series(operators.kernel, outer, operators.basis);
  const Matrix l2p = product(product(series, inverse.left), inverse.right);
  const MirrorLayout layout(inner, operators.kernel.target_dim, is_mirror_symmetric(operators.kernel));
  operators.l2p = LeafMatrix(layout, operators.basis, transposed(l2p), LeafMatrix::Direction::from_surface);
  if (!with_children) return;
  for (int child = 0; child < 8; ++child) {
    const Matrix field = kernel_matrix(operators.kernel, surface_of_child(inner, child), outer);
    Matrix l2l = product(product(field, inverse.left), inverse.right);
    scale(l2l, std::ldexp(1.0, operators.kernel.degree));
    operators.l2l[at(child)] = PanelMatrix(l2l);
  }
}

std::shared_ptr<const LevelOperators> make_level(const Kernel& kernel, std::shared_ptr<const Surfaces> surfaces,
                                                 bool with_children, bool with_m2l) {
  auto operators = std::make_shared<LevelOperators>();
  operators->kernel = kernel;
  operators->basis = make_basis(surfaces->inner.points_per_edge);
  operators->surfaces = std::move(surfaces);
  std::array<Matrix, 8> m2m = make_upward(*operators, with_children);
  if (!kernel.symmetric) make_downward(*operators, with_children);
  if (kernel.symmetric && with_children) {
    for (int child = 0; child < 8; ++child) {
      Matrix l2l = transposed(m2m[at(child)]);
      scale(l2l, std::ldexp(1.0, kernel.degree));
      operators->l2l[at(child)] = PanelMatrix(l2l);
    }
  }
  if (with_m2l) operators->m2l = make_m2l_spectra(kernel, operators->surfaces->inner);
  return operators;
}

}

Surfaces make_surfaces(int order) { return {make_surface(order, inner_radius), make_surface(order + 2, outer_radius)}; }

std::vector<std::shared_ptr<const LevelOperators>> make_operators(const Kernel& kernel, int order,
                                                                  double root_half_width, int depth) {
  const auto surfaces = std::make_shared<const Surfaces>(make_surfaces(order));
  std::vector<std::shared_ptr<const LevelOperators>> levels(at(depth) + 1);
  if (kernel.homogeneous) {
    levels.assign(levels.size(), make_level(kernel, surfaces, depth > 0, depth >= 2));
    return levels;
  }
  for (int level = 0; level <= depth; ++level) {
    const Kernel scaled = kernel.in_units_of(std::ldexp(root_half_width, -level));
    levels[at(level)] = make_level(scaled, surfaces, level < depth, level >= 2);
  }
  return levels;
}

}
