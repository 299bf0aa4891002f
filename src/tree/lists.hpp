// SPDX-License-Identifier: BSD-3-Clause
// Interaction lists of Ying, Biros and Zorin (2004) by integer arithmetic, for a 2:1 balanced octree.
//
// For an octant B with targets (only octants with sources appear in the lists):
//   U, B a leaf: leaves that touch B, itself among them;             direct sums
//   V: children of the colleagues of B's parent that do not touch B; M2L (implied by the colleague table, not stored)
//   W, B a leaf: children of B's colleagues that do not touch B;     M2P
//   X: leaves C with B in W(C), that is, leaves among the colleagues of B's parent that do not touch B;  P2L
#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/csr.hpp"
#include "tree/octree.hpp"

namespace nearfar {

/// Octants of the same level by direction, -1 where there is none; the octant itself at own_direction.
using Colleagues = std::array<Index, num_directions>;

/// Colleagues of some octants.
struct ColleagueTable {
  std::vector<Index> row_of;  ///< by octant; -1: it has no row
  UnwrittenVector<Colleagues> rows;

  [[nodiscard]] const Colleagues& operator[](Index octant) const noexcept { return rows[usize(row_of[usize(octant)])]; }
};

/// Of the octants marked in `wanted`, which holds the parent of each of its members.
[[nodiscard]] ColleagueTable make_colleagues(const Octree& tree, std::span<const std::uint8_t> wanted);

/// Known children of an octant, one bit for each.
struct ChildMasks {
  std::uint8_t sources = 0;  ///< that hold sources
  std::uint8_t leaves = 0;   ///< that are leaves
};

[[nodiscard]] UnwrittenVector<ChildMasks> make_child_masks(const Octree& tree);

struct ListLengths {
  std::int64_t sum = 0, sum_of_leaves = 0, max = 0;
};
struct ListSummary {
  ListLengths u, v, w, x;  ///< as defined above
};

/// List i belongs to target octant i. Members of W and X may be replaced by direct sums.
struct InteractionLists {
  Csr<Index> direct;  ///< U and what replaces members of W and X: leaves in Morton order
  Csr<Index> w, x;    ///< the others
  UnwrittenVector<Index> v_length;
  ListSummary summary;
};

/// Lists of the given octants, with the children of a parent one behind the other; the parents have rows in the table.
/// A member of W is replaced if it is a leaf with at most `direct_limit` sources, one of X if the target is a leaf with
/// at most as many targets.
[[nodiscard]] InteractionLists make_lists(const Octree& tree, const ColleagueTable& colleagues,
                                          std::span<const ChildMasks> child_masks, std::span<const Index> targets,
                                          Index direct_limit);

/// Children of the octant at `direction` from a parent's that touch its child `child`, as a mask.
[[nodiscard]] std::uint8_t touching_children(int direction, int child) noexcept;

}
