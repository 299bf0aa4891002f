// SPDX-License-Identifier: BSD-3-Clause
// Derivatives of radial functions in long double.
#pragma once

#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>

namespace nearfar::tensors {

using Real = long double;
using Complex = std::complex<long double>;
using Vector = std::array<Real, 3>;
constexpr Real pi = std::numbers::pi_v<Real>;

[[nodiscard]] inline Real delta(std::size_t i, std::size_t j) { return i == j ? 1.0L : 0.0L; }

/// Derivative tensors of a radial function at r, from A_0 = g and A_{n+1} = A_n' / r.
struct Tensors {
  Vector r;
  std::array<Real, 5> a;

  [[nodiscard]] Real d0() const { return a[0]; }
  [[nodiscard]] Real d1(std::size_t i) const { return a[1] * r[i]; }
  [[nodiscard]] Real d2(std::size_t i, std::size_t j) const { return r[i] * r[j] * a[2] + a[1] * delta(i, j); }
  [[nodiscard]] Real d3(std::size_t i, std::size_t j, std::size_t k) const {
    return a[3] * r[i] * r[j] * r[k] + a[2] * (delta(i, j) * r[k] + delta(i, k) * r[j] + delta(j, k) * r[i]);
  }
  [[nodiscard]] Real d4(std::size_t i, std::size_t j, std::size_t k, std::size_t l) const {
    Real sum = a[4] * r[i] * r[j] * r[k] * r[l];
    const auto add_pair = [&](std::size_t m, std::size_t n, std::size_t p, std::size_t q) {
      if (m == n) sum += a[3] * r[p] * r[q] + (p == q ? a[2] / 2 : 0);
      if (p == q) sum += a[3] * r[m] * r[n] + (m == n ? a[2] / 2 : 0);
    };
    add_pair(i, j, k, l);
    add_pair(i, k, j, l);
    add_pair(i, l, j, k);
    return sum;
  }
};

[[nodiscard]] inline Real norm(const Vector& r) { return std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]); }

/// Of exp(-lambda r) / r.
[[nodiscard]] inline Tensors screened(const Vector& d, Real lambda) {
  const Real r = norm(d), z = lambda * r, a = (z == 0 ? 1 : std::exp(-z)) / r, inverse = 1 / (r * r);
  return {d,
          {a, -a * (1 + z) * inverse, a * (3 + 3 * z + z * z) * inverse * inverse,
           -a * (15 + 15 * z + 6 * z * z + z * z * z) * inverse * inverse * inverse, 0}};
}
/// Of r, or of sqrt(r^2 + epsilon^2).
[[nodiscard]] inline Tensors distance(const Vector& d, Real epsilon = 0) {
  const Real r = std::hypot(norm(d), epsilon), a = 1 / r, inverse = a * a;
  return {d, {r, a, -a * inverse, 3 * a * inverse * inverse, -15 * a * inverse * inverse * inverse}};
}

/// Integrals of u^(2n) exp(-t u^2) over u from 0 to 1, n = 0 .. 3: exp(-t) times the sum of
/// (2 t)^k / ((2 n + 1) (2 n + 3) ... (2 n + 2 k + 1)), whose terms are positive; or where they have become integrals
/// to infinity, by erf.
[[nodiscard]] inline std::array<Real, 4> boys(Real t) {
  std::array<Real, 4> f{};
  if (t < 30) {
    for (std::size_t n = 0; n < 4; ++n) {
      Real divisor = 2 * static_cast<Real>(n) + 1, term = std::exp(-t) / divisor;
      for (; term > 1e-22L * f[n]; term *= 2 * t / (divisor += 2)) f[n] += term;
    }
    return f;
  }
  f[0] = std::sqrt(pi / t) / 2 * std::erf(std::sqrt(t));
  for (std::size_t n = 0; n < 3; ++n) f[n + 1] = ((2 * static_cast<Real>(n) + 1) * f[n] - std::exp(-t)) / (2 * t);
  return f;
}

/// Of erf(r / s) / r.
[[nodiscard]] inline Tensors spread(const Vector& d, Real s) {
  const auto f = boys(norm(d) * norm(d) / (s * s));
  Tensors tensors{d, {}};
  for (std::size_t n = 0; n < 4; ++n)
    tensors.a[n] = 2 / (s * std::sqrt(pi)) * std::pow(-2 / (s * s), static_cast<int>(n)) * f[n];
  return tensors;
}

/// Of 1 / sqrt(r^2 + epsilon^2).
[[nodiscard]] inline Tensors softened(const Vector& d, Real epsilon) {
  const Real a = 1 / std::hypot(norm(d), epsilon), inverse = a * a;
  return {d, {a, -a * inverse, 3 * a * inverse * inverse, -15 * a * inverse * inverse * inverse, 0}};
}

}
