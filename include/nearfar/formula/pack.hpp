// SPDX-License-Identifier: BSD-3-Clause
// Several vectors handled as one number, and the functions of it that the formulas of kernels need. Each operation is
// done for all parts before the next one starts: the parts do not wait for each other, so that they hide the latency of
// the chain from a distance to its reciprocal root. The formulas of kernels are templates on it.
#pragma once

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

#include "nearfar/formula/simd.hpp"

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace nearfar::simd {
inline namespace NEARFAR_WIDTH {

/// Several vectors; with ten_digits, no function of them needs more.
template <class S, int count, bool ten_digits = false>
struct Pack {
  using Scalar = S;
  using Vector = typename Traits<S>::Vector;
  using Bits = typename Traits<S>::Bits;
  static constexpr int lanes = count * Traits<S>::lanes;
  static constexpr int digits = sizeof(S) == sizeof(float) ? 7 : ten_digits ? 10 : 16;

  Vector part[count];

  /// The result of f for each part.
  template <class F, class... Others>
  [[nodiscard, gnu::always_inline]] static Pack map(const F& f, const Others&... others) noexcept {
    Pack result;
#pragma GCC unroll 8
    for (int i = 0; i < count; ++i) result.part[i] = f(others.part[i]...);
    return result;
  }

  [[nodiscard, gnu::always_inline]] friend Pack operator-(const Pack& a) noexcept {
    return map([](Vector x) { return -x; }, a);
  }
  [[nodiscard, gnu::always_inline]] friend Pack operator+(const Pack& a, const Pack& b) noexcept {
    return map([](Vector x, Vector y) { return x + y; }, a, b);
  }
  [[nodiscard, gnu::always_inline]] friend Pack operator-(const Pack& a, const Pack& b) noexcept {
    return map([](Vector x, Vector y) { return x - y; }, a, b);
  }
  [[nodiscard, gnu::always_inline]] friend Pack operator*(const Pack& a, const Pack& b) noexcept {
    return map([](Vector x, Vector y) { return x * y; }, a, b);
  }
  [[nodiscard, gnu::always_inline]] friend Pack operator+(const Pack& a, double b) noexcept {
    return map([b](Vector x) { return x + static_cast<S>(b); }, a);
  }
  [[nodiscard, gnu::always_inline]] friend Pack operator+(double a, const Pack& b) noexcept { return b + a; }
  [[nodiscard, gnu::always_inline]] friend Pack operator-(const Pack& a, double b) noexcept {
    return map([b](Vector x) { return x - static_cast<S>(b); }, a);
  }
  [[nodiscard, gnu::always_inline]] friend Pack operator-(double a, const Pack& b) noexcept {
    return map([a](Vector x) { return static_cast<S>(a) - x; }, b);
  }
  [[nodiscard, gnu::always_inline]] friend Pack operator*(const Pack& a, double b) noexcept {
    return map([b](Vector x) { return x * static_cast<S>(b); }, a);
  }
  [[nodiscard, gnu::always_inline]] friend Pack operator*(double a, const Pack& b) noexcept { return b * a; }

  [[gnu::always_inline]] Pack& operator+=(const Pack& other) noexcept { return *this = *this + other; }
  [[gnu::always_inline]] Pack& operator-=(const Pack& other) noexcept { return *this = *this - other; }
};

/// The pack at an address that need not be aligned.
template <class P>
[[nodiscard, gnu::always_inline]] inline P load_pack(const typename P::Scalar* from) noexcept {
  P pack;
  std::memcpy(&pack, from, sizeof pack);
  return pack;
}

typedef float HalfFloatVec __attribute__((vector_size(width * sizeof(float))));

/// Rounded to single precision.
[[nodiscard, gnu::always_inline]] inline HalfFloatVec as_floats(Vec v) noexcept {
  return __builtin_convertvector(v, HalfFloatVec);
}

/// One vector as each part of a pack.
template <class P>
[[nodiscard, gnu::always_inline]] inline P all_of(typename P::Vector vector) noexcept {
  P pack;
  for (auto& part : pack.part) part = vector;
  return pack;
}

/// A number for each part, in all of its lanes.
template <class P>
[[nodiscard, gnu::always_inline]] inline P each_of(const typename P::Scalar* from) noexcept {
  P pack;
  for (auto& part : pack.part) part = broadcast<typename P::Vector>(*from++);
  return pack;
}

template <class P>
[[nodiscard, gnu::always_inline]] inline typename P::Vector sum_of_parts(const P& pack) noexcept {
  auto sum = pack.part[0];
  for (std::size_t i = 1; i < std::size(pack.part); ++i) sum += pack.part[i];
  return sum;
}

/// The lower half of a vector, or the upper one.
template <std::size_t first, class V, std::size_t... lane>
[[nodiscard, gnu::always_inline]] inline auto half_of(V vector, std::index_sequence<lane...>) noexcept {
  return __builtin_shufflevector(vector, vector, static_cast<int>(first + lane)...);
}

/// The sum of the lanes, half by half.
template <class V>
[[nodiscard, gnu::always_inline]] inline auto sum_of_lanes(V vector) noexcept {
  constexpr std::size_t lanes = sizeof(V) / sizeof(vector[0]);
  if constexpr (lanes == 2) {
    return vector[0] + vector[1];
  } else {
    constexpr std::make_index_sequence<lanes / 2> half;
    return sum_of_lanes(half_of<0>(vector, half) + half_of<lanes / 2>(vector, half));
  }
}

/// Squared distances below this one count as 0 in rsqrt. In double, where lengths are in units of the domain, that is
/// none but 0. In float it is where a difference of coordinates has lost its digits (nearfar/formula/points.hpp).
template <class S>
inline constexpr S least_square = FLT_MIN;
template <>
inline constexpr float least_square<float> = 0x1p-40F;

namespace detail {

// With a mask of all lanes, since GCC warns of an uninitialised operand in the form without.
[[nodiscard, gnu::always_inline]] inline Vec rsqrt_seed(Vec r2) noexcept {
#if defined(__AVX512F__)
  return reinterpret_cast<Vec>(_mm512_maskz_rsqrt14_pd(0xFF, reinterpret_cast<__m512d>(r2)));
#elif defined(__AVX2__) && defined(__FMA__)
  return reinterpret_cast<Vec>(_mm256_cvtps_pd(_mm_rsqrt_ps(_mm256_cvtpd_ps(reinterpret_cast<__m256d>(r2)))));
#else
  // Without fused multiply-adds the processor's own root and division are faster than a seed and a series.
  for (int lane = 0; lane < width; ++lane) r2[lane] = std::sqrt(r2[lane]);
  return 1.0 / r2;
#endif
}

[[nodiscard, gnu::always_inline]] inline FloatVec rsqrt_seed(FloatVec r2) noexcept {
#if defined(__AVX512F__)
  return reinterpret_cast<FloatVec>(_mm512_maskz_rsqrt14_ps(0xFFFF, reinterpret_cast<__m512>(r2)));
#elif defined(__AVX2__) && defined(__FMA__)
  return reinterpret_cast<FloatVec>(_mm256_rsqrt_ps(reinterpret_cast<__m256>(r2)));
#else
  for (int lane = 0; lane < 2 * width; ++lane) r2[lane] = std::sqrt(r2[lane]);
  return 1.0F / r2;
#endif
}

/// From the seed y with e = 1 - r2 y^2 to y / sqrt(1 - e) by its series, cut off below the digits of P.
template <class P>
[[nodiscard, gnu::always_inline]] inline P refine_rsqrt(const P& r2, const P& y) noexcept {
#if defined(__AVX512F__)
  const P e = 1.0 - (r2 * y) * y;  // below 2^-13
  if constexpr (P::digits <= 7) return y + (0.5 * y) * e;
  if constexpr (P::digits <= 10) return y + (y * e) * (0.5 + e * 0.375);
  return y + (y * e) * (0.5 + e * (0.375 + e * 0.3125));
#elif defined(__AVX2__) && defined(__FMA__)
  const P e = 1.0 - (r2 * y) * y;  // below 2^-10
  if constexpr (P::digits <= 7) return y + (0.5 * y) * e;
  if constexpr (P::digits <= 10) return y + (y * e) * (0.5 + e * 0.375);
  return y + (y * e) * (0.5 + e * (0.375 + e * (0.3125 + e * 0.2734375)));
#else
  static_cast<void>(r2);
  return y;
#endif
}

}

/// 1/sqrt(r2), and 0 for r2 = 0 or below least_square. Takes r2 up to FLT_MAX, which is ample where lengths are
/// measured in units of the domain; beyond that it may be 0 as well.
template <class S, int count, bool ten_digits>
[[nodiscard, gnu::always_inline]] inline Pack<S, count, ten_digits> rsqrt(
    const Pack<S, count, ten_digits>& r2) noexcept {
  using P = Pack<S, count, ten_digits>;
  using V = typename P::Vector;
  const P seed = P::map([](V square) { return detail::rsqrt_seed(square); }, r2);
  // Before the series, which would make a NaN of the infinite root of 0.
  const P y = P::map([](V square, V root) { return square >= broadcast<V>(least_square<S>) ? root : V{}; }, r2, seed);
  return detail::refine_rsqrt(r2, y);
}

/// The same for one plain double: a root and a division, and 0 for r2 = 0.
[[nodiscard]] inline double rsqrt(double r2) noexcept { return r2 > 0.0 ? 1.0 / std::sqrt(r2) : 0.0; }

/// `value`, or 0 where rsqrt(r2) is: for formulas that do not vanish by themselves where two points coincide.
template <class S, int count, bool ten_digits>
[[nodiscard, gnu::always_inline]] inline Pack<S, count, ten_digits> unless_zero(
    const Pack<S, count, ten_digits>& r2, const Pack<S, count, ten_digits>& value) noexcept {
  using V = typename Pack<S, count, ten_digits>::Vector;
  return Pack<S, count, ten_digits>::map(
      [](V square, V x) { return square >= broadcast<V>(least_square<S>) ? x : V{}; }, r2, value);
}
[[nodiscard]] inline double unless_zero(double r2, double value) noexcept { return r2 > 0.0 ? value : 0.0; }

/// `below` where x is below the limit, and `above` elsewhere, also where `below` is infinite or NaN.
template <class S, int count, bool ten_digits>
[[nodiscard, gnu::always_inline]] inline Pack<S, count, ten_digits> if_below(
    const Pack<S, count, ten_digits>& x, double limit, const Pack<S, count, ten_digits>& below,
    const Pack<S, count, ten_digits>& above) noexcept {
  using V = typename Pack<S, count, ten_digits>::Vector;
  return Pack<S, count, ten_digits>::map(
      [limit](V value, V low, V high) { return value < broadcast<V>(static_cast<S>(limit)) ? low : high; }, x, below,
      above);
}
[[nodiscard]] inline double if_below(double x, double limit, double below, double above) noexcept {
  return x < limit ? below : above;
}

namespace detail {

/// The series of exp(r), |r| < 0.35, to the digits of the scalar, by Estrin's scheme: a short chain of dependent
/// operations.
template <class X>
[[nodiscard, gnu::always_inline]] inline X exp_series(const X& r, double) noexcept {
  const X r2 = r * r, r4 = r2 * r2;
  const X low = (1.0 + r + r2 * (1.0 / 2 + r * (1.0 / 6))) +
                r4 * (1.0 / 24 + r * (1.0 / 120) + r2 * (1.0 / 720 + r * (1.0 / 5040)));
  const X high = (1.0 / 40320 + r * (1.0 / 362880) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800))) +
                 r4 * (1.0 / 479001600 + r * (1.0 / 6227020800));
  return low + (r4 * r4) * high;
}
template <class X>
[[nodiscard, gnu::always_inline]] inline X exp_series(const X& r, float) noexcept {
  const X r2 = r * r;
  return (1.0 + r + r2 * (1.0 / 2 + r * (1.0 / 6))) +
         (r2 * r2) * (1.0 / 24 + r * (1.0 / 120) + r2 * (1.0 / 720 + r * (1.0 / 5040)));
}

/// Constants of exp(x) = 2^n exp(x - n ln 2): ln 2 in two parts, of which the first has exact products with n; a number
/// that leaves the nearest integer in the lowest bits when added; the exponent's place; the least x.
template <class S>
struct ExpConstants;
template <>
struct ExpConstants<double> {
  static constexpr double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45, round = 0x1.8p52;
  static constexpr double least = -708.0;
  static constexpr int shift = 52;
};
template <>
struct ExpConstants<float> {
  static constexpr float ln2_high = 0x1.63p-1F, ln2_low = -0x1.bd0106p-13F, round = 0x1.8p23F;
  static constexpr float least = -87.0F;
  static constexpr int shift = 23;
};

}

