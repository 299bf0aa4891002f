// SPDX-License-Identifier: BSD-3-Clause
// Morton keys of points and octants, in exact integer arithmetic.
//
// A point key is the 126-bit Morton code of the point's cell at the deepest level: the bits of z, y, x interleaved, x
// lowest. An octant key (Warren and Salmon 1993) is the Morton code of the octant among those of its level, with a one
// in front, so that keys of all levels are distinct and plain integer order is level by level, Morton within a level.
// Child o of an octant lies at (o & 1, o >> 1 & 1, o >> 2 & 1).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace nearfar {

__extension__ typedef unsigned __int128 Bits128;
using PointKey = Bits128;
using OctantKey = Bits128;

/// Of any octant: clusters may be 4e12 times smaller than the root. 3 * 42 bits fill a point key.
inline constexpr int max_depth = 42;
inline constexpr OctantKey root_octant = 1;
inline constexpr PointKey point_key_end = PointKey{1} << (3 * max_depth);  ///< one past the last point key

/// Position of an octant among those of its level, or of a point's cell at the deepest level.
using GridPosition = std::array<std::uint64_t, 3>;

namespace morton_detail {

inline constexpr int half_depth = max_depth / 2;  ///< levels whose bits fit in 64

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

/// Takes every third of 63 bits.
[[nodiscard]] constexpr std::uint64_t gather(std::uint64_t v) noexcept {
  v &= 0x1249249249249249;
  v = (v | v >> 2) & 0x10c30c30c30c30c3;
  v = (v | v >> 4) & 0x100f00f00f00f00f;
  v = (v | v >> 8) & 0x001f0000ff0000ff;
  v = (v | v >> 16) & 0x001f00000000ffff;
  v = (v | v >> 32) & 0x1fffff;
  return v;
}

[[nodiscard]] constexpr std::uint64_t interleave_low(const GridPosition& p) noexcept {
  return spread(p[0]) | spread(p[1]) << 1 | spread(p[2]) << 2;
}

}

[[nodiscard]] constexpr Bits128 interleave(const GridPosition& p) noexcept {
  using namespace morton_detail;
  const GridPosition high{p[0] >> half_depth, p[1] >> half_depth, p[2] >> half_depth};
  return Bits128{interleave_low(high)} << (3 * half_depth) | interleave_low(p);
}

[[nodiscard]] constexpr std::uint64_t low_half(Bits128 bits) noexcept { return static_cast<std::uint64_t>(bits); }
[[nodiscard]] constexpr std::uint64_t high_half(Bits128 bits) noexcept {
  return static_cast<std::uint64_t>(bits >> 64);
}
/// std::bit_width, which need not know 128 bits.
[[nodiscard]] constexpr int bit_width(Bits128 bits) noexcept {
  const std::uint64_t high = high_half(bits);
  return static_cast<int>(high != 0 ? 64 + std::bit_width(high) : std::bit_width(low_half(bits)));
}

[[nodiscard]] constexpr int level_of(OctantKey key) noexcept { return (bit_width(key) - 1) / 3; }
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
  using namespace morton_detail;
  const Bits128 code = key ^ level_bit(level_of(key));
  const std::uint64_t low = low_half(code), high = low_half(code >> (3 * half_depth));
  return {gather(high) << half_depth | gather(low), gather(high >> 1) << half_depth | gather(low >> 1),
          gather(high >> 2) << half_depth | gather(low >> 2)};
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
  // Arithmetic on the bits of one axis where they are: those of the others carry or are cut off.
  constexpr Bits128 every_third = interleave({(std::uint64_t{1} << max_depth) - 1, 0, 0});
  const Bits128 level_mask = level_bit(level_of(key)) - 1;
  const auto offset = offset_of(direction);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const Bits128 mask = every_third << axis & level_mask;
    const Bits128 own = key & mask;
    if (offset[axis] == 0) continue;
    if (own == (offset[axis] < 0 ? 0 : mask)) return 0;
    const Bits128 unit = Bits128{1} << axis;
    const Bits128 moved = offset[axis] < 0 ? own - unit : (own | ~mask) + unit;
    key = (key & ~mask) | (moved & mask);
  }
  return key;
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
