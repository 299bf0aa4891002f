// SPDX-License-Identifier: BSD-3-Clause
// From a kernel's formula to a nearfar::Kernel: the one blocked loop over targets and sources, the same for all
// kernels.
//
// A formula is a small struct F with
//   static constexpr const char* name;
//   static constexpr int source_dim, target_dim, degree, potential_flops, gradient_flops;
//   static constexpr bool homogeneous, symmetric;               all of them as described in nearfar/kernel.hpp
//   double scale() const;
//   F in_units_of(double length) const;
//   template <class V> void potential(V dx, V dy, V dz, const V* q, V* u) const;
//     adds K(dx, dy, dz) q to u[target_dim]; (dx, dy, dz) is target minus source
//   template <class V> void gradient(V dx, V dy, V dz, const V* q, V* u) const;
//     adds to u[target_dim][4] the value and its derivatives with respect to the target's x, y and z
// where V is simd::Vec or double. Both leave out the scale and add nothing for dx = dy = dz = 0.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "kernels/simd.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar {
namespace detail {

/// Results of a tile: potentials alone, or each followed by its three derivatives.
template <class Functor, bool with_gradient>
inline constexpr int num_results = Functor::target_dim*(with_gradient ? 4 : 1);

/// Vectors of targets side by side: two when that leaves registers for the formula, since they share the sources.
template <class Functor, bool with_gradient>
inline constexpr int tile_vectors = 2 * (num_results<Functor, with_gradient> + 3) + 8 <= simd::num_registers ? 2 : 1;

/// Sums at `tile` x lanes targets, whose coordinates are in `position`[axis], into u[vector][result].
template <class V, int tile, bool with_gradient, class Functor>
inline void sum_tile(const Functor& kernel, const PairSum& sum, const std::array<const double*, 3>& position,
                     V (&u)[tile][num_results<Functor, with_gradient>]) noexcept {
  constexpr int lanes = simd::Traits<V>::lanes;
  V x[tile], y[tile], z[tile];
  for (int i = 0; i < tile; ++i) {
    x[i] = simd::load<V>(position[0] + i * lanes);
    y[i] = simd::load<V>(position[1] + i * lanes);
    z[i] = simd::load<V>(position[2] + i * lanes);
  }
  for (const IndexRange range : sum.source_ranges) {
    for (std::ptrdiff_t s = range.begin; s < range.end; ++s) {
      const V sx = simd::broadcast<V>(sum.sources.x[s]);
      const V sy = simd::broadcast<V>(sum.sources.y[s]);
      const V sz = simd::broadcast<V>(sum.sources.z[s]);
      V q[Functor::source_dim];
      for (int j = 0; j < Functor::source_dim; ++j) q[j] = simd::broadcast<V>(sum.charges[s * Functor::source_dim + j]);
      for (int i = 0; i < tile; ++i) {
        if constexpr (with_gradient)
          kernel.gradient(x[i] - sx, y[i] - sy, z[i] - sz, q, u[i]);
        else
          kernel.potential(x[i] - sx, y[i] - sy, z[i] - sz, q, u[i]);
      }
    }
  }
}

/// Adds the results of one vector to the outputs of targets first .. first+count-1.
template <class V, bool with_gradient, class Functor>
inline void add_results(const V* u, std::ptrdiff_t first, int count, const PairSum& sum, double factor) noexcept {
  constexpr int results = num_results<Functor, with_gradient>;
  constexpr int lanes = simd::Traits<V>::lanes;
  constexpr int dim = Functor::target_dim;
  double values[results][lanes];
  for (int k = 0; k < results; ++k) simd::store(values[k], u[k] * factor);
  for (int lane = 0; lane < count; ++lane) {
    const std::ptrdiff_t output = (first + lane) * dim;
    for (int i = 0; i < dim; ++i) {
      if constexpr (with_gradient) {
        if (sum.potentials) sum.potentials[output + i] += values[4 * i][lane];
        for (int axis = 0; axis < 3; ++axis) sum.gradients[(output + i) * 3 + axis] += values[4 * i + 1 + axis][lane];
      } else {
        sum.potentials[output + i] += values[i][lane];
      }
    }
  }
}

/// The sums at targets first .. first+count-1, at most tile x lanes of them. Missing ones are copies of the first.
template <class V, int tile, bool with_gradient, class Functor>
void sum_targets(const Functor& kernel, const PairSum& sum, std::ptrdiff_t first, int count) noexcept {
  constexpr int lanes = simd::Traits<V>::lanes;
  std::array<const double*, 3> position{sum.targets.x + first, sum.targets.y + first, sum.targets.z + first};
  double padded[3][tile * lanes];
  if (count < tile * lanes) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      std::copy_n(position[axis], count, padded[axis]);
      std::fill_n(padded[axis] + count, tile * lanes - count, padded[axis][0]);
      position[axis] = padded[axis];
    }
  }
  V u[tile][num_results<Functor, with_gradient>] = {};
  sum_tile<V, tile, with_gradient>(kernel, sum, position, u);
  const double factor = sum.factor * kernel.scale();
  for (int i = 0; i < tile && i * lanes < count; ++i)
    add_results<V, with_gradient, Functor>(u[i], first + i * lanes, std::min(lanes, count - i * lanes), sum, factor);
}

template <class V, bool with_gradient, class Functor>
void sum_block(const Functor& kernel, const PairSum& sum) noexcept {
  constexpr int lanes = simd::Traits<V>::lanes;
  constexpr int tile = tile_vectors<Functor, with_gradient>;
  for (int first = 0; first < sum.num_targets;) {
    const int left = sum.num_targets - first;
    const int count = std::min(left, left > lanes ? tile * lanes : lanes);
    if (left > lanes)
      sum_targets<V, tile, with_gradient>(kernel, sum, first, count);
    else
      sum_targets<V, 1, with_gradient>(kernel, sum, first, count);
    first += count;
  }
}

}

/// The kernel with that formula; V = double gives a plain loop to compare with.
template <class V, class Functor>
Kernel wrap_as(const Functor& functor) {
  Kernel kernel;
  kernel.name = Functor::name;
  kernel.source_dim = Functor::source_dim;
  kernel.target_dim = Functor::target_dim;
  kernel.degree = Functor::degree;
  kernel.homogeneous = Functor::homogeneous;
  kernel.symmetric = Functor::symmetric;
  kernel.potential_flops = Functor::potential_flops;
  kernel.gradient_flops = Functor::gradient_flops;
  kernel.scale = functor.scale();
  kernel.add_sums = [functor](const PairSum& sum) {
    if (sum.gradients)
      detail::sum_block<V, true>(functor, sum);
    else if (sum.potentials)
      detail::sum_block<V, false>(functor, sum);
  };
  kernel.in_units_of = [functor](double length) { return wrap_as<V>(functor.in_units_of(length)); };
  return kernel;
}

template <class Functor>
Kernel wrap(const Functor& functor) {
  return wrap_as<simd::Vec>(functor);
}

}
