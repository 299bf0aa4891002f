// SPDX-License-Identifier: BSD-3-Clause
// Charges and dipoles of a radial function g(r), their gradients and Hessians, for every scalar family.
//
// With A_0 = g and A_{n+1} = A_n' / r, the derivatives of g are
//   A_1 r_i,   A_2 r_i r_j + A_1 delta_ij,   A_3 r_i r_j r_k + A_2 (delta_ij r_k + delta_ik r_j + delta_jk r_i).
// Formulas take b_n = r^n A_n and the unit vector e = r / |r|, since powers of 1/r alone leave the range of floats.
#pragma once

#include <array>
#include <cstdint>

#include "nearfar/formula/wrap.hpp"

namespace nearfar {

/// Parities of the results: potential, gradient, Hessian xx xy xz yy yz zz; and of charge and dipole.
inline constexpr std::array<std::uint8_t, 10> scalar_parity{0, 1, 2, 4, 0, 3, 5, 0, 6, 0};

/// A radial function that says it is 1/r.
template <class Radial>
concept InverseDistance = Radial::is_inverse_distance;

/// Radial is a struct with what nearfar/formula/wrap.hpp asks for, but instead of potential() and gradient()
///   template <class V> void slopes(V r2, V inverse_r, V* b) const;   sets b_0 .. b_3, of which those unused cost
///   nothing
template <class Radial, bool charge, bool dipole>
struct ScalarFormula {
  static constexpr bool is_lean = true;
  static constexpr int source_dim = (charge ? 1 : 0) + (dipole ? 3 : 0), target_dim = 1, degree = -1;
  static constexpr bool homogeneous = Radial::homogeneous, symmetric = false;
  static constexpr bool has_common_factor = charge && dipole && InverseDistance<Radial>;
  static constexpr int potential_flops =
      10 + Radial::extra_flops + (has_common_factor ? 9 : (charge ? 2 : 0) + (dipole ? 8 : 0));
  static constexpr int gradient_flops = potential_flops + (charge && dipole ? 21 : dipole ? 18 : 8);
  static constexpr auto source_degrees = [] {
    std::array<int, source_dim> degrees{};
    for (int j = charge ? 1 : 0; j < source_dim; ++j) degrees[static_cast<std::size_t>(j)] = -1;
    return degrees;
  }();

  [[no_unique_address]] Radial radial;  // no byte of an identity where there are no parameters

  static std::string identity_name() {
    return std::string(Radial::name) + (charge ? " charge" : "") + (dipole ? " dipole" : "");
  }
  double scale() const noexcept { return radial.scale(); }
  ScalarFormula in_units_of(double length) const noexcept { return {radial.in_units_of(length)}; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const V inverse_r = simd::rsqrt(r2);
    V b[4];
    radial.slopes(r2, inverse_r, b);
    if constexpr (charge && !dipole) u[0] += q[0] * b[0];
    if constexpr (dipole) {
      const Q* d = q + (charge ? 1 : 0);
      const V along = dx * d[0] + dy * d[1] + dz * d[2];
      if constexpr (has_common_factor) {
        u[0] += (q[0] - along * b[1]) * inverse_r;
      } else {
        if constexpr (charge) u[0] += q[0] * b[0];
        u[0] -= along * inverse_r * b[1];
      }
    }
  }

  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const V inverse_r = simd::rsqrt(r2);
    V b[4];
    radial.slopes(r2, inverse_r, b);
    const V e[3] = {dx * inverse_r, dy * inverse_r, dz * inverse_r};
    if constexpr (charge && !dipole) {
      u[0] += q[0] * b[0];
      for (int k = 0; k < 3; ++k) u[1 + k] += (q[0] * b[1]) * e[k];
    }
    if constexpr (dipole) {
      const Q* d = q + (charge ? 1 : 0);
      const V along = e[0] * d[0] + e[1] * d[1] + e[2] * d[2];
      const V across = b[1] * inverse_r;
      V slope = -(along * b[2]);
      u[0] -= along * b[1];
      if constexpr (charge) {
        u[0] += q[0] * b[0];
        slope += q[0] * b[1];
      }
      for (int k = 0; k < 3; ++k) u[1 + k] += slope * e[k] - across * d[k];
    }
  }
};

