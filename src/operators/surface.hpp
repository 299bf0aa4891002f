// SPDX-License-Identifier: BSD-3-Clause
// The equivalent and check surfaces: the outer layer of a regular grid of p^3 points on a cube around a box.
//
// Lengths here and in all operators are measured in half widths of the box, and positions from its centre.
// The inner surface (p = order, half width 1.05, of oscillating kernels others: operators/oscillation.hpp) carries
// multipole densities and local check potentials; the outer surface (p = order + 2, half width 2.95) carries upward
// check potentials and the densities of local expansions.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nearfar/kernel.hpp"

namespace nearfar {

inline constexpr double inner_radius = 1.05;
inline constexpr double outer_radius = 2.95;

/// Points on a surface with that many points along an edge: 6 (p-1)^2 + 2.
[[nodiscard]] constexpr int surface_size(int points_per_edge) noexcept {
  return 6 * (points_per_edge - 1) * (points_per_edge - 1) + 2;
}

struct PointSet {
  std::vector<double> x, y, z;
  [[nodiscard]] int size() const noexcept { return static_cast<int>(x.size()); }
  [[nodiscard]] PointArrays points() const noexcept { return {x.data(), y.data(), z.data()}; }
};

struct Surface : PointSet {
  int points_per_edge = 0;
  double spacing = 0.0;                           ///< of neighbouring grid points
  std::vector<std::array<std::uint8_t, 3>> grid;  ///< grid position (x, y, z) of each point, 0 .. p-1
};

/// The surface of half width `radius`; points in lexicographic order of (x, y, z).
Surface make_surface(int points_per_edge, double radius);

}
