// SPDX-License-Identifier: BSD-3-Clause
// From a kernel's formula to a nearfar::Kernel: the same blocked loops over targets and sources for all kernels.
//
// A formula is a small struct F with
//   static constexpr const char* name;
//   static constexpr int source_dim, target_dim, degree, potential_flops, gradient_flops;
//   static constexpr bool homogeneous, symmetric;
//   static constexpr ErrorsByOrder errors;
//   static constexpr double single_error;
//     all of them as described in nearfar/kernel.hpp; scripts/fit_errors measures the errors
//   double scale() const;
//   F in_units_of(double length) const;
//   template <class V, class Q> void potential(V dx, V dy, V dz, const Q* q, V* u) const;
//     adds K(dx, dy, dz) q to u[target_dim]; (dx, dy, dz) is target minus source
//   template <class V, class Q> void gradient(V dx, V dy, V dz, const Q* q, V* u) const;
//     adds to u[target_dim][4] the value and its derivatives with respect to the target's x, y and z
// where V is a simd::Pack of doubles or floats and Q its scalar, or both are double. Both leave out the scale and add
// nothing where simd::rsqrt of the squared distance is 0, as for dx = dy = dz = 0.
//
// The data members of F are its parameters, without pointers and without padding. A file of kernels/catalog ends with
//   Kernel NAME(const KernelParameters& parameters) { return wrap_shared(F{...}); }
#pragma once

#include <type_traits>

#include "kernels/reference_sums.hpp"
#include "kernels/single_sums.hpp"

namespace nearfar {
namespace detail {

/// A formula for `count` charge vectors side by side, of which the compiler computes the distances once.
template <class One, int count>
struct Several {
  static constexpr const char* name = One::name;
  static constexpr int source_dim = count * One::source_dim, target_dim = count * One::target_dim;
  static constexpr int degree = One::degree;
  static constexpr bool homogeneous = One::homogeneous, symmetric = One::symmetric, is_several = true;
  static constexpr ErrorsByOrder errors = One::errors;
  static constexpr double single_error = One::single_error;
  static constexpr int potential_flops = count * One::potential_flops, gradient_flops = count * One::gradient_flops;

  One one;

  double scale() const noexcept { return one.scale(); }
  Several in_units_of(double length) const noexcept { return {one.in_units_of(length)}; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
#pragma GCC unroll 8
    for (int v = 0; v < count; ++v) one.potential(dx, dy, dz, q + v * One::source_dim, u + v * One::target_dim);
  }
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
#pragma GCC unroll 8
    for (int v = 0; v < count; ++v) one.gradient(dx, dy, dz, q + v * One::source_dim, u + v * One::target_dim * 4);
  }
};

template <class Functor>
inline constexpr bool with_gradients = true;
template <class One, int count>
inline constexpr bool with_gradients<Several<One, count>> = count <= 4;

/// The loops for the digits that a sum asks for.
template <bool with_gradient, class Functor>
void add_sums(const Functor& functor, const PairSum& sum) {
  switch (sum.digits) {
    case Digits::all:
      return sum_block<with_gradient, false>(functor, sum);
    case Digits::ten:
      return sum_block<with_gradient, true>(functor, sum);
    case Digits::seven:
      return SingleSums<with_gradient, true, Functor>(functor, sum).run();
    case Digits::seven_of_length:
      return SingleSums<with_gradient, false, Functor>(functor, sum).run();
  }
}

}

/// The kernel with that formula, without an identity.
template <class Functor>
Kernel wrap(const Functor& functor) {
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
  kernel.errors = Functor::errors;
  kernel.single_error = Functor::single_error;
  kernel.add_sums = [functor](const PairSum& sum) {
    if (!sum.gradients && sum.potentials) detail::add_sums<false>(functor, sum);
    if constexpr (detail::with_gradients<Functor>)
      if (sum.gradients) detail::add_sums<true>(functor, sum);
  };
  kernel.add_reference_sums = [functor](const PairSum& sum) {
    if (!sum.gradients && sum.potentials) detail::add_reference_sums<false>(functor, sum);
    if constexpr (detail::with_gradients<Functor>)
      if (sum.gradients) detail::add_reference_sums<true>(functor, sum);
  };
  if constexpr (!requires { Functor::is_several; })
    kernel.several = [functor](int num_vectors, bool with_gradients) {
      // Eight where the results of all stay in registers or nearly so.
      if constexpr (Functor::source_dim == 1 && Functor::target_dim == 1)
        if (num_vectors > 4 && !with_gradients) return wrap(detail::Several<Functor, 8>{functor});
      return wrap(detail::Several<Functor, 4>{functor});
    };
  kernel.in_units_of = [functor](double length) { return wrap(functor.in_units_of(length)); };
  return kernel;
}

/// The same for kernels of the catalogue, whose names are unique: all plans share their operators. The identity is the
/// name and the bytes of the formula, so that no parameter can be forgotten.
template <class Functor>
Kernel wrap_shared(const Functor& functor) {
  static_assert(std::is_trivially_copyable_v<Functor> && std::is_standard_layout_v<Functor>,
                "the bytes of a formula must be its parameters");
  Kernel kernel = wrap(functor);
  kernel.identity = Functor::name;
  if constexpr (!std::is_empty_v<Functor>)
    kernel.identity.append(1, ':').append(reinterpret_cast<const char*>(&functor), sizeof functor);
  kernel.in_units_of = [functor](double length) { return wrap_shared(functor.in_units_of(length)); };
  return kernel;
}

}
