// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/layout.hpp"

#include <algorithm>

#include "fmm/costs.hpp"
#include "fmm/probed_errors.hpp"
#include "fmm/statistics.hpp"
#include "fmm/tuner.hpp"

namespace nearfar {
namespace {

/// Fills in what the caller left open.
[[nodiscard]] Options choose_options(MPI_Comm communicator, const Kernel& kernel, const CallerPoints& points,
                                     const Extent& extent, const Options& wanted) {
  double side = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) side = std::max(side, extent.upper[axis] - extent.lower[axis]);
  if (wanted.points_per_leaf != 0 && wanted.root_scale != 0.0)
    return choose_accuracy(wanted, kernel, wanted.root_scale * side);
  const PointSample sample = sample_points(communicator, points, extent);
  return choose_tree(wanted, kernel, sample.keys, sample.points_per_key, side);
}

/// Of the root cube, in the caller's units.
[[nodiscard]] double half_width_of(const Extent& extent) {
  const RootCube root = make_root_cube(extent.lower, extent.upper);
  return root.half_width(0) * root.unit;
}

/// Tree, lists and predicted work of a partition.
[[nodiscard]] TargetLists make_tree(MPI_Comm communicator, Layout& layout, PhaseLog& log) {
  const Tuning& tuning = layout.tuning;
  log.serial(Phase::tree, [&] { layout.essential = make_essential_tree(communicator, layout.partition); });
  return log.serial(Phase::lists, [&] {
    TargetLists lists =
        make_target_lists(layout.essential, direct_limit(tuning.kernel, tuning.options, tuning.point_weight));
    const LevelOrders orders(tuning.options.order,
                             phase_of_largest_boxes(tuning.kernel.of_expansions().wavenumber, tuning.side));
    predict_work(layout.essential, lists, tuning.kernel, tuning.options, orders, tuning.point_weight,
                 layout.octant_work);
    return lists;
  });
}

/// From a first partition to lists. `balance`: cuts again where that makes the predicted work more even.
template <class Points>
[[nodiscard]] TargetLists complete(MPI_Comm communicator, const Points& points, PartitionOptions options, bool balance,
                                   Layout& layout, PhaseLog& log) {
  TargetLists lists = make_tree(communicator, layout, log);
  if (balance && imbalance(communicator, sum_of(layout.octant_work).total()) > tolerated_imbalance) {
    log.serial(Phase::partition, [&] {
      options.work = make_profile(layout.octant_work, same_factors());
      cut_again(communicator, options, layout.partition);
    });
    lists = {};
    lists = make_tree(communicator, layout, log);
  }
  log.serial(Phase::partition, [&] { fetch_points_to_tree(communicator, layout.partition, points, layout.points); });
  log.serial(Phase::lists, [&] {
    layout.statistics = make_statistics(communicator, layout.partition, layout.essential, layout.points,
                                        layout.tuning.options.points_per_leaf, lists.lists.summary);
  });
  return lists;
}

}

Box Layout::box(Index octant) const {
  const OctantKey key = essential.tree.key(octant);
  return {partition.root.centre(key), partition.root.half_width(level_of(key)), partition.root.origin};
}

IndexRange Layout::target_range(Index octant) const {
  const Index begin = essential.target_begin[usize(octant)];
  return {begin, begin + static_cast<Index>(essential.tree.octants[usize(octant)].num_targets)};
}

TargetLists make_layout(MPI_Comm communicator, const CallerPoints& points, Tuning tuning, Layout& layout,
                        PhaseLog& log) {
  PartitionOptions options = tuning.partition;
  log.serial(Phase::partition, [&] {
    const Extent extent = find_extent(communicator, points);
    if (tuning.kernel.errors == unknown_errors)
      tuning.kernel = with_errors(communicator, std::move(tuning.kernel), tuning.options,
                                  {half_width_of(extent), usual_depth(sample_points(communicator, points, extent))});
    tuning.options = choose_options(communicator, tuning.kernel, points, extent, tuning.options);
    tuning.point_weight = std::clamp(tuning.options.points_per_leaf / 4, 1, tuning.point_weight);
    options.points_per_leaf = tuning.options.points_per_leaf / tuning.point_weight;
    if (tuning.options.most_partners == 0) tuning.options.most_partners = default_most_partners;
    options.most_partners = tuning.options.most_partners;
    options.root = make_root_cube(extent.lower, extent.upper, tuning.options.root_scale);
    tuning.side = options.root.side * options.root.unit;
    layout.partition = make_partition(communicator, points, options);
  });
  layout.tuning = std::move(tuning);
  const bool balance = options.forced_splitters.empty();
  return complete(communicator, points, std::move(options), balance, layout, log);
}

TargetLists move_layout(MPI_Comm communicator, const CallerPoints& points, const Motion& motion, Layout& layout,
                        PhaseLog& log) {
  Partition& partition = layout.partition;
  PartitionOptions options;
  options.points_per_leaf = partition.points_per_leaf;
  options.most_partners = partition.most_partners;
  MovedPoints moved;
  log.serial(Phase::partition, [&] {
    if (size_of_communicator(communicator) > 1)
      options.work = make_profile(
          layout.octant_work,
          motion.measured ? measured_factors(sum_of(layout.octant_work), *motion.measured) : same_factors());
    moved = in_tree_order(communicator, points, layout.points, partition);
    options.root = follow_points(partition.root, moved.extent.lower, moved.extent.upper,
                                 layout.tuning.options.root_scale, motion.keep_side);
    partition = make_partition(communicator, moved, options, std::move(partition));
  });
  layout.essential = {};  // its memory serves what takes its place
  return complete(communicator, moved, std::move(options), !motion.measured, layout, log);
}

void release_records(Partition& partition) {
  partition.sources = PointRecords();
  partition.targets = PointRecords();
  partition.scratch = PointRecords();
}

Octant Layout::octant(Index index) const {
  const RootCube& root = partition.root;
  const OctantKey key = essential.tree.key(index);
  const auto centre = root.centre(key);
  Octant octant{
      .side = 2.0 * root.half_width(level_of(key)) * root.unit, .level = level_of(key), .position = position_of(key)};
  for (std::size_t axis = 0; axis < 3; ++axis)
    octant.lower[axis] = (root.origin[axis] + centre[axis]) * root.unit - 0.5 * octant.side;
  return octant;
}

std::vector<Octant> own_octants(const Layout& layout) {
  std::vector<Octant> octants(usize(layout.essential.num_owned));
  for (Index i = 0; i < layout.essential.tree.size(); ++i)
    if (layout.essential.is_owned(i)) octants[usize(layout.essential.tree.octants[usize(i)].slot)] = layout.octant(i);
  return octants;
}

std::vector<Leaf> own_leaves(const Layout& layout) {
  const Octree& tree = layout.essential.tree;
  std::vector<Leaf> leaves;
  for (Index i = 0; i < tree.size(); ++i) {
    const OctantRecord& octant = tree.octants[usize(i)];
    if (!layout.essential.is_owned(i) || octant.leaf == 0) continue;
    const OctantWork& work = layout.octant_work[usize(octant.slot)];
    leaves.push_back({layout.octant(i), octant.num_sources, octant.num_targets, 1e-9 * work.work.total()});
  }
  return leaves;
}

}
