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

/// Multipole or local expansions of the octants that a rank owns: the array that the operators work on, not a copy.
///
/// They are those of the last apply, and of its last charge vector. Before the first apply after points were given or
/// updated they are zero; so are those of levels 0 and 1, multipoles of octants without sources, and locals of octants
/// without targets. An expansion has `components` numbers for each point of its level's surface, [point][component];
/// where others have more points, as of oscillating kernels, zeros follow. With c the centre of an octant, h half its
/// side, s_k the surface's points, and K the kernel of the expansions, Kernel::of_expansions() (the caller's own, or
/// that of its family, such as force and sink to velocity and pressure for Stokes flow), whose components of source and
/// target have degrees d (0 for most),
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
  std::vector<Octant> octants;  ///< of this rank's blocks
  /// By level: 6 (p-1)^2 + 2 points, from the centre, in half sides; p is the order of the level.
  std::vector<std::vector<std::array<double, 3>>> surfaces;
  int components = 1;  ///< source_dim of multipoles, target_dim of locals, of K
};

/// Why a plan has a higher order than the errors of its kernel ask for. Where the order is not given, operators are
/// probed when they are made; those that miss the error promised of their order make way for those of the next.
struct RaisedOrder {
  int from = 0;           ///< the order that the errors ask for; 0: it was not raised
  double promised = 0.0;  ///< relative L2 error that the kernel promises of that order
  double found = 0.0;     ///< by its operators, as they were probed
};

/// Potentials, and gradients if wanted, at `targets` due to charges at `sources`:
///   potential(x) = sum over the sources y != x of K(x - y) charge(y).
///
/// PETSc must have been initialised. Points may lie on any rank in any order, a rank may have none, and the
/// results come back to the rank and in the order in which the targets were given. Member functions that say
/// "Collective" must be called by all ranks of the communicator. It is duplicated, so that the caller's messages are
/// not disturbed.
class Plan {
 public:
  /// Collective. Coordinates are [point][3]; they are copied. Throws InputError for a coordinate that is not
  /// finite and UsageError for options out of range, on all ranks alike.
  Plan(MPI_Comm communicator, const Kernel& kernel, std::span<const double> sources, std::span<const double> targets,
       const Options& options = {}, std::span<const std::int64_t> cuts = {});

  /// Collective. The targets are the sources; a point does not act on itself. `cuts`: see Geometry::cuts.
  Plan(MPI_Comm communicator, const Kernel& kernel, std::span<const double> points, const Options& options = {},
       std::span<const std::int64_t> cuts = {});

  /// Collective. On the points and the tree of a geometry, which may have other plans. Tolerance, order, precision,
  /// num_vectors and non_finite come from `options` alone, not from the geometry. Throws UsageError where `options` ask
  /// for other points_per_leaf or root_scale than the geometry has.
  Plan(const Geometry& geometry, const Kernel& kernel, const Options& options = {});

  /// Collective, as is move assignment. Destroy plans on all ranks alike, and before PetscFinalize.
  ~Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  /// Collective. Charges are [source][vector][num_strengths]: the components of the kernel's source kinds. Potentials
  /// are [target][vector][num_values]: the components of its fields. Gradients are [target][vector][target_dim][3], for
  /// kernels with Kernel::has_gradients; an empty span, on all ranks, means that they are not wanted. Results are
  /// overwritten. Direct sums of several vectors share the distances: eight vectors cost 3.7 to 4.5 times one where
  /// Options::num_vectors tunes the tree to them.
  ///
  /// Throws, on all ranks alike, UsageError for spans of the wrong length, for a number of vectors that is below 1 or
  /// differs between ranks, and for gradients on some ranks only. With NonFinite::refuse throws InputError for a charge
  /// that is not finite; with NonFinite::propagate all results are then NaN, and expansions and times stay as they
  /// were.
  void apply(std::span<const double> charges, std::span<double> potentials, std::span<double> gradients = {},
             int num_vectors = 1);

  /// Collective. Normals for a kernel whose source kinds or fields need them; leave those empty that nothing needs.
  /// Call it before the first apply, and again to change them; updates of the points keep them. Throws UsageError for
  /// wrong lengths and InputError for numbers that are not finite, on all ranks alike.
  void set_normals(const Normals& normals);

  /// Collective. Moves the points of the plan's geometry, and so of all plans on it: see Geometry::update_points.
  void update_points(std::span<const double> sources, std::span<const double> targets = {},
                     Balance balance = Balance::predicted);

  /// Collective. Geometry::source_numbers and target_numbers.
  [[nodiscard]] std::vector<std::int64_t> source_numbers();
  [[nodiscard]] std::vector<std::int64_t> target_numbers();

  /// Collective. Calls `visit`, on one thread, with the direct sums of each of this rank's targets in tree order: those
  /// over the sources of its U list, and of small leaves of its W and X lists. Throws UsageError on all ranks where
  /// values are wanted and normals are missing.
  void visit_near_field(const std::function<void(const NearRow&)>& visit, bool with_values = true);

  /// Collective. The expansions of the last apply. Throws UsageError on all ranks for a plan made with lists_only,
  /// after a failed update, or if the global length exceeds PetscInt.
  [[nodiscard]] ExpansionBlocks multipoles();
  [[nodiscard]] ExpansionBlocks locals();

  /// Its points and tree, for other plans to share.
  [[nodiscard]] const Geometry& geometry() const noexcept;
  /// Geometry::leaves and predicted_times.
  [[nodiscard]] std::vector<Leaf> leaves() const;
  [[nodiscard]] PhaseTimes predicted_times() const;

  /// Collective. Of this rank.
  [[nodiscard]] CommunicationCounts communication() const;

  /// The options with every choice made; precision is full or mixed.
  [[nodiscard]] const Options& options() const noexcept;
  [[nodiscard]] const RaisedOrder& raised_order() const noexcept;
  [[nodiscard]] const TreeStatistics& tree_statistics() const noexcept;
  /// Estimated bytes on this rank of the plan, its geometry and one apply of one vector with gradients, without
  /// operators and the caller's arrays; 0 after an update that failed.
  [[nodiscard]] std::int64_t memory_estimate_bytes() const noexcept;
  /// Times of the last set-up or update, with those of the geometry if the plan made it.
  [[nodiscard]] const PhaseTimes& setup_times() const noexcept;
  [[nodiscard]] const PhaseTimes& apply_times() const noexcept;

  struct Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}
