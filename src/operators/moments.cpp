// SPDX-License-Identifier: BSD-3-Clause
#include "operators/moments.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/simd.hpp"

namespace nearfar {
namespace {

using simd::Vec;

constexpr int largest_degree = 20;  // make_basis gives 19 for order 16

/// Up to `vectors` x lanes points, and T_0 .. T_degree with their derivatives there. Missing points are the centre.
template <int vectors, bool with_slopes>
struct Group {
  Index first, count;
  Vec value[3][largest_degree + 1][vectors];
  Vec slope[with_slopes ? 3 : 1][largest_degree + 1][vectors];

  Group(int degree, const PointArrays& points, Index begin, Index end) noexcept
      : first(begin), count(std::min<Index>(vectors * simd::width, end - begin)) {
    fill(degree, 0, points.x);
    fill(degree, 1, points.y);
    fill(degree, 2, points.z);
  }

 private:
  void fill(int degree, int axis, const double* coordinates) noexcept {
    const double* x_of = coordinates + first;
    double padded[vectors * simd::width];
    if (count < vectors * simd::width) {
      for (Index i = 0; i < vectors * simd::width; ++i) padded[i] = i < count ? x_of[i] : 0.0;
      x_of = padded;
    }
    Vec(&t)[largest_degree + 1][vectors] = value[axis];
    Vec(&dt)[largest_degree + 1][vectors] = slope[with_slopes ? axis : 0];
    for (int v = 0; v < vectors; ++v) {
      const Vec x = simd::load<Vec>(x_of + v * simd::width);
      t[0][v] = simd::broadcast<Vec>(1.0);
      t[1][v] = x;
      for (int n = 2; n <= degree; ++n) t[n][v] = 2.0 * x * t[n - 1][v] - t[n - 2][v];
      if constexpr (with_slopes) {
        dt[0][v] = Vec{};
        dt[1][v] = simd::broadcast<Vec>(1.0);
        for (int n = 2; n <= degree; ++n) dt[n][v] = 2.0 * (t[n - 1][v] + x * dt[n - 1][v]) - dt[n - 2][v];
      }
    }
  }
};

/// Calls body(group) for all points, a group of four vectors at a time where there are as many: they share the loads
/// and stores of moments or coefficients.
template <bool with_slopes, class Body>
void for_each_group(int degree, const PointArrays& points, Index count, const Body& body) noexcept {
  for (Index first = 0; first < count;) {
    const Index left = count - first;
    if (left > 2 * simd::width) {
      body(Group<4, with_slopes>(degree, points, first, count));
      first += 4 * simd::width;
    } else if (left > simd::width) {
      body(Group<2, with_slopes>(degree, points, first, count));
      first += 2 * simd::width;
    } else {
      body(Group<1, with_slopes>(degree, points, first, count));
      first += simd::width;
    }
  }
}

template <int vectors>
void add_group(const PolynomialBasis& basis, const Group<vectors, false>& group, const Vec (&charge)[vectors],
               double* sums) noexcept {
  const std::int32_t* length = basis.lengths.data();
  for (int a = 0; a <= basis.degree; ++a) {
    Vec x[vectors];
    for (int v = 0; v < vectors; ++v) x[v] = charge[v] * group.value[0][a][v];
    for (int b = 0, rows = *length; b < rows; ++b, ++length) {
      Vec xy[vectors];
      for (int v = 0; v < vectors; ++v) xy[v] = x[v] * group.value[1][b][v];
      for (int c = 0, end = *length; c < end; ++c, sums += simd::width) {
        Vec sum = simd::load<Vec>(sums);
        for (int v = 0; v < vectors; ++v) sum += xy[v] * group.value[2][c][v];
        simd::store(sums, sum);
      }
    }
  }
}

/// A component's series at the points of a group, followed by its derivatives when wanted.
template <int vectors, bool with_gradients>
struct SeriesSum {
  static constexpr int num_results = with_gradients ? 4 : 1;
  Vec result[num_results][vectors] = {};

