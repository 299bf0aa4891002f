// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/statistics.hpp"

#include <algorithm>

namespace nearfar {
namespace {

/// Mixes the bits of a key, so that a plain sum over the leaves tells sets of leaves apart (splitmix64's finaliser).
[[nodiscard]] std::uint64_t hash(OctantKey octant) noexcept {
  std::uint64_t key = low_half(octant) ^ high_half(octant) * 0x9e3779b97f4a7c15U;
  key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9U;
  key = (key ^ key >> 27) * 0x94d049bb133111ebU;
  return key ^ key >> 31;
}

}

TreeStatistics make_statistics(MPI_Comm comm, const Partition& partition, const EssentialTree& essential,
                               const DomainPoints& points, int points_per_leaf, const ListSummary& lists) {
  const Octree& tree = essential.tree;
  TreeStatistics s;
  s.num_sources = partition.num_sources;
  s.num_targets = partition.num_targets;
  std::vector<std::int64_t> sums(usize(max_depth) + 1 + 11, 0);  // octants by level, then the sums below
  std::array<std::int64_t, 6> maxima{};
  auto* tail = &sums[usize(max_depth) + 1];
  for (Index i = 0; i < tree.size(); ++i) {
    if (!essential.is_owned(i)) continue;
    const auto& octant = tree.octants[usize(i)];
    ++sums[usize(level_of(octant.key))];
    if (octant.leaf == 0) continue;
    const std::int64_t most = std::max(octant.num_sources, octant.num_targets);
    ++tail[0];
    if (most > points_per_leaf) {
      ++tail[1];
      if (is_pile(essential, points, i)) ++tail[10];
    }
    s.checksum += hash(octant.key);
    maxima[0] = std::max<std::int64_t>(maxima[0], level_of(octant.key));
    maxima[1] = std::max(maxima[1], most);
  }
  const std::array all{&lists.u, &lists.v, &lists.w, &lists.x};
  for (std::size_t i = 0; i < 4; ++i) {
    tail[2 + i] = all[i]->sum;
    tail[6 + i] = all[i]->sum_of_leaves;
    maxima[2 + i] = all[i]->max;
  }
  all_reduce(comm, std::span<std::int64_t>(sums), MPI_SUM);
  all_reduce(comm, std::span<std::int64_t>(maxima), MPI_MAX);
  s.checksum = all_sum(comm, s.checksum);

  for (std::size_t level = 0; level <= usize(max_depth); ++level) {
    s.octants_per_level[level] = sums[level];
    s.num_octants += sums[level];
  }
  s.num_leaves = tail[0];
  s.num_overfull_leaves = tail[1];
  s.num_piles = tail[10];
  s.depth = static_cast<int>(maxima[0]);
  s.largest_leaf = maxima[1];
  const std::array outputs{&s.u, &s.v, &s.w, &s.x};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto octants = static_cast<double>(std::max<std::int64_t>(1, s.num_octants));
    const auto leaves = static_cast<double>(std::max<std::int64_t>(1, s.num_leaves));
    *outputs[i] = {static_cast<double>(tail[2 + i]) / octants, static_cast<double>(tail[6 + i]) / leaves,
                   maxima[2 + i]};
  }
  return s;
}

}
