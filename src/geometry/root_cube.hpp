// SPDX-License-Identifier: BSD-3-Clause
// The cube of the tree's root and the unit in which the library computes.
//
// Coordinates are divided by a power of two, which is exact, so that squares of distances neither overflow nor
// underflow for domains of any size. They are not shifted, so that differences of coordinates are those of the caller's
// numbers. The root's side lies in (2^59, 2^60] units, up to its scale: then squares of distances down to 1e-37 of the
// root stay in the range of a float, in which reciprocal square roots begin where the processor has none for doubles.
//
// The side and the corner have so few bits that the centres of octants of all levels are doubles. A point's position in
// its octant, (x - origin) - centre, is then as good as its coordinates, however small the octant.
#pragma once

#include <array>
#include <cmath>
#include <span>

#include "geometry/morton.hpp"

namespace nearfar {

inline constexpr int root_side_exponent = 60;

struct RootCube {
  double unit = 1.0;  ///< the power of two by which the caller's coordinates are divided
  /// In units; differences from it are exact. By axis 0, or the lowest coordinate where all are far from 0.
  std::array<double, 3> origin{};
  std::array<double, 3> corner{};  ///< lowest corner, from the origin: a multiple of the side of the deepest cells
  double side = 1.0;               ///< in units

  friend bool operator==(const RootCube&, const RootCube&) = default;

  [[nodiscard]] double half_width(int level) const noexcept { return std::ldexp(side, -1 - level); }

  /// Centre of an octant from the origin, in units.
  [[nodiscard]] std::array<double, 3> centre(OctantKey key) const noexcept {
    const int level = level_of(key);
    const GridPosition position = position_of(key);
    std::array<double, 3> centre{};
    for (std::size_t axis = 0; axis < 3; ++axis)
      centre[axis] = corner[axis] + std::ldexp(side, -level) * (static_cast<double>(position[axis]) + 0.5);
    return centre;
  }

  /// Key of a point given in units; a point on the upper faces belongs to the last cell.
  [[nodiscard]] PointKey point_key(double x, double y, double z) const noexcept;
  /// Keys of points in the caller's coordinates, [point][3].
  void point_keys(std::span<const double> points, std::span<PointKey> keys) const noexcept;
};

/// A cube on the lower corner of a bounding box [lower, upper] in the caller's coordinates; its side is `scale`, 1 to
/// 2, times the largest extent of the box, rounded up by less than 0.4 %. A box without extent gets a cube whose side
/// suits the size of its coordinates. `lower` > `upper` stands for no points at all.
[[nodiscard]] RootCube make_root_cube(std::array<double, 3> lower, std::array<double, 3> upper, double scale = 1.0);

/// The root cube for points that have moved to another bounding box: the one before while it holds the box and is at
/// most a tenth larger than a new one. `keep_side`, for kernels whose operators depend on the side: else a cube of the
/// side before, where that suits the box, and else one with a twentieth of room to grow into. Otherwise a new one.
[[nodiscard]] RootCube follow_points(const RootCube& before, std::array<double, 3> lower, std::array<double, 3> upper,
                                     double scale, bool keep_side);

}
