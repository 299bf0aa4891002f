// SPDX-License-Identifier: BSD-3-Clause
#include "operators/level_operators.hpp"

#include <atomic>
#include <cmath>
#include <string>
#include <tuple>

#include "base/weak_cache.hpp"

namespace nearfar {
namespace {

std::atomic<std::int64_t> num_built = 0;

[[nodiscard]] std::shared_ptr<const Surfaces> shared_surfaces(int order, double phase) {
  static WeakCache<std::pair<int, double>, Surfaces> cache;
  const double radius = inner_radius_for(phase);
  return cache.get({order, radius}, [&] { return std::make_shared<const Surfaces>(make_surfaces(order, radius)); });
}

/// All matrices. Downward ones are transposes of the upward ones if the kernel is symmetric: of its components, source
/// j and target j have the same degree, which is in the matrices already.
void make_matrices(LevelOperators& operators, int order_of_children) {
  const Kernel& kernel = operators.kernel;
  const Surfaces& surfaces = *operators.surfaces;
  const bool mirrored = is_mirror_symmetric(kernel);
  const bool with_children = order_of_children > 0;
  const auto of_children =
      shared_surfaces(with_children ? order_of_children : surfaces.inner.points_per_edge, 0.5 * kernel.wavenumber);
  const auto make = [&](TreePass pass) {
    return make_box_matrices(kernel, pass, {surfaces.inner, surfaces.outer, of_children->inner}, operators.basis,
                             mirrored, with_children);
  };
  BoxMatrices matrices = make(TreePass::upward);
  operators.p2m = LeafMatrix(matrices.inner, operators.basis, matrices.leaf, LeafMatrix::Direction::to_surface);
  operators.m2m = ChildMatrices(matrices, TreePass::upward, 1.0);
  if (!kernel.symmetric) matrices = make(TreePass::downward);
  operators.l2p = LeafMatrix(matrices.inner, operators.basis, matrices.leaf, LeafMatrix::Direction::from_surface);
  const double factor = kernel.symmetric ? std::ldexp(1.0, kernel.degree) : 1.0;
  operators.l2l = ChildMatrices(matrices, TreePass::downward, factor);
}

/// `children` is their order, 0 where there are none.
std::shared_ptr<const LevelOperators> make_level(const Kernel& kernel, int order, int children) {
  ++num_built;
  auto operators = std::make_shared<LevelOperators>();
  operators->kernel = kernel;
  operators->basis = make_basis(order, kernel.wavenumber);
  operators->surfaces = shared_surfaces(order, kernel.wavenumber);
  make_matrices(*operators, children);
  return operators;
}

/// The same, or what is in use in this process for the same kernel and order.
std::shared_ptr<const LevelOperators> shared_level(const Kernel& kernel, int order, int children) {
  const auto make = [&] { return make_level(kernel, order, children); };
  if (kernel.identity.empty()) return make();
  static WeakCache<std::tuple<std::string, int, int>, LevelOperators> cache;
  if (children == 0)
    if (auto with_more = cache.find({kernel.identity, order, order})) return with_more;
  return cache.get({kernel.identity, order, children}, make);
}

/// Operators of the kernel without its screening, those of the level above where these are the same.
std::shared_ptr<const LevelOperators> unscreened(const AllOperators& above, const Kernel& kernel, int order,
                                                 int children) {
  if (!above.empty() && above.back() && above.back()->kernel.screening == 0.0) return above.back();
  return shared_level(kernel.in_units_of(0.0), order, children);
}

}

Surfaces make_surfaces(int order, double radius) {
  return {make_surface(order, radius), make_surface(order + 2, outer_radius)};
}

AllOperators make_operators(const Kernel& kernel, const LevelOrders& orders, double root_half_width, int depth,
                            AllOperators before, const FarField& far) {
  AllOperators levels = std::move(before);
  if (size_of(levels) > depth) return levels;
  // What was the deepest level without matrices to children needs them now.
  if (!levels.empty() && levels.back() && levels.back()->m2m.empty()) levels.pop_back();
  if (kernel.homogeneous) {
    levels.resize(usize(depth) + 1, levels.empty()
                                        ? shared_level(kernel, orders.largest(), depth > 0 ? orders.largest() : 0)
                                        : levels.front());
    return levels;
  }
  for (int level = static_cast<int>(levels.size()); level <= depth; ++level) {
    const Kernel own = kernel.in_units_of(std::ldexp(root_half_width, -level));
    const int order = orders.at(level), children = level < depth ? orders.at(level + 1) : 0;
    if (level < far.first_level)
      levels.push_back(nullptr);
    else if (is_negligible(own.screening, Screened::matrices, far.tolerance))
      levels.push_back(unscreened(levels, own, order, children));
    else
      levels.push_back(shared_level(own, order, children));
  }
  return levels;
}

std::int64_t num_operators_built() noexcept { return num_built; }

}
