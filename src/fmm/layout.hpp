// SPDX-License-Identifier: BSD-3-Clause
// Points, their partition over the ranks, and the octree: of kernels it knows only what their sums cost.
#pragma once

#include "domain/interactions.hpp"
#include "fmm/work_model.hpp"
#include "nearfar/reports.hpp"
#include "operators/operators.hpp"

namespace nearfar {

/// What a layout is chosen and balanced for.
struct Tuning {
  Kernel kernel;
  Options options;               ///< after make_layout: nothing left open
  PartitionOptions partition{};  ///< points_per_leaf, root and work are taken from elsewhere
  int point_weight = 1;          ///< points that each one stands for; at most a quarter of points_per_leaf
  double side = 0.0;             ///< after make_layout: of the root cube, in the caller's units
};

struct Layout {
  Tuning tuning;
  Partition partition;
  DomainPoints points;
  EssentialTree essential;
  OctantWorks octant_work;  ///< predicted, of own octants
  TreeStatistics statistics;

  [[nodiscard]] Box box(Index octant) const;
  [[nodiscard]] Octant octant(Index index) const;
  [[nodiscard]] IndexRange target_range(Index octant) const;
};

/// Collective. From the caller's points to a balanced tree. Returns the lists that the tuning asks for.
[[nodiscard]] TargetLists make_layout(MPI_Comm communicator, const CallerPoints& points, Tuning tuning, Layout& layout,
                                      PhaseLog& log);

/// How a layout follows points that have moved.
struct Motion {
  bool keep_side = false;               ///< of the root cube, while that suits the points
  std::optional<PhaseWork> measured{};  ///< to be balanced instead of the predicted work
};

/// Collective. The same for other points, as many as before, into the memory of the layout as it is.
[[nodiscard]] TargetLists move_layout(MPI_Comm communicator, const CallerPoints& points, const Motion& motion,
                                      Layout& layout, PhaseLog& log);

/// Drops what only another move could use.
void release_records(Partition& partition);

/// The octants that this rank owns, by slot.
[[nodiscard]] std::vector<Octant> own_octants(const Layout& layout);
/// The leaves that this rank owns.
[[nodiscard]] std::vector<Leaf> own_leaves(const Layout& layout);

}
