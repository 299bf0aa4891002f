// SPDX-License-Identifier: BSD-3-Clause
// The translations between the boxes of one level, their children and their neighbours.
//
// Everything is in units of the half width r of this level's boxes. In these units
//   multipole: densities q on the inner surface that reproduce the sources' field outside the box;
//   local:     potentials f on the inner surface due to far sources, divided by r^degree * kernel.scale.
// So P2M, M2M, M2L, P2L carry no factor, L2L carries 2^degree (inside its matrices), and only M2P and L2P multiply by
// r^degree * kernel.scale (kernel sums multiply by the scale themselves). References: Ying, Biros and Zorin (2004), a
// kernel-independent adaptive fast multipole algorithm, sections 3.1 to 3.3.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nearfar/kernel.hpp"
#include "operators/child_matrices.hpp"
#include "operators/leaf_matrix.hpp"
#include "operators/oscillation.hpp"
#include "operators/screening.hpp"
#include "operators/surface.hpp"

namespace nearfar {

/// What levels share, all of them unless their boxes resonate: the surfaces.
struct Surfaces {
  Surface inner, outer;
};
[[nodiscard]] Surfaces make_surfaces(int order, double radius = inner_radius);

struct LevelOperators {
  Kernel kernel;  ///< in units of this level's half width
  std::shared_ptr<const Surfaces> surfaces;
  PolynomialBasis basis;  ///< between points and expansions
  LeafMatrix p2m;         ///< moments of the sources -> multipole
  LeafMatrix l2p;         ///< local -> coefficients of the field at the targets
  ChildMatrices m2m;      ///< multipoles of children -> multipole
  ChildMatrices l2l;      ///< local -> locals of children

  /// Numbers in a multipole and in a local expansion of one box: [surface point][component].
  [[nodiscard]] int multipole_size() const noexcept { return surfaces->inner.size() * kernel.source_dim; }
  [[nodiscard]] int local_size() const noexcept { return surfaces->inner.size() * kernel.target_dim; }
};

/// By level; null above FarField::first_level.
using AllOperators = std::vector<std::shared_ptr<const LevelOperators>>;

/// Operators for levels 0 .. depth, of boxes of half width root_half_width / 2^level. A homogeneous kernel has one set
/// that all levels share. `before` are those of the same kernel and root for another depth, which are used
/// again, and all kept where that was larger. Kernels with an identity share the operators of equal boxes with
/// everything else in this process. `orders` and `far` must be the same for `before`; a homogeneous kernel ignores it.
[[nodiscard]] AllOperators make_operators(const Kernel& kernel, const LevelOrders& orders, double root_half_width,
                                          int depth, AllOperators before = {}, const FarField& far = {});

/// Sets of operators of one level that this process has built so far.
[[nodiscard]] std::int64_t num_operators_built() noexcept;

}
