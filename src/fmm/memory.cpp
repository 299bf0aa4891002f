// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/memory.hpp"

#include <algorithm>
#include <cmath>

#include "base/bytes.hpp"
#include "comm/mpi.hpp"
#include "operators/m2l_spectra.hpp"
#include "operators/mirror.hpp"
#include "operators/moments.hpp"
#include "operators/oscillation.hpp"

namespace nearfar {
namespace {

constexpr std::int64_t num = sizeof(double);

/// Of one slab of frequencies.
[[nodiscard]] std::int64_t slab_bytes(std::int64_t order, Precision precision) {
  const std::int64_t edge = 2 * order - 1;
  return edge * edge * 2 * (precision == Precision::mixed ? num / 2 : num);
}

/// The transforms of a kernel at one level.
[[nodiscard]] std::int64_t spectra_bytes(const Kernel& of_expansions, int order, Precision precision) {
  return m2l_num_offsets * slab_bytes(order, precision) * order * find_component_pairs(of_expansions).num_entries;
}

/// Of the matrices of a level for one pass over the tree.
struct PassMatrices {
  std::int64_t kept = 0, building = 0;
};

/// `inner_dim` and `outer_dim`: components on the two surfaces.
[[nodiscard]] PassMatrices matrices_of_pass(const Kernel& kernel, int order, std::int64_t terms, int inner_dim,
                                            int outer_dim) {
  const std::int64_t parts = is_mirror_symmetric(kernel) ? 8 : 1;  // what mirrors divide the work into
  const std::int64_t inner = std::int64_t{surface_size(order)} * inner_dim;
  const std::int64_t outer = std::int64_t{surface_size(order + 2)} * outer_dim;
  const std::int64_t result = inner * terms * inner_dim / parts + 8 / parts * inner * inner;
  // Measured: a matrix, its parts, their factors and what LAPACK needs for them hold its numbers ten times.
  constexpr std::int64_t copies = 10;
  return {num * result, num * (result + copies * outer * inner / parts + outer * terms * inner_dim / parts)};
}

[[noreturn]] void refuse(std::int64_t needed, const std::string& what, const Options& options) {
  throw UsageError("the plan would take about " + bytes_text(static_cast<double>(needed)) + " " + what +
                   ", above the limit of " + bytes_text(static_cast<double>(options.max_memory)) +
                   " (max_memory): use more ranks, a larger tolerance or fewer points, or raise the limit");
}

}

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
  sizes.depth = static_cast<int>(begin.size()) - 2;
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
  const std::int64_t spectra = sizes.depth < 2 ? 0 : spectra_bytes(of_expansions, options.order, options.precision);
  const std::int64_t m2l =
      sizes.largest_level * slab_bytes(options.order, options.precision) * of_expansions.source_dim + spectra;
  return points + expansions + octants + lists + m2l;
}

OperatorMemory estimate_operators(const Kernel& kernel, const Options& options, int depth, double root_side) {
  const Kernel& of_expansions = kernel.of_expansions();
  if (!of_expansions.homogeneous && depth < 2) return {};
  const double phase = phase_of_largest_boxes(of_expansions.wavenumber, root_side);
  const LevelOrders orders(options.order, phase);
  OperatorMemory memory;
  for (int level = 2; level == 2 || (level <= depth && !of_expansions.homogeneous); ++level) {
    const int order = orders.at(level);
    const std::int64_t terms = make_basis(order, std::ldexp(phase, 2 - level)).size;
    const PassMatrices up =
        matrices_of_pass(of_expansions, order, terms, of_expansions.source_dim, of_expansions.target_dim);
    const PassMatrices down =
        matrices_of_pass(of_expansions, order, terms, of_expansions.target_dim, of_expansions.source_dim);
    memory.kept += up.kept + down.kept;
    if (level > 2) memory.kept += spectra_bytes(of_expansions, order, options.precision);
    memory.building = std::max({memory.building, up.building, down.building});
  }
  // Of a slab, as the pairs of children of all neighbours use them: m2l_workspace.hpp.
  if (depth >= 2)
    memory.kept += num_directions * num_directions * slab_bytes(options.order, options.precision) *
                   find_component_pairs(of_expansions).num_entries;
  return memory;
}

void require_memory_for_points(MPI_Comm communicator, std::int64_t own_sources, std::int64_t own_targets,
                               const Kernel& kernel, const Options& options) {
  if (options.max_memory == 0) return;
  const std::int64_t ranks = size_of_communicator(communicator);
  RankSizes sizes;
  sizes.sources = all_sum(communicator, own_sources) / ranks;
  sizes.targets = all_sum(communicator, own_targets) / ranks;
  Options least = options;
  least.order = std::max(min_order, options.order);
  const std::int64_t needed = estimate_memory(sizes, kernel, least);
  if (needed > options.max_memory) refuse(needed, "or more on a rank", options);
}

void require_memory(MPI_Comm communicator, const Layout& layout, const Interactions& interactions, const Kernel& kernel,
                    const Options& options) {
  if (options.max_memory == 0) return;
  const RootCube& root = layout.partition.root;
  const OperatorMemory operators = estimate_operators(kernel, options, layout.statistics.depth, root.side * root.unit);
  const std::int64_t own = estimate_memory(sizes_of(layout, interactions), kernel, options);
  const std::int64_t needed = all_max(communicator, own) + operators.kept + operators.building;
  if (needed > options.max_memory) refuse(needed, "on the fullest rank", options);
}

}
