// SPDX-License-Identifier: BSD-3-Clause
// What an evaluation costs by the size of its leaves, counted on trees of a sample of the points.
#pragma once

#include <span>
#include <vector>

#include "base/types.hpp"
#include "fmm/costs.hpp"
#include "geometry/morton.hpp"

namespace nearfar {

/// What an evaluation is counted for.
struct TrialCosts {
  LevelCosts costs;
  double of_vector = 1.0;  ///< see cost_beside_others
  Index direct_limit = 0;  ///< see make_lists
};

/// Nanoseconds of one evaluation for each of some leaf sizes.
struct CountedCosts {
  std::vector<double> far;   ///< of octants and leaves, whatever they hold, and of M2L
  std::vector<double> near;  ///< of direct sums
};

/// For sizes that ascend: of the balanced octrees whose leaves hold at most so many points. Each key of the sorted
/// sample stands for `points_per_key` points; leaves of the least size should hold several keys. What a point costs
/// whatever the tree is left out.
[[nodiscard]] CountedCosts count_costs(std::span<const PointKey> sample, double points_per_key,
                                       std::span<const int> sizes, const TrialCosts& costs);

}
