// SPDX-License-Identifier: BSD-3-Clause
#include "support/trees.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

namespace nearfar {

std::vector<PointKey> random_point_keys(std::size_t count, unsigned seed, double cluster_width) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::vector<PointKey> keys;
  for (std::size_t i = 0; i < count; ++i) {
    GridPosition position{};
    for (auto& cell : position) {
      const double x = i % 2 == 0 ? uniform(random) : 0.3 + cluster_width * uniform(random);
      cell = static_cast<std::uint64_t>(std::ldexp(x, max_depth));
    }
    keys.push_back(interleave(position));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

Octree balanced_tree(const std::vector<PointKey>& points, int points_per_leaf) {
  SplitSets splits(max_depth);
  for (int level = 0; level < max_depth; ++level) {
    std::map<OctantKey, int> counts;
    for (const PointKey point : points) ++counts[octant_at(point, level)];
    for (const auto& [key, count] : counts)
      if (count > points_per_leaf) splits[usize(level)].push_back(key);
  }
  close_splits(splits);
  std::map<OctantKey, OctantRecord> octants;
  for (Index i = 0; i < size_of(points); ++i)
    for (int level = 0; level <= max_depth; ++level) {
      const OctantKey key = octant_at(points[usize(i)], level);
      auto [place, is_new] = octants.try_emplace(key, OctantRecord{.key = key, .source_begin = i});
      ++place->second.num_sources;
      ++place->second.num_targets;
      place->second.leaf = is_split(splits, key) ? 0 : 1;
      if (place->second.leaf != 0) break;
    }
  std::vector<OctantRecord> records;
  for (const auto& [key, octant] : octants) records.push_back(octant);
  return make_octree(records);
}

}
