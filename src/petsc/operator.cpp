// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/operator.hpp"

#include <algorithm>
#include <cmath>

#include "comm/mpi.hpp"
#include "fmm/checks.hpp"

namespace nearfar {
namespace {

void agree_on_finite(MPI_Comm communicator, std::span<const double> values, const char* what) {
  agree(communicator, [&] { require_finite(values, 3, what); });
}

/// Derivatives along the normals: [target][components] from gradients [target][components][3].
void project(std::span<const double> gradients, std::span<const double> normals, std::size_t components,
             std::span<double> y) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double* g = &gradients[3 * i];
    const double* n = &normals[3 * (i / components)];
    y[i] = g[0] * n[0] + g[1] * n[1] + g[2] * n[2];
  }
}

}

void Operator::set(const Settings& settings) {
  settings_ = settings;
  plan_.reset();
  transposed_.reset();
  forget_results();
}

Operator Operator::without_plans() const {
  Operator copy;
  copy.settings_ = settings_;
  copy.targets_ = targets_;
  copy.sources_ = sources_;
  copy.normals_ = normals_;
  copy.same_ = same_;
  copy.has_points_ = has_points_;
  copy.has_normals_ = has_normals_;
  copy.forget_results();
  return copy;
}

void Operator::set_points(MPI_Comm communicator, std::span<const double> targets, std::span<const double> sources,
                          bool same) {
  agree_on_finite(communicator, targets, "target");
  if (!same) agree_on_finite(communicator, sources, "source");
  const bool as_before =
      has_points_ && same == same_ && targets.size() == targets_.size() && (same || sources.size() == sources_.size());
  const bool moved = all_min(communicator, as_before && plan_ ? 1 : 0) != 0;
  agree(communicator, [&] {
    targets_.assign(targets.begin(), targets.end());
    if (same)
      sources_ = {};
    else
      sources_.assign(sources.begin(), sources.end());
  });
  same_ = same;
  has_points_ = true;
  forget_results();
  if (!moved) plan_.reset();
  plan_is_old_ = moved;
  transposed_.reset();
}

void Operator::set_normals(MPI_Comm communicator, std::span<const double> normals) {
  agree_on_finite(communicator, normals, "target normal");
  agree(communicator, [&] { normals_.assign(normals.begin(), normals.end()); });
  has_normals_ = all_max(communicator, normals.empty() ? 0 : 1) != 0;
  forget_results();
}

void Operator::forget_results() {
  num_gradient_vectors_ = 0;
  last_error_ = -1.0;
  check_is_due_ = settings_.num_checks > 0;
}

Kernel Operator::kernel() const { return make_kernel(settings_.kernel, {.lambda = settings_.lambda}); }

Plan& Operator::plan(MPI_Comm communicator) {
  if (!plan_) {
    if (!has_points_) throw UsageError("the matrix has no points: call MatNearfarSetPoints");
    if (same_)
      plan_.emplace(communicator, kernel(), targets_, settings_.options);
    else
      plan_.emplace(communicator, kernel(), sources_, targets_, settings_.options);
  } else if (plan_is_old_) {
    try {
      plan_->update_points(same_ ? targets_ : sources_, same_ ? std::span<const double>{} : targets_);
    } catch (...) {
      plan_.reset();  // the next use makes a new one
      throw;
    }
  }
  plan_is_old_ = false;
  return *plan_;
}

void Operator::multiply(MPI_Comm communicator, std::span<const double> x, std::span<double> y,
                        std::span<double> gradients, int num_vectors) {
  Plan& of_points = plan(communicator);
  if (has_normals_) {
    if (num_gradient_vectors_ < num_vectors) agree(communicator, [&] { gradients_.resize(3 * y.size()); });
    num_gradient_vectors_ = std::max(num_gradient_vectors_, num_vectors);
    if (gradients.empty()) gradients = std::span(gradients_).first(3 * y.size());
  }
  of_points.apply(x, y, gradients, num_vectors);
  if (num_vectors == 1) check(communicator, x, y, gradients);
  if (has_normals_) project(gradients, normals_, targets_.empty() ? 1 : y.size() / (targets_.size() / 3), y);
}

void Operator::check(MPI_Comm communicator, std::span<const double> x, std::span<const double> y,
                     std::span<const double> gradients) {
  if (!check_is_due_) return;
  const bool finite = std::all_of(x.begin(), x.end(), [](double value) { return std::isfinite(value); });
  if (all_min(communicator, finite ? 1 : 0) == 0) return;
  check_is_due_ = false;
  SampledSums sums{.sources = sources(), .charges = x, .targets = targets(), .potentials = y};
  if (has_normals_) sums.gradients = gradients;
  const SampledError error = sampled_error(communicator, kernel(), sums, settings_.num_checks);
  last_error_ = has_normals_ ? error.gradient_rel_l2 : error.potential_rel_l2;
}

std::string Operator::why_no_transpose() const {
  if (has_normals_)
    return "there is no transpose of derivatives along target normals; make a matrix without "
           "MatNearfarSetTargetNormals";
  if (!kernel().symmetric) return "there is no transpose for kernel " + settings_.kernel + ", K(r) is not K(-r)^T";
  return {};
}

void Operator::multiply_transposed(MPI_Comm communicator, std::span<const double> x, std::span<double> y,
                                   int num_vectors) {
  if (same_) return multiply(communicator, x, y, {}, num_vectors);
  if (!transposed_) transposed_.emplace(communicator, kernel(), targets_, sources_, settings_.options);
  transposed_->apply(x, y, {}, num_vectors);
}

void Operator::diagonal(std::span<double> values) const {
  std::fill(values.begin(), values.end(), 0.0);
  if (same_) return;
  const Kernel caller_kernel = kernel();
  const auto dim = usize(caller_kernel.target_dim);
  const IndexRange one{0, 1};
  for (std::size_t i = 0; i < targets_.size() / 3; ++i) {
    double d[3], largest = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      d[axis] = targets_[3 * i + axis] - sources_[3 * i + axis];
      largest = std::max(largest, std::abs(d[axis]));
    }
    if (largest == 0.0) continue;
    // In units of the distance, whose square may leave the range of numbers.
    const double unit = std::ldexp(1.0, std::ilogb(largest));
    const Kernel scaled = caller_kernel.homogeneous ? caller_kernel : caller_kernel.in_units_of(unit);
    for (double& coordinate : d) coordinate /= unit;
    const double origin = 0.0;
    for (std::size_t component = 0; component < dim; ++component) {
      std::vector<double> charge(dim, 0.0), potential(dim, 0.0), gradient(3 * dim, 0.0);
      charge[component] = 1.0;
      PairSum sum;
      sum.targets = {&d[0], &d[1], &d[2]};
      sum.num_targets = 1;
      sum.sources = {&origin, &origin, &origin};
      sum.source_ranges = {&one, 1};
      sum.charges = charge.data();
      sum.potentials = potential.data();
      if (has_normals_) sum.gradients = gradient.data();
      scaled.add_sums(sum);
      double value = potential[component];
      if (has_normals_)
        project(std::span<const double>(gradient).subspan(3 * component, 3), std::span(normals_).subspan(3 * i, 3), 1,
                {&value, 1});
      values[i * dim + component] = value * std::pow(unit, caller_kernel.degree - (has_normals_ ? 1 : 0));
    }
  }
}

}
