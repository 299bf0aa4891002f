// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "fmm/engine.hpp"

namespace nearfar {
namespace {

/// Mixes the bits of a key, so that a plain sum over the leaves tells sets of leaves apart (splitmix64's finaliser).
[[nodiscard]] std::uint64_t hash(std::uint64_t key) noexcept {
  key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9U;
  key = (key ^ key >> 27) * 0x94d049bb133111ebU;
  return key ^ key >> 31;
}

}

RankSizes sizes_of(const Engine& engine) {
  const auto& interactions = engine.interactions;
  RankSizes sizes;
  sizes.sources = engine.points.num_sources;
  sizes.ghost_sources = interactions.num_sources - engine.points.num_sources;
  sizes.targets = engine.points.num_targets;
  for (const PointMap* map : {&engine.points.caller_sources, &engine.points.caller_targets}) {
    const Traffic traffic = map->traffic();
    sizes.travelling += traffic.blocks_sent + traffic.blocks_received;
  }
  sizes.multipoles = interactions.num_multipoles;
  sizes.ghost_multipoles = interactions.num_multipoles - engine.essential.num_owned;
  sizes.locals = interactions.num_locals;
  sizes.octants = engine.essential.tree.size();
  sizes.parents = size_of(interactions.colleagues.rows);
  const auto& begin = engine.essential.tree.level_begin;
  for (std::size_t level = 0; level + 1 < begin.size(); ++level)
    sizes.largest_level = std::max<std::int64_t>(sizes.largest_level, begin[level + 1] - begin[level]);
  sizes.near_ranges = static_cast<std::int64_t>(interactions.near.values.size());
  sizes.wx_members = static_cast<std::int64_t>(interactions.w.values.size() + interactions.x.values.size());
  const Partition& partition = engine.partition;
  if (engine.keep_records)
    sizes.kept_bytes = static_cast<std::int64_t>(
        sizeof(PointRecord) *
            (partition.sources.capacity() + partition.targets.capacity() + partition.scratch.capacity()) +
        sizeof(double) * (engine.points.moved_sources.capacity() + engine.points.moved_targets.capacity()));
  return sizes;
}

std::int64_t estimate_memory(const RankSizes& sizes, const Kernel& kernel, const Options& options) {
  const std::int64_t surface = surface_size(options.order);
  const std::int64_t num = sizeof(double);
  const std::int64_t points = num * (sizes.sources + sizes.ghost_sources) * (3 + kernel.source_dim) +
                              num * sizes.targets * (4 * kernel.target_dim + 3) +
                              (sizes.sources + sizes.targets + 2 * sizes.travelling) * std::int64_t{sizeof(Index)} +
                              num * sizes.travelling * std::max(3 * kernel.target_dim, kernel.source_dim) +  // messages
                              num * 2 * sizes.ghost_sources * kernel.source_dim + sizes.kept_bytes;
  const std::int64_t expansions =
      surface * num *
      ((sizes.multipoles + 2 * sizes.ghost_multipoles) * kernel.source_dim + sizes.locals * kernel.target_dim);
  const std::int64_t octants =
      sizes.octants * std::int64_t{sizeof(OctantRecord) + 40} + sizes.parents * std::int64_t{sizeof(Colleagues)};
  const std::int64_t lists = sizes.near_ranges * std::int64_t{sizeof(IndexRange)} + sizes.wx_members * 4;
  // M2L: the spectra of one slab for the largest level, and the kernel's transforms.
  const std::int64_t edge = 2 * options.order - 1;
  const std::int64_t slab = edge * edge * 2 * (options.precision == Precision::mixed ? num / 2 : num);
  const std::int64_t components = kernel.source_dim * kernel.target_dim;
  const std::int64_t m2l = sizes.largest_level * slab * kernel.source_dim + 343 * slab * options.order * components;
  return points + expansions + octants + lists + m2l;
}

std::int64_t estimate_memory(const Engine& engine) {
  return estimate_memory(sizes_of(engine), engine.kernel, engine.options);
}

std::vector<Leaf> own_leaves(const Engine& engine) {
  const Octree& tree = engine.essential.tree;
  const RootCube& root = engine.partition.root;
  std::vector<Leaf> leaves;
  for (Index i = 0; i < tree.size(); ++i) {
    if (!engine.essential.is_owned(i)) continue;
    const OctantRecord& octant = tree.octants[usize(i)];
    const OctantWork& work = engine.octant_work[usize(octant.slot)];
    if (octant.leaf == 0) continue;
    const int level = level_of(octant.key);
    Leaf leaf{.side = 2.0 * root.half_width(level) * root.unit,
              .level = level,
              .num_sources = octant.num_sources,
              .num_targets = octant.num_targets,
              .predicted_seconds = 1e-9 * work.work.total()};
    const auto centre = root.centre(octant.key);
    for (std::size_t axis = 0; axis < 3; ++axis)
      leaf.lower[axis] = (root.corner[axis] + centre[axis]) * root.unit - 0.5 * leaf.side;
    leaves.push_back(leaf);
  }
  return leaves;
}

TreeStatistics make_statistics(const Engine& engine, const ListSummary& lists) {
  const MPI_Comm comm = engine.communicator.get();
  const Octree& tree = engine.essential.tree;
  TreeStatistics s;
  s.num_sources = engine.partition.num_sources;
  s.num_targets = engine.partition.num_targets;
  std::vector<std::int64_t> sums(usize(max_depth) + 1 + 10, 0);  // octants by level, then the sums below
  std::array<std::int64_t, 6> maxima{};
  auto* tail = &sums[usize(max_depth) + 1];
  for (Index i = 0; i < tree.size(); ++i) {
    if (!engine.essential.is_owned(i)) continue;
    const auto& octant = tree.octants[usize(i)];
    ++sums[usize(level_of(octant.key))];
    if (octant.leaf == 0) continue;
    const std::int64_t most = std::max(octant.num_sources, octant.num_targets);
    ++tail[0];
    if (most > engine.options.points_per_leaf) ++tail[1];
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
  s.memory_estimate_bytes = all_max(comm, estimate_memory(engine));

  for (std::size_t level = 0; level <= usize(max_depth); ++level) {
    s.octants_per_level[level] = sums[level];
    s.num_octants += sums[level];
  }
  s.num_leaves = tail[0];
  s.num_overfull_leaves = tail[1];
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
