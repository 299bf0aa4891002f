// SPDX-License-Identifier: BSD-3-Clause
// The sums of a block in double: targets in lanes, sources one after the other.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "kernels/pack.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar::detail {

/// Results of a tile of targets: potentials alone, or each followed by its three derivatives.
template <class Functor, bool with_gradient>
inline constexpr int num_results = Functor::target_dim*(with_gradient ? 4 : 1);

/// Vectors of targets side by side, measured: four while the results of all stay in registers.
template <class Functor, bool with_gradient>
inline constexpr int most_vectors = num_results<Functor, with_gradient> == 1 ? 4 : 2;

/// Adds one pair of a target pack and a source to u.
template <bool with_gradient, class Functor, class P, class S>
[[gnu::always_inline]] inline void add_pair(const Functor& kernel, const P& dx, const P& dy, const P& dz,
                                            const S* charge, P* u) noexcept {
  if constexpr (with_gradient)
    kernel.gradient(dx, dy, dz, charge, u);
  else
    kernel.potential(dx, dy, dz, charge, u);
}

/// Sums at one pack of targets, whose coordinates are in `position`[axis].
template <class P, bool with_gradient, class Functor>
inline void sum_tile(const Functor& kernel, const PairSum& sum, const std::array<const double*, 3>& position,
                     P (&u)[num_results<Functor, with_gradient>]) noexcept {
  const P x = simd::load_pack<P>(position[0]), y = simd::load_pack<P>(position[1]), z = simd::load_pack<P>(position[2]);
  P sums[num_results<Functor, with_gradient>] = {};  // u itself would be stored for each source
  for (const IndexRange range : sum.source_ranges)
    for (std::ptrdiff_t s = range.begin; s < range.end; ++s)
      add_pair<with_gradient>(kernel, x - sum.sources.x[s], y - sum.sources.y[s], z - sum.sources.z[s],
                              sum.charges + s * Functor::source_dim, sums);
  std::copy_n(sums, num_results<Functor, with_gradient>, u);
}

/// Factors of the results.
struct Factors {
  double potential = 1.0, gradient = 1.0;
};

/// Adds the results of a pack to the outputs of targets first .. first+count-1.
template <bool with_gradient, class Functor, class P>
inline void add_results(const P* u, std::ptrdiff_t first, int count, const PairSum& sum,
                        const Factors& factors) noexcept {
  constexpr int results = num_results<Functor, with_gradient>;
  constexpr int dim = Functor::target_dim;
  typename P::Scalar values[results][P::lanes];
  for (int k = 0; k < results; ++k) simd::store(values[k], u[k]);
  for (int lane = 0; lane < count; ++lane) {
    const std::ptrdiff_t output = (first + lane) * dim;
    for (int i = 0; i < dim; ++i) {
      if constexpr (with_gradient) {
        if (sum.potentials) sum.potentials[output + i] += factors.potential * values[4 * i][lane];
        for (int axis = 0; axis < 3; ++axis)
          sum.gradients[(output + i) * 3 + axis] += factors.gradient * values[4 * i + 1 + axis][lane];
      } else {
        sum.potentials[output + i] += factors.potential * values[i][lane];
      }
    }
  }
}

/// The sums at targets first .. first+count-1, at most one pack of them. Missing ones are copies of the first.
template <int vectors, bool with_gradient, class Functor>
void sum_targets(const Functor& kernel, const PairSum& sum, std::ptrdiff_t first, int count) noexcept {
  using P = simd::Pack<double, vectors>;
  std::array<const double*, 3> position{sum.targets.x + first, sum.targets.y + first, sum.targets.z + first};
  double padded[3][P::lanes];
  if (count < P::lanes) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      std::copy_n(position[axis], count, padded[axis]);
      std::fill_n(padded[axis] + count, P::lanes - count, padded[axis][0]);
      position[axis] = padded[axis];
    }
  }
  P u[num_results<Functor, with_gradient>];
  sum_tile<P, with_gradient>(kernel, sum, position, u);
  const double factor = sum.factor * kernel.scale();
  add_results<with_gradient, Functor>(u, first, count, sum, {factor, factor});
}

/// Calls visit.template operator()<vectors>(first, count) for tiles of the targets, as wide as they fill.
template <int most, class Scalar, class Visit>
inline void for_each_tile(int num_targets, const Visit& visit) noexcept {
  constexpr int lanes = simd::Traits<Scalar>::lanes;
  for (int first = 0; first < num_targets;) {
    const int left = num_targets - first;
    if (most >= 4 && left > 3 * lanes) {
      visit.template operator()<4>(first, std::min(left, 4 * lanes));
      first += 4 * lanes;
    } else if (left > lanes) {
      visit.template operator()<2>(first, std::min(left, 2 * lanes));
      first += 2 * lanes;
    } else {
      visit.template operator()<1>(first, left);
      first += lanes;
    }
  }
}

template <bool with_gradient, class Functor>
void sum_block(const Functor& kernel, const PairSum& sum) noexcept {
  for_each_tile<most_vectors<Functor, with_gradient>, double>(sum.num_targets, [&]<int vectors>(int first, int count) {
    sum_targets<vectors, with_gradient>(kernel, sum, first, count);
  });
}

}
