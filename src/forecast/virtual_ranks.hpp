// SPDX-License-Identifier: BSD-3-Clause
// What the ranks of a larger run would hold, compute and send, found on one rank that has the whole tree.
#pragma once

#include "fmm/memory.hpp"
#include "forecast/caller_order.hpp"

namespace nearfar {

/// The tree of all points on one rank, with all that is cut for the virtual ranks.
struct WholeTree {
  /// Of a communicator of one rank. A point stands for up to `point_weight` points, so that leaves hold fewer.
  WholeTree(MPI_Comm communicator, const Kernel& kernel, const CallerPoints& points, const Options& options,
            int point_weight = 1);

  MPI_Comm communicator;
  Layout layout;
  TargetLists lists;  ///< without what the interactions took
  Interactions interactions;
  bool is_sampled;  ///< for what the options leave open
};

struct VirtualRank {
  CommunicationCounts communication;
  SetupCounts setup;
  PhaseWork work;
  RankSizes sizes;
  CallerCounts in_random_order, in_tree_order;  ///< instead of the order of the run
};

struct VirtualRun {
  int num_ranks = 1;
  int ranks_per_node = 1;                  ///< see Relays
  double factor = 1.0;                     ///< points of the run for each that the whole tree stands for
  CallerOrder order = CallerOrder::given;  ///< another one than that of the numbers where `factor` is not 1
};

/// The ranks into which the points would be cut. Where the run has more points, what a rank has and shares is scaled
/// (see Growth), messages are those that the points at hand make, and work differs between ranks as it does between as
/// many ranks as give each the points of the run.
[[nodiscard]] std::vector<VirtualRank> make_virtual_ranks(const WholeTree& whole, const VirtualRun& run);

/// How the figures of the points at hand scale to those of more points.
struct Growth {
  double volume = 1.0;   ///< of what a rank has
  double surface = 1.0;  ///< of what it has in common with others
};

/// For `factor` times the points: work grows with them; what is shared, as the border of a region of their dimension.
[[nodiscard]] Growth growth_of(const TreeStatistics& tree, double factor);
void scale(const Growth& growth, VirtualRank& rank);

}
