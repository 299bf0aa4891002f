// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>

#include "nearfar/formula/simd.hpp"
#include "operators/loops_of_level.hpp"

namespace nearfar::loops {
namespace {

using simd::Vec;

/// Up to `vectors` x lanes points, and T_0 .. T_degree there with so many derivatives. Missing points are the centre.
template <int vectors, int derivatives>
struct Group {
  Index first, count;
  Vec value[3][largest_degree + 1][vectors];
  Vec slope[derivatives >= 1 ? 3 : 1][largest_degree + 1][vectors];
  Vec curve[derivatives >= 2 ? 3 : 1][largest_degree + 1][vectors];

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
    Vec(&dt)[largest_degree + 1][vectors] = slope[derivatives >= 1 ? axis : 0];
    Vec(&ddt)[largest_degree + 1][vectors] = curve[derivatives >= 2 ? axis : 0];
    for (int v = 0; v < vectors; ++v) {
      const Vec x = simd::load<Vec>(x_of + v * simd::width);
      t[0][v] = simd::broadcast<Vec>(1.0);
      t[1][v] = x;
      for (int n = 2; n <= degree; ++n) t[n][v] = 2.0 * x * t[n - 1][v] - t[n - 2][v];
      if constexpr (derivatives >= 1) {
        dt[0][v] = Vec{};
        dt[1][v] = simd::broadcast<Vec>(1.0);
        for (int n = 2; n <= degree; ++n) dt[n][v] = 2.0 * (t[n - 1][v] + x * dt[n - 1][v]) - dt[n - 2][v];
      }
      if constexpr (derivatives >= 2) {
        ddt[0][v] = ddt[1][v] = Vec{};
        for (int n = 2; n <= degree; ++n) ddt[n][v] = 4.0 * dt[n - 1][v] + 2.0 * x * ddt[n - 1][v] - ddt[n - 2][v];
      }
    }
  }
};

/// Calls body(group) for all points, a group of four vectors at a time where there are as many: they share the loads
/// and stores of moments or coefficients.
template <int derivatives, class Body>
void for_each_group(int degree, const PointArrays& points, Index count, const Body& body) noexcept {
  for (Index first = 0; first < count;) {
    const Index left = count - first;
    if (left > 2 * simd::width) {
      body(Group<4, derivatives>(degree, points, first, count));
      first += 4 * simd::width;
    } else if (left > simd::width) {
      body(Group<2, derivatives>(degree, points, first, count));
      first += 2 * simd::width;
    } else {
      body(Group<1, derivatives>(degree, points, first, count));
      first += simd::width;
    }
  }
}

/// The weights of the points of a group for one component, of the value and where wanted of derivatives.
template <int vectors, bool with_slopes>
struct GroupWeights {
  Vec of[with_slopes ? 4 : 1][vectors];

  GroupWeights(const MomentWeights& weights, int component, Index first, Index count) noexcept {
    for (int k = 0; k < (with_slopes ? 4 : 1); ++k) {
      double padded[vectors * simd::width] = {};
      std::copy_n(weights.values + (4 * component + k) * weights.stride + first, count, padded);
      std::memcpy(of[k], padded, sizeof of[k]);
    }
  }
};

/// With d the derivative along z, the terms of one (a, b) are sums of (w T_a T_b + ...) T_c + (w_z T_a T_b) dT_c.
template <bool with_slopes, int vectors, int derivatives>
void add_group(const PolynomialBasis& basis, const Group<vectors, derivatives>& group,
               const GroupWeights<vectors, with_slopes>& weights, double* sums) noexcept {
  const std::int32_t* length = basis.lengths.data();
  for (int a = 0; a <= basis.degree; ++a) {
    Vec x[vectors], x_y[vectors], x_z[vectors];
    for (int v = 0; v < vectors; ++v) {
      x[v] = weights.of[0][v] * group.value[0][a][v];
      if constexpr (with_slopes) {
        x[v] += weights.of[1][v] * group.slope[0][a][v];
        x_y[v] = weights.of[2][v] * group.value[0][a][v];
        x_z[v] = weights.of[3][v] * group.value[0][a][v];
      }
    }
    for (int b = 0, rows = *length; b < rows; ++b, ++length) {
      Vec xy[vectors], xy_z[vectors];
      for (int v = 0; v < vectors; ++v) {
        xy[v] = x[v] * group.value[1][b][v];
        if constexpr (with_slopes) {
          xy[v] += x_y[v] * group.slope[1][b][v];
          xy_z[v] = x_z[v] * group.value[1][b][v];
        }
      }
      for (int c = 0, end = *length; c < end; ++c, sums += simd::width) {
        Vec sum = simd::load<Vec>(sums);
        for (int v = 0; v < vectors; ++v) {
          sum += xy[v] * group.value[2][c][v];
          if constexpr (with_slopes) sum += xy_z[v] * group.slope[2][c][v];
        }
        simd::store(sums, sum);
      }
    }
  }
}

/// A component's series at the points of a group, followed by its derivatives as far as wanted.
template <int vectors, int derivatives>
struct SeriesSum {
  static constexpr int num_results = num_series_results[derivatives];
  Vec result[num_results][vectors] = {};

