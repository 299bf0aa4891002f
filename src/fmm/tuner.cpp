// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/tuner.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "fmm/costs.hpp"
#include "nearfar/error.hpp"

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

[[nodiscard]] std::string shortest(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
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

Options choose_accuracy(const Options& options, const Kernel& kernel) {
  Options chosen = options;
  if (chosen.order == 0) {
    if (chosen.tolerance == 0.0) chosen.tolerance = default_tolerance;
    const auto holds = [&](int order) { return predicted_error(kernel, order, Precision::full) <= chosen.tolerance; };
    chosen.order = min_order + 1;
    while (chosen.order < max_order && !holds(chosen.order)) ++chosen.order;
  }
  if (chosen.precision == Precision::automatic) {
    const bool allowed =
        chosen.tolerance > 0.0 && predicted_error(kernel, chosen.order, Precision::mixed) <= chosen.tolerance;
    chosen.precision = allowed ? Precision::mixed : Precision::full;
  }
  return chosen;
}

Options choose_tree(const Options& options, const Kernel& kernel, std::span<const PointKey> sample,
                    double points_per_sample) {
  static constexpr std::array leaf_sizes{16, 20, 25, 32, 40, 50, 64, 80, 100, 125, 160, 200, 250, 320, 400, 500};
  static constexpr std::array scales{1.0, 1.06, 1.12, 1.19, 1.26, 1.33, 1.41, 1.5, 1.59, 1.68, 1.78, 1.89};
  Costs costs = estimate_costs(kernel, options.order, options.precision);
  costs.pair *= cost_beside_others(kernel, options.num_vectors);
  std::vector<Density> densities;
  collect_densities(sample, root_octant, points_per_sample, densities);
  Options best = options;
  double least = INFINITY;
  for (const double scale : scales) {
    if (options.root_scale != 0.0 && scale != scales.front()) break;
    for (const int size : leaf_sizes) {
      if (options.points_per_leaf != 0 && size != leaf_sizes.front()) break;
      Options candidate = options;
      if (options.root_scale == 0.0) candidate.root_scale = scale;
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
