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
/// A copy shares everything with the original, and all lives until the last copy and the last plan on it are gone.
/// PETSc must have been initialised. All member functions that say "Collective" must be called by all ranks of the
/// communicator, which is duplicated.
class Geometry {
 public:
  /// Collective. Coordinates are [point][3], on any rank in any order; they are copied. Leaves, root cube and
  /// partition are chosen for plans of the kernel `tuned_for` with these options, and serve all others. Throws
  /// InputError for a coordinate that is not finite and UsageError for options out of range, on all ranks alike.
  Geometry(MPI_Comm communicator, std::span<const double> sources, std::span<const double> targets,
           const Kernel& tuned_for, const Options& options = {});

  /// Collective. The targets are the sources; a point does not act on itself.
  Geometry(MPI_Comm communicator, std::span<const double> points, const Kernel& tuned_for, const Options& options = {});

  /// Collective. The points have moved: as many of them on every rank as before, in the caller's order, with `targets`
  /// only where there are targets of their own. All plans follow, in the order in which they were made. Options stay as
  /// they were chosen; the root cube too, while it holds the points and is not much too large. Operators and memory are
  /// used again; so that they can be, the cube keeps its side while that suits the points if any plan has a kernel with
  /// a length of its own (one that is not homogeneous), and is a twentieth larger than a new one when they have
  /// outgrown it. What results from equal cubes and partitions is bit for bit that of a new geometry. 56 bytes more for
  /// each point are kept for the next time. The partition gives each rank the same predicted work or, with
  /// Balance::measured, the same time as measured in the last apply of each plan, which suits points that have not
  /// moved as well. Throws InputError for a coordinate that is not finite and UsageError for another number of points,
  /// on all ranks alike; everything is then what it was. After another failure on the way, as of memory, all that needs
  /// the points throws UsageError, in the plans too.
  void update_points(std::span<const double> sources, std::span<const double> targets = {},
                     Balance balance = Balance::predicted);

  /// Collective. Tree order: along the Morton curve, on the ranks that own the leaves; plans for points given so send
  /// no charges and no potentials to other ranks. The caller's numbers (its points counted over the ranks) of this
  /// rank's points in tree order.
  [[nodiscard]] std::vector<std::int64_t> source_numbers();
  [[nodiscard]] std::vector<std::int64_t> target_numbers();

  /// The leaves that this rank owns, level by level in Morton order.
  [[nodiscard]] std::vector<Leaf> leaves() const;

  /// What one apply (potentials, one vector) of a plan for `tuned_for` should take on one core of the machine whose
  /// rates the library stores: cpu_seconds of this rank by phase. The partition makes their sums equal on all ranks.
  [[nodiscard]] PhaseTimes predicted_times() const;

  /// Those it was tuned for, with nothing left open; plans share points_per_leaf and root_scale.
  [[nodiscard]] const Options& options() const noexcept;
  [[nodiscard]] const TreeStatistics& tree_statistics() const noexcept;
  [[nodiscard]] const PhaseTimes& setup_times() const noexcept;

  struct Implementation;
  explicit Geometry(std::shared_ptr<Implementation> implementation) noexcept
      : implementation_(std::move(implementation)) {}

 private:
  friend class Plan;
  std::shared_ptr<Implementation> implementation_;
};

}