  /// Horner-like: sums over c inside sums over b inside the sum over a, so that derivatives along y and x cost little.
  SeriesSum(const PolynomialBasis& basis, const Group<vectors, derivatives>& group,
            const double* coefficients) noexcept {
    const std::int32_t* length = basis.lengths.data();
    for (int a = 0; a <= basis.degree; ++a) {
      Vec u[vectors] = {}, uy[vectors] = {}, uz[vectors] = {}, uyy[vectors] = {}, uyz[vectors] = {}, uzz[vectors] = {};
      for (int b = 0, rows = *length; b < rows; ++b, ++length) {
        Vec s[vectors] = {}, sz[vectors] = {}, szz[vectors] = {};
        for (int c = 0, end = *length; c < end; ++c) {
          const double coefficient = *coefficients++;
          for (int v = 0; v < vectors; ++v) s[v] += coefficient * group.value[2][c][v];
          if constexpr (derivatives >= 1)
            for (int v = 0; v < vectors; ++v) sz[v] += coefficient * group.slope[2][c][v];
          if constexpr (derivatives >= 2)
            for (int v = 0; v < vectors; ++v) szz[v] += coefficient * group.curve[2][c][v];
        }
        for (int v = 0; v < vectors; ++v) {
          u[v] += group.value[1][b][v] * s[v];
          if constexpr (derivatives >= 1) {
            uy[v] += group.slope[1][b][v] * s[v];
            uz[v] += group.value[1][b][v] * sz[v];
          }
          if constexpr (derivatives >= 2) {
            uyy[v] += group.curve[1][b][v] * s[v];
            uyz[v] += group.slope[1][b][v] * sz[v];
            uzz[v] += group.value[1][b][v] * szz[v];
          }
        }
      }
      for (int v = 0; v < vectors; ++v) {
        result[0][v] += group.value[0][a][v] * u[v];
        if constexpr (derivatives >= 1) {
          result[1][v] += group.slope[0][a][v] * u[v];
          result[2][v] += group.value[0][a][v] * uy[v];
          result[3][v] += group.value[0][a][v] * uz[v];
        }
        if constexpr (derivatives >= 2) {
          result[4][v] += group.curve[0][a][v] * u[v];
          result[5][v] += group.slope[0][a][v] * uy[v];
          result[6][v] += group.slope[0][a][v] * uz[v];
          result[7][v] += group.value[0][a][v] * uyy[v];
          result[8][v] += group.value[0][a][v] * uyz[v];
          result[9][v] += group.value[0][a][v] * uzz[v];
        }
      }
    }
  }
};

/// Adds the terms of one component.
template <int vectors, int derivatives>
void add_component(const PolynomialBasis& basis, const Group<vectors, derivatives>& group, const double* coefficients,
                   std::span<const SeriesTerm> terms) noexcept {
  const SeriesSum<vectors, derivatives> sum(basis, group, coefficients);
  double values[sum.num_results][vectors * simd::width];
  std::memcpy(values, sum.result, sizeof values);
  for (const SeriesTerm& term : terms)
    for (Index i = 0; i < group.count; ++i)
      term.to[(group.first + i) * term.stride] += term.factor * values[term.result][i];
}

template <int derivatives>
void add_series_of(const PolynomialBasis& basis, const PointArrays& points, Index count, const double* coefficients,
                   std::span<const SeriesTerm> terms) noexcept {
  for_each_group<derivatives>(basis.degree, points, count, [&]<int vectors>(const Group<vectors, derivatives>& group) {
    for (std::size_t begin = 0, end = 0; begin < terms.size(); begin = end) {
      const int component = terms[begin].component;
      while (end < terms.size() && terms[end].component == component) ++end;
      add_component(basis, group, coefficients + std::ptrdiff_t{component} * basis.size,
                    terms.subspan(begin, end - begin));
    }
  });
}

}

void add_moments(const PolynomialBasis& basis, const PointArrays& points, Index count, const MomentWeights& weights,
                 double* lane_sums) noexcept {
  const auto add = [&]<int vectors, int derivatives>(const Group<vectors, derivatives>& group) {
    for (int component = 0; component < size_of(weights.has_slopes); ++component) {
      double* sums = lane_sums + std::ptrdiff_t{component} * basis.size * simd::width;
      if (derivatives > 0 && weights.has_slopes[usize(component)] != 0) {
        if constexpr (derivatives > 0)
          add_group<true>(basis, group, GroupWeights<vectors, true>(weights, component, group.first, group.count),
                          sums);
      } else {
        add_group<false>(basis, group, GroupWeights<vectors, false>(weights, component, group.first, group.count),
                         sums);
      }
    }
  };
  const bool any = std::any_of(weights.has_slopes.begin(), weights.has_slopes.end(), [](char has) { return has != 0; });
  if (any)
    for_each_group<1>(basis.degree, points, count, add);
  else
    for_each_group<0>(basis.degree, points, count, add);
}

void add_series(const PolynomialBasis& basis, const PointArrays& points, Index count, const double* coefficients,
                std::span<const SeriesTerm> terms) noexcept {
  int last = 0;
  for (const SeriesTerm& term : terms) last = std::max(last, term.result);
  if (last == 0)
    add_series_of<0>(basis, points, count, coefficients, terms);
  else if (last < num_series_results[1])
    add_series_of<1>(basis, points, count, coefficients, terms);
  else
    add_series_of<2>(basis, points, count, coefficients, terms);
}

void add_lanes(const double* lane_sums, std::span<const int> places, double* column) noexcept {
  for (const int place : places)
    for (int lane = 0; lane < simd::width; ++lane) column[usize(place) * panel_width] += *lane_sums++;
}

}
