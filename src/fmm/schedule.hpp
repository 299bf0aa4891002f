// SPDX-License-Identifier: BSD-3-Clause
// What an evaluation does, in the order of the arrays it works on.
#pragma once

#include <array>
#include <vector>

#include "fmm/expansions.hpp"
#include "fmm/layout.hpp"

namespace nearfar {

/// Parents with children that a pass over one level works on, in panels.
struct Families {
  std::vector<std::array<const double*, 8>> from;  ///< expansions of the children, or null
  std::vector<double*> to;
  std::size_t num_alone = 0;  ///< the first ones, whose parents lie on this rank alone with all that is below them
};

/// L2L from the parents of one level.
struct L2lLevel {
  std::vector<const double*> parents;
  std::vector<std::array<double*, 8>> children;
};

/// M2L of one level: the children of the target parents, and of the parents around them.
struct M2lLevel {
  std::vector<std::array<const double*, 8>> sources;
  std::vector<std::array<double*, 8>> targets;
  std::vector<std::array<std::int32_t, num_directions>> neighbours;
};

/// Leaves that lie next to one another on the Morton curve, whose near fields one thread sums: pairs of leaves within
/// the block are taken once, for both sides.
struct NearBlock {
  IndexRange leaves;   ///< of Schedule::near_leaves
  IndexRange targets;  ///< their own points
};

/// Levels index by the level of the expansions that are written, except `l2l`, by that of the parents.
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

/// Lays out the passes over expansions, which must stay where they are. Those of levels above `first_level` take part
/// in nothing.
[[nodiscard]] Schedule make_schedule(const Layout& layout, const Interactions& interactions, int first_level,
                                     Expansions& multipoles, Expansions& locals);

}
