// SPDX-License-Identifier: BSD-3-Clause
// The operators on boxes, each in a file of its own (M2L: m2l.hpp). All run on one thread, allocate nothing, and add to
// their output unless they say otherwise. A panel is up to panel_width boxes of one level.
#pragma once

#include <array>
#include <span>

#include "operators/level_operators.hpp"
#include "operators/moments.hpp"
#include "operators/point_operators.hpp"

namespace nearfar {

struct Box {
  std::array<double, 3> centre{};  ///< from `origin`
  double half_width = 1.0;
  /// In the coordinates of the points: kept apart, since its sum with the centre would lose digits far from 0.
  std::array<double, 3> origin{};
};

struct SourceArrays {
  PointArrays points;
  const double* charges = nullptr;  ///< [source][source_dim]
};

struct TargetArrays {
  PointArrays points;
  double* potentials = nullptr;  ///< [target][target_dim]
  double* gradients = nullptr;   ///< [target][target_dim][3], or null when not wanted
};

/// Working memory of one thread for the operators of all levels of one plan.
class Scratch {
 public:
  Scratch(const LevelOperators& operators, const PointOperators& points, Index most_points_per_leaf);
  /// Whether it has room for other operators of the same order.
  [[nodiscard]] bool suits(const LevelOperators& operators) const noexcept;

  Index point_chunk = 0;               ///< points of a leaf that are handled at once
  AlignedVector<double> a, b;          ///< panels
  AlignedVector<double> lane_sums;     ///< moments of one box, see add_moments
  AlignedVector<double> coefficients;  ///< of the field in one box
  AlignedVector<double> zeros;         ///< expansion of a missing box
  AlignedVector<double> x, y, z;       ///< points relative to a box, in units of its half width
  AlignedVector<double> charges;       ///< of those points, in these units
  AlignedVector<double> results;       ///< the same of potentials, then of gradients
  AlignedVector<double> weights;       ///< of those points: see MomentWeights
  std::vector<SeriesTerm> series;      ///< of a leaf's series

  [[nodiscard]] PointArrays points() const noexcept { return {x.data(), y.data(), z.data()}; }
};

/// Multipoles of leaves from their sources; overwrites.
void p2m(const LevelOperators& operators, const PointOperators& points, std::span<const Box> boxes,
         std::span<const IndexRange> sources, const SourceArrays& arrays, std::span<double* const> multipoles,
         Scratch& scratch);

/// Multipoles of parents from those of their children (null: no such child or no sources in it); overwrites.
/// `operators` are those of the parents' level.
void m2m(const LevelOperators& operators, std::span<const std::array<const double*, 8>> children,
         std::span<double* const> parents, Scratch& scratch);

/// Adds the locals of parents to those of their children (null: no such child). `operators` as for m2m.
void l2l(const LevelOperators& operators, std::span<const double* const> parents,
         std::span<const std::array<double*, 8>> children, Scratch& scratch);

/// Potentials and gradients at the targets of leaves from their locals. `operators` of the leaves' level.
void l2p(const LevelOperators& operators, const PointOperators& points, std::span<const Box> boxes,
         std::span<const double* const> locals, std::span<const IndexRange> targets, const TargetArrays& arrays,
         Scratch& scratch);

/// Adds the field of sources outside a box (its X list) to its local expansion.
void p2l(const LevelOperators& operators, const PointOperators& points, const Box& box,
         std::span<const IndexRange> sources, const SourceArrays& arrays, double* local, Scratch& scratch);

/// Adds the field of a box's multipole at targets outside it (whose leaf has the box in its W list).
void m2p(const LevelOperators& operators, const PointOperators& points, const Box& box, const double* multipole,
         IndexRange targets, const TargetArrays& arrays, Scratch& scratch);

/// How p2p sums; the fields are those of PairSum, with first_own for target 0 of the arrays, whose outputs are all
/// there.
struct DirectSums {
  Index first_own = -1;
  std::span<const IndexRange> mutual{};
  Digits digits = Digits::all;
  double length = 1.0;
};

/// Adds direct sums. The kernel is that of the coordinates as they are, not of a level.
void p2p(const Kernel& kernel, std::span<const IndexRange> sources, const SourceArrays& source_arrays,
         IndexRange targets, const TargetArrays& target_arrays, const DirectSums& how = {});

}
