// SPDX-License-Identifier: BSD-3-Clause
// Points and their octree over the ranks, set up once for any number of plans.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <mpi.h>

#include "nearfar/error.hpp"
#include "nearfar/kernel.hpp"
#include "nearfar/options.hpp"
#include "nearfar/reports.hpp"

namespace nearfar {

/// Points, their partition over the ranks, the octree and its lists, which plans of several kernels share:
///   Geometry geometry(communicator, points, make_kernel("laplace"));
///   Plan laplace(geometry, make_kernel("laplace")), yukawa(geometry, make_kernel("yukawa", {.lambda = 2.0}));
///
/// A copy shares everything with the original, which lives until the last copy and the last plan on it are gone.
/// PETSc must have been initialised. Member functions that say "Collective" must be called by all ranks of the
/// communicator, which is duplicated. Destroy copies and plans on all ranks alike, and before PetscFinalize.
class Geometry {
 public:
  /// Collective. Coordinates are [point][3], on any rank in any order; they are copied. Leaves, root cube and
  /// partition are chosen for plans of the kernel `tuned_for` with these options, and serve all others. Throws
  /// InputError for a coordinate that is not finite and UsageError for options out of range, on all ranks alike.
  Geometry(MPI_Comm communicator, std::span<const double> sources, std::span<const double> targets,
           const Kernel& tuned_for, const Options& options = {}, std::span<const std::int64_t> cuts = {});

  /// Collective. The targets are the sources; a point does not act on itself.
  Geometry(MPI_Comm communicator, std::span<const double> points, const Kernel& tuned_for, const Options& options = {},
           std::span<const std::int64_t> cuts = {});

  /// Where the ranks are cut, on every rank: for each rank but the first three numbers, the key of the Morton curve
  /// where its part begins. A new geometry of the same points in any order, with the same options and ranks, that is
  /// given these `cuts` is cut so without balancing the work. Not after update_points, which may keep another root
  /// cube.
  [[nodiscard]] std::vector<std::int64_t> cuts() const;

  /// Collective. Moves the points: as many on every rank as before, in the caller's order, with `targets` only where
  /// they are not the sources. All plans follow, in the order in which they were made.
  ///
  /// Options stay as they were chosen, and operators and memory are reused. The root cube stays while it holds the
  /// points and is not much too large. If a plan's kernel is not homogeneous, the cube keeps its side while it fits; if
  /// the points outgrow it, the new cube is 5 % larger than a new geometry's, to leave room. Where cube and partition
  /// are those of a new geometry, results are so bit for bit. 56 bytes per point are kept for the next update.
  ///
  /// The partition gives each rank the same predicted work or, with Balance::measured, the same time as measured in the
  /// last apply of each plan since the last update, which is of use for points that have not moved, too.
  ///
  /// Throws, on all ranks alike, InputError for a coordinate that is not finite and UsageError for another number of
  /// points; everything is then as it was. If the update fails later, for example for lack of memory, every call that
  /// needs the points throws UsageError, also of the plans.
  void update_points(std::span<const double> sources, std::span<const double> targets = {},
                     Balance balance = Balance::predicted);

  /// Collective. The caller's numbers (points counted over the ranks) of this rank's points in tree order: along the
  /// Morton curve, on the ranks that own the leaves. Plans for points given in tree order send no charges and no
  /// potentials between ranks.
  [[nodiscard]] std::vector<std::int64_t> source_numbers();
  [[nodiscard]] std::vector<std::int64_t> target_numbers();

  /// The leaves that this rank owns, level by level in Morton order.
  [[nodiscard]] std::vector<Leaf> leaves() const;

  /// Predicted cpu_seconds of this rank, by phase, in one apply (potentials, one vector) of a plan for `tuned_for`, on
  /// the machine whose rates the library stores. The partition makes their sums equal on all ranks.
  [[nodiscard]] PhaseTimes predicted_times() const;

  /// The options it was tuned for, with every choice made; plans share points_per_leaf and root_scale.
  [[nodiscard]] const Options& options() const noexcept;
  [[nodiscard]] const TreeStatistics& tree_statistics() const noexcept;
  [[nodiscard]] const PhaseTimes& setup_times() const noexcept;

  struct Implementation;
  /// For the library's own tests.
  explicit Geometry(std::shared_ptr<Implementation> implementation) noexcept
      : implementation_(std::move(implementation)) {}

 private:
  friend class Plan;
  std::shared_ptr<Implementation> implementation_;
};

}
