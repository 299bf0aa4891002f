// SPDX-License-Identifier: BSD-3-Clause
// The plan: everything that depends on the points is set up once, then applied to many charge vectors.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <mpi.h>

#include "nearfar/error.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar {

/// The numbers in which near field and M2L are summed; everything is stored in double.
enum class Precision {
  automatic,  ///< single where `tolerance` allows it, double when only `order` is given
  full,       ///< double
  mixed       ///< single, which adds a relative error of about 3e-7, or 3e-6 where the order allows 1e-5 anyway
};

/// "automatic", "full" or "mixed".
[[nodiscard]] const char* precision_name(Precision precision) noexcept;

/// How a plan is made. What is left at 0 is chosen; Plan::options() tells the choice.
struct Options {
  /// Wanted relative L2 error of the potential for charges of both signs, 1e-12 to 0.1. That of gradients is up to 10
  /// times as large, and up to 30 times where they cancel nearly everywhere, as in a lattice of alternating charges. 0
  /// means 1e-6, or that `order` decides where it is given.
  double tolerance = 0.0;
  int order = 0;            ///< p: points along an edge of the equivalent surfaces, 2 to 16
  int points_per_leaf = 0;  ///< a leaf holds at most as many sources and at most as many targets
  double root_scale = 0.0;  ///< side of the root cube over the extent of the points, 1 to 2
  Precision precision = Precision::automatic;
  int num_vectors = 1;      ///< charge vectors that apply will mostly get at once: leaves are chosen for as many
  bool lists_only = false;  ///< stop after the lists: statistics can be asked for, apply cannot be called
};

/// Mean and largest length of one kind of interaction list.
struct ListStatistics {
  double mean = 0.0;            ///< over all octants
  double mean_of_leaves = 0.0;  ///< over the leaves
  std::int64_t max = 0;
};

/// The global tree and its lists; the same on every rank and for every number of ranks.
struct TreeStatistics {
  std::int64_t num_sources = 0;
  std::int64_t num_targets = 0;
  std::int64_t num_leaves = 0;
  std::int64_t num_octants = 0;
  int depth = 0;                         ///< level of the deepest leaf; the root has level 0
  std::uint64_t checksum = 0;            ///< of the set of leaves
  std::int64_t num_overfull_leaves = 0;  ///< leaves at the depth limit with more than points_per_leaf points
  std::int64_t largest_leaf = 0;         ///< most sources or targets in one leaf
  ListStatistics u, v, w, x;             ///< as defined by Ying, Biros and Zorin (2004), before direct replacement
  std::array<std::int64_t, 22> octants_per_level{};
  std::int64_t memory_estimate_bytes = 0;  ///< largest over the ranks: what a plan of this order and one apply hold
};

/// Seconds of one rank in one phase.
struct PhaseTime {
  double seconds = 0.0;      ///< wall-clock time
  double cpu_seconds = 0.0;  ///< sum over the threads of the processor time they worked
  double flops = 0.0;        ///< floating-point operations, counted from lists and sizes; 0 where none are counted
};

/// Phases by name: "P2M", "M2M", "M2L", "P2L", "L2L", "L2P", "M2P", "P2P", "communication" of the last apply;
/// "partition", "tree", "lists", "translations", ... of the set-up. Of this rank alone.
using PhaseTimes = std::map<std::string, PhaseTime>;

/// A leaf of the octree, in the caller's coordinates.
struct Leaf {
  std::array<double, 3> lower{};  ///< corner
  double side = 0.0;
  int level = 0;
  std::int64_t num_sources = 0;
  std::int64_t num_targets = 0;
  double predicted_seconds = 0.0;  ///< its share of Plan::predicted_times
};

/// What one rank sends and receives in one apply (potentials, one vector), counted from the graphs of the exchange.
struct CommunicationCounts {
  std::int64_t neighbours = 0;        ///< other ranks that it shares octants or points with
  std::int64_t messages = 0;          ///< sent and received, with charges and expansions
  std::int64_t coarse_messages = 0;   ///< of these, between owners of octants and of their parents
  std::int64_t bytes = 0;             ///< sent and received in these messages
  std::int64_t ghost_sources = 0;     ///< points of other ranks that act here directly
  std::int64_t ghost_multipoles = 0;  ///< octants of other ranks that act here by their expansions
  std::int64_t ghost_locals = 0;      ///< parents, at other ranks, of own octants
  std::int64_t caller_messages = 0;   ///< sent and received, between the caller's order and that of the tree
  std::int64_t caller_bytes = 0;
};

