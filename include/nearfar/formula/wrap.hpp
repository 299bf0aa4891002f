// SPDX-License-Identifier: BSD-3-Clause
// From a kernel's formula to a nearfar::Kernel: the same blocked loops over targets and sources for all kernels.
//
// A formula is a small struct F with
//   static constexpr const char* name;  or, where it is put together, static std::string identity_name()
//   static constexpr int source_dim, target_dim, degree, potential_flops, gradient_flops;  source_dim at most 64
//   static constexpr bool homogeneous, symmetric;
//     all of them as described in nearfar/kernel.hpp
//   static constexpr std::array<int, source_dim> source_degrees; and target_degrees, where they are not all 0: those of
//     Kernel::source_components, which a family sets
//   static constexpr bool is_lean = true;  for formulas that are rarer, to be compiled in few versions
//   static constexpr ErrorsByOrder errors; static constexpr double single_error;  for kernels of no family
//   double scale() const;
//   F in_units_of(double length) const;
//   double screening() const; double wavenumber() const; where they are not 0
//   template <class V, class Q> void potential(V dx, V dy, V dz, const Q* q, V* u) const;
//     adds K(dx, dy, dz) q to u[target_dim]; (dx, dy, dz) is target minus source
//   template <class V, class Q> void gradient(V dx, V dy, V dz, const Q* q, V* u) const;
//     adds to u[target_dim][4] the value and its derivatives with respect to the target's x, y and z; may be missing in
//     a lean formula, as gradient_flops then
// where V is a simd::Pack of doubles or floats and Q the same or a number, or both are double: charges may be added,
// and multiplied by numbers and by what is computed from the distance. Both leave out the scale, and add nothing where
// simd::rsqrt of the squared distance is 0, as for dx = dy = dz = 0: what does not vanish there by itself is put
// through simd::unless_zero. Neither is infinite within 64 lengths of a leaf.
//
// The data members of F are its parameters, without pointers and without padding. kernels/family.hpp makes families of
// such kernels.
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>

#include "nearfar/formula/block_sums.hpp"
#include "nearfar/formula/reference_sums.hpp"

namespace nearfar {
namespace detail {
inline namespace NEARFAR_WIDTH {

/// degree(0), degree(1), ... degree(dim-1), count times.
template <int count, int dim>
[[nodiscard]] constexpr std::array<int, count * dim> repeated(int (*degree)(int) noexcept) {
  std::array<int, count * dim> degrees{};
  for (int i = 0; i < count * dim; ++i) degrees[static_cast<std::size_t>(i)] = degree(i % dim);
  return degrees;
}

template <class Functor>
[[nodiscard]] std::string name_of() {
  if constexpr (requires { Functor::name; })
    return Functor::name;
  else
    return Functor::identity_name();
}

/// A formula for `count` charge vectors side by side, of which the compiler computes the distances once.
template <class One, int count>
struct Several {
  static constexpr int source_dim = count * One::source_dim, target_dim = count * One::target_dim;
  static constexpr int degree = One::degree;
  static constexpr bool homogeneous = One::homogeneous, symmetric = One::symmetric;
  static constexpr int num_vectors = count;
  static constexpr int potential_flops = count * One::potential_flops;
  static constexpr int gradient_flops = [] {
    if constexpr (requires { One::gradient_flops; }) return count * One::gradient_flops;
    return 0;
  }();
  static constexpr auto source_degrees = repeated<count, One::source_dim>(detail::source_degree<One>);
  static constexpr auto target_degrees = repeated<count, One::target_dim>(detail::target_degree<One>);

  One one;

  static std::string identity_name() { return name_of<One>(); }
  double scale() const noexcept { return one.scale(); }
  Several in_units_of(double length) const noexcept { return {one.in_units_of(length)}; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    add<One::target_dim>([&](const auto* charge, V* to) { one.potential(dx, dy, dz, charge, to); }, q, u);
  }
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    add<One::target_dim * 4>([&](const auto* charge, V* to) { one.gradient(dx, dy, dz, charge, to); }, q, u);
  }

 private:
  template <int results, class AddOne, class V, class Q>
  [[gnu::always_inline]] static void add(const AddOne& add_one, const Q* q, V* u) noexcept {
    if constexpr (One::source_dim == 1) {
      // Of a charge of 1, once for all. Adding to -0 costs nothing, unlike adding to 0.
      const double unit = 1.0;
      V of_unit[results];
      for (V& value : of_unit) value = -V{};
      add_one(&unit, of_unit);
#pragma GCC unroll 8
      for (int v = 0; v < count; ++v)
#pragma GCC unroll 16
        for (int k = 0; k < results; ++k) u[v * results + k] += of_unit[k] * q[v];
    } else {
#pragma GCC unroll 8
      for (int v = 0; v < count; ++v) add_one(q + v * One::source_dim, u + v * results);
    }
  }
};

template <class One, int count>
inline constexpr bool is_lean<Several<One, count>> = is_lean<One>;

/// How many vectors side by side, measured: as many as have their results in registers, or nearly so. With gradients at
/// most four.
template <class Functor>
inline constexpr int vectors_at_once = is_lean<Functor> ? (Functor::target_dim <= 4 ? 4 : 2)
                                       : Functor::source_dim == 1 && Functor::target_dim == 1 ? 8
                                                                                              : 4;

/// The formula has derivatives.
template <class Functor>
inline constexpr bool has_gradient = requires {
  Functor::gradient_flops;
};
template <class One, int count>
inline constexpr bool has_gradient<Several<One, count>> = has_gradient<One>&& count <= 4;

/// The loops for the digits that a sum asks for.
template <bool with_gradient, class Functor>
void add_sums(const Functor& functor, const PairSum& sum) {
  if (sum.num_targets == 0) return;
  switch (sum.digits) {
    case Digits::all:
      return sum_block<with_gradient, false>(functor, sum);
    case Digits::ten:
      return sum_block<with_gradient, !is_lean<Functor>>(functor, sum);
    case Digits::seven:
      return GatheredSums<with_gradient, false, Functor, SplitFloats>(functor, sum).run();
    case Digits::seven_of_length:
      if constexpr (is_lean<Functor>)
        return GatheredSums<with_gradient, false, Functor, SplitFloats>(functor, sum).run();
      else
        return GatheredSums<with_gradient, false, Functor, RoundedFloats>(functor, sum).run();
  }
}

/// Sums both ways as two sums, for formulas that know one-sided sums only.
template <class Add>
void add_both_ways(const PairSum& sum, int num_results, int num_gradients, const Add& add) {
  PairSum one_sided = sum;
  one_sided.mutual_ranges = {};
  add(one_sided);
  one_sided.source_ranges = sum.mutual_ranges;
  add(one_sided);
  const IndexRange targets{sum.first_own, sum.first_own + sum.num_targets};
  one_sided.source_ranges = {&targets, 1};
  for (const IndexRange range : sum.mutual_ranges) {
    const std::ptrdiff_t shift = std::ptrdiff_t{range.begin} - sum.first_own;
    one_sided.targets = {sum.sources.x + range.begin, sum.sources.y + range.begin, sum.sources.z + range.begin};
    one_sided.num_targets = range.size();
    one_sided.first_own = range.begin;
    if (sum.potentials) one_sided.potentials = sum.potentials + shift * num_results;
    if (sum.gradients) one_sided.gradients = sum.gradients + shift * num_gradients;
    add(one_sided);
  }
}

/// Adds a block of sums.
template <bool with_gradient, class Functor>
void add_block(const Functor& functor, const PairSum& sum) {
  if constexpr (is_lean<Functor>) {
    if (!sum.mutual_ranges.empty()) {
      const int results = sum.gradients_beside_potentials ? 4 * Functor::target_dim : Functor::target_dim;
      add_both_ways(sum, results, 3 * Functor::target_dim,
                    [&](const PairSum& one_sided) { add_block<with_gradient>(functor, one_sided); });
      return;
    }
  }
  add_sums<with_gradient>(functor, sum);
}

}
}

