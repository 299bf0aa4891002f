// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/costs.hpp"

#include <algorithm>
#include <cmath>

#include "base/simd_level.hpp"
#include "operators/component_pairs.hpp"
#include "operators/surface.hpp"

namespace nearfar {

double predicted_error(const Kernel& kernel, int order, Precision precision) {
  const double full = kernel.errors[usize(order - min_order)];
  return precision == Precision::mixed ? std::hypot(full, kernel.single_error) : full;
}

Digits near_field_digits(const Kernel& kernel, int order, Precision precision) {
  const double error = predicted_error(kernel, order, Precision::full);
  if (precision == Precision::mixed) return error > 1e-5 ? Digits::seven_of_length : Digits::seven;
  return error > 2e-9 ? Digits::ten : Digits::all;
}

Costs estimate_costs(const Kernel& kernel, int order, Precision precision) {
  const bool mixed = precision == Precision::mixed;
  const double n = surface_size(order);
  const double frequencies = order * (2.0 * order - 1.0) * (2.0 * order - 1.0);
  const Kernel& of_expansions = kernel.of_expansions();
  const double products = of_expansions.source_dim * of_expansions.target_dim,
               m2l_products = find_component_pairs(of_expansions).num_products();
  const double components = 0.5 * (of_expansions.source_dim + of_expansions.target_dim);
  Costs costs;
  const Digits digits = near_field_digits(kernel, order, precision);
  costs.pair = kernel.potential_flops * (digits == Digits::seven_of_length ? 0.0180
                                         : digits == Digits::seven         ? 0.0215
                                         : digits == Digits::ten           ? 0.0325
                                                                           : 0.0360);
  costs.near_leaf = 2000.0;
  costs.surface = 0.036 * n * kernel.potential_flops;
  costs.family_pair = 27.0 * frequencies * m2l_products * (mixed ? 0.12 : 0.25);
  costs.octant_pair = 0.05 * costs.family_pair;
  costs.transform = frequencies * components * (mixed ? 5.5 : 11.0);
  costs.translation = 0.022 * n * n * products;
  costs.leaf = 0.0375 * n * n * products + 600.0;
  costs.source_point = 0.1 * order * order * order;
  costs.target_point = 0.06 * order * order * order;
  end_wide_vectors();  // of the component pairs' kernels
  return costs;
}

LevelCosts::LevelCosts(const Kernel& kernel, const LevelOrders& orders, Precision precision) {
  int order = 0;
  for (int level = 0; order != orders.smallest(); ++level) {
    if (order != orders.at(level)) {
      order = orders.at(level);
      by_level_.resize(usize(level), by_level_.empty() ? Costs{} : by_level_.back());
      by_level_.push_back(estimate_costs(kernel, order, precision));
    }
  }
  // Direct sums have the digits that all levels together need.
  if (by_level_.size() == 1) return;
  const double pair = estimate_costs(kernel, orders.without_phase(), precision).pair;
  for (Costs& costs : by_level_) costs.pair = pair;
}

/// Measured: a direct sum of one vector of many takes this part of the time it takes alone, by the width of
/// Kernel::several.
double cost_beside_others(const Kernel& kernel, int num_vectors) {
  if (num_vectors < 2 || !kernel.several) return 1.0;
  const int width = kernel.several(num_vectors, false).source_dim / kernel.source_dim;
  return std::max(width >= 8 ? 0.35 : width >= 4 ? 0.55 : 0.8, 1.4 / num_vectors);
}

Index direct_limit(const Kernel& kernel, const Options& options, int point_weight) {
  const Costs costs = estimate_costs(kernel, options.order, options.precision);
  if (costs.pair == 0.0) return 0;  // a kernel that does not tell its operations
  const double of_points = costs.surface / costs.pair / cost_beside_others(kernel, options.num_vectors);
  return static_cast<Index>(of_points / point_weight);
}

}
