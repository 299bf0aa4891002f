// SPDX-License-Identifier: BSD-3-Clause
// Complex vectors of M2L, in double or float. Their lanes are frequencies where spectra are multiplied, and children of
// one parent, at most eight, where they are transformed.
#pragma once

#include <algorithm>

#include "nearfar/formula/simd.hpp"

namespace nearfar {

template <class Vector>
struct M2lComplex {
  Vector re, im;
};

template <class Vector>
[[nodiscard]] inline M2lComplex<Vector> operator+(const M2lComplex<Vector>& a, const M2lComplex<Vector>& b) noexcept {
  return {a.re + b.re, a.im + b.im};
}
template <class Vector>
[[nodiscard]] inline M2lComplex<Vector> operator-(const M2lComplex<Vector>& a, const M2lComplex<Vector>& b) noexcept {
  return {a.re - b.re, a.im - b.im};
}

template <class Vector>
[[nodiscard]] inline M2lComplex<Vector> operator-(const M2lComplex<Vector>& a) noexcept {
  return {-a.re, -a.im};
}

template <class Scalar, int lanes>
struct M2lVector {
  typedef Scalar type __attribute__((vector_size(lanes * sizeof(Scalar))));
};

/// Frequencies of a chunk.
template <class Scalar>
inline constexpr int m2l_lanes = simd::Traits<Scalar>::lanes;
template <class Scalar>
using M2lChunk = M2lComplex<typename M2lVector<Scalar, m2l_lanes<Scalar>>::type>;

/// Children that are transformed side by side.
template <class Scalar>
inline constexpr int m2l_children = std::min(8, m2l_lanes<Scalar>);
template <class Scalar>
using M2lChildVector = typename M2lVector<Scalar, m2l_children<Scalar>>::type;
template <class Scalar>
using M2lChildren = M2lComplex<M2lChildVector<Scalar>>;

}