inline namespace NEARFAR_WIDTH {

/// The kernel with that formula, without an identity.
template <class Functor>
Kernel wrap(const Functor& functor) {
  constexpr bool has_gradient = detail::has_gradient<Functor>;
  Kernel kernel;
  kernel.name = detail::name_of<Functor>();
  kernel.source_dim = Functor::source_dim;
  kernel.target_dim = Functor::target_dim;
  kernel.degree = Functor::degree;
  kernel.homogeneous = Functor::homogeneous;
  kernel.symmetric = Functor::symmetric;
  kernel.potential_flops = Functor::potential_flops;
  if constexpr (requires { Functor::gradient_flops; }) kernel.gradient_flops = Functor::gradient_flops;
  kernel.has_gradients = has_gradient;
  kernel.scale = functor.scale();
  if constexpr (requires { functor.screening(); }) kernel.screening = functor.screening();
  if constexpr (requires { functor.wavenumber(); }) kernel.wavenumber = functor.wavenumber();
  if constexpr (requires { Functor::errors; }) {
    kernel.errors = Functor::errors;
    kernel.single_error = Functor::single_error;
  }
  kernel.add_sums = [functor](const PairSum& sum) {
    if (!sum.gradients && !sum.gradients_beside_potentials && sum.potentials) detail::add_block<false>(functor, sum);
    if constexpr (has_gradient)
      if (sum.gradients || sum.gradients_beside_potentials) detail::add_block<true>(functor, sum);
  };
  // Of several vectors too, whose pairs may be closer than vectors of numbers resolve.
  kernel.add_reference_sums = [functor](const PairSum& sum) {
    if (!sum.gradients && !sum.gradients_beside_potentials && sum.potentials)
      detail::add_reference_sums<false>(functor, sum);
    if constexpr (has_gradient)
      if (sum.gradients || sum.gradients_beside_potentials) detail::add_reference_sums<true>(functor, sum);
  };
  constexpr int most = detail::vectors_at_once<Functor>, fewer = std::min(most, 4);
  if constexpr (!requires { Functor::num_vectors; } && most * Functor::source_dim <= detail::max_components)
    kernel.several = [functor](int num_vectors, bool with_gradients) {
      // Of rarer formulas there is none for two; half of four would be zeros.
      if (detail::is_lean<Functor> && 2 * num_vectors <= fewer) return wrap(functor);
      if (num_vectors > fewer && !with_gradients) return wrap(detail::Several<Functor, most>{functor});
      return wrap(detail::Several<Functor, fewer>{functor});
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
  kernel.identity = kernel.name;
  if constexpr (!std::is_empty_v<Functor>)
    kernel.identity.append(1, ':').append(reinterpret_cast<const char*>(&functor), sizeof functor);
  kernel.in_units_of = [functor](double length) { return wrap_shared(functor.in_units_of(length)); };
  return kernel;
}

}
}
