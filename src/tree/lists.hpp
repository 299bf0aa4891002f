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

/// Colleagues of the octants marked in `wanted`, which holds the parent of each of its members; all -1 for the others.
[[nodiscard]] std::vector<Colleagues> make_colleagues(const Octree& tree, std::span<const std::uint8_t> wanted);

struct InteractionLists {
  Csr<Index> u, w, x;  ///< list i belongs to target octant i
  std::vector<Index> v_length;

  void append(const InteractionLists& other);
};

/// Lists of the given octants, whose colleagues and whose parents' colleagues must be in the table.
[[nodiscard]] InteractionLists make_lists(const Octree& tree, std::span<const Colleagues> colleagues,
                                          std::span<const Index> targets);

/// Children of the octant at `direction` from a parent's that touch its child `child`, as a mask.
[[nodiscard]] std::uint8_t touching_children(int direction, int child) noexcept;

}
