// SPDX-License-Identifier: BSD-3-Clause
#include "operators/level_operators.hpp"

#include <atomic>
#include <cmath>
#include <string>
#include <tuple>

#include "base/parallel.hpp"
#include "base/weak_cache.hpp"
#include "operators/box_matrices.hpp"

namespace nearfar {
namespace {

std::atomic<std::int64_t> num_built = 0;

/// A matrix of BoxMatrices for one child, times `factor`, and transposed if that is asked for.
PanelMatrix child_matrix(const BoxMatrices& matrices, const Surface& inner, int child, bool transpose, double factor) {
  const bool mirrored = matrices.children.size() == 1;
  const Matrix& matrix = matrices.children[mirrored ? 0 : usize(child)];
  const OddAxes& odd_axes = matrices.inner.odd_axes;
  const int axes = mirrored ? child : 0, components = size_of(odd_axes);
  std::vector<int> image;
  std::vector<double> sign;
  for (const int point : mirror_images(inner, axes)) {
    for (int component = 0; component < components; ++component) {
      image.push_back(point * components + component);
      sign.push_back(mirror_sign(odd_axes[usize(component)], axes));
    }
  }
  return PanelMatrix(matrix.rows, matrix.columns, [&](int i, int j) {
    const int row = image[usize(transpose ? j : i)], column = image[usize(transpose ? i : j)];
    return factor * sign[usize(i)] * sign[usize(j)] * matrix(row, column);
  });
}

void set_children(const BoxMatrices& matrices, const Surface& inner, bool transpose, double factor,
                  std::array<PanelMatrix, 8>& children) {
  if (matrices.children.empty()) return;
  parallel_tasks(8,
                 [&](int child) { children[usize(child)] = child_matrix(matrices, inner, child, transpose, factor); });
}

/// All matrices. Downward ones are transposes of the upward ones if the kernel is symmetric: of its components, source
/// j and target j have the same degree, which is in the matrices already.
void make_matrices(LevelOperators& operators, bool with_children) {
  const Kernel& kernel = operators.kernel;
  const Surfaces& surfaces = *operators.surfaces;
  const bool mirrored = is_mirror_symmetric(kernel);
  const auto make = [&](TreePass pass) {
    return make_box_matrices(kernel, pass, {surfaces.inner, surfaces.outer}, operators.basis, mirrored, with_children);
  };
  BoxMatrices matrices = make(TreePass::upward);
  operators.p2m = LeafMatrix(matrices.inner, operators.basis, matrices.leaf, LeafMatrix::Direction::to_surface);
  set_children(matrices, surfaces.inner, false, 1.0, operators.m2m);
  if (!kernel.symmetric) matrices = make(TreePass::downward);
  operators.l2p = LeafMatrix(matrices.inner, operators.basis, matrices.leaf, LeafMatrix::Direction::from_surface);
  set_children(matrices, surfaces.inner, true, kernel.symmetric ? std::ldexp(1.0, kernel.degree) : 1.0, operators.l2l);
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
  make_matrices(*operators, with_children);
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
