// SPDX-License-Identifier: BSD-3-Clause
// The potential erf(r / s)/(4 pi r) of charges that are spread like exp(-r^2 / s^2), as of vortex blobs or the smooth
// part of an Ewald sum.
//
// A charge acts on others like a point from some 4 s on. Nearer than that it solves no equation, so that expansions
// have a floor in boxes about as large as s (kernels/catalog/plummer.cpp). Where two points coincide the potential
// would be q / (2 pi^(3/2) s), which the sums leave out as they do all such pairs: add it, by MatShift for example.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kernels/scalar_family.hpp"

namespace nearfar::kernels {
namespace {

/// exp(z^2) erfc(z) (z + 4) for z >= 1 as a Chebyshev series in 1 - 10 / (z + 4), to 2e-17. Fitted.
constexpr std::array erfc_series{
    2.25385865981580308130e+00,  -7.29779390006351131725e-01, 2.11216002994822218985e-01,  -5.45266212833957570881e-02,
    1.24741029918319604705e-02,  -2.49765861530151672158e-03, 4.28058176435901353066e-04,  -6.01656822197088451460e-05,
    6.27295117946005328934e-06,  -3.22656244709188400744e-07, -3.41137174366280132572e-08, 9.69692283215532052638e-09,
    -7.66190751959501537007e-10, -6.81314284633680045106e-11, 2.14620583523054964115e-11,  -9.65736939202710420452e-13,
    -3.32617878552599055559e-13, 4.91016038592362313879e-14,  3.31546422260853290707e-15,  -1.34396183418261649937e-15};

/// 1 / (k! (2 k + 7)), with signs: of F_3 below.
constexpr std::array boys_series = [] {
  std::array<double, 19> terms{};
  double factorial = 1.0;
  for (std::size_t k = 0; k < terms.size(); ++k) {
    const auto n = static_cast<double>(k);
    if (k > 0) factorial *= -n;
    terms[k] = 1.0 / (factorial * (2.0 * n + 7.0));
  }
  return terms;
}();

/// With z = r / s, t = z^2 and F_n(t) the integral of u^(2n) exp(-t u^2) over u from 0 to 1 (Boys 1950), the slopes
/// r^n A_n (kernels/scalar_formulas.hpp) of erf(z) / r are 2 / (s sqrt(pi)) (-2 z / s)^n F_n.
struct Gaussian {
  static constexpr const char* name = "gaussian";
  static constexpr bool homogeneous = false;
  static constexpr int extra_flops = 200;

  double s = 1.0;

  double scale() const noexcept { return 0.25 * std::numbers::inv_pi; }
  Gaussian in_units_of(double length) const noexcept {
    return {std::max(s / length, 1e-15)};  // a point, whose reciprocal is a float too
  }

  template <class V>
  void slopes(const V& r2, const V& inverse_r, V* b) const noexcept {
    const V z = (r2 * inverse_r) * (1.0 / s);
    const V t = z * z;
    const V e = simd::exp(-t);
    V near[4];
    near_slopes(z, t, e, near);
    far_slopes(inverse_r, z, e, b);
    for (int n = 0; n < 4; ++n) b[n] = simd::if_below(t, 1.0, near[n], b[n]);
    b[0] = simd::unless_zero(r2, b[0]);
  }

 private:
  static constexpr double two_over_sqrt_pi = 2.0 * std::numbers::inv_sqrtpi;

  /// t < 1: F_3 by its series, the others from it: F_(n-1) = (2 t F_n + exp(-t)) / (2 n - 1).
  template <class V>
  void near_slopes(const V& z, const V& t, const V& e, V* b) const noexcept {
    V f = t * boys_series.back() + boys_series[boys_series.size() - 2];
    for (std::size_t k = boys_series.size() - 2; k-- > 0;) f = t * f + boys_series[k];
    const V f2 = (2.0 * (t * f) + e) * (1.0 / 5), f1 = (2.0 * (t * f2) + e) * (1.0 / 3), f0 = 2.0 * (t * f1) + e;
    const double unit = two_over_sqrt_pi / s;
    const V step = z * (-2.0 / s), step2 = step * step;
    b[0] = f0 * unit;
    b[1] = (step * f1) * unit;
    b[2] = (step2 * f2) * unit;
    b[3] = (step * step2) * (f * unit);
  }

  /// t >= 1: erf first, the others by F_(n+1) = ((2 n + 1) F_n - exp(-t)) / (2 t).
  template <class V>
  void far_slopes(const V& inverse_r, const V& z, const V& e, V* b) const noexcept {
    const V shifted = z + 4.0;
    const V reciprocal = simd::rsqrt(shifted * shifted);
    const V x2 = 2.0 - 20.0 * reciprocal;
    V high = 0.0 * reciprocal, low = high + erfc_series.back();  // Clenshaw's sums
    for (std::size_t k = erfc_series.size() - 1; k-- > 1;) {
      const V next = x2 * low - high + erfc_series[k];
      high = low;
      low = next;
    }
    const V erf = 1.0 - e * (reciprocal * (0.5 * (x2 * low) - high + 0.5 * erfc_series[0]));
    const V falls = two_over_sqrt_pi * (z * e);  // times 1 / r: 2 / (s sqrt(pi)) exp(-t)
    b[0] = erf * inverse_r;
    b[1] = (falls * inverse_r - b[0]) * inverse_r;
    b[2] = -(3.0 * b[1] + (2.0 / s) * (z * falls) * inverse_r) * inverse_r;
    b[3] = -(5.0 * b[2] - (4.0 / (s * s)) * (z * z * falls) * inverse_r) * inverse_r;
  }
};

}

Family gaussian() {
  Family family = scalar_family("gaussian", "u(x) = sum q erf(r / s) / (4 pi r), r = |x - y|");
  family.parameters = {{"s", "radius of the charges: densities fall like exp(-r^2 / s^2)", "length", 0.0, 1e300, 1e-3}};
  family.has_measured_errors = false;
  add_scalar_variants<Gaussian>(
      family, [](const ParameterValues& values) { return Gaussian{values.at("s")}.in_units_of(1.0); });
  return family;
}

}
