// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/engine.hpp"

#include "fmm/tuning.hpp"
#include "fmm/work_model.hpp"

namespace nearfar {
namespace {

/// Fetches the coordinates of the ghost sources behind the own ones.
void fetch_ghost_coordinates(DomainPoints& points, Interactions& interactions) {
  for (auto* axis : {&points.sources.x, &points.sources.y, &points.sources.z}) {
    axis->resize(usize(interactions.num_sources));
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
  partition.sources = PointRecords();
  partition.targets = PointRecords();
  partition.scratch = PointRecords();
}

}

Box Engine::box(Index octant) const {
  const OctantKey key = essential.tree.key(octant);
  return {partition.root.centre(key), partition.root.half_width(level_of(key)), partition.root.corner};
}

IndexRange Engine::target_range(Index octant) const {
  const Index begin = essential.target_begin[usize(octant)];
  return {begin, begin + static_cast<Index>(essential.tree.octants[usize(octant)].num_targets)};
}

/// Tree and lists of a partition.
void Engine::grow() {
  const MPI_Comm comm = communicator.get();
  setup_log.serial(Phase::tree, [&] { essential = make_essential_tree(comm, partition); });
  setup_log.serial(Phase::lists, [&] {
    const double direct_limit = surface_size(options.order) / cost_beside_others(kernel, options.num_vectors);
    lists = make_target_lists(essential, static_cast<Index>(direct_limit / point_weight));
    predict_work(essential, lists, kernel, options, point_weight, octant_work);
  });
}

/// From a first partition to lists. `balance`: cuts again where that makes the predicted work more even.
void Engine::settle(const CallerPoints& caller_points, const PartitionOptions& partition_options, bool balance) {
  const MPI_Comm comm = communicator.get();
  grow();
  if (balance && imbalance(comm, sum_of(octant_work).total()) > tolerated_imbalance) {
    setup_log.serial(Phase::partition, [&] {
      PartitionOptions balanced = partition_options;
      balanced.work = make_profile(octant_work, same_factors());
      cut_again(comm, balanced, partition);
    });
    grow();
  }
  setup_log.serial(Phase::partition, [&] { fetch_points_to_tree(comm, partition, caller_points, points); });
  if (!keep_lists && !keep_records) release_records(partition);
  setup_log.serial(Phase::lists, [&] {
    interactions = make_interactions(comm, partition, essential, points, lists);
    statistics = make_statistics(*this, lists.lists.summary);
    if (!keep_lists) lists = {};
  });
  if (!options.lists_only) prepare_evaluation();
}

/// Operators, memory and schedule; operators and memory of an earlier tree are used again.
void Engine::prepare_evaluation() {
  const MPI_Comm comm = communicator.get();
  setup_log.serial(Phase::translations, [&] {
    const double half_width = partition.root.half_width(0);
    kernel = caller_kernel.in_units_of(partition.root.unit);
    const double length = kernel.homogeneous ? 1.0 : half_width * partition.root.unit;
    if (operators_length != length) {
      operators.clear();
      m2l = mixed_precision() ? AnyM2lLevels(M2lLevels<float>()) : AnyM2lLevels(M2lLevels<double>());
    }
    operators_length = 0.0;
    operators = make_operators(kernel, options.order, half_width, statistics.depth, std::move(operators));
    std::visit([&](auto& levels) { levels.make_spectra(operators); }, m2l);
    operators_length = length;
  });
  setup_log.serial(Phase::expansions, [&] {
    agree(comm, [&] {
      const int surface = surface_size(options.order);
      multipoles.reshape(essential.num_owned, interactions.num_multipoles, surface * kernel.source_dim);
      locals.reshape(essential.num_owned, interactions.num_locals, surface * kernel.target_dim);
      one.charges.resize(usize(interactions.num_sources) * usize(kernel.source_dim));
    });
    fetch_ghost_coordinates(points, interactions);
    agree(comm, [&] {
      schedule = make_schedule(*this);
      std::visit([&](auto& levels) { levels.make_sweeps(schedule.m2l, num_threads()); }, m2l);
    });
    work = count_work(*this);
  });
}

Engine::Engine(MPI_Comm caller, const Kernel& caller_kernel_, const CallerPoints& caller_points,
               const EngineOptions& engine_options)
    : communicator(caller),
      options(engine_options.plan),
      point_weight(engine_options.point_weight),
      keep_lists(engine_options.keep_lists),
      caller_kernel(caller_kernel_),
      kernel(caller_kernel_) {
  const MPI_Comm comm = communicator.get();
  PartitionOptions partition_options = engine_options.partition;
  setup_log.serial(Phase::partition, [&] {
    const Extent extent = find_extent(comm, caller_points);
    options = choose_options(comm, kernel, caller_points, extent, options);
    point_weight = std::clamp(options.points_per_leaf / 4, 1, point_weight);
    partition_options.points_per_leaf = options.points_per_leaf / point_weight;
    partition_options.root = make_root_cube(extent.lower, extent.upper, options.root_scale);
    partition = make_partition(comm, caller_points, partition_options);
  });
  settle(caller_points, partition_options, partition_options.forced_splitters.empty());
}

void Engine::update(const CallerPoints& caller_points, bool by_measured_work) {
  const MPI_Comm comm = communicator.get();
  PartitionOptions partition_options;
  partition_options.points_per_leaf = partition.points_per_leaf;
  CallerPoints former;
  keep_records = true;
  setup_log.clear();
  setup_log.serial(Phase::partition, [&] {
    if (communicator.size() > 1)
      partition_options.work = make_profile(
          octant_work, by_measured_work ? measured_factors(sum_of(octant_work), apply_log) : same_factors());
    const MovedPoints moved = in_tree_order(comm, caller_points, points, partition);
    partition_options.root =
        follow_points(partition.root, moved.extent.lower, moved.extent.upper, options.root_scale, !kernel.homogeneous);
    partition = make_partition(comm, moved.points, partition_options, std::move(partition));
    former = moved.points;
  });
  // Their memory serves what takes their places.
  schedule = {};
  interactions = {};
  essential = {};
  settle(former, partition_options, !by_measured_work);
}

}
