// SPDX-License-Identifier: BSD-3-Clause
// The local essential tree: the octants that one rank owns, their ancestors, and the ghosts around them.
#pragma once

#include <functional>
#include <vector>

#include "domain/partition.hpp"
#include "tree/octree.hpp"

namespace nearfar {

struct EssentialTree {
  Octree tree;                      ///< slot and source_begin of every octant are those at its owner
  int rank = 0;                     ///< this rank: octants with this owner are its own
  Index num_owned = 0;              ///< octants that this rank owns; their slots count them by key, level by level
  std::vector<Index> target_begin;  ///< of an own leaf: its first target among this rank's

  [[nodiscard]] bool is_owned(Index octant) const noexcept { return tree.octants[usize(octant)].owner == rank; }
};

/// Collective. Splits, balances 2:1 and collects the ghosts. The global tree depends on the points and points_per_leaf
/// alone. Fills the slots of the shared octants and keeps those around this rank.
[[nodiscard]] EssentialTree make_essential_tree(MPI_Comm communicator, Partition& partition);

/// Other ranks that are told of an octant, not the root, that lies on one rank alone: those that own octants which
/// interact with it or with octants inside it. All of these are in the colleagues of its parent: any of its own level,
/// whose V lists it may be in, and deeper ones where those around them touch it. So a rank inside a colleague that is
/// shared by many hears of it only if it owns one of the largest octants there, or touches it; and whoever is told of
/// an octant is told of its parent.
[[nodiscard]] std::vector<int> ranks_around(const Partition& partition, const OctantRecord& octant);
/// visit(i, ranks around octants[i]) for octants of one rank, sorted by key.
void for_each_ranks_around(const Partition& partition, int rank, std::span<const OctantRecord> octants,
                           const std::function<void(std::size_t, const std::vector<int>&)>& visit);

}
