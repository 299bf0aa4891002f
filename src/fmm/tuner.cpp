// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/tuner.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/simd_level.hpp"
#include "fmm/costs.hpp"
#include "nearfar/error.hpp"
#include "operators/oscillation.hpp"

namespace nearfar {
namespace {

/// Points around a spot: how many lie in a cube there, and how that number grows with the cube.
struct Density {
  double points = 0.0;     ///< in the cube
  double side = 1.0;       ///< of the cube, in extents of all points
  double dimension = 3.0;  ///< the number grows like the side to this power
  double weight = 0.0;     ///< points that the cube stands for
};

constexpr std::ptrdiff_t patch_size = 48;  ///< about as many samples tell a density

/// The correlation dimension of samples in one octant: from the chance that two of them share a child of it.
[[nodiscard]] double dimension_of(std::span<const PointKey> sample, OctantKey octant) {
  double pairs = 0.0;
  auto begin = sample.begin();
  for (int child = 0; child < 8; ++child) {
    const auto end = std::lower_bound(begin, sample.end(), end_point(child_of(octant, child)));
    const auto count = static_cast<double>(end - begin);
    pairs += count * (count - 1.0);
    begin = end;
  }
  const auto all = static_cast<double>(sample.size());
  const double chance = pairs / (all * (all - 1.0));
  return std::clamp(-std::log2(std::max(chance, 1e-3)), 0.5, 3.0);
}

/// Cuts the samples into patches.
void collect_densities(std::span<const PointKey> sample, OctantKey octant, double points_per_sample,
                       std::vector<Density>& densities) {
  const auto size = std::ssize(sample);
  const int level = level_of(octant);
  if (size == 0) return;
  if (size < 8 * patch_size || level == max_depth) {
    const double points = static_cast<double>(size) * points_per_sample;
    const double dimension = size > 4 && level < max_depth ? dimension_of(sample, octant) : 3.0;
    densities.push_back({points, std::ldexp(1.0, -level), dimension, points});
    return;
  }
  for (int child = 0; child < 8; ++child) {
    const OctantKey key = child_of(octant, child);
    const auto begin = std::lower_bound(sample.begin(), sample.end(), first_point(key));
    const auto end = std::lower_bound(begin, sample.end(), end_point(key));
    collect_densities({begin, end}, key, points_per_sample, densities);
  }
}

[[nodiscard]] std::string shortest(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

/// Of the largest boxes with a far field.
[[nodiscard]] double phase_of(const Kernel& kernel, double root_side) {
  const double wavenumber = kernel.of_expansions().wavenumber;
  return wavenumber == 0.0 ? 0.0 : phase_of_largest_boxes(wavenumber, root_side);
}

/// The lowest order that holds the tolerance without oscillation, or the highest one.
[[nodiscard]] int order_for(const Kernel& kernel, double tolerance) {
  int order = min_order + 1;
  while (order < max_order && predicted_error(kernel, order, Precision::full) > tolerance) ++order;
  return order;
}

/// What is wrong with a kernel that oscillates on a root cube; empty: nothing.
[[nodiscard]] std::string why_no_order(const Options& options, const Kernel& kernel, double root_side) {
  const double phase = phase_of(kernel, root_side);
  const double tolerance = options.tolerance == 0.0 ? default_tolerance : options.tolerance;
  const std::string given = "the " + kernel.name + " kernel has k D = " + shortest(8.0 * phase) +
                            " (wavenumber k = " + shortest(kernel.of_expansions().wavenumber) +
                            ", root cube of side D = " + shortest(root_side) + ")";
  if (phase > max_phase)
    return given + ", but expansions serve up to k D = " + shortest(8.0 * max_phase) +
           ": lower the wavenumber or the extent of the points";
  if (phase == 0.0 || options.order != 0) return {};
  const int order = order_for(kernel, tolerance), needed = order + orders_for_phase(order, phase);
  if (needed <= max_order) return {};
  return given + ", which takes order " + std::to_string(needed) + " for the tolerance " + shortest(tolerance) +
         ", but the highest is " + std::to_string(max_order) + ": with this tolerance k D may be " +
         shortest(8.0 * phase_of_orders(order, max_order - order)) + "; lower it or raise the tolerance";
}

/// Nanoseconds for each point around a spot, when octants of side root_scale / 2^level with more than `points_per_leaf`
/// points are split.
[[nodiscard]] double cost_of_point(const Density& density, const Costs& costs, double points_per_leaf,
                                   double root_scale) {
  const double d = density.dimension;
  const double neighbours = std::pow(3.0, d);
  const double children = std::pow(2.0, d);
  // M2L goes over pairs of parents, so its cost for one octant falls with the number of its siblings.
  const double octant = costs.transform + 2.0 * costs.translation + costs.family_pair * (neighbours - 1.0) / children;
  const double octants_per_leaf = children / (children - 1.0);
  double cost = 0.0, rest = 1.0;
  for (int level = 0; level <= max_depth && rest > 1e-3; ++level) {
    const double side = std::ldexp(root_scale, -level);
    const double points = density.points * std::pow(side / density.side, d);
    // Octants hold more or fewer than the mean: by chance, and because a surface cuts each one differently.
    const double spread = std::sqrt(points + std::pow(0.35 * (3.0 - d) * points, 2));
    const double leaf =
        level == max_depth ? 1.0 : 0.5 * std::erfc((points - points_per_leaf - 0.5) / (spread * std::sqrt(2.0)));
    const double of_leaf =
        neighbours * points * costs.pair + (octant * octants_per_leaf + 2.0 * costs.leaf) / std::max(points, 1.0);
    cost += rest * leaf * of_leaf;
    rest *= 1.0 - leaf;
  }
  return cost;
}

}

const char* precision_name(Precision precision) noexcept {
  return precision == Precision::full ? "full" : precision == Precision::mixed ? "mixed" : "automatic";
}

void check_options(const Options& options) {
  if (options.order != 0 && (options.order < min_order || options.order > max_order))
    throw UsageError("order must be " + std::to_string(min_order) + " to " + std::to_string(max_order) + ", not " +
                     std::to_string(options.order));
  if (options.points_per_leaf < 0)
    throw UsageError("points_per_leaf must be at least 1, not " + std::to_string(options.points_per_leaf));
  if (options.num_vectors < 1)
    throw UsageError("num_vectors must be at least 1, not " + std::to_string(options.num_vectors));
  if (options.tolerance != 0.0 && !(options.tolerance >= 1e-12 && options.tolerance <= 0.1))
    throw UsageError("tolerance must be 1e-12 to 0.1, not " + shortest(options.tolerance));
  if (options.root_scale != 0.0 && !(options.root_scale >= 1.0 && options.root_scale <= 2.0))
    throw UsageError("root_scale must be 1 to 2, not " + shortest(options.root_scale));
}

Options choose_accuracy(const Options& options, const Kernel& kernel, double root_side) {
  Options chosen = options;
  if (const std::string reason = why_no_order(options, kernel, root_side); !reason.empty()) throw UsageError(reason);
  const double phase = phase_of(kernel, root_side);
  int order = order_without_phase(chosen.order, phase);
  if (chosen.order == 0) {
    if (chosen.tolerance == 0.0) chosen.tolerance = default_tolerance;
    order = order_for(kernel, chosen.tolerance);
    chosen.order = order + orders_for_phase(order, phase);
  }
  if (chosen.precision == Precision::automatic) {
    // Measured: single precision adds up to 20 times as much at the largest phases, whose densities are large.
    const double single = kernel.single_error * std::exp2(std::max(0.0, phase - 3.5));
    const double mixed = std::hypot(predicted_error(kernel, order, Precision::full), single);
    const bool allowed = chosen.tolerance > 0.0 && mixed <= chosen.tolerance;
    chosen.precision = allowed ? Precision::mixed : Precision::full;
  }
  return chosen;
}

void require_suitable_order(const Kernel& kernel, double chosen_for_side, double root_side) {
  const double before = phase_of(kernel, chosen_for_side), now = phase_of(kernel, root_side);
  // Root cubes that follow the points are up to a tenth larger than they must be; the error of an order may grow up to
  // tenfold on the way.
  if (now <= before || now <= std::min(before + 1.0, 1.1 * max_phase)) return;
  throw UsageError("the points have moved apart: the order was chosen for wavenumber times root side k D = " +
                   shortest(8.0 * before) + ", which is " + shortest(8.0 * now) + " now; make another plan");
}

Options choose_tree(const Options& options, const Kernel& kernel, std::span<const PointKey> sample,
                    double points_per_sample, double extent) {
  static constexpr std::array leaf_sizes{16, 20, 25, 32, 40, 50, 64, 80, 100, 125, 160, 200, 250, 320, 400, 500};
  static constexpr std::array scales{1.0, 1.06, 1.12, 1.19, 1.26, 1.33, 1.41, 1.5, 1.59, 1.68, 1.78, 1.89};
  std::vector<Density> densities;
  collect_densities(sample, root_octant, points_per_sample, densities);
  Options best = options;
  Costs costs;
  double least = INFINITY;
  for (const double scale : scales) {
    if (options.root_scale != 0.0 && scale != scales.front()) break;
    const double root_scale = options.root_scale != 0.0 ? options.root_scale : scale;
    if (scale != scales.front() && !why_no_order(options, kernel, root_scale * extent).empty()) break;
    const Options accurate = choose_accuracy(options, kernel, root_scale * extent);
    if (scale == scales.front() || kernel.of_expansions().wavenumber > 0.0) {
      costs = estimate_costs(kernel, accurate.order, accurate.precision);
      costs.pair *= cost_beside_others(kernel, options.num_vectors);
      end_wide_vectors();
    }
    for (const int size : leaf_sizes) {
      if (options.points_per_leaf != 0 && size != leaf_sizes.front()) break;
      Options candidate = accurate;
      candidate.root_scale = root_scale;
      if (options.points_per_leaf == 0) candidate.points_per_leaf = size;
      double cost = 0.0;
      for (const Density& density : densities)
        cost += density.weight * cost_of_point(density, costs, candidate.points_per_leaf, candidate.root_scale);
      if (cost < least) {
        least = cost;
        best = candidate;
      }
    }
  }
  return best;
}

}
