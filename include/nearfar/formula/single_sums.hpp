// SPDX-License-Identifier: BSD-3-Clause
// The sums of a block in single precision, for near fields: twice the lanes, and a reciprocal root of half the length.
//
// A float alone would lose the digits of a coordinate that the distance of a close pair needs. So each coordinate,
// measured from the first target, becomes two floats: `high`, a multiple of 2^-20 length, and the rest, `low`. Within
// 8 lengths the differences of the high parts are exact, and x - y = (x.high - y.high) + (x.low - y.low) has a relative
// error of 2^-24 down to distances of 2^-20 length. Blocks with a closer pair are summed again in double.
//
// Where the caller allows it, coordinates are rounded to one float, and pairs closer than 2^-8 length are too close.
#pragma once

#include <cmath>
#include <cstdint>

#include "nearfar/formula/block_sums.hpp"

namespace nearfar::detail {
inline namespace NEARFAR_WIDTH {

inline constexpr int max_components = 64;  ///< of the charges of one source
inline constexpr int most_points = 256;    ///< sources or targets handled at once; all stay in the L1 cache

/// Points as pairs of floats, or single ones, in units of the block's length, from its origin.
template <bool split>
struct SplitPoints {
  static constexpr float least_square = split ? simd::least_square<float> : 0x1p-16F;

  alignas(64) float high[3][most_points];
  alignas(64) float low[split ? 3 : 1][split ? most_points : 1];

  void set(int axis, int i, double coordinate) noexcept {
    if constexpr (!split) {
      high[axis][i] = static_cast<float>(coordinate);
      return;
    }
    constexpr double round = 0x1.8p32;  // leaves multiples of 2^-20 when added
    const double high_part = (coordinate + round) - round;
    high[axis][i] = static_cast<float>(high_part);
    low[axis][i] = static_cast<float>(coordinate - high_part);
  }

  /// Completes the last pack with points that are far from all others.
  void fill_up(int size) noexcept {
    const int end = std::min(most_points, size + 2 * simd::Traits<float>::lanes);  // of the widest pack
    for (int axis = 0; axis < 3; ++axis) {
      std::fill(high[axis] + size, high[axis] + end, 0x1p10F);
      if constexpr (split) std::fill(low[axis] + size, low[axis] + end, 0.0F);
    }
  }
};

/// What turns the coordinates of a block into those of SplitPoints.
struct Frame {
  const double* origin[3];
  double inverse_length;
  double charge_factors[max_components];  ///< the same for the components of charges

  template <bool split>
  [[gnu::noinline]] void set(SplitPoints<split>& points, int to, const PointArrays& from, Index first,
                             int count) const noexcept {
    const double* coordinates[3] = {from.x + first, from.y + first, from.z + first};
    for (int axis = 0; axis < 3; ++axis) {
      const double start = *origin[axis];
      for (int i = 0; i < count; ++i) points.set(axis, to + i, (coordinates[axis][i] - start) * inverse_length);
    }
  }
};

/// Up to most_points sources out of several ranges.
template <int source_dim, bool split>
struct SourceChunk {
  SplitPoints<split> points;
  alignas(64) float charges[most_points * source_dim];
  IndexRange pieces[most_points];
  int num_pieces = 0;
  int size = 0;

  [[nodiscard]] std::span<const IndexRange> ranges() const noexcept { return {pieces, pieces + num_pieces}; }

  [[gnu::noinline]] void append(const PairSum& sum, const Frame& frame, IndexRange piece) noexcept {
    frame.set(points, size, sum.sources, piece.begin, piece.size());
    const double* from = sum.charges + std::ptrdiff_t{piece.begin} * source_dim;
    float* to = charges + std::ptrdiff_t{size} * source_dim;
    for (int i = 0; i < piece.size() * source_dim; ++i)
      to[i] = static_cast<float>(from[i] * frame.charge_factors[i % source_dim]);
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

/// Targets [begin, begin + size) of a sum, as they meet chunk after chunk.
template <int source_dim, bool split>
struct TargetBlock {
  SplitPoints<split> points;
  alignas(64) float charges[source_dim][most_points];  ///< when they are sources
  Index begin = 0;
  int size = 0;

  [[gnu::noinline]] TargetBlock(const PairSum& sum, const Frame& frame, Index first, int count) noexcept
      : begin(first), size(count) {
    frame.set(points, 0, sum.targets, begin, size);
    points.fill_up(size);
    if (sum.mutual_ranges.empty()) return;
    const double* from = sum.charges + (sum.first_own + std::ptrdiff_t{begin}) * source_dim;
    for (int j = 0; j < source_dim; ++j) {
      std::fill_n(charges[j], most_points, 0.0F);
      for (int i = 0; i < size; ++i)
        charges[j][i] = static_cast<float>(from[i * source_dim + j] * frame.charge_factors[j]);
    }
  }
};

/// Sums of one pack of targets and a chunk, and with `mutual` the reactions. Returns the number of pairs that are far
/// enough from each other.
template <class P, bool with_gradient, bool mutual, bool split, class Functor, class Chunk, class React>
[[gnu::flatten, gnu::noinline]] int sum_split_tile(const Functor& kernel, const Chunk& sources,
                                                   const TargetBlock<Functor::source_dim, split>& targets, int first,
                                                   P (&u)[num_results<Functor, with_gradient>],
                                                   React& reactions) noexcept {
  using V = typename P::Vector;
  using Bits = typename P::Bits;
  constexpr int dim = Functor::source_dim;
  P high[3], low[3], charges[dim];
  for (int axis = 0; axis < 3; ++axis) {
    high[axis] = simd::load_pack<P>(targets.points.high[axis] + first);
    if constexpr (split) low[axis] = simd::load_pack<P>(targets.points.low[axis] + first);
  }
  if constexpr (mutual)
    for (int j = 0; j < dim; ++j) charges[j] = simd::load_pack<P>(targets.charges[j] + first);
  P sums[num_results<Functor, with_gradient>] = {};  // u itself would be stored for each source
  Bits far{};
  for (int s = 0; s < sources.size; ++s) {
    P d[3];
#pragma GCC unroll 3
    for (int axis = 0; axis < 3; ++axis) {
      d[axis] = high[axis] - sources.points.high[axis][s];
      if constexpr (split) d[axis] += low[axis] - sources.points.low[axis][s];
    }
    const P r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
    for (const V& square : r2.part)
      far -= std::bit_cast<Bits>(square >= simd::broadcast<V>(SplitPoints<split>::least_square));
    add_pair<with_gradient>(kernel, d[0], d[1], d[2], sources.charges + s * dim, sums);
    if constexpr (mutual) reactions.template add<with_gradient>(s, kernel, d[0], d[1], d[2], charges);
  }
  std::copy_n(sums, num_results<Functor, with_gradient>, u);
  int count = 0;
  for (int lane = 0; lane < simd::Traits<float>::lanes; ++lane) count += static_cast<int>(far[lane]);
  return count;
}

/// Sums in single precision over all sources of a sum, block by block.
template <bool with_gradient, bool split, class Functor>
class SingleSums {
 public:
  SingleSums(const Functor& kernel, const PairSum& sum) noexcept
      : kernel_(kernel),
        scaled_(kernel.in_units_of(sum.length)),
        sum_(sum),
        frame_{{sum.targets.x, sum.targets.y, sum.targets.z}, 1.0 / sum.length, {}},
        factors_(sum.factor * kernel.scale(), sum.length) {
    for (int j = 0; j < Functor::source_dim; ++j)
      frame_.charge_factors[j] = std::pow(sum.length, source_degree<Functor>(j));
  }

  [[gnu::noinline]] void run() noexcept {
    for (Index begin = 0; begin < sum_.num_targets; begin += most_points) {
      const TargetBlock<Functor::source_dim, split> targets(sum_, frame_, begin,
                                                            std::min(most_points, sum_.num_targets - begin));
      for_each_chunk(sum_.source_ranges, [&] { meet<false>(targets); });
      if constexpr (is_mutual) for_each_chunk(sum_.mutual_ranges, [&] { meet<true>(targets); });
    }
  }

 private:
  static constexpr int results = num_results<Functor, with_gradient>;
  static constexpr bool is_mutual = has_mutual_sums<Functor, with_gradient>();

  /// Fills the chunk again and again with the sources of the ranges.
  template <class Visit>
  void for_each_chunk(std::span<const IndexRange> ranges, const Visit& visit) noexcept {
    chunk_.num_pieces = chunk_.size = 0;
    for (IndexRange range : ranges) {
      while (range.size() > 0) {
        const IndexRange piece{range.begin, std::min(range.end, range.begin + most_points - chunk_.size)};
        chunk_.append(sum_, frame_, piece);
        range.begin = piece.end;
        if (chunk_.size < most_points) continue;
        visit();
        chunk_.num_pieces = chunk_.size = 0;
      }
    }
    if (chunk_.size > 0) visit();
  }

  template <bool mutual>
  void meet(const TargetBlock<Functor::source_dim, split>& targets) noexcept {
    if constexpr (mutual) reactions_.clear(chunk_.size);
    std::int64_t close = 0;
    for_each_tile<is_lean<Functor> ? 1 : 2, float>(targets.size, [&]<int vectors>(int first, int) {
      using P = simd::Pack<float, vectors>;
      P u[results];
      close += std::int64_t{P::lanes} * chunk_.size -
               sum_split_tile<P, with_gradient, mutual>(scaled_, chunk_, targets, first, u, reactions_);
      for (int k = 0; k < results; ++k) simd::store(values_[k] + first, u[k]);
    });
    if (close !=
        chunk_.pairs_with_itself(sum_.first_own < 0 ? -most_points : sum_.first_own + targets.begin, targets.size))
      return repeat_in_double<mutual>(targets);
    add_outputs(sum_, shape_of<with_gradient, Functor>, targets.begin, targets.size, factors_.of, values_[0],
                most_points);
    if constexpr (mutual) {
      int first = 0;
      for (const IndexRange piece : chunk_.ranges()) {
        add_reactions<with_gradient, Functor>(reactions_, first, piece, sum_, factors_);
        first += piece.size();
      }
    }
  }

  /// For a block with pairs that are too close.
  template <bool mutual>
  [[gnu::noinline]] void repeat_in_double(const TargetBlock<Functor::source_dim, split>& targets) const noexcept {
    PairSum exact = sum_;
    const auto shift = std::ptrdiff_t{targets.begin};
    exact.targets = {sum_.targets.x + shift, sum_.targets.y + shift, sum_.targets.z + shift};
    exact.num_targets = targets.size;
    if (sum_.first_own >= 0) exact.first_own = sum_.first_own + targets.begin;
    if (sum_.potentials)
      exact.potentials = sum_.potentials + shift * (sum_.gradients_beside_potentials ? results : Functor::target_dim);
    if (sum_.gradients) exact.gradients = sum_.gradients + shift * Functor::target_dim * 3;
    exact.source_ranges = mutual ? std::span<const IndexRange>{} : chunk_.ranges();
    exact.mutual_ranges = mutual ? chunk_.ranges() : std::span<const IndexRange>{};
    sum_block<with_gradient, !is_lean<Functor>>(kernel_, exact);
  }

  const Functor& kernel_;
  Functor scaled_;  ///< in units of the block's length
  const PairSum& sum_;
  Frame frame_;
  Factors<Functor, with_gradient> factors_;
  SourceChunk<Functor::source_dim, split> chunk_;
  Reactions<float, results, is_mutual ? most_points : 1> reactions_;
  alignas(64) float values_[results][most_points];
};

}
}
