// SPDX-License-Identifier: BSD-3-Clause
// The sums of a block in single precision, for near fields: twice the lanes, and a reciprocal root of half the length.
//
// A float alone would lose the digits of a coordinate that the distance of a close pair needs. So each coordinate,
// measured from the first target, becomes two floats: `high`, a multiple of 2^-20 length, and the rest, `low`. Within
// 8 lengths the differences of the high parts are exact, and x - y = (x.high - y.high) + (x.low - y.low) has a relative
// error of 2^-24 down to distances of 2^-20 length. Blocks with a closer pair are summed again in double.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/block_sums.hpp"

namespace nearfar::detail {

inline constexpr int most_points = 256;  ///< sources or targets handled at once; all stay in the first cache

/// Points as pairs of floats, in units of the block's length, from its origin.
struct SplitPoints {
  alignas(64) float high[3][most_points];
  alignas(64) float low[3][most_points];

  void set(int axis, int i, double coordinate) noexcept {
    constexpr double round = 0x1.8p32;  // leaves multiples of 2^-20 when added
    const double high_part = (coordinate + round) - round;
    high[axis][i] = static_cast<float>(high_part);
    low[axis][i] = static_cast<float>(coordinate - high_part);
  }

  /// Completes the last pack with points that are far from all others.
  void fill_up(int size) noexcept {
    const int end = std::min(most_points, size + 2 * simd::Traits<float>::lanes);
    for (int axis = 0; axis < 3; ++axis) {
      std::fill(high[axis] + size, high[axis] + end, 0x1p10F);
      std::fill(low[axis] + size, low[axis] + end, 0.0F);
    }
  }
};

/// What turns the coordinates of a block into those of SplitPoints.
struct Frame {
  const double* origin[3];
  double inverse_length;

  void set(SplitPoints& points, int to, const PointArrays& from, Index first, int count) const noexcept {
    const double* coordinates[3] = {from.x + first, from.y + first, from.z + first};
    for (int axis = 0; axis < 3; ++axis) {
      const double start = *origin[axis];
      for (int i = 0; i < count; ++i) points.set(axis, to + i, (coordinates[axis][i] - start) * inverse_length);
    }
  }
};

/// Up to most_points sources out of several ranges.
template <int source_dim>
struct SourceChunk {
  SplitPoints points;
  alignas(64) float charges[most_points * source_dim];
  IndexRange pieces[most_points];
  int num_pieces = 0;
  int size = 0;

  [[nodiscard]] std::span<const IndexRange> ranges() const noexcept { return {pieces, pieces + num_pieces}; }

  void append(const PairSum& sum, const Frame& frame, IndexRange piece) noexcept {
    frame.set(points, size, sum.sources, piece.begin, piece.size());
    const double* from = sum.charges + std::ptrdiff_t{piece.begin} * source_dim;
    float* to = charges + std::ptrdiff_t{size} * source_dim;
    for (int i = 0; i < piece.size() * source_dim; ++i) to[i] = static_cast<float>(from[i]);
    pieces[num_pieces++] = piece;
    size += piece.size();
  }

  /// Pairs of these sources and the targets [first, first + count) that are one point.
  [[nodiscard]] int pairs_with_itself(Index first, int count) const noexcept {
    int pairs = 0;
    for (int i = 0; i < num_pieces; ++i)
      pairs += std::max(0, std::min(pieces[i].end, first + count) - std::max(pieces[i].begin, first));
    return pairs;
  }
};

/// Sums over a chunk at one pack of targets, and the number of pairs that are too close for it.
template <class P, bool with_gradient, class Functor, int source_dim>
inline int sum_split_tile(const Functor& kernel, const SourceChunk<source_dim>& sources, const SplitPoints& targets,
                          int first, P (&u)[num_results<Functor, with_gradient>]) noexcept {
  using V = typename P::Vector;
  using Bits = typename P::Bits;
  P high[3], low[3];
  for (int axis = 0; axis < 3; ++axis) {
    high[axis] = simd::load_pack<P>(targets.high[axis] + first);
    low[axis] = simd::load_pack<P>(targets.low[axis] + first);
  }
  P sums[num_results<Functor, with_gradient>] = {};  // u itself would be stored for each source
  Bits far{};
  for (int s = 0; s < sources.size; ++s) {
    P d[3];
#pragma GCC unroll 3
    for (int axis = 0; axis < 3; ++axis)
      d[axis] = (high[axis] - sources.points.high[axis][s]) + (low[axis] - sources.points.low[axis][s]);
    const P r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
    for (const V& square : r2.part) far -= std::bit_cast<Bits>(square >= simd::broadcast<V>(simd::least_square<float>));
    add_pair<with_gradient>(kernel, d[0], d[1], d[2], sources.charges + s * source_dim, sums);
  }
  std::copy_n(sums, num_results<Functor, with_gradient>, u);
  int close = sources.size * P::lanes;
  for (int lane = 0; lane < simd::Traits<float>::lanes; ++lane) close -= static_cast<int>(far[lane]);
  return close;
}

/// Up to most_points targets against all sources; `scaled` is the kernel in units of the block's length.
template <bool with_gradient, class Functor>
void sum_split_block(const Functor& scaled, const Functor& kernel, const PairSum& sum, const Frame& frame, Index begin,
                     int num_targets, const Factors& factors) noexcept {
  SplitPoints targets;
  frame.set(targets, 0, sum.targets, begin, num_targets);
  targets.fill_up(num_targets);
  SourceChunk<Functor::source_dim> chunk;
  const auto flush = [&] {
    for_each_tile<2, float>(num_targets, [&]<int vectors>(int first, int count) {
      using P = simd::Pack<float, vectors>;
      P u[num_results<Functor, with_gradient>];
      const int close = sum_split_tile<P, with_gradient>(scaled, chunk, targets, first, u);
      const Index own = sum.first_own < 0 ? -most_points : sum.first_own + begin + first;
      if (close == chunk.pairs_with_itself(own, count)) {
        add_results<with_gradient, Functor>(u, begin + first, count, sum, factors);
      } else {
        PairSum exact = sum;
        exact.source_ranges = chunk.ranges();
        sum_targets<2 * vectors, with_gradient>(kernel, exact, begin + first, count);
      }
    });
    chunk.num_pieces = chunk.size = 0;
  };
  for (IndexRange range : sum.source_ranges) {
    while (range.size() > 0) {
      const IndexRange piece{range.begin, std::min(range.end, range.begin + most_points - chunk.size)};
      chunk.append(sum, frame, piece);
      range.begin = piece.end;
      if (chunk.size == most_points) flush();
    }
  }
  if (chunk.size > 0) flush();
}

template <bool with_gradient, class Functor>
void sum_block_in_single(const Functor& kernel, const PairSum& sum) noexcept {
  if (sum.num_targets == 0) return;
  const Frame frame{{sum.targets.x, sum.targets.y, sum.targets.z}, 1.0 / sum.length};
  const Functor scaled = kernel.in_units_of(sum.length);
  const double factor = sum.factor * kernel.scale() * std::pow(sum.length, Functor::degree);
  for (Index begin = 0; begin < sum.num_targets; begin += most_points)
    sum_split_block<with_gradient>(scaled, kernel, sum, frame, begin, std::min(most_points, sum.num_targets - begin),
                                   {factor, factor * frame.inverse_length});
}

}
