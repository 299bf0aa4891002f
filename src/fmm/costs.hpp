// SPDX-License-Identifier: BSD-3-Clause
// What orders deliver and what the parts of an evaluation cost, from measured tables and rates.
#pragma once

#include <algorithm>
#include <vector>

#include "base/types.hpp"
#include "nearfar/options.hpp"
#include "operators/oscillation.hpp"

namespace nearfar {

/// Bound of the relative L2 error of potentials for charges of both signs, over all distributions measured.
[[nodiscard]] double predicted_error(const Kernel& kernel, int order, Precision precision);

/// The digits of direct sums that the error of expansions of that order does not hide.
[[nodiscard]] Digits near_field_digits(const Kernel& kernel, int order, Precision precision);

/// Nanoseconds of one core for the parts of an evaluation, from stored rates.
struct Costs {
  double pair = 0.0;          ///< direct sum of one source at one target
  double near_leaf = 0.0;     ///< direct sums of one leaf, beside the pairs
  double surface = 0.0;       ///< of a point and an equivalent surface
  double family_pair = 0.0;   ///< M2L between the children of one pair of neighbouring parents
  double octant_pair = 0.0;   ///< M2L of one member of a V list, where families are sparse
  double transform = 0.0;     ///< of an octant's multipole and local
  double translation = 0.0;   ///< M2M or L2L of one octant
  double leaf = 0.0;          ///< the matrices of P2M or L2P for one leaf
  double source_point = 0.0;  ///< P2M, beside the matrices
  double target_point = 0.0;  ///< L2P, beside the matrices
};
[[nodiscard]] Costs estimate_costs(const Kernel& kernel, int order, Precision precision);

/// The same by level, whose orders may differ.
class LevelCosts {
 public:
  LevelCosts(const Costs& of_all = {}) : by_level_{of_all} {}  // NOLINT(google-explicit-constructor): most are alike
  LevelCosts(const Kernel& kernel, const LevelOrders& orders, Precision precision);

  [[nodiscard]] const Costs& at(int level) const noexcept {
    return by_level_[usize(std::min(level, size_of(by_level_) - 1))];
  }
  [[nodiscard]] const Costs& of_small_boxes() const noexcept { return by_level_.back(); }

 private:
  std::vector<Costs> by_level_;  ///< the last entry holds for all deeper levels
};

/// What the direct sums of one of several vectors cost, relative to those of one alone: they share the distances.
[[nodiscard]] double cost_beside_others(const Kernel& kernel, int num_vectors);

/// Leaves with at most as many sources, or targets, are summed directly instead of through an equivalent surface, where
/// that is cheaper when each point counts as `point_weight` points.
[[nodiscard]] Index direct_limit(const Kernel& kernel, const Options& options, int point_weight = 1);

}
