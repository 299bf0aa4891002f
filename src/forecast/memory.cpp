// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/memory.hpp"

#include <algorithm>

#include "operators/m2l_spectra.hpp"

namespace nearfar {

RankSizes sizes_of(const Layout& layout, const Interactions& interactions) {
  RankSizes sizes;
  sizes.sources = layout.points.num_sources;
  sizes.ghost_sources = interactions.num_sources - interactions.first_ghost_source;
  sizes.targets = layout.points.num_targets;
  for (const PointMap* map : {&layout.points.caller_sources, &layout.points.caller_targets}) {
    const Traffic traffic = map->traffic();
    sizes.travelling += traffic.blocks_sent + traffic.blocks_received;
  }
  sizes.multipoles = interactions.num_multipoles;
  sizes.ghost_multipoles = interactions.num_multipoles - layout.essential.num_owned;
  sizes.locals = interactions.num_locals;
  sizes.octants = layout.essential.tree.size();
  sizes.parents = size_of(interactions.colleagues.rows);
  const auto& begin = layout.essential.tree.level_begin;
  for (std::size_t level = 0; level + 1 < begin.size(); ++level)
    sizes.largest_level = std::max<std::int64_t>(sizes.largest_level, begin[level + 1] - begin[level]);
  sizes.near_ranges = static_cast<std::int64_t>(interactions.near.values.size());
  sizes.wx_members = static_cast<std::int64_t>(interactions.w.values.size() + interactions.x.values.size());
  const Partition& partition = layout.partition;
  sizes.kept_bytes = static_cast<std::int64_t>(
      sizeof(PointRecord) *
          (partition.sources.capacity() + partition.targets.capacity() + partition.scratch.capacity()) +
      sizeof(double) * (layout.points.moved_sources.capacity() + layout.points.moved_targets.capacity()));
  return sizes;
}

std::int64_t estimate_memory(const RankSizes& sizes, const Kernel& kernel, const Options& options) {
  const std::int64_t surface = surface_size(options.order);
  const std::int64_t num = sizeof(double);
  const Kernel& of_expansions = kernel.of_expansions();
  const std::int64_t points = num * (sizes.sources + sizes.ghost_sources) * (3 + kernel.source_dim) +
                              num * sizes.targets * (4 * kernel.target_dim + 3) +
                              (sizes.sources + sizes.targets + 2 * sizes.travelling) * std::int64_t{sizeof(Index)} +
                              num * sizes.travelling * std::max(3 * kernel.target_dim, kernel.source_dim) +  // messages
                              num * 2 * sizes.ghost_sources * kernel.source_dim + sizes.kept_bytes;
  const std::int64_t expansions = surface * num *
                                  ((sizes.multipoles + 2 * sizes.ghost_multipoles) * of_expansions.source_dim +
                                   sizes.locals * of_expansions.target_dim);
  const std::int64_t octants =
      sizes.octants * std::int64_t{sizeof(OctantRecord) + 40} + sizes.parents * std::int64_t{sizeof(Colleagues)};
  const std::int64_t lists = sizes.near_ranges * std::int64_t{sizeof(IndexRange)} + sizes.wx_members * 4;
  // M2L: the spectra of one slab for the largest level, and the kernel's transforms.
  const std::int64_t edge = 2 * options.order - 1;
  const std::int64_t slab = edge * edge * 2 * (options.precision == Precision::mixed ? num / 2 : num);
  const std::int64_t entries = find_component_pairs(of_expansions).num_entries;
  const std::int64_t m2l =
      sizes.largest_level * slab * of_expansions.source_dim + m2l_num_offsets * slab * options.order * entries;
  return points + expansions + octants + lists + m2l;
}

}
