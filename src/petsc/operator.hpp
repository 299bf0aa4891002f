// SPDX-License-Identifier: BSD-3-Clause
// What a MATNEARFAR keeps behind its shell: settings, points, and the plans made from them when they are needed.
// No PETSc in here but its errors; functions throw.
#pragma once

#include <mpi.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "nearfar/plan.hpp"
#include "petsc/diagonal.hpp"
#include "petsc/rows.hpp"
#include "petsc/shared_points.hpp"

namespace nearfar {

struct Settings {
  KernelChoice kernel;  ///< kinds and fields may be empty; parameters may be those of other families
  Options options{.non_finite = NonFinite::propagate};
  std::int64_t num_checks = 0;
  double near_cutoff = 0.0;  ///< of the sparse near field, in sides of leaves; 0: chosen
};

enum class Role { targets, sources };

class Operator {
 public:
  Operator() : rows_(rows_of({}, false)), points_(std::make_shared<SharedPoints>()) {}

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  /// Forgets the plans. Throws UsageError, and changes nothing, where the settings make no kernel.
  void set(const Settings& settings);
  /// Settings of the same operator, which keeps its plans; another number of checks makes one due.
  void keep(const Settings& settings);
  /// A copy that will make its own plans, on the same tree while the points are the same.
  [[nodiscard]] Operator without_plans() const;

  /// Collective. `same`: the targets are the sources, which are ignored. Throws InputError for coordinates that are not
  /// finite. Normals stay. Operators that share the points get them too: call follow_points on those. If their number
  /// is another one, or with `own`, this one shares them no longer.
  void set_points(MPI_Comm communicator, std::span<const double> targets, std::span<const double> sources, bool same,
                  bool own = false);
  /// Shares the points of another operator, which has some, and their tree, from now on.
  void share_points(Operator& other);
  /// The points of another operator, and its tree while these are the same.
  void copy_points(const Operator& other);
  [[nodiscard]] bool shares_points_with(const Operator& other) const noexcept { return points_ == other.points_; }
  /// Another operator has moved the points.
  void follow_points();
  [[nodiscard]] bool has_points() const noexcept { return points_->is_given(); }
  [[nodiscard]] bool targets_are_sources() const noexcept { return points_->targets_are_sources(); }
  [[nodiscard]] std::span<const double> targets() const noexcept { return points_->targets(); }
  [[nodiscard]] std::span<const double> sources() const noexcept { return points_->sources(); }
  [[nodiscard]] std::span<const double> points(Role role) const noexcept {
    return role == Role::targets ? targets() : sources();
  }

  /// Collective. [point][3]; `given`, the same on all ranks, is false where there are none. Target normals decide what
  /// rows are. Returns whether the operator is another one now: not where all ranks had the same before, or where the
  /// source kinds need none. Throws InputError for numbers that are not finite, and
  /// UsageError where the normals make no kernel; nothing has changed then.
  bool set_normals(MPI_Comm communicator, Role role, std::span<const double> normals, bool given);
  [[nodiscard]] bool has_normals(Role role) const noexcept { return of(role).given; }
  [[nodiscard]] std::span<const double> normals(Role role) const noexcept { return of(role).values; }
  [[nodiscard]] bool needs_normals(Role role) const noexcept;

  [[nodiscard]] const Rows& rows() const noexcept { return rows_; }
  /// That of products: rows are [target][num_values], columns [source][num_strengths].
  [[nodiscard]] const Kernel& kernel() const noexcept { return rows_.kernel; }

  /// Collective. Makes the plan if there is none, or updates that of points that have moved. Throws what Plan throws.
  Plan& plan(MPI_Comm communicator);
  /// Whether it is there, for these points and normals.
  [[nodiscard]] bool has_plan() const noexcept {
    return forward_.plan && forward_.has_normals && plans_fit() && !points_->tree_is_old();
  }
  [[nodiscard]] const Plan& made_plan() const { return forward_.plan.value(); }
  /// With what was chosen for the plan, if there is one, even for earlier points.
  [[nodiscard]] const Options& options() const noexcept {
    return forward_.plan && plans_fit() ? forward_.plan->options() : settings_.options;
  }
  /// Estimate of what this rank holds: plans, points and normals.
  [[nodiscard]] double memory_bytes() const noexcept;

