// SPDX-License-Identifier: BSD-3-Clause
// The plan: everything that depends on the points is set up once, then applied to many charge vectors.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <mpi.h>

#include "nearfar/geometry.hpp"
#include "nearfar/sampled_error.hpp"

struct _p_Vec;  // PETSc's Vec is a pointer to it

namespace nearfar {

/// Multipole or local expansions of the octants that a rank owns, without a copy: the array that the operators work on.
///
/// They belong to the last apply, of several charge vectors to the last one. They are zeros before the first apply
/// after points were given or updated, and always in octants of levels 0 and 1 and in those without sources
/// (multipoles) or targets (locals). An expansion has `components` numbers for each point of a surface:
/// [octant][point][component]. With c the centre of an octant, h half its side, s_k the surface's points, and K the
/// kernel of the expansions, Kernel::of_expansions() (the caller's own, or that of its family, such as force and sink
/// to velocity and pressure for Stokes flow), whose components of source and target have degrees d (0 for most),
///   multipole m: h^-d m_k are densities. At distances from c above 3 h along some axis, the field due to the octant's
///                sources is the sum over k of K(x - c - h s_k) times them;
///   local f:     h^(degree + d) * scale * f_k, with K's degree and scale, is the field at c + h s_k due to all sources
///                that act on the octant through expansions or the X lists: not those summed directly at its targets or
///                taken from multipoles of W lists.
struct ExpansionBlocks {
  /// A parallel Vec on the plan's communicator with one block for each octant, level by level in Morton order on each
  /// rank. For reading; duplicate it to change values. Owned by the plan and destroyed with it or when its points are
  /// updated; until then each call gives the same Vec. A further apply overwrites the values: call again after it, so
  /// that they are scaled as the charges were and PETSc learns of the change.
  _p_Vec* values = nullptr;
  std::vector<Octant> octants;                 ///< of this rank's blocks
  std::vector<std::array<double, 3>> surface;  ///< 6 (p-1)^2 + 2 points, from the centre, in half sides
  /// Of each octant: what multiplies its surface, about 1. Not 1 where a kernel that oscillates would resonate.
  std::vector<double> surface_factors;
  int components = 1;  ///< source_dim of multipoles, target_dim of locals, of K
};

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

  /// Collective. On the points and the tree of a geometry, which may have other plans. Tolerance, order, precision,
  /// num_vectors and non_finite come from `options` alone, not from the geometry. Throws UsageError where `options` ask
  /// for other points_per_leaf or root_scale than the geometry has.
  Plan(const Geometry& geometry, const Kernel& kernel, const Options& options = {});

  /// Collective, as is move assignment: all ranks destroy the same plans between two updates of their points, and all
  /// plans before PetscFinalize.
  ~Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  /// Collective. Charges are [source][vector][num_strengths] and potentials [target][vector][num_values], with the
  /// kernel's numbers: the components of its source kinds and fields. Gradients are [target][vector][target_dim][3], of
  /// kernels with Kernel::has_gradients. Results are overwritten. An empty span of gradients (on all ranks)
  /// means that they are not wanted. With NonFinite::refuse throws InputError for a charge that is not finite; with
  /// NonFinite::propagate all results are then NaN, and expansions and times stay as they were. Throws UsageError for
  /// spans of the wrong length, for a number of vectors that is below 1 or differs between ranks, and for gradients on
  /// some ranks only, on all ranks alike. Of several vectors the direct sums share the distances, so that
  /// eight cost 3.7 to 4.5 times one where Options::num_vectors fits the tree to that.
  void apply(std::span<const double> charges, std::span<double> potentials, std::span<double> gradients = {},
             int num_vectors = 1);

  /// Collective. Normals for a kernel whose source kinds or fields need some; those that nothing needs must be empty.
  /// Before the first apply, at any time again, and kept when points are updated. Throws UsageError for wrong lengths
  /// and InputError for numbers that are not finite, on all ranks alike.
  void set_normals(const Normals& normals);

  /// Collective. Geometry::update_points of the plan's geometry, and so of all plans that share it.
  void update_points(std::span<const double> sources, std::span<const double> targets = {},
                     Balance balance = Balance::predicted);

  /// Collective. Geometry::source_numbers and target_numbers.
  [[nodiscard]] std::vector<std::int64_t> source_numbers();
  [[nodiscard]] std::vector<std::int64_t> target_numbers();

  /// Collective. Calls visit, not in parallel, for each target that this rank has in tree order and whose potential
  /// has direct sums: over the sources of its U list, and of small leaves of its W and X lists. Throws UsageError on
  /// all ranks where values are wanted and normals are missing.
  void visit_near_field(const std::function<void(const NearRow&)>& visit, bool with_values = true);

  /// Collective. The expansions of the last apply. Throws UsageError on all ranks for a plan made with lists_only,
  /// after a failed update, or if the global length exceeds PetscInt.
  [[nodiscard]] ExpansionBlocks multipoles();
  [[nodiscard]] ExpansionBlocks locals();

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
  /// Estimate of what this rank holds for this plan, its geometry and one apply of one vector with gradients, without
  /// operators and the caller's arrays; 0 after an update that failed.
  [[nodiscard]] std::int64_t memory_estimate_bytes() const noexcept;
  /// Those of the geometry too where the plan made it.
  [[nodiscard]] const PhaseTimes& setup_times() const noexcept;
  [[nodiscard]] const PhaseTimes& apply_times() const noexcept;

  struct Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}