/// exp(x) for x <= 0 to the accuracy of the scalar; 0 where it is below the smallest normal number.
template <class S, int count, bool ten_digits>
[[nodiscard, gnu::always_inline]] inline Pack<S, count, ten_digits> exp(const Pack<S, count, ten_digits>& x) noexcept {
  using P = Pack<S, count, ten_digits>;
  using V = typename P::Vector;
  using Bits = typename P::Bits;
  using Constants = detail::ExpConstants<S>;
  constexpr double log2_e = 0x1.71547652b82fep0;
  const P shifted = x * log2_e + Constants::round;
  const P n = shifted - Constants::round;
  const P p = detail::exp_series((x - n * Constants::ln2_high) - n * Constants::ln2_low, S{});
  return P::map(
      [](V value, V power, V argument) {
        const Bits scaled = std::bit_cast<Bits>(value) + (std::bit_cast<Bits>(power) << Constants::shift);
        return argument > broadcast<V>(Constants::least) ? std::bit_cast<V>(scaled) : V{};
      },
      p, shifted, x);
}

/// The same for one plain double.
[[nodiscard]] inline double exp(double x) noexcept { return std::exp(x); }

template <class X>
struct SinCos {
  X sin, cos;
};

namespace detail {

/// The series of sin(r) and cos(r), |r| <= pi/4, to the digits of the scalar.
template <class X>
[[nodiscard, gnu::always_inline]] inline SinCos<X> sincos_series(const X& r, double) noexcept {
  const X z = r * r;
  const X odd = 1.0 / 362880 + z * (-1.0 / 39916800 + z * (1.0 / 6227020800 + z * (-1.0 / 1307674368000)));
  const X even = 1.0 / 3628800 + z * (-1.0 / 479001600 + z * (1.0 / 87178291200 + z * (-1.0 / 20922789888000)));
  return {r + (r * z) * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * odd))),
          (1.0 - 0.5 * z) + (z * z) * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320 - z * even)))};
}
template <class X>
[[nodiscard, gnu::always_inline]] inline SinCos<X> sincos_series(const X& r, float) noexcept {
  const X z = r * r;
  return {r + (r * z) * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880)))),
          (1.0 - 0.5 * z) + (z * z) * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320)))};
}

