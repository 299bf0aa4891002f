// SPDX-License-Identifier: BSD-3-Clause
// The sums of a block one pair after the other, with the formula in plain doubles and a plain root: the reference that
// checks compare with, and the way to sum pairs that are closer than the vector code resolves. It shares nothing with
// the vector code but the formula.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "nearfar/formula/outputs.hpp"

namespace nearfar::detail {
inline namespace NEARFAR_WIDTH {

/// Adds one pair at distance d to u: [result]. Only a distance of exactly zero adds nothing.
template <bool with_gradient, class Functor>
void add_reference_pair(const Functor& kernel, const std::array<double, 3>& d, const double* charge,
                        double* u) noexcept {
  constexpr int results = num_results<Functor, with_gradient>;
  constexpr double least = 0x1p-150;  // powers of it up to the fifth, as formulas take them, stay in range
  const double largest = std::max({std::abs(d[0]), std::abs(d[1]), std::abs(d[2])});
  if (largest == 0.0) return;
  if (largest >= least) return add_pair<with_gradient>(kernel, d[0], d[1], d[2], charge, u);
  // In units of the distance, since its square may underflow.
  const int exponent = std::ilogb(largest);
  const auto scaled = [exponent](double x) { return std::scalbn(x, -exponent); };
  double v[results] = {}, scaled_charge[Functor::source_dim];
  for (int j = 0; j < Functor::source_dim; ++j)
    scaled_charge[j] = std::scalbn(charge[j], exponent * source_degree<Functor>(j));
  const std::array scaled_d{scaled(d[0]), scaled(d[1]), scaled(d[2])};
  add_reference_pair<with_gradient>(kernel.in_units_of(std::scalbn(1.0, exponent)), scaled_d, scaled_charge, v);
  for (int k = 0; k < results; ++k)
    u[k] += std::scalbn(v[k], exponent * (Functor::degree + result_degree<Functor, with_gradient>(k)));
}

/// A block by pairs. Rounding grows with the length of a run of sources, not with their number.
template <bool with_gradient, class Functor>
void add_reference_sums(const Functor& kernel, const PairSum& sum) noexcept {
  constexpr int results = num_results<Functor, with_gradient>, dim = Functor::source_dim;
  constexpr Index run = 256;
  const auto factors = factors_of<with_gradient>(kernel, sum);
  const auto difference = [&sum](std::ptrdiff_t t, std::ptrdiff_t s) {
    return std::array{sum.targets.x[t] - sum.sources.x[s], sum.targets.y[t] - sum.sources.y[s],
                      sum.targets.z[t] - sum.sources.z[s]};
  };
  const auto add = [&](std::ptrdiff_t target, const double* u) {
    add_outputs(sum, shape_of<with_gradient, Functor>, target, 1, factors.of, u, 1);
  };
  for (Index t = 0; t < sum.num_targets; ++t) {
    for (const auto& ranges : {sum.source_ranges, sum.mutual_ranges}) {
      double total[results] = {};
      for (const IndexRange range : ranges) {
        for (Index begin = range.begin; begin < range.end; begin += run) {
          double u[results] = {};
          for (std::ptrdiff_t s = begin; s < std::min(range.end, begin + run); ++s)
            add_reference_pair<with_gradient>(kernel, difference(t, s), sum.charges + s * dim, u);
          for (int k = 0; k < results; ++k) total[k] += u[k];
        }
      }
      add(t, total);
    }
    for (const IndexRange range : sum.mutual_ranges) {
      const double* charge = sum.charges + (std::ptrdiff_t{sum.first_own} + t) * dim;
      for (std::ptrdiff_t s = range.begin; s < range.end; ++s) {
        const auto d = difference(t, s);
        double u[results] = {};
        add_reference_pair<with_gradient>(kernel, {-d[0], -d[1], -d[2]}, charge, u);
        add(s - sum.first_own, u);
      }
    }
  }
}

}
}
