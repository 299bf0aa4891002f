// SPDX-License-Identifier: BSD-3-Clause
// Morton keys of points and octants, in exact integer arithmetic.
//
// A point key is the 63-bit Morton code of the point's cell at the deepest level: the bits of z, y, x interleaved, x
// lowest. An octant key (Warren and Salmon 1993) is the Morton code of the octant among those of its level, with a one
// in front, so that keys of all levels are distinct and plain integer order is level by level, Morton within a level.
// Child o of an octant lies at (o & 1, o >> 1 & 1, o >> 2 & 1).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace nearfar {

using PointKey = std::uint64_t;
using OctantKey = std::uint64_t;

inline constexpr int max_depth = 21;  ///< of any octant: 3 * 21 bits fill a point key
inline constexpr OctantKey root_octant = 1;
inline constexpr PointKey point_key_end = PointKey{1} << (3 * max_depth);  ///< one past the last point key

/// Position of an octant among those of its level, or of a point's cell at the deepest level.
using GridPosition = std::array<std::uint32_t, 3>;

namespace morton_detail {

/// Puts two zero bits before each of the 21 low bits.
[[nodiscard]] constexpr std::uint64_t spread(std::uint64_t v) noexcept {
  v &= 0x1fffff;
  v = (v | v << 32) & 0x001f00000000ffff;
  v = (v | v << 16) & 0x001f0000ff0000ff;
  v = (v | v << 8) & 0x100f00f00f00f00f;
  v = (v | v << 4) & 0x10c30c30c30c30c3;
  v = (v | v << 2) & 0x1249249249249249;
  return v;
}

/// Takes every third bit.
[[nodiscard]] constexpr std::uint32_t gather(std::uint64_t v) noexcept {
  v &= 0x1249249249249249;
  v = (v | v >> 2) & 0x10c30c30c30c30c3;
  v = (v | v >> 4) & 0x100f00f00f00f00f;
  v = (v | v >> 8) & 0x001f0000ff0000ff;
  v = (v | v >> 16) & 0x001f00000000ffff;
  v = (v | v >> 32) & 0x1fffff;
  return static_cast<std::uint32_t>(v);
}

}

[[nodiscard]] constexpr std::uint64_t interleave(const GridPosition& p) noexcept {
  using morton_detail::spread;
  return spread(p[0]) | spread(p[1]) << 1 | spread(p[2]) << 2;
}

[[nodiscard]] constexpr int level_of(OctantKey key) noexcept { return (63 - std::countl_zero(key)) / 3; }
[[nodiscard]] constexpr OctantKey level_bit(int level) noexcept { return OctantKey{1} << (3 * level); }
[[nodiscard]] constexpr OctantKey parent_of(OctantKey key) noexcept { return key >> 3; }
[[nodiscard]] constexpr OctantKey child_of(OctantKey key, int child) noexcept {
  return key << 3 | static_cast<OctantKey>(child);
}
/// Which child of its parent the octant is.
[[nodiscard]] constexpr int child_number(OctantKey key) noexcept { return static_cast<int>(key & 7); }

/// The octant of that level in which the point lies.
[[nodiscard]] constexpr OctantKey octant_at(PointKey point, int level) noexcept {
  return level_bit(level) | point >> (3 * (max_depth - level));
}
/// The anchor: the first point key in the octant.
[[nodiscard]] constexpr PointKey first_point(OctantKey key) noexcept {
  const int level = level_of(key);
  return (key ^ level_bit(level)) << (3 * (max_depth - level));
}
/// One past the last point key in the octant.
[[nodiscard]] constexpr PointKey end_point(OctantKey key) noexcept {
  return first_point(key) + (PointKey{1} << (3 * (max_depth - level_of(key))));
}
/// `inner` is `outer` or lies in it.
[[nodiscard]] constexpr bool contains(OctantKey outer, OctantKey inner) noexcept {
  const int levels = level_of(inner) - level_of(outer);
  return levels >= 0 && inner >> (3 * levels) == outer;
}

[[nodiscard]] constexpr GridPosition position_of(OctantKey key) noexcept {
  using morton_detail::gather;
  const std::uint64_t code = key ^ level_bit(level_of(key));
  return {gather(code), gather(code >> 1), gather(code >> 2)};
}
[[nodiscard]] constexpr OctantKey octant_key(const GridPosition& position, int level) noexcept {
  return level_bit(level) | interleave(position);
}

// Directions to the 26 colleagues (octants of the same level that touch) and to the octant itself.
inline constexpr int num_directions = 27;
inline constexpr int own_direction = 13;
[[nodiscard]] constexpr int direction(int dx, int dy, int dz) noexcept { return dx + 1 + 3 * (dy + 1) + 9 * (dz + 1); }
[[nodiscard]] constexpr std::array<int, 3> offset_of(int direction) noexcept {
  return {direction % 3 - 1, direction / 3 % 3 - 1, direction / 9 - 1};
}

/// The octant of the same level in that direction; 0 when it would lie outside the root.
[[nodiscard]] constexpr OctantKey colleague(OctantKey key, int direction) noexcept {
  const int level = level_of(key);
  const auto offset = offset_of(direction);
  GridPosition position = position_of(key);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    position[axis] += static_cast<std::uint32_t>(offset[axis]);
    if (position[axis] >> level != 0) return 0;  // wraps to a large number below zero
  }
  return octant_key(position, level);
}

/// The closed cubes share at least a point (also when one contains the other).
[[nodiscard]] constexpr bool adjacent(OctantKey a, OctantKey b) noexcept {
  const int level_a = level_of(a);
  const int level_b = level_of(b);
  const GridPosition pa = position_of(a);
  const GridPosition pb = position_of(b);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::uint64_t begin_a = std::uint64_t{pa[axis]} << (max_depth - level_a);
    const std::uint64_t begin_b = std::uint64_t{pb[axis]} << (max_depth - level_b);
    const std::uint64_t end_a = begin_a + (std::uint64_t{1} << (max_depth - level_a));
    const std::uint64_t end_b = begin_b + (std::uint64_t{1} << (max_depth - level_b));
    if (begin_a > end_b || begin_b > end_a) return false;
  }
  return true;
}

}