  /// Collective. [source][vector][num_strengths] to [target][vector][num_values]. All results are NaN where a number of
  /// `x` on any rank is not finite.
  void multiply(MPI_Comm communicator, std::span<const double> x, std::span<double> y, int num_vectors);
  /// Collective. The same of one vector, with the gradients of the plain fields, [target][num_values][3]. Throws
  /// std::logic_error where there are none.
  void multiply_with_gradients(MPI_Comm communicator, std::span<const double> x, std::span<double> y,
                               std::span<double> gradients);
  /// Collective. The transpose, from targets to sources. Throws std::logic_error where there is none.
  void multiply_transposed(MPI_Comm communicator, std::span<const double> x, std::span<double> y, int num_vectors);
  /// The plan that the last product, of any kind, was made with.
  [[nodiscard]] Plan& plan_of_product() { return *plan_of_product_; }
  /// Why there is no transpose, or are no gradients; empty when there are.
  [[nodiscard]] std::string why_no_transpose() const;
  [[nodiscard]] std::string why_no_gradients() const;
  /// The transpose is the same matrix, up to the tolerance, and that needs no normals to be compared.
  [[nodiscard]] bool is_symmetric() const;
  /// Of whose sums the transpose is the matrix, targets and sources exchanged; nothing where they differ by factors, or
  /// there is none.
  [[nodiscard]] std::optional<KernelChoice> dual() const;

  /// The diagonal of K(x_i - y_i) for targets and sources of equal number, num_values and num_strengths.
  void diagonal(std::span<double> values) const;
  /// Those blocks, [point][num_values][num_strengths].
  void diagonal_blocks(std::span<double> blocks) const;

  /// Error of the check of this operator; negative before it.
  [[nodiscard]] double last_error() const noexcept { return last_error_; }

 private:
  struct PointNormals {
    std::vector<double> values;  ///< [point][3]
    bool given = false;          ///< on all ranks
  };
  struct OwnPlan {
    std::optional<Plan> plan;
    Kernel kernel;             ///< its own
    bool has_normals = false;  ///< the latest, or needs none
  };

  /// Target i and source i, of which there are as many.
  [[nodiscard]] PointPairs pairs() const;
  [[nodiscard]] const PointNormals& of(Role role) const noexcept { return normals_[role == Role::targets ? 0 : 1]; }
  /// Those that a kernel needs, with sources in the place of targets if they are exchanged.
  [[nodiscard]] Normals normals_for(const Kernel& kernel, bool exchanged) const noexcept;
  /// Collective. Gives a plan the latest normals.
  Plan& with_normals(OwnPlan& own, bool exchanged);
  /// Collective.
  [[nodiscard]] Plan& plan_with_gradients(MPI_Comm communicator);
  [[nodiscard]] Plan& transposed_plan(MPI_Comm communicator);
  /// Made on the tree as it is, or as it will be when it has followed the points.
  [[nodiscard]] bool plans_fit() const noexcept { return tree_number_ == points_->tree_number(); }
  void drop_plans();
  void make_plan(MPI_Comm communicator);
  /// Forgets the error, and the room for results, of an earlier operator.
  void forget_results();
  /// Collective. Compares a product with direct sums at some targets, if that is due.
  void check(MPI_Comm communicator, const Kernel& kernel, std::span<const double> x, std::span<const double> y,
             std::span<const double> gradients);

  Settings settings_;
  Rows rows_;
  std::shared_ptr<SharedPoints> points_;
  std::int64_t tree_number_ = 0;         ///< of the tree of the plans
  std::array<PointNormals, 2> normals_;  ///< of targets, of sources
  OwnPlan forward_;
  OwnPlan transposed_, with_gradients_;  ///< where they are other plans; on one geometry if the targets are the sources
  Plan* plan_of_product_ = nullptr;
  bool check_is_due_ = false;
  double last_error_ = -1.0;
  std::vector<double> gradients_;  ///< of which derivatives along normals are made
  int num_gradient_vectors_ = 0;   ///< that there is room for, on every rank
};

}
