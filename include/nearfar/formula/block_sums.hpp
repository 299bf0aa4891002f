// SPDX-License-Identifier: BSD-3-Clause
// The sums of a block. Sources are in the lanes of vectors, targets one after the other, a few at once: there are many
// more sources than targets in a near field, so that the lanes are full however small the leaves are, and sums at
// sources, where pairs count both ways, are vectors as they come. Sources and targets are gathered into arrays that
// stay in the L1 cache. Sums over few sources have the targets in the lanes.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "nearfar/formula/outputs.hpp"
#include "nearfar/formula/points.hpp"

namespace nearfar::detail {
inline namespace NEARFAR_WIDTH {

/// Sums of one pack of targets over gathered sources, to values[result][most] and, with `mutual`, those at the sources
/// over these targets to reactions[result][most]. Returns the number of pairs that are far enough from each other to be
/// right in single precision.
template <class P, bool with_gradient, bool mutual, int most, class Functor, class Gathered>
[[gnu::flatten, gnu::noinline]] int sum_tile(const Functor& kernel, const Gathered& sources, const Gathered& targets,
                                             int first, typename P::Scalar (*values)[most],
                                             typename P::Scalar (*reactions)[most]) noexcept {
  using V = typename P::Vector;
  using Bits = typename P::Bits;
  using Points = decltype(Gathered::points);
  constexpr int dim = Functor::source_dim, results = num_results<Functor, with_gradient>;
  constexpr int lanes = simd::Traits<typename P::Scalar>::lanes;
  const typename Points::template Tile<P> tile(targets.points, first);
  P charges[dim];
  if constexpr (mutual)
    for (int j = 0; j < dim; ++j) charges[j] = simd::each_of<P>(targets.charges[j] + first);
  P sums[results] = {};
  Bits far{};
  for (int s = 0; s < sources.size; s += lanes) {
    const P dx = tile.minus(sources.points, 0, s), dy = tile.minus(sources.points, 1, s),
            dz = tile.minus(sources.points, 2, s);
    if constexpr (Points::own_units) {
      const P r2 = dx * dx + dy * dy + dz * dz;
      for (const V& square : r2.part) far -= std::bit_cast<Bits>(square >= simd::broadcast<V>(Points::least_square));
    }
    P of_sources[dim];
    for (int j = 0; j < dim; ++j) of_sources[j] = simd::all_of<P>(simd::load<V>(sources.charges[j] + s));
    add_pair<with_gradient>(kernel, dx, dy, dz, of_sources, sums);
    if constexpr (mutual) {
      P u[results];
      for (int k = 0; k < results; ++k) {
        u[k] = {};
        u[k].part[0] = simd::load<V>(reactions[k] + s);
      }
      add_pair<with_gradient>(kernel, -dx, -dy, -dz, charges, u);
      for (int k = 0; k < results; ++k) simd::store(reactions[k] + s, simd::sum_of_parts(u[k]));
    }
  }
  for (int k = 0; k < results; ++k)
    for (std::size_t i = 0; i < std::size(sums[k].part); ++i)
      values[k][first + static_cast<int>(i)] = simd::sum_of_lanes(sums[k].part[i]);
  int count = 0;
  for (int lane = 0; lane < lanes; ++lane) count += static_cast<int>(far[lane]);
  return count;
}

/// Points that are gathered at once: as many as stay in the L1 cache with all that belongs to them.
template <class Functor, bool with_gradient>
[[nodiscard]] constexpr int most_gathered(int numbers_of_point, int bytes_of_number) noexcept {
  constexpr int room = 1 << 14;
  int most = 256;
  const int bytes = bytes_of_number * (numbers_of_point + Functor::source_dim + num_results<Functor, with_gradient>);
  while (most > 64 && most * bytes > room) most /= 2;
  return most;
}

template <bool with_gradient, bool ten_digits, class Functor>
void sum_block(const Functor& kernel, const PairSum& sum) noexcept;

/// The sums of a block over gathered points, in double or in single precision.
template <bool with_gradient, bool ten_digits, class Functor, template <int> class PointsOf>
class GatheredSums {
  using Probe = PointsOf<1>;
  using S = typename Probe::Scalar;
  static constexpr int lanes = simd::Traits<S>::lanes, dim = Functor::source_dim;
  static constexpr int most = most_gathered<Functor, with_gradient>(Probe::numbers, sizeof(S));
  static constexpr int results = num_results<Functor, with_gradient>;
  using Points = PointsOf<most>;
  using Gathered = GatheredPoints<Points, dim, most>;

 public:
  GatheredSums(const Functor& kernel, const PairSum& sum) noexcept
      : kernel_(kernel),
        scaled_(Points::own_units ? kernel.in_units_of(sum.length) : kernel),
        sum_(sum),
        frame_{{}, 1.0, {}},
        factors_(sum.factor * kernel.scale(), Points::own_units ? sum.length : 1.0) {
    std::fill(frame_.charge_factors, frame_.charge_factors + dim, 1.0);
    if constexpr (Points::own_units) {
      frame_ = {{*sum.targets.x, *sum.targets.y, *sum.targets.z}, 1.0 / sum.length, {}};
      for (int j = 0; j < dim; ++j) frame_.charge_factors[j] = std::pow(sum.length, source_degree<Functor>(j));
    }
  }

  [[gnu::noinline]] void run() noexcept {
    for (first_target_ = 0; first_target_ < sum_.num_targets; first_target_ += most) {
      const IndexRange range{first_target_, std::min(first_target_ + most, sum_.num_targets)};
      const double* charges =
          sum_.mutual_ranges.empty() ? nullptr : sum_.charges + std::ptrdiff_t{sum_.first_own} * dim;
      targets_.size = 0;
      targets_.append(sum_.targets, charges, frame_, range);
      for_each_chunk(sum_.source_ranges, [this] { meet<false>(); });
      if constexpr (!is_lean<Functor>) for_each_chunk(sum_.mutual_ranges, [this] { meet<true>(); });
    }
  }

 private:
  /// Visits the sources of the ranges, gathered in chunks of at most `most`.
  template <class Visit>
  void for_each_chunk(std::span<const IndexRange> ranges, const Visit& visit) noexcept {
    num_pieces_ = sources_.size = 0;
    for (IndexRange range : ranges) {
      while (range.size() > 0) {
        const IndexRange piece{range.begin, std::min(range.end, range.begin + most - sources_.size)};
        pieces_[num_pieces_++] = piece;
        sources_.append(sum_.sources, sum_.charges, frame_, piece);
        range.begin = piece.end;
        if (sources_.size < most) continue;
        visit();
        num_pieces_ = sources_.size = 0;
      }
    }
    if (sources_.size > 0) visit();
  }

  template <bool mutual>
  void meet() noexcept {
    sources_.fill_up();
    if constexpr (mutual)
      for (auto& reactions : reactions_) std::fill(reactions, reactions + full_size(), S{});
    std::int64_t far = 0;
    int first = 0;
    const auto sum_tiles = [&]<int size>() {
      for (; first + size <= targets_.size; first += size)
        far += sum_tile<simd::Pack<S, size, ten_digits>, with_gradient, mutual, most>(scaled_, sources_, targets_,
                                                                                      first, values_, reactions_);
    };
    sum_tiles.template operator()<pack_size<Functor, with_gradient>>();
    sum_tiles.template operator()<1>();
    if constexpr (Points::own_units) {
      if (std::int64_t{full_size()} * targets_.size - far != pairs_with_itself()) return repeat_in_double<mutual>();
    }
    constexpr OutputShape shape = shape_of<with_gradient, Functor>;
    add_outputs(sum_, shape, first_target_, targets_.size, factors_.of, values_[0], most);
    if constexpr (mutual) {
      const S* reactions = reactions_[0];
      for (const IndexRange piece : pieces()) {
        add_outputs(sum_, shape, piece.begin - sum_.first_own, piece.size(), factors_.of, reactions, most);
        reactions += piece.size();
      }
    }
  }

  /// Number of gathered sources with the padding of their last vector.
  [[nodiscard]] int full_size() const noexcept { return (sources_.size + lanes - 1) / lanes * lanes; }

  [[nodiscard]] std::span<const IndexRange> pieces() const noexcept {
    return {pieces_, static_cast<std::size_t>(num_pieces_)};
  }

  /// Pairs of the gathered sources and targets that are one point.
  [[nodiscard]] int pairs_with_itself() const noexcept {
    if (sum_.first_own < 0) return 0;
    const Index begin = sum_.first_own + first_target_, end = begin + targets_.size;
    int pairs = 0;
    for (const IndexRange piece : pieces())
      pairs += std::max(0, std::min(piece.end, end) - std::max(piece.begin, begin));
    return pairs;
  }

  /// For gathered points with pairs that are too close.
  template <bool mutual>
  [[gnu::noinline]] void repeat_in_double() const noexcept {
    PairSum exact = sum_;
    const auto shift = std::ptrdiff_t{first_target_};
    exact.targets = {sum_.targets.x + shift, sum_.targets.y + shift, sum_.targets.z + shift};
    exact.num_targets = targets_.size;
    if (sum_.first_own >= 0) exact.first_own = sum_.first_own + first_target_;
    if (sum_.potentials)
      exact.potentials = sum_.potentials + shift * (sum_.gradients_beside_potentials ? results : Functor::target_dim);
    if (sum_.gradients) exact.gradients = sum_.gradients + shift * Functor::target_dim * 3;
    exact.source_ranges = mutual ? std::span<const IndexRange>{} : pieces();
    exact.mutual_ranges = mutual ? pieces() : std::span<const IndexRange>{};
    sum_block<with_gradient, !is_lean<Functor>>(kernel_, exact);
  }

  const Functor& kernel_;
  Functor scaled_;  ///< in the units of the gathered points
  const PairSum& sum_;
  Frame frame_;
  Factors<Functor, with_gradient> factors_;
  Index first_target_ = 0;  ///< of the gathered ones
  Gathered sources_, targets_;
  IndexRange pieces_[most];  ///< that the gathered sources come from
  int num_pieces_ = 0;
  alignas(64) S values_[results][most];     ///< at targets
  alignas(64) S reactions_[results][most];  ///< at sources
};

template <int most>
using SplitFloats = SinglePoints<most, true>;
template <int most>
using RoundedFloats = SinglePoints<most, false>;

/// `count` numbers, followed by others up to `size`.
[[gnu::noinline]] inline void copy_padded(const double* from, int count, double filling, double* to,
                                          int size) noexcept {
  std::copy_n(from, count, to);
  std::fill(to + count, to + size, filling);
}

/// The sums at one pack of targets, first .. first+count-1 in the lanes, over the sources of the one-sided ranges.
template <class P, bool with_gradient, class Functor>
[[gnu::flatten, gnu::noinline]] void sum_targets(const Functor& kernel, const PairSum& sum, std::ptrdiff_t first,
                                                 int count) noexcept {
  constexpr int results = num_results<Functor, with_gradient>;
  P axes[3], u[results] = {};
  double padded[P::lanes], values[results][P::lanes];
  for (int axis = 0; axis < 3; ++axis) {
    const double* from = (axis == 0 ? sum.targets.x : axis == 1 ? sum.targets.y : sum.targets.z) + first;
    copy_padded(from, count, from[0], padded, P::lanes);
    axes[axis] = simd::load_pack<P>(padded);
  }
  for (const IndexRange range : sum.source_ranges)
    for (std::ptrdiff_t s = range.begin; s < range.end; ++s)
      add_pair<with_gradient>(kernel, axes[0] - sum.sources.x[s], axes[1] - sum.sources.y[s],
                              axes[2] - sum.sources.z[s], sum.charges + s * Functor::source_dim, u);
  for (int k = 0; k < results; ++k) simd::store(values[k], u[k]);
  const auto factors = factors_of<with_gradient>(kernel, sum);
  add_outputs(sum, shape_of<with_gradient, Functor>, first, count, factors.of, values[0], P::lanes);
}

/// Whether the sources of a sum are so few that its lanes are fuller with targets.
[[nodiscard]] inline bool has_few_sources(const PairSum& sum) noexcept {
  constexpr std::int64_t lanes = simd::width;
  const auto full = [](std::int64_t count) { return (count + lanes - 1) / lanes * lanes; };
  std::int64_t sources = 0;
  for (const IndexRange range : sum.source_ranges) sources += range.size();
  return sum.mutual_ranges.empty() && sources * full(sum.num_targets) < full(sources) * sum.num_targets;
}

/// In double.
template <bool with_gradient, bool ten_digits, class Functor>
[[gnu::noinline]] void sum_block(const Functor& kernel, const PairSum& sum) noexcept {
  if constexpr (!ten_digits) {
    if (has_few_sources(sum)) {
      using P = simd::Pack<double, pack_size<Functor, with_gradient>>;
      for (Index first = 0; first < sum.num_targets; first += P::lanes)
        sum_targets<P, with_gradient>(kernel, sum, first, std::min(P::lanes, sum.num_targets - first));
      return;
    }
  }
  GatheredSums<with_gradient, ten_digits, Functor, DoublePoints>(kernel, sum).run();
}

}
}
