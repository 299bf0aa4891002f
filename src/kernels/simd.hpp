// SPDX-License-Identifier: BSD-3-Clause
// Vectors of doubles: the compiler's own vector types, as wide as the instruction set, and the functions of them that
// no operator gives. Kernel texts are templates on V, which is Vec or plain double; the latter has one lane.
//
// Arithmetic, comparisons and `mask ? a : b` are the operators of the language for both. A scalar becomes a vector by
// `x - V{}`, which costs nothing, whereas V{} + x is a real addition since it turns -0 into 0.
#pragma once

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace nearfar::simd {

#if defined(__AVX512F__)
inline constexpr int width = 8;           ///< doubles in a vector
inline constexpr int num_registers = 32;  ///< vectors that the processor can name
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr int width = 4;
inline constexpr int num_registers = 16;
#else
inline constexpr int width = 2;
inline constexpr int num_registers = 16;
#endif

typedef double Vec __attribute__((vector_size(width * sizeof(double))));
typedef std::uint64_t BitVec __attribute__((vector_size(width * sizeof(double))));

/// Lanes of V, and unsigned integers of the same size.
template <class V>
struct Traits {
  static constexpr int lanes = width;
  using Bits = BitVec;
};
template <>
struct Traits<double> {
  static constexpr int lanes = 1;
  using Bits = std::uint64_t;
};

/// Vector at an address that need not be aligned.
template <class V>
[[nodiscard]] inline V load(const double* from) noexcept {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <class V>
inline void store(double* to, V v) noexcept {
  std::memcpy(to, &v, sizeof v);
}

template <class V>
[[nodiscard]] inline V broadcast(double x) noexcept {
  return x - V{};
}

/// 1/sqrt(r2), and 0 for r2 = 0. Takes r2 from FLT_MIN to FLT_MAX, which is ample where lengths are measured in units
/// of the domain; beyond that it may be 0 as well.
[[nodiscard]] inline double rsqrt(double r2) noexcept { return r2 > 0.0 ? 1.0 / std::sqrt(r2) : 0.0; }

#if defined(__AVX512F__)
[[nodiscard]] inline Vec rsqrt(Vec r2) noexcept {
  const auto value = reinterpret_cast<__m512d>(r2);
  const __mmask8 positive = _mm512_cmp_pd_mask(value, _mm512_setzero_pd(), _CMP_NEQ_OQ);
  const Vec y = reinterpret_cast<Vec>(_mm512_maskz_rsqrt14_pd(positive, value));
  // With e = 1 - r2 y^2 < 2^-13 the root is y / sqrt(1 - e), whose series is cut off at e^4 < 2^-53.
  const Vec e = 1.0 - (r2 * y) * y;
  return y + (y * e) * (0.5 + e * (0.375 + e * 0.3125));
}
#elif defined(__AVX2__) && defined(__FMA__)
[[nodiscard]] inline Vec rsqrt(Vec r2) noexcept {
  const __m128 seed = _mm_rsqrt_ps(_mm256_cvtpd_ps(reinterpret_cast<__m256d>(r2)));
  // The seed is infinite where r2 underflows as a float, not only where it is 0.
  const Vec y = r2 > broadcast<Vec>(FLT_MIN) ? std::bit_cast<Vec>(_mm256_cvtps_pd(seed)) : Vec{};
  // With e = 1 - r2 y^2 < 2^-10 the root is y / sqrt(1 - e), whose series is cut off at e^5 < 2^-52.
  const Vec e = 1.0 - (r2 * y) * y;
  return y + (y * e) * (0.5 + e * (0.375 + e * (0.3125 + e * 0.2734375)));
}
#else
[[nodiscard]] inline Vec rsqrt(Vec r2) noexcept {
  // Without fused multiply-adds the processor's own root and division are faster than a seed and a series.
  Vec root;
  for (int lane = 0; lane < width; ++lane) root[lane] = std::sqrt(r2[lane]);
  return r2 > Vec{} ? 1.0 / root : Vec{};
}
#endif

/// exp(x) for x <= 0 to double accuracy; 0 where it is below the smallest normal number.
template <class V>
[[nodiscard]] inline V exp(V x) noexcept {
  using Bits = typename Traits<V>::Bits;
  constexpr double log2_e = 0x1.71547652b82fep0;
  constexpr double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;  // exact products with n < 2^11
  constexpr double round = 0x1.8p52;  // adding it leaves the nearest integer in the lowest bits
  const V shifted = x * log2_e + round;
  const V n = shifted - round;
  const V r = (x - n * ln2_high) - n * ln2_low;
  // The series of exp(r), |r| < 0.35, to r^13, by Estrin's scheme: a short chain of dependent operations.
  const V r2 = r * r, r4 = r2 * r2;
  const V low = (1.0 + r + r2 * (1.0 / 2 + r * (1.0 / 6))) +
                r4 * (1.0 / 24 + r * (1.0 / 120) + r2 * (1.0 / 720 + r * (1.0 / 5040)));
  const V high = (1.0 / 40320 + r * (1.0 / 362880) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800))) +
                 r4 * (1.0 / 479001600 + r * (1.0 / 6227020800));
  const V p = low + (r4 * r4) * high;
  const Bits scaled = std::bit_cast<Bits>(p) + (std::bit_cast<Bits>(shifted) << 52);
  return x > -708.0 - V{} ? std::bit_cast<V>(scaled) : V{};
}

}
