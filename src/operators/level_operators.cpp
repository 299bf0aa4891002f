// SPDX-License-Identifier: BSD-3-Clause
#include "operators/level_operators.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include "base/dense.hpp"
#include "base/weak_cache.hpp"
#include "operators/kernel_matrix.hpp"
#include "operators/mirror.hpp"
#include "operators/point_operators.hpp"

namespace nearfar {
namespace {

std::atomic<std::int64_t> num_built = 0;

/// Singular values below this fraction of the largest say nothing about the field at this order, but make densities
/// large, of which sums in floats lose digits, and sums in doubles some as well. Laplace's error of one translation
/// tells where that is, for all kernels. Measured: with a fifteenth of it the sums of Laplace's kernel are as accurate
/// as without a cut-off, and those of the Stokeslet are up to ten times as accurate.
[[nodiscard]] double cutoff(int order) {
  const double laplace_error = 1.5e-6 * std::pow(5.7, 6 - order);
  return std::max(4.0 * std::numeric_limits<double>::epsilon(), laplace_error / 15.0);
}

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

/// The matrices between a box and its eight children that make(child) gives, of values on the inner surface. Where the
/// kernel is symmetric, they are mirror images of the first one.
template <class Make>
std::array<Matrix, 8> make_for_children(const Surface& inner, const OddAxes& odd_axes, bool symmetric,
                                        const Make& make) {
  std::array<Matrix, 8> matrices;
  for (int child = 0; child < 8; ++child)
    matrices[usize(child)] = symmetric && child > 0 ? mirrored(matrices[0], inner, odd_axes, child) : make(child);
  return matrices;
}

/// The densities of a child, which are in its own units, to those of its parent: the columns of a matrix.
void scale_child_densities(const Kernel& kernel, Matrix& matrix) {
  for (int column = 0; column < matrix.columns; ++column) {
    const double factor = std::ldexp(1.0, degree_of(kernel.source_components, column % kernel.source_dim));
    for (int row = 0; row < matrix.rows; ++row) matrix(row, column) *= factor;
  }
}

/// Values on the surface of a child to its own units: the rows of a matrix.
void scale_child_values(const Kernel& kernel, Matrix& matrix) {
  for (int row = 0; row < matrix.rows; ++row) {
    const int degree = kernel.degree + degree_of(kernel.target_components, row % kernel.target_dim);
    const double factor = std::ldexp(1.0, degree);
    for (int column = 0; column < matrix.columns; ++column) matrix(row, column) *= factor;
  }
}

/// Everything upward, P2M and M2M; downward too for kernels for which that is the transpose.
void make_upward(LevelOperators& operators, bool with_children) {
  const Surface& inner = operators.surfaces->inner;
  const Surface& outer = operators.surfaces->outer;
  const Kernel& kernel = operators.kernel;
  const bool symmetric = is_mirror_symmetric(kernel);
  const PseudoInverse inverse = pseudo_inverse(kernel_matrix(kernel, outer, inner), cutoff(inner.points_per_edge));
  // One factor after the other, here and below: they are large, what both make of a smooth field is not.
  const Matrix p2m = product(inverse.left, product(inverse.right, source_series(kernel, outer, operators.basis)));
  const MirrorLayout layout(inner, odd_axes_of_sources(kernel), symmetric);
  operators.p2m = LeafMatrix(layout, operators.basis, p2m, LeafMatrix::Direction::to_surface);
  if (kernel.symmetric) operators.l2p = LeafMatrix(layout, operators.basis, p2m, LeafMatrix::Direction::from_surface);
  if (!with_children) return;
  std::array<Matrix, 8> m2m = make_for_children(inner, odd_axes_of_sources(kernel), symmetric, [&](int child) {
    Matrix field = kernel_matrix(kernel, outer, surface_of_child(inner, child));
    scale_child_densities(kernel, field);
    return product(inverse.left, product(inverse.right, field));
  });
  for (std::size_t child = 0; child < 8; ++child) operators.m2m[child] = PanelMatrix(m2m[child]);
  if (!kernel.symmetric) return;
  for (std::size_t child = 0; child < 8; ++child) {
    // Of components of a symmetric kernel, source j and target j have the same degree, which is in the matrix already.
    Matrix l2l = transposed(m2m[child]);
    for (double& entry : l2l.entries) entry *= std::ldexp(1.0, kernel.degree);
    operators.l2l[child] = PanelMatrix(l2l);
  }
}

/// L2P and L2L of a kernel for which they are not transposes of the upward operators.
void make_downward(LevelOperators& operators, bool with_children) {
  const Surface& inner = operators.surfaces->inner;
  const Surface& outer = operators.surfaces->outer;
  const Kernel& kernel = operators.kernel;
  const bool symmetric = is_mirror_symmetric(kernel);
  const PseudoInverse inverse = pseudo_inverse(kernel_matrix(kernel, inner, outer), cutoff(inner.points_per_edge));
  const Matrix l2p = product(product(target_series(kernel, outer, operators.basis), inverse.left), inverse.right);
  operators.l2p = LeafMatrix(MirrorLayout(inner, odd_axes_of_targets(kernel), symmetric), operators.basis,
                             transposed(l2p), LeafMatrix::Direction::from_surface);
  if (!with_children) return;
  std::array<Matrix, 8> l2l = make_for_children(inner, odd_axes_of_targets(kernel), symmetric, [&](int child) {
    Matrix field = kernel_matrix(kernel, surface_of_child(inner, child), outer);
    scale_child_values(kernel, field);
    return product(product(field, inverse.left), inverse.right);
  });
  for (std::size_t child = 0; child < 8; ++child) operators.l2l[child] = PanelMatrix(l2l[child]);
}

std::shared_ptr<const Surfaces> shared_surfaces(int order) {
  static WeakCache<int, Surfaces> cache;
  return cache.get(order, [order] { return std::make_shared<const Surfaces>(make_surfaces(order)); });
}

std::shared_ptr<const LevelOperators> make_level(const Kernel& kernel, int order, bool with_children) {
  ++num_built;
  auto operators = std::make_shared<LevelOperators>();
  operators->kernel = kernel;
  operators->basis = make_basis(order);
  operators->surfaces = shared_surfaces(order);
  make_upward(*operators, with_children);
  if (!kernel.symmetric) make_downward(*operators, with_children);
  return operators;
}

/// The same, or what is in use in this process for the same kernel and order.
std::shared_ptr<const LevelOperators> shared_level(const Kernel& kernel, int order, bool with_children) {
  const auto make = [&] { return make_level(kernel, order, with_children); };
  if (kernel.identity.empty()) return make();
  static WeakCache<std::tuple<std::string, int, bool>, LevelOperators> cache;
  if (!with_children)
    if (auto with_more = cache.find({kernel.identity, order, true})) return with_more;
  return cache.get({kernel.identity, order, with_children}, make);
}

}

Surfaces make_surfaces(int order) { return {make_surface(order, inner_radius), make_surface(order + 2, outer_radius)}; }

AllOperators make_operators(const Kernel& kernel, int order, double root_half_width, int depth, AllOperators before) {
  AllOperators levels = std::move(before);
  if (size_of(levels) > depth) return levels;
  // What was the deepest level without matrices to children needs them now.
  if (!levels.empty() && levels.back()->m2m[0].rows() == 0) levels.pop_back();
  if (kernel.homogeneous) {
    levels.resize(usize(depth) + 1, levels.empty() ? shared_level(kernel, order, depth > 0) : levels.front());
    return levels;
  }
  for (int level = static_cast<int>(levels.size()); level <= depth; ++level)
    levels.push_back(shared_level(kernel.in_units_of(std::ldexp(root_half_width, -level)), order, level < depth));
  return levels;
}

std::int64_t num_operators_built() noexcept { return num_built; }

}
