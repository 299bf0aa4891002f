// SPDX-License-Identifier: BSD-3-Clause
// The plan: everything that depends on the points is set up once, then applied to many charge vectors.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <mpi.h>

#include "nearfar/geometry.hpp"
#include "nearfar/sampled_error.hpp"

namespace nearfar {

/// Potentials, and gradients if wanted, at `targets` due to charges at `sources`:
///   potential(x) = sum over the sources y != x of K(x - y) charge(y).
///
/// PETSc must have been initialised. Points may lie on any rank in any order, a rank may have none, and the
/// results come back to the rank and in the order in which the targets were given. All member functions that say
/// "Collective" must be called by all ranks of the communicator, which is duplicated: messages of the caller are
/// not disturbed.
class Plan {
 public:
  /// Collective. Coordinates are [point][3]; they are copied. Throws InputError for a coordinate that is not
  /// finite and UsageError for options out of range, on all ranks alike.
  Plan(MPI_Comm communicator, const Kernel& kernel, std::span<const double> sources, std::span<const double> targets,
       const Options& options = {});

  /// Collective. The targets are the sources; a point does not act on itself.
  Plan(MPI_Comm communicator, const Kernel& kernel, std::span<const double> points, const Options& options = {});

  /// Collective. On the points and the tree of a geometry, which may have other plans. Throws UsageError where
  /// `options` ask for other points_per_leaf or root_scale than the geometry has.
  Plan(const Geometry& geometry, const Kernel& kernel, const Options& options = {});

  ~Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  /// Collective. Charges are [source][vector][source_dim]; potentials are [target][vector][target_dim] and
  /// gradients [target][vector][target_dim][3]; both are overwritten. An empty span of gradients (on all ranks)
  /// means that they are not wanted. Throws InputError for a charge that is not finite and UsageError for spans
  /// of the wrong length, on all ranks alike. Of several vectors the direct sums share the distances, so that
  /// eight cost 3.7 to 4.5 times one where Options::num_vectors fits the tree to that.
  void apply(std::span<const double> charges, std::span<double> potentials, std::span<double> gradients = {},
             int num_vectors = 1);

  /// Collective. Geometry::update_points of the plan's geometry, and so of all plans that share it.
  void update_points(std::span<const double> sources, std::span<const double> targets = {},
                     Balance balance = Balance::predicted);

  /// Collective. Geometry::source_numbers and target_numbers.
  [[nodiscard]] std::vector<std::int64_t> source_numbers();
  [[nodiscard]] std::vector<std::int64_t> target_numbers();

  /// Collective. Calls visit, not in parallel, for each target that this rank has in tree order and whose potential
  /// has direct sums: over the sources of its U list, and of small leaves of its W and X lists.
  void visit_near_field(const std::function<void(const NearRow&)>& visit, bool with_values = true);

  /// What its points are in; to be shared with other plans.
  [[nodiscard]] const Geometry& geometry() const noexcept;
  /// Geometry::leaves and predicted_times.
  [[nodiscard]] std::vector<Leaf> leaves() const;
  [[nodiscard]] PhaseTimes predicted_times() const;

  /// Collective. Of this rank.
  [[nodiscard]] CommunicationCounts communication() const;

  /// The options with nothing left open; precision is full or mixed.
  [[nodiscard]] const Options& options() const noexcept;
  [[nodiscard]] const TreeStatistics& tree_statistics() const noexcept;
  /// What this rank holds for the plan and one apply; 0 after an update that failed on its way.
  [[nodiscard]] std::int64_t memory_estimate_bytes() const noexcept;
  /// Those of the geometry too where the plan made it.
  [[nodiscard]] const PhaseTimes& setup_times() const noexcept;
  [[nodiscard]] const PhaseTimes& apply_times() const noexcept;

  struct Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}
