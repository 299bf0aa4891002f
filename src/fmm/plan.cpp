// SPDX-License-Identifier: BSD-3-Clause
// The public plan: checks what the caller gives, collectively, and hands it to the engine.
#include "nearfar/plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/petsc.hpp"
#include "fmm/communication.hpp"
#include "fmm/engine.hpp"
#include "fmm/near_field.hpp"
#include "fmm/tuning.hpp"

namespace nearfar {
namespace {

/// Throws InputError when one of the numbers is not finite; `row` numbers make one point or charge.
void require_finite(std::span<const double> values, std::size_t row, const char* what) {
  std::size_t first = values.size();
#pragma omp parallel for schedule(static) reduction(min : first)
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) first = std::min(first, i);
  if (first < values.size())
    throw InputError(std::string(what) + " " + std::to_string(first / row) + " (counted on its rank) is not finite: " +
                     std::to_string(values[first]) + "; remove or repair it");
}

void require_points(std::span<const double> coordinates, const char* what) {
  if (coordinates.size() % 3 != 0)
    throw UsageError(std::string("the coordinates of the ") + what + "s must be triples, but there are " +
                     std::to_string(coordinates.size()) + " numbers");
  if (coordinates.size() / 3 > usize(std::numeric_limits<Index>::max() / 4))
    throw UsageError(std::string("too many ") + what + "s on one rank: use more ranks");
  require_finite(coordinates, 3, what);
}

/// Throws UsageError on all ranks when a value differs between ranks.
template <std::size_t size>
void require_agreed(MPI_Comm communicator, const std::array<double, size>& values, const std::string& what) {
  std::array<double, 2 * size> extremes{};
  for (std::size_t i = 0; i < size; ++i) {
    extremes[i] = values[i];
    extremes[size + i] = -values[i];
  }
  all_reduce(communicator, std::span<double>(extremes), MPI_MAX);
  for (std::size_t i = 0; i < size; ++i)
    if (extremes[i] != -extremes[size + i]) throw UsageError(what + " must be the same on all ranks");
}

/// A number that tells kernels apart, those with other parameters too: the potential of unit charges at some distance.
[[nodiscard]] double fingerprint(const Kernel& kernel) {
  const std::array place{0.3, 0.5, 0.7};
  const double origin = 0.0;
  const std::vector<double> charge(usize(kernel.source_dim), 1.0);
  std::vector<double> potential(usize(kernel.target_dim), 0.0);
  const IndexRange one{0, 1};
  kernel.add_reference_sums({.targets = {&place[0], &place[1], &place[2]},
                             .num_targets = 1,
                             .sources = {&origin, &origin, &origin},
                             .charges = charge.data(),
                             .source_ranges = {&one, 1},
                             .potentials = potential.data()});
  double sum = 0.0;
  for (std::size_t i = 0; i < potential.size(); ++i) sum += static_cast<double>(i + 1) * potential[i];
  return std::isfinite(sum) ? sum : 0.0;
}

/// All checks of the constructor's arguments, agreed by all ranks.
void check_arguments(MPI_Comm communicator, const Kernel& kernel, const CallerPoints& points, const Options& options) {
  agree(communicator, [&] {
    require_petsc();
    if (!kernel.add_sums || !kernel.add_reference_sums)
      throw UsageError("the kernel is empty: make one with make_kernel");
    check_options(options);
    require_points(points.sources, "source");
    if (!points.targets_are_sources) require_points(points.targets, "target");
  });
  require_agreed<11>(
      communicator,
      {options.tolerance, options.root_scale, static_cast<double>(options.order),
       static_cast<double>(options.points_per_leaf), static_cast<double>(options.precision),
       options.lists_only ? 1.0 : 0.0, static_cast<double>(options.num_vectors), points.targets_are_sources ? 1.0 : 0.0,
       static_cast<double>(kernel.source_dim), static_cast<double>(kernel.target_dim), fingerprint(kernel)},
      "the kernel, the options, and whether there are targets of their own");
}

}

const char* precision_name(Precision precision) noexcept {
  return precision == Precision::full ? "full" : precision == Precision::mixed ? "mixed" : "automatic";
}

struct Plan::Implementation {
  Index num_sources;  ///< of the caller on this rank
  Index num_targets;
  Engine engine;
  PhaseTimes setup_times, apply_times;
  bool half_updated = false;  ///< an update failed on its way

  Implementation(MPI_Comm communicator, const Kernel& kernel, const CallerPoints& points, const Options& options)
      : num_sources(points.num_sources()),
        num_targets(points.num_targets()),
        engine(communicator, kernel, points, {options, {}}),
        setup_times(engine.setup_log.times(Phase::partition, Phase::expansions)) {}

  void require_whole() const {
    if (half_updated) throw UsageError("an update of this plan's points failed and left it unusable: make a new plan");
  }

  /// Collective.
  void require_whole_on_all() const {
    agree(engine.communicator.get(), [this] { require_whole(); });
  }

  [[nodiscard]] std::vector<std::int64_t> own_source_numbers() {
    require_whole_on_all();
    std::vector<std::int64_t> numbers = nearfar::source_numbers(engine, num_sources);
    numbers.resize(usize(engine.points.num_sources));  // without the ghosts
    return numbers;
  }

  /// Collective. Plan::update_points.
  void update(std::span<const double> sources, std::span<const double> targets, Balance balance);

  /// Collective. Plan::apply.
  void apply(std::span<const double> charges, std::span<double> potentials, std::span<double> gradients,
             int num_vectors);

 private:
  void check_apply(std::span<const double> charges, std::span<double> potentials, std::span<double> gradients,
                   int num_vectors) const;
};

