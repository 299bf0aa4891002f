// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/densities.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace nearfar {
namespace {

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
void collect_densities(std::span<const PointKey> sample, OctantKey octant, double points_per_key,
                       std::vector<Density>& densities) {
  const auto size = std::ssize(sample);
  const int level = level_of(octant);
  if (size == 0) return;
  if (size < 8 * patch_size || level == max_depth) {
    const double points = static_cast<double>(size) * points_per_key;
    const double dimension = size > 4 && level < max_depth ? dimension_of(sample, octant) : 3.0;
    densities.push_back({points, dimension, level + std::log2(points) / dimension});
    return;
  }
  for (int child = 0; child < 8; ++child) {
    const OctantKey key = child_of(octant, child);
    const auto begin = std::lower_bound(sample.begin(), sample.end(), first_point(key));
    const auto end = std::lower_bound(begin, sample.end(), end_point(key));
    collect_densities({begin, end}, key, points_per_key, densities);
  }
}

/// For each point around a spot.
[[nodiscard]] double cost_of_point(const Density& density, const Costs& costs, double points_per_leaf,
                                   double root_scale) {
  static constexpr double many = 64.0;  // times points_per_leaf: no leaf holds as many
  const double d = density.dimension;
  const double neighbours = std::pow(3.0, d);
  const double children = std::exp2(d);
  // M2L goes over pairs of parents, so its cost for one octant falls with the number of its siblings.
  const double octant = costs.transform + 2.0 * costs.translation + costs.family_pair * (neighbours - 1.0) / children;
  const double octants_per_leaf = children / (children - 1.0);
  const double of_leaf = octant * octants_per_leaf + 2.0 * costs.leaf + costs.near_leaf;
  const double in_root = d * (density.levels + std::log2(root_scale));
  int level = std::clamp(static_cast<int>((in_root - std::log2(many * points_per_leaf)) / d), 0, max_depth);
  double points = std::exp2(in_root - d * level);
  double cost = 0.0, rest = 1.0;
  for (; level <= max_depth && rest > 1e-3; ++level, points /= children) {
    // Octants hold more or fewer than the mean: by chance, and because a surface cuts each one differently.
    const double spread = std::sqrt(points + std::pow(0.35 * (3.0 - d) * points, 2));
    const double leaf =
        level == max_depth ? 1.0 : 0.5 * std::erfc((points - points_per_leaf - 0.5) / (spread * std::sqrt(2.0)));
    cost += rest * leaf * (neighbours * points * costs.pair + of_leaf / std::max(points, 1.0));
    rest *= 1.0 - leaf;
  }
  return cost;
}

}

std::vector<Density> find_densities(std::span<const PointKey> sample, double points_per_key) {
  std::vector<Density> patches;
  collect_densities(sample, root_octant, points_per_key, patches);
  // A tree is as good for points that are 8 times as dense, but one level deeper.
  std::map<std::pair<int, int>, Density> alike;
  for (const Density& patch : patches) {
    const double part = patch.levels - std::floor(patch.levels);
    Density& all = alike[{static_cast<int>(4.0 * patch.dimension), static_cast<int>(8.0 * part)}];
    if (all.points == 0.0) all.levels = std::floor(patch.levels);
    const double share = patch.points / (all.points + patch.points);
    all.points += patch.points;
    all.dimension += share * (patch.dimension - all.dimension);
    all.levels += share * (std::floor(all.levels) + part - all.levels);
  }
  std::vector<Density> densities;
  for (const auto& [bin, density] : alike) densities.push_back(density);
  return densities;
}

double cost_of_densities(std::span<const Density> densities, const Costs& costs, double points_per_leaf,
                         double root_scale) {
  double cost = 0.0;
  for (const Density& density : densities)
    cost += density.points * cost_of_point(density, costs, points_per_leaf, root_scale);
  return cost;
}

}
