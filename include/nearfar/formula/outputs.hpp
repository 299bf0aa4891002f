// SPDX-License-Identifier: BSD-3-Clause
// What the sums of a block have in common, whatever they are summed in: the results of a formula, and their way to the
// caller's arrays.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "nearfar/formula/pack.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar::detail {
inline namespace NEARFAR_WIDTH {

/// Results at a target: potentials alone, or each followed by its three derivatives.
template <class Functor, bool with_gradient>
inline constexpr int num_results = Functor::target_dim*(with_gradient ? 4 : 1);

/// The formula is compiled in few versions: sums both ways are two sums, for example.
template <class Functor>
inline constexpr bool is_lean = requires {
  Functor::is_lean;
};

/// Vectors of a pack, measured: with more results than one, there is enough to do between one operation and the next.
template <class Functor, bool with_gradient>
inline constexpr int pack_size = !is_lean<Functor> && num_results<Functor, with_gradient> == 1 ? 2 : 1;

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

/// Adds pairs at these differences, target minus source, to u.
template <bool with_gradient, class Functor, class P, class Q>
[[gnu::always_inline]] inline void add_pair(const Functor& kernel, const P& dx, const P& dy, const P& dz,
                                            const Q* charge, P* u) noexcept {
  if constexpr (with_gradient)
    kernel.gradient(dx, dy, dz, charge, u);
  else
    kernel.potential(dx, dy, dz, charge, u);
}

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

/// Factors of the results of a sum in double.
template <bool with_gradient, class Functor>
[[nodiscard]] Factors<Functor, with_gradient> factors_of(const Functor& kernel, const PairSum& sum) noexcept {
  return {sum.factor * kernel.scale(), 1.0};
}

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

}
}
