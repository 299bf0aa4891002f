// SPDX-License-Identifier: BSD-3-Clause
// What every own octant receives and from where: the lists with their cheap members replaced by direct sums, and the
// places of all expansions and points they refer to, own or ghost.
#pragma once

#include <map>
#include <vector>

#include "domain/essential_tree.hpp"
#include "domain/points.hpp"
#include "tree/lists.hpp"

namespace nearfar {

/// The lists of this rank's octants, with W and X members replaced by direct sums where that is cheaper.
struct TargetLists {
  std::vector<Index> targets;               ///< own octants with targets; the lists are by position in here
  ColleagueTable colleagues;                ///< of their ancestors
  UnwrittenVector<ChildMasks> child_masks;  ///< of all octants
  InteractionLists lists;
};

/// Whether all sources and targets of an own leaf, of which there is one at least, lie in one place.
[[nodiscard]] bool is_pile(const EssentialTree& essential, const DomainPoints& points, Index leaf);

/// `direct_limit`: see make_lists; where a sum over the points of a leaf is cheaper than over an equivalent surface.
[[nodiscard]] TargetLists make_target_lists(const EssentialTree& essential, Index direct_limit);

struct Interactions {
  std::vector<Index> source_leaves;    ///< own leaves with sources
  std::vector<Index> targets;          ///< own octants with targets; the lists below are by position in here
  ColleagueTable colleagues;           ///< of their ancestors
  Csr<IndexRange> near;                ///< of a leaf: ranges of sources for direct sums, merged and ascending
  std::vector<std::uint8_t> interior;  ///< 1: all near sources are own
  Csr<Index> w, x;                     ///< octants, after replacement by direct sums where that is cheaper

  // Expansions: own ones at their slots, then ghosts; -1 for octants that are not needed.
  std::vector<Index> multipole_slot, local_slot;
  Index num_multipoles = 0;  ///< own and ghost
  Index num_locals = 0;
  /// Leaves whose own lists, and those of six levels above at least, add nothing to the far field, such as piles and
  /// clusters of targets alone, and the octant from whose local expansion it is taken: in a tiny leaf the error of a
  /// field, divided by the leaf's size, would spoil its gradient.
  std::map<Index, Index> far_field_from;
  std::vector<IndexRange> source_range;  ///< of a leaf whose points are here: in own sources, then ghosts
  Index first_ghost_source = 0;          ///< after the own ones, and the ghosts of interactions made before
  Index num_sources = 0;                 ///< all until the last ghost

  /// The octant whose local expansion is the far field of a leaf: nearly always its own.
  [[nodiscard]] Index far_field_of(Index leaf) const {
    const auto found = far_field_from.find(leaf);
    return found == far_field_from.end() ? leaf : found->second;
  }

  StarForest ghost_sources;  ///< own sources -> ghost sources
  // Own multipoles -> ghost multipoles, but for those that `up` delivers.
  StarForest ghost_multipoles;         ///< of octants that lie on one rank alone: they wait for no other rank
  StarForest ghost_shared_multipoles;  ///< of octants that several ranks own parts of
  std::vector<StarForest> up;    ///< [level]: multipoles of that level, 3 and below, to the owners of their parents
  std::vector<StarForest> down;  ///< [level]: locals of that level to the owners of their children
};

/// Collective. Takes targets, colleagues, w and x out of the lists. Ghosts get their places behind the sources that the
/// points hold already.
[[nodiscard]] Interactions make_interactions(MPI_Comm communicator, const Partition& partition,
                                             const EssentialTree& essential, const DomainPoints& points,
                                             TargetLists& target_lists);

}
