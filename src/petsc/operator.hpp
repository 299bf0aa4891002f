// SPDX-License-Identifier: BSD-3-Clause
// What a MATNEARFAR keeps behind its shell: settings, points, and the plans made from them when they are needed.
// No PETSc in here but its errors; functions throw.
#pragma once

#include <mpi.h>

#include <optional>
#include <string>
#include <vector>

#include "nearfar/plan.hpp"

namespace nearfar {

struct Settings {
  std::string kernel = "laplace";
  double lambda = 1.0;
  Options options{.non_finite = NonFinite::propagate};
  std::int64_t num_checks = 0;
};

class Operator {
 public:
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  /// Forgets the plans.
  void set(const Settings& settings);
  /// A copy that will make its own plans.
  [[nodiscard]] Operator without_plans() const;

  /// Collective. `same`: the targets are the sources, which are ignored. Throws InputError for coordinates that are not
  /// finite. Target normals stay.
  void set_points(MPI_Comm communicator, std::span<const double> targets, std::span<const double> sources, bool same);
  [[nodiscard]] bool has_points() const noexcept { return has_points_; }
  [[nodiscard]] bool targets_are_sources() const noexcept { return same_; }
  [[nodiscard]] std::span<const double> targets() const noexcept { return targets_; }
  [[nodiscard]] std::span<const double> sources() const noexcept { return same_ ? targets_ : sources_; }
  /// Collective. Directions of the derivatives that rows are, [target][3]; empty on all ranks: values.
  void set_normals(MPI_Comm communicator, std::span<const double> normals);
  [[nodiscard]] bool has_normals() const noexcept { return has_normals_; }
  [[nodiscard]] std::span<const double> normals() const noexcept { return normals_; }

  /// Collective. Makes the plan if there is none, or updates that of points that have moved. Throws what Plan throws.
  Plan& plan(MPI_Comm communicator);
  [[nodiscard]] bool has_plan() const noexcept { return plan_.has_value() && !plan_is_old_; }
  [[nodiscard]] const Plan& made_plan() const { return plan_.value(); }
  [[nodiscard]] Kernel kernel() const;

  /// Collective. [source][vector][source_dim] to [target][vector][target_dim], and gradients of the potentials, with
  /// three more numbers for each, unless that span is empty on all ranks. All results are NaN where a number of `x` on
  /// any rank is not finite.
  void multiply(MPI_Comm communicator, std::span<const double> x, std::span<double> y, std::span<double> gradients,
                int num_vectors);
  /// Collective. The transpose, from targets to sources. Throws std::logic_error where there is none.
  void multiply_transposed(MPI_Comm communicator, std::span<const double> x, std::span<double> y, int num_vectors);
  /// The plan that the last product, transposed or not, was made with.
  [[nodiscard]] Plan& plan_of_product(bool transposed) { return transposed && !same_ ? *transposed_ : *plan_; }
  /// Why there is no transpose; empty when there is one.
  [[nodiscard]] std::string why_no_transpose() const;

  /// The diagonal of K(x_i - y_i) for targets and sources of equal number and dimension.
  void diagonal(std::span<double> values) const;

  /// Error of the check of this operator; negative before it.
  [[nodiscard]] double last_error() const noexcept { return last_error_; }

 private:
  /// Forgets the error, and the room for results, of an earlier operator.
  void forget_results();
  /// Collective. Compares a product with direct sums at some targets, if that is due.
  void check(MPI_Comm communicator, std::span<const double> x, std::span<const double> y,
             std::span<const double> gradients);

  Settings settings_;
  std::vector<double> targets_, sources_, normals_;
  bool same_ = false, has_points_ = false, has_normals_ = false;
  std::optional<Plan> plan_, transposed_;
  bool plan_is_old_ = false;  ///< the points have moved since
  bool check_is_due_ = false;
  double last_error_ = -1.0;
  std::vector<double> gradients_;  ///< of which derivatives along normals are made
  int num_gradient_vectors_ = 0;   ///< that there is room for, on every rank
};

}
