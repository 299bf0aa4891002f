// SPDX-License-Identifier: BSD-3-Clause
// Set-up and evaluation behind the public plan: the one place where trees meet operators.
#pragma once

#include <memory>
#include <vector>

#include "domain/interactions.hpp"
#include "fmm/expansions.hpp"
#include "fmm/m2l_levels.hpp"
#include "fmm/phase_log.hpp"
#include "fmm/work_model.hpp"
#include "operators/operators.hpp"

namespace nearfar {

/// Parents with children that a pass over one level works on, in panels.
struct Families {
  std::vector<std::array<const double*, 8>> from;  ///< expansions of the children, or null
  std::vector<double*> to;
};

/// L2L from the parents of one level.
struct L2lLevel {
  std::vector<const double*> parents;
  std::vector<std::array<double*, 8>> children;
};

/// Leaves that lie together on the Morton curve, whose near fields one thread sums: pairs of leaves within the block
/// are taken once, for both sides.
struct NearBlock {
  IndexRange leaves;   ///< of Schedule::near_leaves
  IndexRange targets;  ///< their own points
};

/// Everything that an evaluation does, in the order of the arrays it works on. Levels index by the level of the
/// expansions that are written, except `l2l`, by that of the parents.
struct Schedule {
  std::vector<IndexRange> source_panels;   ///< of interactions.source_leaves, one level each
  std::vector<Index> target_leaves;        ///< positions in interactions.targets
  std::vector<IndexRange> target_panels;   ///< of target_leaves, far fields of one level each
  std::vector<Index> w_leaves;             ///< positions in interactions.targets with a W list
  std::vector<Index> x_octants;            ///< the same with an X list
  std::vector<Index> near_leaves;          ///< the same with near sources, in Morton order
  std::vector<NearBlock> interior_blocks;  ///< whose near sources are all own
  std::vector<NearBlock> border_blocks;    ///< some of whose near sources are ghosts
  std::vector<Families> m2m;
  std::vector<M2lLevel> m2l;
  std::vector<L2lLevel> l2l;
};

struct EngineOptions {
  Options plan;
  PartitionOptions partition;  ///< points_per_leaf and root are taken from the plan's
  int point_weight = 1;        ///< with lists_only: a point stands for up to as many, so that leaves hold fewer
  bool keep_lists = false;     ///< with lists_only: keeps records and lists, for virtual ranks
};

/// Work of one evaluation on this rank, counted exactly from the lists.
struct Work {
  std::int64_t p2l_pairs = 0, m2p_pairs = 0;  ///< points x inner surface points
  std::int64_t interior_pairs = 0, border_pairs = 0;
  double p2m_flops = 0.0, l2p_flops = 0.0, l2p_gradient_flops = 0.0;
  std::vector<std::int64_t> m2m_children, l2l_children;  ///< by level of the parents
  int potential_flops = 0, gradient_flops = 0;           ///< of the kernel, each pair
  std::int64_t inner_sources = 0, inner_targets = 0;     ///< surface values

  [[nodiscard]] double pair_flops(std::int64_t pairs, bool with_gradients) const;
  [[nodiscard]] double flops(Phase phase, bool with_gradients) const;
  [[nodiscard]] double m2m_flops(int level) const;
  [[nodiscard]] double l2l_flops(int level) const;
};

/// All that depends on points, kernel and options.
struct Engine {
  Engine(MPI_Comm caller, const Kernel& caller_kernel, const CallerPoints& points, const EngineOptions& options);

  Communicator communicator;
  Options options;   ///< nothing left open
  int point_weight;  ///< points that each one stands for; at most a quarter of points_per_leaf
  bool keep_lists;
  bool keep_records = false;  ///< the memory of records and moves, for points that move again and again
  Kernel caller_kernel;
  Kernel kernel;  ///< in units of the root cube
  Partition partition;
  DomainPoints points;
  EssentialTree essential;
  TargetLists lists;  ///< while setting up
  Interactions interactions;
  TreeStatistics statistics;
  AllOperators operators;  ///< by level
  Expansions multipoles, locals;
  Schedule schedule;
  AnyM2lLevels m2l;  ///< in float for mixed precision
  Work work;
  OctantWorks octant_work;  ///< predicted, of own octants
  PhaseLog setup_log, apply_log;

  /// Working arrays of the evaluation, in tree order.
  struct Values {
    AlignedVector<double> charges;       ///< own and ghost sources
    UnwrittenVector<double> potentials;  ///< own targets
    UnwrittenVector<double> gradients;
  };
  Values one;      ///< of one charge vector
  Values several;  ///< [source][vector][source_dim] and so on, as many as Kernel::several; empty until they are used

  [[nodiscard]] bool mixed_precision() const noexcept { return options.precision == Precision::mixed; }
  [[nodiscard]] Box box(Index octant) const;
  [[nodiscard]] IndexRange target_range(Index octant) const;

  /// Collective. Sets up again for other points with the same options, from what is there. The partition balances the
  /// work as predicted, or as measured in the last evaluation.
  void update(const CallerPoints& points, bool by_measured_work);

 private:
  void grow();
  void settle(const CallerPoints& points, const PartitionOptions& partition_options, bool balance);
  void prepare_evaluation();

  double operators_length = 0.0;  ///< half width of the root that the operators were made for; 1: any
};

/// Lays out the passes over the expansions.
[[nodiscard]] Schedule make_schedule(Engine& engine);

/// Counts the work of a schedule.
[[nodiscard]] Work count_work(const Engine& engine);

/// What the memory of one rank depends on.
struct RankSizes {
  std::int64_t sources = 0, ghost_sources = 0, targets = 0;
  std::int64_t travelling = 0;              ///< points sent or received between the caller's order and that of the tree
  std::int64_t multipoles = 0, locals = 0;  ///< own and ghost
  std::int64_t ghost_multipoles = 0;
  std::int64_t octants = 0;        ///< own and ghost
  std::int64_t parents = 0;        ///< octants whose colleagues are known
  std::int64_t largest_level = 0;  ///< most octants of one level
  std::int64_t near_ranges = 0, wx_members = 0;
  std::int64_t kept_bytes = 0;  ///< for updates
};
[[nodiscard]] RankSizes sizes_of(const Engine& engine);

/// Bytes that a plan and one evaluation with gradients hold on a rank, without the caller's own arrays.
[[nodiscard]] std::int64_t estimate_memory(const RankSizes& sizes, const Kernel& kernel, const Options& options);
[[nodiscard]] std::int64_t estimate_memory(const Engine& engine);

/// Plan::leaves.
[[nodiscard]] std::vector<Leaf> own_leaves(const Engine& engine);

/// Collective. Statistics of the global tree and lists.
[[nodiscard]] TreeStatistics make_statistics(const Engine& engine, const ListSummary& lists);

/// The numbers of several charge vectors in the caller's order.
struct CallerValues {
  std::span<const double> charges;  ///< [source][vector][source_dim]
  std::span<double> potentials;     ///< [target][vector][target_dim]
  std::span<double> gradients;      ///< [target][vector][target_dim][3]; empty where not wanted
  int num_vectors = 1;
};

/// Collective. One evaluation. `with_gradients` and the number of vectors must agree on all ranks.
void evaluate(Engine& engine, const CallerValues& values, bool with_gradients);

}
