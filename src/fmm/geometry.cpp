// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/geometry.hpp"

#include <algorithm>

#include "comm/together.hpp"
#include "fmm/checks.hpp"
#include "fmm/costs.hpp"
#include "fmm/memory.hpp"
#include "fmm/near_field.hpp"

namespace nearfar {
namespace {

/// Fetches the coordinates of the ghost sources behind what is there.
void fetch_ghost_coordinates(MPI_Comm communicator, DomainPoints& points, Interactions& interactions) {
  const std::array axes{&points.sources.x, &points.sources.y, &points.sources.z};
  agree(communicator, [&] {
    for (auto* axis : axes) axis->resize(usize(interactions.num_sources));
  });
  interactions.ghost_sources.begin(3, [&](Index place, double* xyz) {
    for (std::size_t axis = 0; axis < 3; ++axis) xyz[axis] = (*axes[axis])[usize(place)];
  });
  interactions.ghost_sources.end(3, [&](Index place, const double* xyz) {
    for (std::size_t axis = 0; axis < 3; ++axis) (*axes[axis])[usize(place)] = xyz[axis];
  });
}

[[nodiscard]] std::shared_ptr<Geometry::Implementation> make_geometry(MPI_Comm communicator, const CallerPoints& points,
                                                                      const Kernel& tuned_for, const Options& options,
                                                                      std::span<const std::int64_t> cuts) {
  return together(communicator, [&] {
    check_arguments(communicator, tuned_for, options, &points, cuts);
    require_memory_for_points(communicator, points.num_sources(), points.num_targets(), tuned_for, options);
    Tuning tuning{tuned_for, options};
    tuning.partition.forced_splitters = keys_of_cuts(cuts, size_of_communicator(communicator));
    return std::make_shared<Geometry::Implementation>(communicator, points, std::move(tuning));
  });
}

}

Geometry::Implementation::Implementation(MPI_Comm caller, const CallerPoints& points, Tuning tuning)
    : communicator(caller), num_sources(points.num_sources()), num_targets(points.num_targets()) {
  TargetLists lists = make_layout(comm(), points, std::move(tuning), layout, log);
  release_records(layout.partition);
  log.serial(Phase::lists, [&] { take(std::move(lists), direct_limit(layout.tuning.kernel, options())); });
  setup_times = log.times(Phase::partition, Phase::lists);
}

void Geometry::Implementation::take(TargetLists lists, Index direct_limit) {
  Interactions made = make_interactions(comm(), layout.partition, layout.essential, layout.points, lists);
  fetch_ghost_coordinates(comm(), layout.points, made);
  interactions.insert_or_assign(direct_limit, std::move(made));
}

Interactions& Geometry::Implementation::interactions_for(Index direct_limit) {
  if (!interactions.contains(direct_limit)) take(make_target_lists(layout.essential, direct_limit), direct_limit);
  return interactions.at(direct_limit);
}

void Geometry::Implementation::require_whole() const {
  if (!is_whole) throw UsageError("an update of these points failed and left them unusable: set them up again");
}

void Geometry::Implementation::require_whole_on_all() const {
  agree(comm(), [this] { require_whole(); });
}

Motion Geometry::Implementation::motion(Balance balance) const {
  Motion motion;
  motion.keep_side = std::any_of(users.begin(), users.end(), [](const auto* user) { return !user->is_homogeneous(); });
  if (balance == Balance::measured) {
    motion.measured.emplace();
    for (const GeometryUser* user : users) *motion.measured += user->measured();
  }
  return motion;
}

void Geometry::Implementation::update(std::span<const double> sources, std::span<const double> targets,
                                      Balance balance) {
  const CallerPoints points{sources, targets, layout.points.targets_are_sources};
  agree(comm(), [&] {
    require_whole();
    require_moved(sources, num_sources, "source");
    require_moved(targets, points.targets_are_sources ? 0 : num_targets, "target");
  });
  require_agreed<1>(comm(), {balance == Balance::measured ? 1.0 : 0.0}, "the balance");
  is_whole = false;
  log.clear();
  const Motion how = motion(balance);
  for (GeometryUser* user : users) user->release();
  interactions.clear();
  TargetLists lists = move_layout(comm(), points, how, layout, log);
  log.serial(Phase::lists, [&] { take(std::move(lists), direct_limit(layout.tuning.kernel, options())); });
  setup_times = log.times(Phase::partition, Phase::lists);
  for (GeometryUser* user : users) user->refresh();
  is_whole = true;
}

std::vector<GlobalIndex> Geometry::Implementation::source_numbers() {
  require_whole_on_all();
  return numbers_in_tree_order(comm(), layout.points.caller_sources, num_sources);
}

std::vector<GlobalIndex> Geometry::Implementation::target_numbers() {
  require_whole_on_all();
  return numbers_in_tree_order(comm(), layout.points.target_map(), num_targets);
}

PhaseTimes Geometry::Implementation::predicted_times() const {
  require_whole();
  const PhaseWork work = sum_of(layout.octant_work);
  PhaseTimes times;
  for (auto i = static_cast<std::size_t>(Phase::p2m); i <= static_cast<std::size_t>(Phase::p2p); ++i)
    times[std::string(phase_names[i])].cpu_seconds = 1e-9 * work[static_cast<Phase>(i)];
  return times;
}

Geometry::Geometry(MPI_Comm communicator, std::span<const double> sources, std::span<const double> targets,
                   const Kernel& tuned_for, const Options& options, std::span<const std::int64_t> cuts)
    : implementation_(make_geometry(communicator, {sources, targets, false}, tuned_for, options, cuts)) {}

Geometry::Geometry(MPI_Comm communicator, std::span<const double> points, const Kernel& tuned_for,
                   const Options& options, std::span<const std::int64_t> cuts)
    : implementation_(make_geometry(communicator, {points, {}, true}, tuned_for, options, cuts)) {}

std::vector<std::int64_t> Geometry::cuts() const {
  implementation_->require_whole();
  constexpr PointKey mask = (PointKey{1} << bits_of_cut) - 1;
  const std::vector<PointKey>& splitters = implementation_->layout.partition.splitters;
  std::vector<std::int64_t> cuts;
  for (std::size_t rank = 1; rank + 1 < splitters.size(); ++rank) {
    const PointKey key = splitters[rank];
    for (const PointKey number : {key >> (2 * bits_of_cut), key >> bits_of_cut & mask, key & mask})
      cuts.push_back(static_cast<std::int64_t>(number));
  }
  return cuts;
}

void Geometry::update_points(std::span<const double> sources, std::span<const double> targets, Balance balance) {
  together(implementation_->comm(), [&] { implementation_->update(sources, targets, balance); });
}

std::vector<std::int64_t> Geometry::source_numbers() {
  return together(implementation_->comm(), [this] { return implementation_->source_numbers(); });
}
std::vector<std::int64_t> Geometry::target_numbers() {
  return together(implementation_->comm(), [this] { return implementation_->target_numbers(); });
}

std::vector<Leaf> Geometry::leaves() const {
  implementation_->require_whole();
  return own_leaves(implementation_->layout);
}

PhaseTimes Geometry::predicted_times() const { return implementation_->predicted_times(); }
const Options& Geometry::options() const noexcept { return implementation_->options(); }
const TreeStatistics& Geometry::tree_statistics() const noexcept { return implementation_->layout.statistics; }
const PhaseTimes& Geometry::setup_times() const noexcept { return implementation_->setup_times; }

}
