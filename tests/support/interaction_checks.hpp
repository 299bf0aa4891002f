// SPDX-License-Identifier: BSD-3-Clause
// What the interactions of all ranks come to, for tests: every target leaf with what reaches it.
#pragma once

#include "support/domains.hpp"

namespace nearfar {

/// A built domain with its interactions and the naive tree.
struct Interacting : BuiltDomain {
  TargetLists lists;  ///< as made, before the interactions take parts of them
  Interactions interactions;
  GlobalTree global;

  explicit Interacting(const DomainSetting& setting, Index direct_limit = 0,
                       const std::vector<PointKey>& forced_splitters = {});

  [[nodiscard]] const Octree& tree() const { return essential.tree; }
  [[nodiscard]] const OctantRecord& octant(Index i) const { return essential.tree.octants[usize(i)]; }
  /// The numbers, among all sources, of own and ghost sources, as ghost_sources delivers them.
  [[nodiscard]] std::vector<std::size_t> source_numbers();
  /// Members of V with sources of a target, by the table of colleagues and geometry.
  [[nodiscard]] std::vector<Index> v_list(Index target) const;
};

/// One source octant or point that reaches a target octant.
struct Reach {
  Bits128 target = 0, kind = 0, source = 0;  ///< keys; of a point, its number
  friend auto operator<=>(const Reach&, const Reach&) = default;
};
inline constexpr Bits128 by_point = 0, by_v = 1, by_w = 2, by_x = 3;

/// Collective. All of all ranks, sorted.
[[nodiscard]] std::vector<Reach> all_reaches(Interacting& domain);

/// How often each source reaches each target leaf, through it and its ancestors, must be once; or never, for the
/// sources of a leaf whose points all coincide.
void expect_full_coverage(const DomainSetting& setting, Interacting& domain);

}