/// What a partition makes equal on all ranks.
enum class Balance { predicted, measured };

/// The direct sums of one target as a row of a matrix.
struct NearRow {
  std::int64_t target = 0;                ///< the caller's number of the target
  std::span<const std::int64_t> sources;  ///< the caller's numbers of its near sources; it may be among them
  std::span<const double> values;         ///< K(target - source): [target_dim][source][source_dim]; may be empty
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

  /// Collective. The points have moved: as many of them on every rank as before, in the caller's order, with `targets`
  /// only where the plan has targets of its own. Options stay as they were chosen; the root cube too, while it holds
  /// the points and is not much too large. Operators and memory are used again; so that they can be, the cube of a
  /// kernel with a length of its own (one that is not homogeneous) keeps its side while that suits the points, and is
  /// a twentieth larger than a new plan's when they have outgrown it. What results from equal cubes and partitions is
  /// bit for bit that of a new plan. 56 bytes more for each point are kept for the next time. The partition gives each
  /// rank the same predicted work or, with Balance::measured, the same time as measured in the last apply, which suits
  /// points that have not moved as well. Throws InputError for a coordinate that is not finite and UsageError for
  /// another number of points, on all ranks alike; the plan is then what it was. After another failure on the way, as
  /// of memory, all that needs the points throws UsageError.
  void update_points(std::span<const double> sources, std::span<const double> targets = {},
                     Balance balance = Balance::predicted);

  /// Collective. Tree order: along the Morton curve, on the ranks that own the leaves; a plan for points given so sends
  /// no charges and no potentials to other ranks. The caller's numbers (its points counted over the ranks) of this
  /// rank's points in tree order.
  [[nodiscard]] std::vector<std::int64_t> source_numbers();
  [[nodiscard]] std::vector<std::int64_t> target_numbers();

  /// Collective. Calls visit, not in parallel, for each target that this rank has in tree order and whose potential
  /// has direct sums: over the sources of its U list, and of small leaves of its W and X lists.
  void visit_near_field(const std::function<void(const NearRow&)>& visit, bool with_values = true);

  /// The leaves that this rank owns, level by level in Morton order.
  [[nodiscard]] std::vector<Leaf> leaves() const;

  /// Collective. Of this rank.
  [[nodiscard]] CommunicationCounts communication() const;

  /// What one apply (potentials, one vector) should take on one core of the machine whose rates the library stores:
  /// cpu_seconds of this rank by phase. The partition makes their sums equal on all ranks.
  [[nodiscard]] PhaseTimes predicted_times() const;

  /// The options with nothing left open; precision is full or mixed.
  [[nodiscard]] const Options& options() const noexcept;
  [[nodiscard]] const TreeStatistics& tree_statistics() const noexcept;
  /// What this rank holds for the plan and one apply.
  [[nodiscard]] std::int64_t memory_estimate_bytes() const noexcept;
  [[nodiscard]] const PhaseTimes& setup_times() const noexcept;
  [[nodiscard]] const PhaseTimes& apply_times() const noexcept;

  struct Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

/// Error of computed sums against direct ones at a sample of targets.
struct SampledError {
  std::int64_t num_targets = 0;
  double potential_rel_l2 = 0.0;   ///< relative to the L2 norm of the direct sums
  double potential_rel_max = 0.0;  ///< largest difference over the largest direct sum
  double gradient_rel_l2 = 0.0;    ///< 0 when no gradients were given
};

/// Collective. Compares results of Plan::apply (one vector) with direct sums at `num_samples` targets, chosen by a
/// hash of their global number. Takes num_samples * num_sources kernel evaluations over all ranks. For targets that
/// are the sources, pass the same span twice.
SampledError sampled_error(MPI_Comm communicator, const Kernel& kernel, std::span<const double> sources,
                           std::span<const double> charges, std::span<const double> targets,
                           std::span<const double> potentials, std::span<const double> gradients,
                           std::int64_t num_samples);

}
