// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/operator.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "comm/mpi.hpp"
#include "fmm/checks.hpp"
#include "nearfar/sampled_error.hpp"
#include "petsc/diagonal.hpp"

namespace nearfar {
namespace {

void agree_on_finite(MPI_Comm communicator, std::span<const double> values, const char* what) {
  agree(communicator, [&] { require_finite(values, 3, what, communicator); });
}

/// Whether a plan with options can be made on the tree of others.
[[nodiscard]] bool fits(const Options& options, const Options& of_tree) {
  return (options.points_per_leaf == 0 || options.points_per_leaf == of_tree.points_per_leaf) &&
         (options.root_scale == 0.0 || options.root_scale == of_tree.root_scale);
}

}

void Operator::set(const Settings& settings) {
  rows_ = rows_of(settings.kernel, has_normals(Role::targets));
  settings_ = settings;
  drop_plans();
  points_->drop_tuned_tree();
  forget_results();
}

void Operator::keep(const Settings& settings) {
  const bool other_check = settings.num_checks != settings_.num_checks;
  settings_ = settings;
  if (!other_check) return;
  last_error_ = -1.0;
  check_is_due_ = settings.num_checks > 0;
}

void Operator::drop_plans() {
  for (OwnPlan* own : {&transposed_, &with_gradients_, &forward_}) own->plan.reset();
  plan_of_product_ = nullptr;
}

Operator Operator::without_plans() const {
  Operator copy;
  copy.settings_ = settings_;
  copy.rows_ = rows_;
  copy.points_ = points_->copy();
  copy.normals_ = normals_;
  copy.forget_results();
  return copy;
}

void Operator::set_points(MPI_Comm communicator, std::span<const double> targets, std::span<const double> sources,
                          bool same, bool own) {
  agree_on_finite(communicator, targets, "target");
  if (!same) agree_on_finite(communicator, sources, "source");
  if (points_->is_shared()) {
    const bool others_fit = !own && points_->are_as_many(targets, sources, same);
    if (all_min(communicator, others_fit ? 1 : 0) == 0) {
      points_ = std::make_shared<SharedPoints>();
      drop_plans();
    }
  }
  points_->set(communicator, targets, sources, same);
  follow_points();
}

void Operator::share_points(Operator& other) {
  drop_plans();
  points_ = other.points_;
  points_->share();
  forget_results();
}

void Operator::copy_points(const Operator& other) {
  drop_plans();
  points_ = other.points_->copy();
  points_->forget_tuning();
  forget_results();
}

void Operator::follow_points() {
  forget_results();
  if (!plans_fit()) drop_plans();
  if (!targets_are_sources()) transposed_.plan.reset();  // others follow the tree
}

bool Operator::set_normals(MPI_Comm communicator, Role role, std::span<const double> normals, bool given) {
  agree_on_finite(communicator, normals, role == Role::targets ? "target normal" : "source normal");
  const PointNormals& before = of(role);
  const bool equal =
      given == before.given && std::equal(normals.begin(), normals.end(), before.values.begin(), before.values.end());
  if (all_min(communicator, equal ? 1 : 0) != 0) return false;
  std::optional<Rows> rows;
  if (role == Role::targets && given != before.given) rows = rows_of(settings_.kernel, given);
  agree(communicator, [&] {
    normals_[role == Role::targets ? 0 : 1] = {std::vector<double>(normals.begin(), normals.end()), given};
  });
  if (role == Role::sources && !kernel().needs_source_normals()) return false;
  for (OwnPlan* own : {&forward_, &transposed_, &with_gradients_}) own->has_normals = false;
  forget_results();
  if (!rows) return true;
  if ((rows->use == UseOfNormals::replaced_field) != (rows_.use == UseOfNormals::replaced_field)) {
    drop_plans();
    points_->drop_tuned_tree();
  }
  rows_ = std::move(*rows);
  return true;
}

bool Operator::needs_normals(Role role) const noexcept {
  return role == Role::targets ? kernel().needs_target_normals() || rows_.use == UseOfNormals::along_gradients
                               : kernel().needs_source_normals();
}

void Operator::forget_results() {
  num_gradient_vectors_ = 0;
  last_error_ = -1.0;
  check_is_due_ = settings_.num_checks > 0;
}

Normals Operator::normals_for(const Kernel& kernel, bool exchanged) const noexcept {
  Normals needed;
  if (kernel.needs_source_normals()) needed.sources = normals(exchanged ? Role::targets : Role::sources);
  if (kernel.needs_target_normals()) needed.targets = normals(exchanged ? Role::sources : Role::targets);
  return needed;
}

Plan& Operator::with_normals(OwnPlan& own, bool exchanged) {
  if (!own.has_normals && (own.kernel.needs_source_normals() || own.kernel.needs_target_normals()))
    own.plan->set_normals(normals_for(own.kernel, exchanged));
  own.has_normals = true;
  return *own.plan;
}

void Operator::make_plan(MPI_Comm communicator) {
  if (!has_points()) throw UsageError("the matrix has no points: call MatNearfarSetPoints");
  forward_ = {{}, kernel(), false};
  if (points_->is_shared() && all_max(communicator, points_.use_count() > 1 ? 1 : 0) == 0) {
    // The others have ended, and with them their claim to the tree.
    points_->end_sharing();
    if (!fits(settings_.options, points_->has_tree() ? points_->tree().options() : Options{})) points_->drop_tree();
  }
  // The tree of a copy may have been that of other settings, which it shared.
  if (!points_->is_shared() && points_->has_tree() && !fits(settings_.options, points_->tree().options()))
    points_->drop_tree();
  if (points_->has_tree()) {
    const Options& options = points_->tree_is_tuned() ? points_->tree().options() : settings_.options;
    forward_.plan.emplace(points_->tree(), kernel(), options);
  } else {
    if (targets_are_sources())
      forward_.plan.emplace(communicator, kernel(), targets(), settings_.options);
    else
      forward_.plan.emplace(communicator, kernel(), sources(), targets(), settings_.options);
    points_->set_tree(forward_.plan->geometry());
  }
  tree_number_ = points_->tree_number();
}

Plan& Operator::plan(MPI_Comm communicator) {
  if (!plans_fit()) drop_plans();
  try {
    points_->update_tree();
  } catch (...) {
    drop_plans();
    // It may be a plan of another matrix that cannot follow; this one makes a tree of its own, or says what is wrong.
    if (!points_->is_shared()) throw;
  }
  if (!forward_.plan) make_plan(communicator);
  return with_normals(forward_, false);
}

Plan& Operator::plan_with_gradients(MPI_Comm communicator) {
  Plan& of_rows = plan(communicator);
  if (rows_.use != UseOfNormals::replaced_field) return of_rows;
  if (!with_gradients_.plan) {
    with_gradients_ = {{}, rows_.plain, false};
    Options options = of_rows.options();
    options.tolerance = 0.0;  // as chosen, whatever the root cube has become since
    with_gradients_.plan.emplace(of_rows.geometry(), rows_.plain, options);
  }
  return with_normals(with_gradients_, false);
}

Plan& Operator::transposed_plan(MPI_Comm communicator) {
  if (targets_are_sources() && is_own_transpose(kernel())) return plan(communicator);
  const Plan& of_rows = plan(communicator);  // moves the points of both, where they have one geometry
  if (!transposed_.plan) {
    transposed_ = {{}, kernel().transposed ? kernel().transposed() : kernel(), false};
    Options options = settings_.options;  // order and precision by the other kernel, the tree as it is
    options.points_per_leaf = of_rows.options().points_per_leaf;
    options.root_scale = of_rows.options().root_scale;
    if (options.tolerance != 0.0) {
      // An order and a precision that keep it for this kernel may not do so for the other one.
      options.order = 0;
      if (options.precision == Precision::mixed) options.precision = Precision::automatic;
    }
    if (targets_are_sources())
      transposed_.plan.emplace(of_rows.geometry(), transposed_.kernel, options);
    else
      transposed_.plan.emplace(communicator, transposed_.kernel, targets(), sources(), options);
  }
  return with_normals(transposed_, true);
}

void Operator::multiply(MPI_Comm communicator, std::span<const double> x, std::span<double> y, int num_vectors) {
  Plan& of_rows = plan(communicator);
  plan_of_product_ = &of_rows;
  const bool along_gradients = rows_.use == UseOfNormals::along_gradients;
  std::span<double> gradients;
  if (along_gradients) {
    if (num_gradient_vectors_ < num_vectors) agree(communicator, [&] { gradients_.resize(3 * y.size()); });
    num_gradient_vectors_ = std::max(num_gradient_vectors_, num_vectors);
    gradients = std::span(gradients_).first(3 * y.size());
  }
  of_rows.apply(x, y, gradients, num_vectors);
  if (num_vectors == 1) check(communicator, kernel(), x, y, gradients);
  if (along_gradients) project(gradients, normals(Role::targets), y);
}

void Operator::multiply_with_gradients(MPI_Comm communicator, std::span<const double> x, std::span<double> y,
                                       std::span<double> gradients) {
  if (const std::string reason = why_no_gradients(); !reason.empty()) throw std::logic_error(reason);
  Plan& of_gradients = plan_with_gradients(communicator);
  plan_of_product_ = &of_gradients;
  of_gradients.apply(x, y, gradients);
  const bool has_normals_of_targets = has_normals(Role::targets);
  check(communicator, rows_.plain, x, y, has_normals_of_targets ? gradients : std::span<double>{});
  if (has_normals_of_targets) project(gradients, normals(Role::targets), y);
}

void Operator::check(MPI_Comm communicator, const Kernel& kernel, std::span<const double> x, std::span<const double> y,
                     std::span<const double> gradients) {
  if (!check_is_due_) return;
  const bool finite = std::all_of(x.begin(), x.end(), [](double value) { return std::isfinite(value); });
  if (all_min(communicator, finite ? 1 : 0) == 0) return;
  const bool of_gradients = all_max(communicator, gradients.empty() ? 0 : 1) != 0;
  check_is_due_ = false;
  const SampledSums sums{.sources = sources(),
                         .charges = x,
                         .targets = targets(),
                         .potentials = y,
                         .gradients = gradients,
                         .normals = normals_for(kernel, false)};
  const SampledError error = sampled_error(communicator, kernel, sums, settings_.num_checks);
  last_error_ = of_gradients ? error.gradient_rel_l2 : 0.0;
  for (const FieldError& field : error.fields)
    if (!of_gradients && !(field.rel_l2 <= last_error_)) last_error_ = field.rel_l2;  // keeps a NaN
}

std::string Operator::why_no_transpose() const {
  if (rows_.use == UseOfNormals::along_gradients)
    return "there is no transpose of derivatives along target normals of " + names_of(kernel().fields) +
           "; make a matrix without MatNearfarSetTargetNormals";
  if (!kernel().transposed && !is_own_transpose(kernel()))
    return "there is no transpose of " + names_of(kernel().fields) + " of " + names_of(kernel().source_kinds) +
           ": the " + kernel().name + " kernel lacks the source kinds or the fields of its sums";
  return {};
}

bool Operator::is_symmetric() const {
  if (!has_points() || !targets_are_sources() || rows_.use == UseOfNormals::along_gradients) return false;
  if (kernel().needs_source_normals() || kernel().needs_target_normals()) return false;
  const std::optional<KernelChoice> other = dual();
  if (!other) return false;
  const KernelChoice transposed = completed(*other);
  return transposed.source_kinds == names_in(kernel().source_kinds) && transposed.fields == names_in(kernel().fields);
}

std::optional<KernelChoice> Operator::dual() const {
  if (!why_no_transpose().empty()) return {};
  KernelChoice choice = settings_.kernel;
  if (!kernel().transposed) return choice;
  const Kernel transposed = kernel().transposed();
  choice.source_kinds = names_in(transposed.source_kinds);
  choice.fields = names_in(transposed.fields);
  const Kernel plain = rows_of(choice, false).kernel;
  const auto equal = [](const Contraction& a, const Contraction& b) {
    return a.from == b.from && a.to == b.to && a.axis == b.axis && a.coefficient == b.coefficient;
  };
  const auto all_equal = [&](const std::vector<Contraction>& a, const std::vector<Contraction>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
  };
  if (!all_equal(plain.source_contractions, transposed.source_contractions) ||
      !all_equal(plain.field_contractions, transposed.field_contractions))
    return {};
  return choice;
}

double Operator::memory_bytes() const noexcept {
  double bytes = 8.0 * static_cast<double>(targets().size() + (targets_are_sources() ? 0 : sources().size()));
  for (const PointNormals& normals : normals_) bytes += 8.0 * static_cast<double>(normals.values.size());
  for (const OwnPlan* own : {&forward_, &transposed_, &with_gradients_})
    if (own->plan) bytes += static_cast<double>(own->plan->memory_estimate_bytes());
  return bytes;
}

std::string Operator::why_no_gradients() const {
  if (rows_.plain.has_gradients) return {};
  return "there are no gradients beside " + names_of(rows_.plain.fields) + " of the " + kernel().name +
         " kernel; choose a field that is a gradient by MatNearfarSetFields";
}

void Operator::multiply_transposed(MPI_Comm communicator, std::span<const double> x, std::span<double> y,
                                   int num_vectors) {
  if (const std::string reason = why_no_transpose(); !reason.empty()) throw std::logic_error(reason);
  if (targets_are_sources() && is_own_transpose(kernel())) return multiply(communicator, x, y, num_vectors);
  Plan& of_columns = transposed_plan(communicator);
  plan_of_product_ = &of_columns;
  of_columns.apply(x, y, {}, num_vectors);
}

void Operator::diagonal_blocks(std::span<double> blocks) const {
  if (targets_are_sources()) {
    std::fill(blocks.begin(), blocks.end(), 0.0);
    return;
  }
  set_diagonal_blocks(pairs(), blocks);
}

void Operator::diagonal(std::span<double> values) const {
  if (targets_are_sources()) {
    std::fill(values.begin(), values.end(), 0.0);
    return;
  }
  set_diagonal(pairs(), values);
}

PointPairs Operator::pairs() const {
  const bool along_gradients = rows_.use == UseOfNormals::along_gradients;
  return {kernel(), targets(), sources(), normals_for(kernel(), false),
          along_gradients ? normals(Role::targets) : std::span<const double>{}};
}

}
