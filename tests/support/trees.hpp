// SPDX-License-Identifier: BSD-3-Clause
// Trees built the slow way, for tests.
#pragma once

#include <vector>

#include "tree/octree.hpp"

namespace nearfar {

/// Half of the points uniform in the root, half in a cluster of that relative width; sorted.
std::vector<PointKey> random_point_keys(std::size_t count, unsigned seed, double cluster_width);

/// The balanced tree of sorted point keys, which are sources and targets, on one rank: octants with more than
/// points_per_leaf points are split, then closed 2:1.
Octree balanced_tree(const std::vector<PointKey>& points, int points_per_leaf);

}
