// SPDX-License-Identifier: BSD-3-Clause
// What an evaluation costs where points are spread evenly over volumes, surfaces or curves, from local densities.
#pragma once

#include <span>
#include <vector>

#include "fmm/costs.hpp"
#include "geometry/morton.hpp"

namespace nearfar {

/// Of points around spots that are alike: how many lie in a cube there, and how that number grows with the cube.
struct Density {
  double points = 0.0;     ///< around all these spots
  double dimension = 3.0;  ///< their number in a cube grows like its side to this power
  double levels = 0.0;     ///< times that a cube with the extent of all points is halved until it holds one point
};

/// From patches of the sorted keys, each of which stands for `points_per_key` points.
[[nodiscard]] std::vector<Density> find_densities(std::span<const PointKey> sample, double points_per_key);

/// Nanoseconds for the points of all patches, when octants of side root_scale / 2^level with more than
/// `points_per_leaf` points are split.
[[nodiscard]] double cost_of_densities(std::span<const Density> densities, const Costs& costs, double points_per_leaf,
                                       double root_scale);

}
