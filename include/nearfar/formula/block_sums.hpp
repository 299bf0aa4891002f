// SPDX-License-Identifier: BSD-3-Clause
// The sums of a block in double: targets in lanes, sources one after the other.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "nearfar/formula/pack.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar::detail {
inline namespace NEARFAR_WIDTH {

/// Results of a tile of targets: potentials alone, or each followed by its three derivatives.
template <class Functor, bool with_gradient>
inline constexpr int num_results = Functor::target_dim*(with_gradient ? 4 : 1);

/// The formula is compiled in few versions: sums both ways are two sums, for example.
template <class Functor>
inline constexpr bool is_lean = requires {
  Functor::is_lean;
};

/// Vectors of targets side by side, measured: four or two while the results of all stay in registers.
template <class Functor, bool with_gradient>
inline constexpr int most_vectors = is_lean<Functor> || num_results<Functor, with_gradient> > 8 ? 1
                                    : num_results<Functor, with_gradient> == 1                  ? 4
                                                                                                : 2;

/// Sums both ways in one pass compute the distance of a pair once, but load and store the results at its source.
/// Measured: they gain where a pair takes many operations for each of its results, the more the wider vectors are; with
/// fewer, as of several charge vectors side by side, they take up to twice the time of two passes.
template <class Functor, bool with_gradient>
[[nodiscard]] constexpr bool has_mutual_sums() noexcept {
  if constexpr (is_lean<Functor>) return false;
  int flops = Functor::potential_flops;
  if constexpr (with_gradient) flops = Functor::gradient_flops;
  if constexpr (requires { Functor::num_vectors; }) flops /= Functor::num_vectors;
  return flops >= (simd::width >= 8 ? 12 : 3) * num_results<Functor, with_gradient>;
}

/// Degree of a component relative to that of the kernel; formulas that say nothing have 0 for all.
template <class Functor>
[[nodiscard]] constexpr int source_degree(int component) noexcept {
  if constexpr (requires { Functor::source_degrees; })
    return Functor::source_degrees[static_cast<std::size_t>(component)];
  else
    return 0;
}
template <class Functor>
[[nodiscard]] constexpr int target_degree(int component) noexcept {
  if constexpr (requires { Functor::target_degrees; })
    return Functor::target_degrees[static_cast<std::size_t>(component)];
  else
    return 0;
}
/// The same for a result.
template <class Functor, bool with_gradient>
[[nodiscard]] constexpr int result_degree(int k) noexcept {
  return with_gradient ? target_degree<Functor>(k / 4) - (k % 4 != 0 ? 1 : 0) : target_degree<Functor>(k);
}

/// Adds one pair of a target pack and a source to u.
template <bool with_gradient, class Functor, class P, class S>
[[gnu::always_inline]] inline void add_pair(const Functor& kernel, const P& dx, const P& dy, const P& dz,
                                            const S* charge, P* u) noexcept {
  if constexpr (with_gradient)
    kernel.gradient(dx, dy, dz, charge, u);
  else
    kernel.potential(dx, dy, dz, charge, u);
}

/// The sums at a few sources over the targets of all tiles, lane by lane: [source][result].
template <class S, int results, int most_sources>
struct Reactions {
  using V = typename simd::Traits<S>::Vector;
  V sums[most_sources * results];

  void clear(int num_sources) noexcept { std::fill_n(sums, num_sources * results, V{}); }

  /// Adds what a pack of targets with these charges does to a source; (dx, dy, dz) is target minus source.
  template <bool with_gradient, class Functor, class P>
  [[gnu::always_inline]] void add(int source, const Functor& kernel, const P& dx, const P& dy, const P& dz,
                                  const P* charges) noexcept {
    P u[results];
    V* own = sums + source * results;
    for (int k = 0; k < results; ++k) {
      u[k] = {};
      u[k].part[0] = own[k];
    }
    add_pair<with_gradient>(kernel, -dx, -dy, -dz, charges, u);
    for (int k = 0; k < results; ++k) {
      V sum = u[k].part[0];
      for (std::size_t i = 1; i < std::size(u[k].part); ++i) sum += u[k].part[i];
      own[k] = sum;
    }
  }

  [[nodiscard]] S result(int source, int k) const noexcept {
    S lanes[simd::Traits<S>::lanes];
    simd::store(lanes, sums[source * results + k]);
    return simd::sum_of_lanes(lanes);
  }
};

/// Factors of the results.
template <class Functor, bool with_gradient>
struct Factors {
  double of[num_results<Functor, with_gradient>];

  /// Of sums in units of a length.
  Factors(double factor, double length) noexcept {
    for (int k = 0; k < num_results<Functor, with_gradient>; ++k)
      of[k] = factor * std::pow(length, Functor::degree + result_degree<Functor, with_gradient>(k));
  }
};

/// How add_outputs finds its way: what follows from the formula, as numbers, so that one function serves all formulas.
struct OutputShape {
  int results, target_dim;
  bool with_gradient;
};
template <bool with_gradient, class Functor>
inline constexpr OutputShape shape_of{num_results<Functor, with_gradient>, Functor::target_dim, with_gradient};

/// Adds values[k stride + i], times factors[k], to result k of target first + i for i < count. Not inlined: it is short
/// beside the sums, and would be most of the code around them.
template <class S>
[[gnu::noinline]] void add_outputs(const PairSum& sum, OutputShape shape, std::ptrdiff_t first, int count,
                                   const double* factors, const S* values, int stride) noexcept {
  for (int k = 0; k < shape.results; ++k) {
    double* to = sum.potentials;
    std::ptrdiff_t step = shape.results, place = k;
    if (shape.with_gradient && !sum.gradients_beside_potentials) {
      step = k % 4 == 0 ? shape.target_dim : 3 * shape.target_dim;
      place = k % 4 == 0 ? k / 4 : k / 4 * 3 + k % 4 - 1;
      if (k % 4 != 0) to = sum.gradients;
      if (to == nullptr) continue;
    }
    const double factor = factors[k];
    const S* value = values + std::ptrdiff_t{k} * stride;
    to += first * step + place;
    for (int i = 0; i < count; ++i, to += step) *to += factor * value[i];
  }
}

/// Adds the reactions at the sources of a range.
template <bool with_gradient, class Functor, class S, int results, int most>
void add_reactions(const Reactions<S, results, most>& reactions, int first, IndexRange range, const PairSum& sum,
                   const Factors<Functor, with_gradient>& factors) noexcept {
  for (Index s = 0; s < range.size(); ++s) {
    S values[results];
    for (int k = 0; k < results; ++k) values[k] = reactions.result(first + s, k);
    add_outputs<S>(sum, shape_of<with_gradient, Functor>, range.begin + s - sum.first_own, 1, factors.of, values, 1);
  }
}

/// Adds the results of a pack to the outputs of targets first .. first+count-1.
template <bool with_gradient, class Functor, class P>
inline void add_results(const P* u, std::ptrdiff_t first, int count, const PairSum& sum,
                        const Factors<Functor, with_gradient>& factors) noexcept {
  constexpr int results = num_results<Functor, with_gradient>;
  typename P::Scalar values[results][P::lanes];
  for (int k = 0; k < results; ++k) simd::store(values[k], u[k]);
  add_outputs(sum, shape_of<with_gradient, Functor>, first, count, factors.of, values[0], P::lanes);
}

/// `count` numbers, `stride` apart, followed by others up to `size`.
[[gnu::noinline]] inline void copy_padded(const double* from, int count, int stride, double filling, double* to,
                                          int size) noexcept {
  for (int i = 0; i < count; ++i) to[i] = from[std::ptrdiff_t{i} * stride];
  std::fill(to + count, to + size, filling);
}

/// A pack of targets first .. first+count-1 in double; missing ones are copies of the first.
template <class P>
struct TargetPack {
  P axis[3];

  TargetPack(const PointArrays& targets, std::ptrdiff_t first, int count) noexcept {
    const double* coordinates[3] = {targets.x + first, targets.y + first, targets.z + first};
    for (int k = 0; k < 3; ++k) axis[k] = load(coordinates[k], count, coordinates[k][0]);
  }

  /// Up to P::lanes numbers, `stride` apart, filled up with another.
  [[nodiscard]] static P load(const double* from, int count, double filling, int stride = 1) noexcept {
    if (count == P::lanes && stride == 1) return simd::load_pack<P>(from);
    double padded[P::lanes];
    copy_padded(from, count, stride, filling, padded, P::lanes);
    return simd::load_pack<P>(padded);
  }
};

/// Factors of the results of a sum in double.
template <bool with_gradient, class Functor>
[[nodiscard]] Factors<Functor, with_gradient> factors_of(const Functor& kernel, const PairSum& sum) noexcept {
  return {sum.factor * kernel.scale(), 1.0};
}

/// Calls visit.template operator()<vectors>(first, count) for tiles of the targets, as wide as they fill.
template <int most, class Scalar, class Visit>
inline void for_each_tile(int num_targets, const Visit& visit) noexcept {
  constexpr int lanes = simd::Traits<Scalar>::lanes;
  for (int first = 0; first < num_targets;) {
    const int left = num_targets - first;
    if constexpr (most >= 4) {
      if (left > 3 * lanes) {
        visit.template operator()<4>(first, std::min(left, 4 * lanes));
        first += 4 * lanes;
        continue;
      }
    }
    if constexpr (most >= 2) {
      if (left > lanes) {
        visit.template operator()<2>(first, std::min(left, 2 * lanes));
        first += 2 * lanes;
        continue;
      }
    }
    visit.template operator()<1>(first, std::min(left, lanes));
    first += lanes;
  }
}

/// The sums at one pack of targets over the sources of the one-sided ranges.
template <class P, bool with_gradient, class Functor>
[[gnu::flatten, gnu::noinline]] void sum_targets(const Functor& kernel, const PairSum& sum, std::ptrdiff_t first,
                                                 int count) noexcept {
  const TargetPack<P> targets(sum.targets, first, count);
  P u[num_results<Functor, with_gradient>] = {};
  for (const IndexRange range : sum.source_ranges)
    for (std::ptrdiff_t s = range.begin; s < range.end; ++s)
      add_pair<with_gradient>(kernel, targets.axis[0] - sum.sources.x[s], targets.axis[1] - sum.sources.y[s],
                              targets.axis[2] - sum.sources.z[s], sum.charges + s * Functor::source_dim, u);
  add_results<with_gradient, Functor>(u, first, count, sum, factors_of<with_gradient>(kernel, sum));
}

/// The sums at one pack of targets over a few sources, and the reactions.
template <class P, bool with_gradient, class Functor, class React>
[[gnu::flatten, gnu::noinline]] void sum_mutual_targets(const Functor& kernel, const PairSum& sum, IndexRange sources,
                                                        std::ptrdiff_t first, int count, React& reactions) noexcept {
  constexpr int dim = Functor::source_dim;
  const TargetPack<P> targets(sum.targets, first, count);
  P charges[dim];
  for (int j = 0; j < dim; ++j)
    charges[j] = TargetPack<P>::load(sum.charges + (sum.first_own + first) * dim + j, count, 0.0, dim);
  P u[num_results<Functor, with_gradient>] = {};
  for (std::ptrdiff_t s = sources.begin; s < sources.end; ++s) {
    const P dx = targets.axis[0] - sum.sources.x[s], dy = targets.axis[1] - sum.sources.y[s],
            dz = targets.axis[2] - sum.sources.z[s];
    add_pair<with_gradient>(kernel, dx, dy, dz, sum.charges + s * dim, u);
    reactions.template add<with_gradient>(static_cast<int>(s - sources.begin), kernel, dx, dy, dz, charges);
  }
  add_results<with_gradient, Functor>(u, first, count, sum, factors_of<with_gradient>(kernel, sum));
}

inline constexpr int most_mutual_sources = 128;  ///< whose reactions stay in the L1 cache

template <bool with_gradient, bool ten_digits, class Functor>
[[gnu::noinline]] void sum_mutual_block(const Functor& kernel, const PairSum& sum) noexcept {
  Reactions<double, num_results<Functor, with_gradient>, most_mutual_sources> reactions;
  for (const IndexRange range : sum.mutual_ranges) {
    for (Index begin = range.begin; begin < range.end; begin += most_mutual_sources) {
      const IndexRange sources{begin, std::min(range.end, begin + most_mutual_sources)};
      reactions.clear(sources.size());
      for_each_tile<most_vectors<Functor, with_gradient>, double>(
          sum.num_targets, [&]<int vectors>(int first, int count) {
            sum_mutual_targets<simd::Pack<double, vectors, ten_digits>, with_gradient>(kernel, sum, sources, first,
                                                                                       count, reactions);
          });
      add_reactions<with_gradient, Functor>(reactions, 0, sources, sum, factors_of<with_gradient>(kernel, sum));
    }
  }
}

template <bool with_gradient, bool ten_digits, class Functor>
[[gnu::noinline]] void sum_block(const Functor& kernel, const PairSum& sum) noexcept {
  if (!sum.source_ranges.empty())
    for_each_tile<most_vectors<Functor, with_gradient>, double>(
        sum.num_targets, [&]<int vectors>(int first, int count) {
          sum_targets<simd::Pack<double, vectors, ten_digits>, with_gradient>(kernel, sum, first, count);
        });
  if constexpr (has_mutual_sums<Functor, with_gradient>()) sum_mutual_block<with_gradient, ten_digits>(kernel, sum);
}

}
}