  /// Horner-like: sums over c inside sums over b inside the sum over a, so that derivatives along y and x cost little.
  SeriesSum(const PolynomialBasis& basis, const Group<vectors, with_gradients>& group,
            const double* coefficients) noexcept {
    const std::int32_t* length = basis.lengths.data();
    for (int a = 0; a <= basis.degree; ++a) {
      Vec u[vectors] = {}, uy[vectors] = {}, uz[vectors] = {};
      for (int b = 0, rows = *length; b < rows; ++b, ++length) {
        Vec s[vectors] = {}, sz[vectors] = {};
        for (int c = 0, end = *length; c < end; ++c) {
          const double coefficient = *coefficients++;
          for (int v = 0; v < vectors; ++v) s[v] += coefficient * group.value[2][c][v];
          if constexpr (with_gradients)
            for (int v = 0; v < vectors; ++v) sz[v] += coefficient * group.slope[2][c][v];
        }
        for (int v = 0; v < vectors; ++v) {
          u[v] += group.value[1][b][v] * s[v];
          if constexpr (with_gradients) {
            uy[v] += group.slope[1][b][v] * s[v];
            uz[v] += group.value[1][b][v] * sz[v];
          }
        }
      }
      for (int v = 0; v < vectors; ++v) {
        result[0][v] += group.value[0][a][v] * u[v];
        if constexpr (with_gradients) {
          result[1][v] += group.slope[0][a][v] * u[v];
          result[2][v] += group.value[0][a][v] * uy[v];
          result[3][v] += group.value[0][a][v] * uz[v];
        }
      }
    }
  }
};

template <int vectors, bool with_gradients>
void add_series_of(const PolynomialBasis& basis, const Group<vectors, with_gradients>& group,
                   const double* coefficients, int components, const SeriesOutput& output) noexcept {
  for (int component = 0; component < components; ++component, coefficients += basis.size) {
    const SeriesSum<vectors, with_gradients> sum(basis, group, coefficients);
    double values[sum.num_results][vectors * simd::width];
    std::memcpy(values, sum.result, sizeof values);
    for (Index i = 0; i < group.count; ++i) {
      const std::size_t at_output = usize(group.first + i) * usize(components) + usize(component);
      output.potentials[at_output] += output.scale * values[0][i];
      if constexpr (with_gradients)
        for (std::size_t axis = 0; axis < 3; ++axis)
          output.gradients[3 * at_output + axis] += output.gradient_scale * values[1 + axis][i];
    }
  }
}

}

PolynomialBasis::PolynomialBasis(int square) {
  const auto in_ball = [square](int a, int b, int c) { return a * a + b * b + c * c <= square; };
  while (in_ball(degree + 1, 0, 0)) ++degree;
  for (int a = 0; a <= degree; ++a) {
    for (int b = 0; in_ball(a, b, 0); ++b) {
      int length = 0;
      while (in_ball(a, b, length)) ++length;
      lengths.push_back(length);
      size += length;
    }
  }
}

// Measured on all 189 interactions of the eight children of one box (60 random sources each, charges of both signs):
// the error with polynomials over that with sums of the kernel over the surfaces.
//   order                 3     4     5     6     7     8     9     10    12
//   terms                 45    90    169   290   419   606   847   1166  1926
//   laplace   potential   1.04  1.08  1.01  1.05  1.10  1.21  1.11  1.06  1.08
//             gradient    1.04  1.10  1.15  1.08  1.02  1.06  1.03  0.95  1.01
//   yukawa    potential   1.03  1.17  1.03  1.04  1.11  1.16        1.03
//             gradient    1.09  1.17  1.17  1.08  1.02  1.06        0.96
//   stokeslet potential   0.99  0.97  1.07  1.03        1.00
//             gradient    1.04  1.15  1.24  1.16        1.03
// In a tree the same leaves also add the errors of coarser levels, which are larger and have less of this in them.
PolynomialBasis make_basis(int order) { return PolynomialBasis(3 * order * order / 2); }

void add_moments(const PolynomialBasis& basis, const PointArrays& points, Index count, const double* charges,
                 int components, double* lane_sums) noexcept {
  for_each_group<false>(basis.degree, points, count, [&]<int vectors>(const Group<vectors, false>& group) {
    for (int component = 0; component < components; ++component) {
      double padded[vectors * simd::width] = {};
      for (Index i = 0; i < group.count; ++i) padded[i] = charges[(group.first + i) * components + component];
      Vec charge[vectors];
      std::memcpy(charge, padded, sizeof charge);
      add_group(basis, group, charge, lane_sums + component * basis.size * simd::width);
    }
  });
}

void add_series(const PolynomialBasis& basis, const PointArrays& points, Index count, const double* coefficients,
                int components, const SeriesOutput& output) noexcept {
  if (output.gradients == nullptr)
    for_each_group<false>(basis.degree, points, count, [&]<int vectors>(const Group<vectors, false>& group) {
      add_series_of(basis, group, coefficients, components, output);
    });
  else
    for_each_group<true>(basis.degree, points, count, [&]<int vectors>(const Group<vectors, true>& group) {
      add_series_of(basis, group, coefficients, components, output);
    });
}

double moments_flops(const PolynomialBasis& basis) noexcept {
  return 2.0 * basis.size + static_cast<double>(basis.lengths.size()) + basis.degree + 1;
}

double series_flops(const PolynomialBasis& basis, bool with_gradients) noexcept {
  const auto pairs = static_cast<double>(basis.lengths.size());
  return with_gradients ? 4.0 * basis.size + 6.0 * pairs + 8.0 * (basis.degree + 1)
                        : 2.0 * (basis.size + pairs + basis.degree + 1);
}

}
