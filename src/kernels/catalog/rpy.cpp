// SPDX-License-Identifier: BSD-3-Clause
// The Rotne-Prager-Yamakawa tensor: the mobility of spheres of radius a in a fluid of unit viscosity (Rotne and Prager
// 1969; Yamakawa 1970; overlapping spheres: Wajnryb et al. 2013, section 3.1). Times 8 pi, with e = r / |r|,
//   r >= 2 a:  ((1 + 2 a^2 / (3 r^2)) f + (1 - 2 a^2 / r^2) e (e.f)) / r
//   r <  2 a:  (4 / (3 a)) ((1 - 9 r / (32 a)) f + (3 r / (32 a)) e (e.f)).
//
// Spheres that touch nobody move with f / (6 pi a), which the sums leave out as they do all points that coincide: add
// it, by MatShift for example. Between spheres apart this is a Stokes flow; expansions have a floor in boxes about as
// large as a sphere (kernels/catalog/plummer.cpp), which leaves of spheres apart are not.
#include <numbers>

#include "kernels/force_family.hpp"
#include "nearfar/formula/wrap.hpp"

namespace nearfar::kernels {
namespace {

struct RotnePrager {
  static constexpr const char* name = "rpy";
  static constexpr int source_dim = 3, target_dim = 3, degree = -1;
  static constexpr bool homogeneous = false, symmetric = true, is_lean = true;
  static constexpr int potential_flops = 48, gradient_flops = 110;

  double a = 1.0;

  double scale() const noexcept { return 0.125 * std::numbers::inv_pi; }
  RotnePrager in_units_of(double length) const noexcept { return {a / length}; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const Radial<V> radial(a, r2);
    const V g = radial.g();
    const V along = (dx * q[0] + dy * q[1] + dz * q[2]) * radial.h();
    u[0] += g * q[0] + along * dx;
    u[1] += g * q[1] + along * dy;
    u[2] += g * q[2] + along * dz;
  }

  /// With u = g f + h r (r.f): du_i/dx_k = g' e_k f_i + h (delta_ik (r.f) + r_i f_k) + h' e_k r_i (r.f).
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    const Radial<V> radial(a, r2);
    const V g = radial.g(), h = radial.h(), dg = radial.slope_of_g(), dh = radial.slope_of_h();
    const V d[3] = {dx, dy, dz};
    const V r_f = dx * q[0] + dy * q[1] + dz * q[2];
    for (int i = 0; i < 3; ++i) {
      u[4 * i] += g * q[i] + (h * r_f) * d[i];
      const V falls = dg * q[i] + (dh * r_f) * d[i];
      for (int k = 0; k < 3; ++k) u[4 * i + 1 + k] += falls * d[k] + (h * d[i]) * q[k];
      u[4 * i + 1 + i] += h * r_f;
    }
  }

 private:
  /// g and h above, and their derivatives over r.
  template <class V>
  struct Radial {
    double a;
    V r2, inverse, inverse3, inverse5;

    [[gnu::always_inline]] Radial(double radius, const V& square) noexcept
        : a(radius), r2(square), inverse(simd::rsqrt(square)) {
      const V inverse2 = inverse * inverse;
      inverse3 = inverse2 * inverse;
      inverse5 = inverse3 * inverse2;
    }
    [[gnu::always_inline]] V of_overlap(const V& overlapping, const V& apart) const noexcept {
      return simd::unless_zero(r2, simd::if_below(r2, 4.0 * a * a, overlapping, apart));
    }
    [[gnu::always_inline]] V g() const noexcept {
      return of_overlap(4.0 / (3.0 * a) - (3.0 / (8.0 * a * a)) * (r2 * inverse),
                        inverse + (2.0 / 3.0 * a * a) * inverse3);
    }
    [[gnu::always_inline]] V h() const noexcept {
      return of_overlap((1.0 / (8.0 * a * a)) * inverse, inverse3 - (2.0 * a * a) * inverse5);
    }
    [[gnu::always_inline]] V slope_of_g() const noexcept {
      return of_overlap((-3.0 / (8.0 * a * a)) * inverse, -(inverse3 + (2.0 * a * a) * inverse5));
    }
    [[gnu::always_inline]] V slope_of_h() const noexcept {
      return of_overlap((-1.0 / (8.0 * a * a)) * inverse3,
                        (10.0 * a * a) * (inverse5 * inverse * inverse) - 3.0 * inverse5);
    }
  };
};

}

Family rpy() {
  Family family = force_family(
      RotnePrager::name,
      "u(x) = sum ((1 + 2 a^2 / (3 r^2)) f + (1 - 2 a^2 / r^2) r (r.f) / r^2) / (8 pi r), r = x - y, apart",
      "as above; see src/kernels/README.md for spheres that overlap",
      [](const ParameterValues& values) { return wrap_shared(RotnePrager{values.at("a")}); });
  family.parameters = {{"a", "radius of the spheres", "length", 1e-300, 1e300, 1e-3}};
  family.has_measured_errors = false;
  return family;
}

}
