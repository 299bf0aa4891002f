// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/engine.hpp"

#include "fmm/tuning.hpp"

namespace nearfar {
namespace {

/// Fetches the coordinates of the ghost sources behind the own ones.
void fetch_ghost_coordinates(DomainPoints& points, Interactions& interactions) {
  for (auto* axis : {&points.sources.x, &points.sources.y, &points.sources.z}) {
    axis->resize(at(interactions.num_sources));
    interactions.ghost_sources.copy(1, axis->data(), axis->data());
  }
}

/// Fills in what the caller left open.
[[nodiscard]] Options choose_options(MPI_Comm communicator, const Kernel& kernel, const CallerPoints& points,
                                     const Extent& extent, const Options& wanted) {
  const Options options = choose_accuracy(wanted, kernel);
  if (options.points_per_leaf != 0 && options.root_scale != 0.0) return options;
  const PointSample sample = sample_points(communicator, points, extent);
  return choose_tree(options, kernel, sample.keys, sample.points_per_key);
}

/// Drops what only set-up needs.
void release_records(Partition& partition) {
  partition.sources = std::vector<PointRecord>();
  partition.targets = std::vector<PointRecord>();
}

}

Box Engine::box(Index octant) const {
  const OctantKey key = essential.tree.key(octant);
  return {partition.root.centre(key), partition.root.half_width(level_of(key)), partition.root.corner};
}

IndexRange Engine::target_range(Index octant) const {
  const Index begin = essential.target_begin[at(octant)];
  return {begin, begin + static_cast<Index>(essential.tree.octants[at(octant)].num_targets)};
}

Engine::Engine(MPI_Comm caller, const Kernel& caller_kernel, const CallerPoints& caller_points,
               const EngineOptions& engine_options)
    : communicator(caller), options(engine_options.plan) {
  const MPI_Comm comm = communicator.get();
  setup_log.serial(Phase::partition, [&] {
    const Extent extent = find_extent(comm, caller_points);
    options = choose_options(comm, caller_kernel, caller_points, extent, options);
    PartitionOptions partition_options = engine_options.partition;
    partition_options.points_per_leaf = options.points_per_leaf;
    partition_options.root_scale = options.root_scale;
    partition = make_partition(comm, caller_points, extent, partition_options);
    points = make_domain_points(comm, partition, caller_points);
  });
  setup_log.serial(Phase::tree, [&] { essential = make_essential_tree(comm, partition); });
  release_records(partition);
  setup_log.serial(Phase::lists, [&] {
    ListSummary lists;
    const double direct_limit = surface_size(options.order) / cost_beside_others(caller_kernel, options.num_vectors);
    interactions = make_interactions(comm, partition, essential, points, static_cast<Index>(direct_limit), lists);
    kernel = caller_kernel.in_units_of(partition.root.unit);
    statistics = make_statistics(*this, lists);
  });
  if (options.lists_only) return;
  setup_log.serial(Phase::translations, [&] {
    operators = make_operators(kernel, options.order, partition.root.half_width(0), statistics.depth);
    if (mixed_precision()) {
      m2l = M2lLevels<float>(operators);
    } else {
      m2l = M2lLevels<double>(operators);
    }
  });
  setup_log.serial(Phase::expansions, [&] {
    together(comm, [&] {
      const int surface = surface_size(options.order);
      multipoles = Expansions(essential.num_owned, interactions.num_multipoles, surface * kernel.source_dim);
      locals = Expansions(essential.num_owned, interactions.num_locals, surface * kernel.target_dim);
      one.charges.resize(at(interactions.num_sources) * at(kernel.source_dim));
    });
    fetch_ghost_coordinates(points, interactions);
    together(comm, [&] {
      schedule = make_schedule(*this);
      std::visit([&](auto& levels) { levels.make_sweeps(schedule.m2l, num_threads()); }, m2l);
    });
    work = count_work(*this);
  });
}

}
