// SPDX-License-Identifier: BSD-3-Clause
// Vectors of doubles and floats: the compiler's own vector types, as wide as the instruction set. Arithmetic and
// comparisons are the operators of the language.
//
// A scalar becomes a vector by `x - V{}`, which costs nothing, whereas V{} + x is a real addition since it turns -0
// into 0.
#pragma once

#include <cstdint>
#include <cstring>

// Code for vectors of different widths has different names, so that libraries that were compiled for different
// processors can be in one process: all that is here and in the headers on top of it is in this inline namespace.
#if defined(__AVX512F__)
#define NEARFAR_WIDTH width8
#elif defined(__AVX2__) && defined(__FMA__)
#define NEARFAR_WIDTH width4
#else
#define NEARFAR_WIDTH width2
#endif

namespace nearfar::simd {
inline namespace NEARFAR_WIDTH {

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
typedef float FloatVec __attribute__((vector_size(width * sizeof(double))));
typedef std::uint32_t FloatBitVec __attribute__((vector_size(width * sizeof(double))));

/// The vector type of a scalar, and unsigned integers of the same size.
template <class Scalar>
struct Traits;
template <>
struct Traits<double> {
  using Vector = Vec;
  using Bits = BitVec;
  static constexpr int lanes = width;
};
template <>
struct Traits<float> {
  using Vector = FloatVec;
  using Bits = FloatBitVec;
  static constexpr int lanes = 2 * width;
};

/// Vector at an address that need not be aligned.
template <class V, class Scalar>
[[nodiscard]] inline V load(const Scalar* from) noexcept {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <class V, class Scalar>
inline void store(Scalar* to, V v) noexcept {
  std::memcpy(to, &v, sizeof v);
}

template <class V, class Scalar>
[[nodiscard]] inline V broadcast(Scalar x) noexcept {
  return x - V{};
}

}
}
