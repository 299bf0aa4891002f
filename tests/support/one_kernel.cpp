// SPDX-License-Identifier: BSD-3-Clause
#include <type_traits>

#include "nearfar/formula/wrap.hpp"
#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

/// K = 1 for r > 0 and 0 for r = 0: sums count the sources, so that every error in a list is visible.
struct OneFormula {
  static constexpr const char* name = "one";
  static constexpr int source_dim = 1, target_dim = 1, degree = 0;
  static constexpr bool homogeneous = true, symmetric = true;
  static constexpr ErrorsByOrder errors = scaled_errors(10.0, laplace_errors);
  static constexpr double single_error = 1e-5;
  static constexpr int potential_flops = 9, gradient_flops = 9;

  double scale() const noexcept { return 1.0; }
  OneFormula in_units_of(double) const noexcept { return *this; }

  template <class V, class Q>
  void potential(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    const V r2 = dx * dx + dy * dy + dz * dz;
    if constexpr (std::is_same_v<V, double>) {
      u[0] += r2 > 0.0 ? q[0] : 0.0;
    } else {
      using Part = typename V::Vector;
      u[0] += q[0] * V::map([](Part x) { return x > Part{} ? Part{} + typename V::Scalar{1} : Part{}; }, r2);
    }
  }
  template <class V, class Q>
  void gradient(V dx, V dy, V dz, const Q* q, V* u) const noexcept {
    potential(dx, dy, dz, q, u);
  }
};

}

Kernel one_kernel() { return wrap(OneFormula{}); }

}