/// The same with results potential, gradient and Hessian side by side.
template <class Radial, bool charge, bool dipole>
struct ScalarHessian {
  using Lower = ScalarFormula<Radial, charge, dipole>;
  static constexpr bool is_lean = true;
  static constexpr int source_dim = Lower::source_dim, target_dim = 10, degree = -1;
  static constexpr bool homogeneous = Radial::homogeneous, symmetric = false;
  static constexpr int potential_flops = Lower::gradient_flops + (charge ? dipole ? 20 : 14 : 0) + (dipole ? 39 : 0);
  static constexpr auto source_degrees = Lower::source_degrees;
  static constexpr std::array<int, 10> target_degrees{0, -1, -1, -1, -2, -2, -2, -2, -2, -2};

  [[no_unique_address]] Radial radial;

  static std::string identity_name() { return Lower::identity_name() + " hessian"; }
  double scale() const noexcept { return radial.scale(); }
  ScalarHessian in_units_of(double length) const noexcept { return {radial.in_units_of(length)}; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    if constexpr (dipole)
      add_dipole(dx, dy, dz, q, u);
    else
      add_charge(dx, dy, dz, q, u);
  }

 private:
  /// With A_1 and A_2 themselves, which have fewer powers of 1/r than those of dipoles and fit the range of floats: A_1
  /// is the slope along r and what the diagonal of the Hessian shares.
  template <class V, class Q>
  void add_charge(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const V inverse_r = simd::rsqrt(r2);
    V b[4];
    radial.slopes(r2, inverse_r, b);
    const V d[3] = {dx, dy, dz};
    const V first = (q[0] * b[1]) * inverse_r, second = (q[0] * b[2]) * (inverse_r * inverse_r);
    u[0] += q[0] * b[0];
    for (int k = 0; k < 3; ++k) u[1 + k] += first * d[k];
    for (int k = 0, result = 4; k < 3; ++k) {
      const V along = second * d[k];
      for (int l = k; l < 3; ++l, ++result) u[result] += k == l ? along * d[l] + first : along * d[l];
    }
  }

  template <class V, class Q>
  void add_dipole(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const V inverse_r = simd::rsqrt(r2);
    V b[4];
    radial.slopes(r2, inverse_r, b);
    const V e[3] = {dx * inverse_r, dy * inverse_r, dz * inverse_r};
    const V b1_r = b[1] * inverse_r;
    V first{}, second{}, diagonal{};  // of gradient along e, of Hessian along e e, and of Hessian along the identity
    if constexpr (charge) {
      u[0] += q[0] * b[0];
      first = q[0] * b[1];
      second = q[0] * b[2];
      diagonal = q[0] * b1_r;
    }
    const Q* d = q + (charge ? 1 : 0);
    const V along = e[0] * d[0] + e[1] * d[1] + e[2] * d[2];
    const V b2_r = b[2] * inverse_r;
    u[0] -= along * b[1];
    first -= along * b[2];
    second -= along * b[3];
    diagonal -= along * b2_r;
    V c[3];
    for (int k = 0; k < 3; ++k) {
      u[1 + k] -= b1_r * d[k];
      c[k] = b2_r * d[k];
    }
    for (int k = 0, result = 4; k < 3; ++k)
      for (int l = k; l < 3; ++l, ++result) u[result] -= c[k] * e[l] + c[l] * e[k];
    for (int k = 0; k < 3; ++k) u[1 + k] += first * e[k];
    for (int k = 0, result = 4; k < 3; ++k) {
      const V along_e = second * e[k];
      for (int l = k; l < 3; ++l, ++result) u[result] += k == l ? along_e * e[l] + diagonal : along_e * e[l];
    }
  }
};

}
