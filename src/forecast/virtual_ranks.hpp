// SPDX-License-Identifier: BSD-3-Clause
// What the ranks of a larger run would hold, compute and send, found on one rank that has the whole tree.
#pragma once

#include "fmm/memory.hpp"

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
};

struct VirtualRank {
  CommunicationCounts communication;
  PhaseWork work;
  RankSizes sizes;
};

/// The ranks into which the points would be cut, for particles that lie in a file in the order of the caller.
[[nodiscard]] std::vector<VirtualRank> make_virtual_ranks(const WholeTree& whole, int num_ranks);

/// How the figures of the points at hand scale to those of more points.
struct Growth {
  double volume = 1.0;   ///< of what a rank has
  double surface = 1.0;  ///< of what it has in common with others
};

/// For `factor` times the points: work grows with them; what is shared, as the border of a region of their dimension.
[[nodiscard]] Growth growth_of(const TreeStatistics& tree, double factor);
void scale(const Growth& growth, VirtualRank& rank);

}
