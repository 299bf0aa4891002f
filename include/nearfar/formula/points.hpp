// SPDX-License-Identifier: BSD-3-Clause
// Points of a block side by side in its own coordinates, in which its differences of coordinates are taken: in double,
// as they are; or, for near fields, in single precision, which has twice the lanes and a reciprocal root of half the
// length.
//
// A float alone would lose the digits of a coordinate that the distance of a close pair needs. So each coordinate,
// measured from the first target, becomes two floats: `high`, a multiple of 2^-20 length, and the rest, `low`. Within
// 8 lengths the differences of the high parts are exact, and x - y = (x.high - y.high) + (x.low - y.low) has a relative
// error of 2^-24 down to distances of 2^-20 length. Blocks with a closer pair are summed again in double.
//
// Where the caller allows it, coordinates are rounded to one float, and pairs closer than 2^-8 length are too close.
#pragma once

#include <algorithm>
#include <cstddef>

#include "nearfar/formula/pack.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar::detail {
inline namespace NEARFAR_WIDTH {

/// Coordinates of up to `most` points in double, in the caller's units.
template <int most>
struct DoublePoints {
  using Scalar = double;
  static constexpr bool own_units = false;
  static constexpr int numbers = 3;  ///< of a point

  alignas(64) double axes[3][most + simd::width];  ///< with room for what follows the last in its vector

  void set(int axis, int i, simd::Vec coordinates) noexcept { simd::store(axes[axis] + i, coordinates); }

  /// Points up to `end` after the given ones, as copies of the first.
  void fill_up(int size, int end) noexcept {
    for (auto& axis : axes) std::fill(axis + size, axis + end, axis[0]);
  }

  /// Targets first .. of a pack, one in all lanes of a vector.
  template <class P>
  struct Tile {
    P axes[3];
    Tile(const DoublePoints& points, int first) noexcept {
      for (int axis = 0; axis < 3; ++axis) axes[axis] = simd::each_of<P>(points.axes[axis] + first);
    }
    /// To the sources s .. in the lanes.
    [[nodiscard, gnu::always_inline]] P minus(const DoublePoints& sources, int axis, int s) const noexcept {
      return axes[axis] - simd::all_of<P>(simd::load<typename P::Vector>(sources.axes[axis] + s));
    }
  };
};

/// The same as pairs of floats, or single ones, in units of the block's length, from its origin.
template <int most, bool split>
struct SinglePoints {
  using Scalar = float;
  static constexpr bool own_units = true;
  static constexpr int numbers = split ? 6 : 3;
  static constexpr float least_square = split ? simd::least_square<float> : 0x1p-16F;  ///< below, pairs are too close

  alignas(64) float high[3][most + simd::Traits<float>::lanes];
  alignas(64) float low[split ? 3 : 1][split ? most + simd::Traits<float>::lanes : 1];

  void set(int axis, int i, simd::Vec coordinates) noexcept {
    if constexpr (!split) {
      simd::store(high[axis] + i, simd::as_floats(coordinates));
      return;
    }
    constexpr double round = 0x1.8p32;  // leaves multiples of 2^-20 when added
    const simd::Vec high_parts = (coordinates + round) - round;
    simd::store(high[axis] + i, simd::as_floats(high_parts));
    simd::store(low[axis] + i, simd::as_floats(coordinates - high_parts));
  }

  /// As points outside all others, though not so far that powers of the distance overflow.
  void fill_up(int size, int end) noexcept {
    for (int axis = 0; axis < 3; ++axis) {
      std::fill(high[axis] + size, high[axis] + end, 0x1p5F);
      if constexpr (split) std::fill(low[axis] + size, low[axis] + end, 0.0F);
    }
  }

  template <class P>
  struct Tile {
    P high[3], low[split ? 3 : 1];
    Tile(const SinglePoints& points, int first) noexcept {
      for (int axis = 0; axis < 3; ++axis) {
        high[axis] = simd::each_of<P>(points.high[axis] + first);
        if constexpr (split) low[axis] = simd::each_of<P>(points.low[axis] + first);
      }
    }
    [[nodiscard, gnu::always_inline]] P minus(const SinglePoints& sources, int axis, int s) const noexcept {
      using V = typename P::Vector;
      P difference = high[axis] - simd::all_of<P>(simd::load<V>(sources.high[axis] + s));
      if constexpr (split) difference += low[axis] - simd::all_of<P>(simd::load<V>(sources.low[axis] + s));
      return difference;
    }
  };
};

inline constexpr int max_components = 64;  ///< of the charges of one source

/// What turns the caller's coordinates and charges into those of a block.
struct Frame {
  double origin[3];
  double inverse_length;
  double charge_factors[max_components];  ///< by component
};

/// Calls visit(i, numbers i .. of `count`) vector by vector; the last one may hold numbers that came before, or zeros.
template <class Visit>
inline void for_each_vector(const double* from, int count, const Visit& visit) noexcept {
  constexpr int width = simd::width;
  for (int i = 0; i + width <= count; i += width) visit(i, simd::load<simd::Vec>(from + i));
  if (count % width == 0) return;
  if (count > width) return visit(count - width, simd::load<simd::Vec>(from + count - width));
  simd::Vec last{};
  for (int i = 0; i < count; ++i) last[i] = from[i];
  visit(0, last);
}

/// Points with charges, out of several ranges.
template <class Points, int dim, int most>
struct GatheredPoints {
  static_assert(dim <= max_components);
  using S = typename Points::Scalar;
  Points points;
  alignas(64) S charges[dim][most + simd::Traits<S>::lanes];
  int size = 0;

  /// Without charges where `from_charges` is null.
  [[gnu::noinline]] void append(const PointArrays& from, const double* from_charges, const Frame& frame,
                                IndexRange range) noexcept {
    const double* coordinates[3] = {from.x + range.begin, from.y + range.begin, from.z + range.begin};
    for (int axis = 0; axis < 3; ++axis)
      for_each_vector(coordinates[axis], range.size(), [&](int i, simd::Vec x) {
        points.set(axis, size + i, Points::own_units ? (x - frame.origin[axis]) * frame.inverse_length : x);
      });
    if (from_charges != nullptr) append_charges(from_charges + std::ptrdiff_t{range.begin} * dim, frame, range.size());
    size += range.size();
  }

  /// Completes the last vector with points that add nothing.
  void fill_up() noexcept {
    constexpr int lanes = simd::Traits<S>::lanes;
    const int end = (size + lanes - 1) / lanes * lanes;
    points.fill_up(size, end);
    for (auto& component : charges) std::fill(component + size, component + end, S{});
  }

 private:
  void append_charges(const double* from, const Frame& frame, int count) noexcept {
    if constexpr (dim == 1) {
      for_each_vector(from, count, [&](int i, simd::Vec charge) {
        if constexpr (Points::own_units)
          simd::store(charges[0] + size + i, simd::as_floats(charge * frame.charge_factors[0]));
        else
          simd::store(charges[0] + size + i, charge);
      });
    } else {
      for (int j = 0; j < dim; ++j)
        for (int i = 0; i < count; ++i)
          charges[j][size + i] = static_cast<S>(from[i * dim + j] * frame.charge_factors[j]);
    }
  }
};

}
}