/// Constants of sin and cos of x = n pi/2 + r: pi/2 in three parts, of which the first two have exact products with n
/// up to some thousands; the sign's place.
template <class S>
struct SinCosConstants;
template <>
struct SinCosConstants<double> {
  static constexpr double high = 0x1.921fb544p0, middle = 0x4.2d18468p-36, low = 0x1.9898cc51701b8p-64;
  static constexpr int sign = 63;
};
template <>
struct SinCosConstants<float> {
  static constexpr float high = 0x1.92p0F, middle = 0x1.fb4p-12F, low = 0x1.4442d2p-24F;
  static constexpr int sign = 31;
};

}

/// sin(x) and cos(x) with errors of the order of rounding, of 1, while |x| is below some thousand; beyond, fewer digits
/// are right, and those of infinity are not finite.
template <class S, int count, bool ten_digits>
[[nodiscard, gnu::always_inline]] inline SinCos<Pack<S, count, ten_digits>> sincos(
    const Pack<S, count, ten_digits>& x) noexcept {
  using P = Pack<S, count, ten_digits>;
  using V = typename P::Vector;
  using Bits = typename P::Bits;
  using Constants = detail::SinCosConstants<S>;
  constexpr double two_over_pi = 0x1.45f306dc9c883p-1, round = detail::ExpConstants<S>::round;
  const P shifted = x * two_over_pi + round;  // with n in the lowest bits
  const P n = shifted - round;
  const P r = ((x - n * Constants::high) - n * Constants::middle) - n * Constants::low;
  const SinCos<P> series = detail::sincos_series(r, S{});
  // Odd n exchange the two; signs are those of the quadrant.
  const auto choose = [](V even, V odd, V quadrant, unsigned first) {
    const Bits number = std::bit_cast<Bits>(quadrant);
    const Bits is_odd = Bits{} - (number & 1);
    const Bits chosen = (std::bit_cast<Bits>(even) & ~is_odd) | (std::bit_cast<Bits>(odd) & is_odd);
    return std::bit_cast<V>(chosen ^ (((number + first) & 2) << (Constants::sign - 1)));
  };
  return {P::map([&](V s, V c, V quadrant) { return choose(s, c, quadrant, 0); }, series.sin, series.cos, shifted),
          P::map([&](V s, V c, V quadrant) { return choose(c, s, quadrant, 1); }, series.sin, series.cos, shifted)};
}

/// The same for one plain double.
[[nodiscard]] inline SinCos<double> sincos(double x) noexcept { return {std::sin(x), std::cos(x)}; }

}
}
