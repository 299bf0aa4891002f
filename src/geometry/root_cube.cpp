// SPDX-License-Identifier: BSD-3-Clause
#include "geometry/root_cube.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace nearfar {
namespace {

/// Cells along one axis.
struct Cells {
  double origin;
  double inverse;  ///< of their side
  double first;    ///< number, counted from the origin

  Cells(const RootCube& root, std::size_t axis)
      : origin(root.origin[axis]),
        inverse(std::ldexp(1.0, max_depth) / root.side),
        first(std::floor(root.corner[axis] * inverse + 0.5)) {}

  [[nodiscard]] std::uint64_t operator[](double coordinate) const noexcept {
    constexpr auto last = static_cast<double>((std::uint64_t{1} << max_depth) - 1);
    // Whole numbers of cells, so that points near the origin keep their digits beside a far corner.
    const double position = (coordinate - origin) * inverse;
    const double nearest = (position + 0x1.8p52) - 0x1.8p52;
    const double cell = nearest - (nearest > position ? 1.0 : 0.0) - first;
    const double from_first = cell > 0.0 ? cell : 0.0;
    const double inside = from_first < last ? from_first : last;
    // The lower bits of this sum are the number: a conversion that every processor has for vectors.
    return std::bit_cast<std::uint64_t>(inside + 0x1p52) & ((std::uint64_t{1} << max_depth) - 1);
  }
};

/// Puts the lowest corner of a cube of that unit and side on that of a box, in the caller's coordinates, to less than
/// a deepest cell.
void place(const std::array<double, 3>& lower, const std::array<double, 3>& upper, RootCube& cube) {
  const double cell = std::ldexp(cube.side, -max_depth);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double least = lower[axis] / cube.unit;
    // Differences of numbers of one sign are exact where one is at most twice the other.
    const bool is_far = upper[axis] > 0.0 ? lower[axis] >= 0.5 * upper[axis] : lower[axis] >= 2.0 * upper[axis];
    cube.origin[axis] = is_far ? least : 0.0;
    cube.corner[axis] = is_far ? 0.0 : cell * std::floor(least / cell);
  }
}

/// With so many bits as leave room for those of the corner and the levels in a double.
[[nodiscard]] double round_up(double side) {
  constexpr int num_bits = 9;
  int exponent = 0;
  const double fraction = std::frexp(side, &exponent);
  return std::ldexp(std::ceil(std::ldexp(fraction, num_bits)), exponent - num_bits);
}

}

PointKey RootCube::point_key(double x, double y, double z) const noexcept {
  return interleave({Cells(*this, 0)[x], Cells(*this, 1)[y], Cells(*this, 2)[z]});
}

void RootCube::point_keys(std::span<const double> points, std::span<PointKey> keys) const noexcept {
  // As interleave, but one axis after the other, so that compilers vectorize the loops.
  constexpr std::size_t width = 32;
  const std::array cells{Cells(*this, 0), Cells(*this, 1), Cells(*this, 2)};
  const double scale = 1.0 / unit;
  for (std::size_t begin = 0; begin < keys.size(); begin += width) {
    const std::size_t count = std::min(width, keys.size() - begin);
    std::array<std::uint64_t, width> low{}, high{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const Cells along = cells[axis];
      std::array<double, width> coordinates{};
      std::array<std::uint64_t, width> numbers{};
      for (std::size_t i = 0; i < count; ++i) coordinates[i] = points[3 * (begin + i) + axis] * scale;
      for (std::size_t i = 0; i < width; ++i) numbers[i] = along[coordinates[i]];
      for (std::size_t i = 0; i < width; ++i) {
        low[i] |= morton_detail::spread(numbers[i]) << axis;
        high[i] |= morton_detail::spread(numbers[i] >> morton_detail::half_depth) << axis;
      }
    }
    for (std::size_t i = 0; i < count; ++i)
      keys[begin + i] = Bits128{high[i]} << (3 * morton_detail::half_depth) | low[i];
  }
}

RootCube make_root_cube(std::array<double, 3> lower, std::array<double, 3> upper, double scale) {
  if (lower[0] > upper[0]) return {};
  // Half of the extent, because the whole may be larger than the largest number.
  double half = 0.0;
  double largest = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    half = std::max(half, 0.5 * upper[axis] - 0.5 * lower[axis]);
    largest = std::max({largest, std::abs(lower[axis]), std::abs(upper[axis])});
  }
  if (half == 0.0) half = largest > 0.0 ? 0.5 * largest : 0.5;
  int exponent = 0;
  (void)std::frexp(half, &exponent);  // half = f * 2^exponent, f in [1/2, 1)
  RootCube root;
  // The reciprocal of the unit must be finite.
  const int unit_exponent = std::max(exponent + 1 - root_side_exponent, std::numeric_limits<double>::min_exponent);
  root.unit = std::ldexp(1.0, unit_exponent);
  root.side = round_up(2.0 * scale * std::ldexp(half, -unit_exponent));
  place(lower, upper, root);
  return root;
}

RootCube follow_points(const RootCube& before, std::array<double, 3> lower, std::array<double, 3> upper, double scale,
                       bool keep_side) {
  static constexpr double tolerated_excess = 1.1;
  static constexpr double room = 1.05;
  double extent = 0.0;
  bool inside = true, large_enough = true;  // neither with coordinates too large for the unit
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double first = lower[axis] / before.unit, last = upper[axis] / before.unit;
    const double corner = before.origin[axis] + before.corner[axis];
    extent = std::max(extent, last - first);
    large_enough = large_enough && last - first <= before.side;
    inside = inside && corner <= first && last <= corner + before.side;
  }
  const bool side_suits = large_enough && before.side <= tolerated_excess * scale * extent;
  if (inside && side_suits) return before;
  if (keep_side && side_suits) {
    RootCube cube = before;
    place(lower, upper, cube);
    return cube;
  }
  return make_root_cube(lower, upper, keep_side ? room * scale : scale);
}

}
