// SPDX-License-Identifier: BSD-3-Clause
// The public plan: checks what the caller gives, collectively, and hands it on. What plans count of themselves is in
// forecast/.
#include "fmm/plan.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include "comm/together.hpp"
#include "fmm/checks.hpp"
#include "fmm/contraction.hpp"
#include "fmm/costs.hpp"
#include "fmm/memory.hpp"
#include "fmm/near_field.hpp"
#include "fmm/probed_errors.hpp"
#include "fmm/scaling.hpp"
#include "fmm/tuner.hpp"
#include "fmm/vectors.hpp"

namespace nearfar {
namespace {

/// The order and precision are what the geometry chose for this kernel.
[[nodiscard]] bool is_choice_of(const Tuning& tuning, const Kernel& kernel, const Options& wanted) {
  const Options& of_geometry = tuning.options;
  return !kernel.identity.empty() && kernel.identity == tuning.kernel.identity && wanted.order == of_geometry.order &&
         wanted.tolerance == of_geometry.tolerance && wanted.precision == of_geometry.precision;
}

/// The options of a plan on a geometry, with nothing left open. Throws UsageError where they do not fit its tree.
[[nodiscard]] Options fitted(const Options& wanted, const Kernel& kernel, const Tuning& tuning, const RootCube& root) {
  const Options& of_geometry = tuning.options;
  // Choices stay as they are, though the root cube may have grown since.
  const bool is_choice = is_choice_of(tuning, kernel, wanted);
  Options options = wanted;
  if (is_choice) options.tolerance = 0.0;
  options = choose_accuracy(options, kernel, root.side * root.unit);
  if (is_choice) options.tolerance = wanted.tolerance;
  if ((wanted.points_per_leaf != 0 && wanted.points_per_leaf != of_geometry.points_per_leaf) ||
      (wanted.root_scale != 0.0 && wanted.root_scale != of_geometry.root_scale))
    throw UsageError("points_per_leaf and root_scale belong to the geometry, which has " +
                     std::to_string(of_geometry.points_per_leaf) + " and " + std::to_string(of_geometry.root_scale) +
                     ": leave them at 0, or make a geometry tuned for them");
  options.points_per_leaf = of_geometry.points_per_leaf;
  options.root_scale = of_geometry.root_scale;
  return options;
}

}

Plan::Implementation::Implementation(Geometry geometry_, const Kernel& kernel_, const Options& options_,
                                     const Options& wanted, bool makes_geometry_)
    : geometry(std::move(geometry_)),
      options(options_),
      kernel(kernel_),
      order_is_given(wanted.order != 0),
      makes_geometry(makes_geometry_) {
  translations.order = options.order;
  translations.precision = options.precision;
  // An order that the geometry chose is for the root cube of that time, which may have grown since.
  const Tuning& tuning = shared().layout.tuning;
  if (!kernel.identity.empty() && kernel.identity == tuning.kernel.identity && options.order == tuning.options.order)
    translations.orders = {options.order, phase_of_largest_boxes(kernel.of_expansions().wavenumber, tuning.side)};
  if (!options.lists_only) evaluation.emplace(comm(), shared().layout, translations);
  has_normals = !kernel.needs_source_normals() && !kernel.needs_target_normals();
  agree(comm(), [&] { shared().users.reserve(shared().users.size() + 1); });
  refresh();
  shared().users.push_back(this);
}

Plan::Implementation::~Implementation() { std::erase(shared().users, this); }

void Plan::Implementation::release() {
  log.clear();
  interactions = nullptr;
  if (!evaluation) return;
  evaluation->log.clear();  // times of another tree
  evaluation->release();
}

bool Plan::Implementation::make_translations() {
  const Layout& layout = shared().layout;
  const bool are_new = translations.operators.empty();
  agree(comm(), [&] {
    const double side_before = translations.first_side;
    translations.make(kernel, layout.partition.root, layout.statistics.depth);
    if (side_before > 0.0) require_probed_size(kernel, side_before, translations.length * 2.0);
  });
  return are_new;
}

void Plan::Implementation::refresh() {
  const Layout& layout = shared().layout;
  bool is_final = false;
  while (!is_final) {
    log.serial(Phase::lists, [&] { interactions = &shared().interactions_for(direct_limit(kernel, options)); });
    require_memory(comm(), layout, *interactions, kernel, options);
    is_final = !evaluation || log.serial(Phase::translations, [&] { return !(make_translations() && raises_order()); });
  }
  if (evaluation) log.serial(Phase::expansions, [&] { evaluation->prepare(*interactions, options.num_vectors); });
  setup_times = log.times(Phase::partition, Phase::expansions);
  if (!makes_geometry) return;
  for (const auto& [phase, time] : shared().setup_times) {
    setup_times[phase].seconds += time.seconds;
    setup_times[phase].serial_seconds += time.serial_seconds;
  }
}

PhaseWork Plan::Implementation::measured() const { return evaluation ? measured_work(evaluation->log) : PhaseWork{}; }

void Plan::Implementation::check_sizes(const CallerValues& values) const {
  shared().require_whole();
  if (!evaluation) throw UsageError("this plan was made for its lists only and cannot be applied");
  if (!has_normals) throw UsageError(lacks_normals());
  if (!values.gradients.empty() && !kernel.has_gradients)
    throw UsageError("this kernel gives no gradients beside its fields: ask for a field that is a gradient");
  if (values.num_vectors < 1)
    throw UsageError("num_vectors must be at least 1, not " + std::to_string(values.num_vectors));
  const auto require_size = [&](std::size_t size, Index points, int components, const char* what) {
    const std::size_t wanted = usize(points) * usize(components) * usize(values.num_vectors);
    if (size != wanted)
      throw UsageError(std::string(what) + " must hold " + std::to_string(wanted) + " numbers, not " +
                       std::to_string(size));
  };
  require_size(values.charges.size(), shared().num_sources, kernel.num_strengths(), "charges");
  require_size(values.potentials.size(), shared().num_targets, kernel.num_values(), "potentials");
  if (!values.gradients.empty())
    require_size(values.gradients.size(), shared().num_targets, 3 * kernel.target_dim, "gradients");
}

void Plan::Implementation::set_normals(const Normals& normals) {
  std::vector<double> of_sources, of_targets;
  agree(comm(), [&] {
    const auto checked = [this](std::span<const double> given, Index num_points, bool needed, const char* what) {
      if (given.size() != (needed ? 3 * usize(num_points) : 0))
        throw UsageError(std::string("normals of the ") + what + "s must be " +
                         (needed ? "three numbers for each" : "empty, since nothing needs them") + ", but there are " +
                         std::to_string(given.size()) + " numbers for " + std::to_string(num_points) + " " + what +
                         "s");
      require_finite(given, 3, (std::string("normal of ") + what).c_str(), comm());
      return std::vector<double>(given.begin(), given.end());
    };
    of_sources = checked(normals.sources, shared().num_sources, kernel.needs_source_normals(), "source");
    of_targets = checked(normals.targets, shared().num_targets, kernel.needs_target_normals(), "target");
  });
  source_normals = std::move(of_sources);
  target_normals = std::move(of_targets);
  has_normals = true;
}

std::span<const double> Plan::Implementation::charges_of(const CallerValues& values) {
  if (kernel.source_contractions.empty()) return values.charges;
  const auto num_sources = usize(shared().num_sources) * usize(values.num_vectors);
  charges_.resize(num_sources * usize(kernel.source_dim));
  contract(kernel.source_contractions, source_normals.data(), shared().num_sources, values.num_vectors,
           {values.charges.data(), kernel.num_strengths()}, {charges_.data(), kernel.source_dim});
  return charges_;
}

Agreement Plan::Implementation::agree_on_apply(const CallerValues& values) {
  constexpr std::size_t num_at_once = 8;  // vectors whose magnitudes travel with the rest
  std::exception_ptr error;
  Magnitudes own;
  Agreement on_all;
  std::array<double, 7 + num_at_once> numbers{};
  try {
    check_sizes(values);
    const RootCube& root = shared().layout.partition.root;
    const int half_width = std::ilogb(root.half_width(0) * root.unit);
    own = magnitudes_of(charges_of(values), values.num_vectors,
                        unit_exponents(kernel.source_components, kernel.source_dim, half_width));
    if (!own.finite && options.non_finite == NonFinite::refuse) {
      require_finite(values.charges, usize(kernel.num_strengths()) * usize(values.num_vectors), "charge", comm());
      require_finite(charges_of(values), usize(kernel.source_dim) * usize(values.num_vectors), "charge times normal",
                     comm());
    }
    const auto as_number = [](bool fact) { return fact ? 1.0 : 0.0; };
    const bool has_results = kernel.field_contractions.empty() || potentials_.size() >= num_results(values);
    numbers = {1.0 * values.num_vectors,
               -1.0 * values.num_vectors,
               as_number(!values.gradients.empty()),
               as_number(values.gradients.empty() && !values.potentials.empty()),
               as_number(!own.finite),
               as_number(!evaluation->has_room(values.num_vectors, false) || !has_results),
               as_number(!evaluation->has_room(values.num_vectors, true) || !has_results)};
    std::copy_n(own.largest.begin(), std::min(own.largest.size(), num_at_once), numbers.end() - num_at_once);
  } catch (...) {
    error = std::current_exception();
  }
  numbers = agree_on(comm(), error, numbers);
  if (numbers[0] != -numbers[1]) throw UsageError("num_vectors must be the same on all ranks");
  on_all.with_gradients = numbers[2] != 0.0;
  if (on_all.with_gradients && numbers[3] != 0.0) throw UsageError("gradients must be wanted by all ranks or by none");
  on_all.finite = numbers[4] == 0.0;
  on_all.has_room = numbers[on_all.with_gradients ? 6 : 5] == 0.0;
  if (own.largest.size() > num_at_once)
    all_reduce(comm(), std::span(own.largest), MPI_MAX);
  else
    std::copy_n(numbers.end() - num_at_once, own.largest.size(), own.largest.begin());
  for (const double largest : own.largest) on_all.exponents.push_back(exponent_of(largest));
  return on_all;
}

void Plan::Implementation::apply(const CallerValues& values) {
  const Agreement on_all = agree_on_apply(values);
  if (!on_all.finite) {
    for (const auto& results : {values.potentials, values.gradients})
      std::fill(results.begin(), results.end(), std::numeric_limits<double>::quiet_NaN());
    return;
  }
  if (!on_all.has_room)
    agree(comm(), [&] {
      evaluation->make_room(values.num_vectors, on_all.with_gradients);
      if (!kernel.field_contractions.empty()) potentials_.resize(num_results(values));
    });
  evaluation->log.clear();
  CallerValues of_sums = values;
  if (!kernel.source_contractions.empty()) of_sums.charges = charges_;
  if (!kernel.field_contractions.empty()) of_sums.potentials = std::span(potentials_).first(num_results(values));
  evaluate(*evaluation, of_sums, on_all.with_gradients, on_all.exponents);
  if (!kernel.field_contractions.empty())
    contract(kernel.field_contractions, target_normals.data(), shared().num_targets, values.num_vectors,
             {potentials_.data(), kernel.target_dim}, {values.potentials.data(), kernel.num_values()});
  apply_times = evaluation->log.times(Phase::p2m, Phase::communication);
}

Plan::Plan(MPI_Comm communicator, const Kernel& kernel, std::span<const double> sources,
           std::span<const double> targets, const Options& options, std::span<const std::int64_t> cuts) {
  together(communicator, [&] {
    const Geometry own(communicator, sources, targets, kernel, options, cuts);
    implementation_ =
        std::make_unique<Implementation>(own, own.implementation_->layout.tuning.kernel, own.options(), options, true);
  });
}

Plan::Plan(MPI_Comm communicator, const Kernel& kernel, std::span<const double> points, const Options& options,
           std::span<const std::int64_t> cuts) {
  together(communicator, [&] {
    const Geometry own(communicator, points, kernel, options, cuts);
    implementation_ =
        std::make_unique<Implementation>(own, own.implementation_->layout.tuning.kernel, own.options(), options, true);
  });
}

Plan::Plan(const Geometry& geometry, const Kernel& kernel, const Options& options) {
  const Geometry::Implementation& shared = *geometry.implementation_;
  together(shared.comm(), [&] {
    check_arguments(shared.comm(), kernel, options, nullptr);
    shared.require_whole_on_all();
    const RootCube& root = shared.layout.partition.root;
    const Kernel known =
        with_errors(shared.comm(), kernel, options, {root.half_width(0) * root.unit, shared.layout.statistics.depth});
    Options chosen, wanted = options;
    agree(shared.comm(), [&] { chosen = fitted(options, known, shared.layout.tuning, root); });
    if (is_choice_of(shared.layout.tuning, known, options)) wanted.order = 0;
    implementation_ = std::make_unique<Implementation>(geometry, known, chosen, wanted, false);
  });
}

Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

void Plan::apply(std::span<const double> charges, std::span<double> potentials, std::span<double> gradients,
                 int num_vectors) {
  together(implementation_->comm(), [&] { implementation_->apply({charges, potentials, gradients, num_vectors}); });
}

void Plan::set_normals(const Normals& normals) {
  together(implementation_->comm(), [&] { implementation_->set_normals(normals); });
}

void Plan::update_points(std::span<const double> sources, std::span<const double> targets, Balance balance) {
  implementation_->geometry.update_points(sources, targets, balance);
}

std::vector<std::int64_t> Plan::source_numbers() { return implementation_->geometry.source_numbers(); }
std::vector<std::int64_t> Plan::target_numbers() { return implementation_->geometry.target_numbers(); }

void Plan::visit_near_field(const std::function<void(const NearRow&)>& visit, bool with_values) {
  Implementation& plan = *implementation_;
  // What the caller's function throws is the caller's alone, a lack of memory too.
  std::exception_ptr thrown;
  const auto guarded = [&](const NearRow& row) {
    try {
      visit(row);
    } catch (...) {
      thrown = std::current_exception();
      throw CallersError();
    }
  };
  try {
    together(plan.comm(), [&] {
      const std::vector<GlobalIndex> sources = source_numbers(), targets = target_numbers();
      const Kernel in_units = plan.kernel.in_units_of(plan.shared().layout.partition.root.unit);
      if (with_values && !plan.has_normals) throw UsageError(plan.lacks_normals());
      const NormalsInTreeOrder normals = with_values ? plan.normals_in_tree_order() : NormalsInTreeOrder{};
      nearfar::visit_near_field(plan.shared().layout, *plan.interactions, sources, targets,
                                with_values ? &in_units : nullptr, normals.view(), guarded);
    });
  } catch (const CallersError&) {
    std::rethrow_exception(thrown);
  }
}

NormalsInTreeOrder Plan::Implementation::normals_in_tree_order() {
  NormalsInTreeOrder normals;
  DomainPoints& points = shared().layout.points;
  if (kernel.needs_source_normals()) {
    normals.sources.resize(3 * usize(interactions->num_sources));
    points.caller_sources.to_tree(3, source_normals.data(), normals.sources.data());
    interactions->ghost_sources.copy(3, normals.sources.data(), normals.sources.data());
  }
  if (kernel.needs_target_normals()) {
    normals.targets.resize(3 * usize(points.num_targets));
    points.target_map().to_tree(3, target_normals.data(), normals.targets.data());
  }
  return normals;
}

const Geometry& Plan::geometry() const noexcept { return implementation_->geometry; }
std::vector<Leaf> Plan::leaves() const { return implementation_->geometry.leaves(); }
PhaseTimes Plan::predicted_times() const { return implementation_->geometry.predicted_times(); }
const Options& Plan::options() const noexcept { return implementation_->options; }
const RaisedOrder& Plan::raised_order() const noexcept { return implementation_->raised_order; }
const TreeStatistics& Plan::tree_statistics() const noexcept { return geometry().tree_statistics(); }
const PhaseTimes& Plan::setup_times() const noexcept { return implementation_->setup_times; }
const PhaseTimes& Plan::apply_times() const noexcept { return implementation_->apply_times; }

}