void Plan::Implementation::check_apply(std::span<const double> charges, std::span<double> potentials,
                                       std::span<double> gradients, int num_vectors) const {
  require_whole();
  if (engine.options.lists_only) throw UsageError("this plan was made for its lists only and cannot be applied");
  if (num_vectors < 1) throw UsageError("num_vectors must be at least 1, not " + std::to_string(num_vectors));
  const auto require_size = [&](std::size_t size, Index points, int components, const char* what) {
    const std::size_t wanted = usize(points) * usize(components) * usize(num_vectors);
    if (size != wanted)
      throw UsageError(std::string(what) + " must hold " + std::to_string(wanted) + " numbers, not " +
                       std::to_string(size));
  };
  require_size(charges.size(), num_sources, engine.kernel.source_dim, "charges");
  require_size(potentials.size(), num_targets, engine.kernel.target_dim, "potentials");
  if (!gradients.empty()) require_size(gradients.size(), num_targets, 3 * engine.kernel.target_dim, "gradients");
  require_finite(charges, usize(engine.kernel.source_dim) * usize(num_vectors), "charge");
}

void Plan::Implementation::apply(std::span<const double> charges, std::span<double> potentials,
                                 std::span<double> gradients, int num_vectors) {
  const MPI_Comm comm = engine.communicator.get();
  agree(comm, [&] { check_apply(charges, potentials, gradients, num_vectors); });
  require_agreed<1>(comm, {static_cast<double>(num_vectors)}, "num_vectors");
  const bool with_gradients = all_max(comm, gradients.empty() ? 0 : 1) != 0;
  agree(comm, [&] {
    if (with_gradients && gradients.empty() && !potentials.empty())
      throw UsageError("gradients must be wanted by all ranks or by none");
  });
  engine.apply_log.clear();
  evaluate(engine, {charges, potentials, gradients, num_vectors}, with_gradients);
  apply_times = engine.apply_log.times(Phase::p2m, Phase::communication);
}

void Plan::Implementation::update(std::span<const double> sources, std::span<const double> targets, Balance balance) {
  const CallerPoints points{sources, targets, engine.points.targets_are_sources};
  const auto require_count = [](std::span<const double> coordinates, Index count, const char* what) {
    if (coordinates.size() != 3 * usize(count))
      throw UsageError("the plan has " + std::to_string(count) + " " + what + "s on this rank, but " +
                       std::to_string(coordinates.size()) + " coordinates are given instead of three for each");
    require_finite(coordinates, 3, what);
  };
  agree(engine.communicator.get(), [&] {
    require_whole();
    require_count(sources, num_sources, "source");
    require_count(targets, points.targets_are_sources ? 0 : num_targets, "target");
  });
  require_agreed<1>(engine.communicator.get(), {balance == Balance::measured ? 1.0 : 0.0}, "the balance");
  half_updated = true;
  engine.update(points, balance == Balance::measured);
  half_updated = false;
  setup_times = engine.setup_log.times(Phase::partition, Phase::expansions);
}

Plan::Plan(MPI_Comm communicator, const Kernel& kernel, std::span<const double> sources,
           std::span<const double> targets, const Options& options) {
  const CallerPoints points{sources, targets, false};
  check_arguments(communicator, kernel, points, options);
  implementation_ = std::make_unique<Implementation>(communicator, kernel, points, options);
}

Plan::Plan(MPI_Comm communicator, const Kernel& kernel, std::span<const double> points, const Options& options) {
  const CallerPoints both{points, {}, true};
  check_arguments(communicator, kernel, both, options);
  implementation_ = std::make_unique<Implementation>(communicator, kernel, both, options);
}

Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

void Plan::apply(std::span<const double> charges, std::span<double> potentials, std::span<double> gradients,
                 int num_vectors) {
  implementation_->apply(charges, potentials, gradients, num_vectors);
}

void Plan::update_points(std::span<const double> sources, std::span<const double> targets, Balance balance) {
  implementation_->update(sources, targets, balance);
}

std::vector<std::int64_t> Plan::source_numbers() { return implementation_->own_source_numbers(); }

std::vector<std::int64_t> Plan::target_numbers() {
  implementation_->require_whole_on_all();
  return nearfar::target_numbers(implementation_->engine, implementation_->num_targets);
}

void Plan::visit_near_field(const std::function<void(const NearRow&)>& visit, bool with_values) {
  Implementation& plan = *implementation_;
  plan.require_whole_on_all();
  nearfar::visit_near_field(plan.engine, plan.num_sources, plan.num_targets, with_values, visit);
}

const Options& Plan::options() const noexcept { return implementation_->engine.options; }
const TreeStatistics& Plan::tree_statistics() const noexcept { return implementation_->engine.statistics; }
std::int64_t Plan::memory_estimate_bytes() const noexcept { return estimate_memory(implementation_->engine); }

std::vector<Leaf> Plan::leaves() const {
  implementation_->require_whole();
  return own_leaves(implementation_->engine);
}

CommunicationCounts Plan::communication() const {
  implementation_->require_whole_on_all();
  return count_communication(implementation_->engine);
}

PhaseTimes Plan::predicted_times() const {
  implementation_->require_whole();
  const PhaseWork work = sum_of(implementation_->engine.octant_work);
  PhaseTimes times;
  for (auto i = static_cast<std::size_t>(Phase::p2m); i <= static_cast<std::size_t>(Phase::p2p); ++i)
    times[std::string(phase_names[i])].cpu_seconds = 1e-9 * work[static_cast<Phase>(i)];
  return times;
}

const PhaseTimes& Plan::setup_times() const noexcept { return implementation_->setup_times; }
const PhaseTimes& Plan::apply_times() const noexcept { return implementation_->apply_times; }

}
