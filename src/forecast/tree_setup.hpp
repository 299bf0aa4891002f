// SPDX-License-Identifier: BSD-3-Clause
// What the ranks of a larger run tell each other while they make their trees.
#pragma once

#include "domain/essential_tree.hpp"
#include "forecast/caller_order.hpp"

namespace nearfar {

/// Adds the messages of make_essential_tree, of ranks that are cut at `splitters`, given the whole tree.
void count_tree_setup(const Octree& tree, const std::vector<PointKey>& splitters, int points_per_leaf,
                      SetupTally& tally);

}
