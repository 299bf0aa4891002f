// SPDX-License-Identifier: BSD-3-Clause
// Sums of a C function: displacements from many sources to one target are handed to it at once.
#include "kernels/callback.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/types.hpp"
#include "nearfar/formula/wrap.hpp"

namespace nearfar {
namespace {

constexpr int most_displacements = 512;

/// The function in units of a length, with its scale 1. It is called with the caller's own lengths.
struct CallbackSums {
  NearfarUserKernel function;
  FoundProperties properties;
  double length = 1.0;

  [[nodiscard]] int num_results(bool with_gradients) const noexcept {
    return function.target_dim * (with_gradients ? 3 : 1);
  }

  void add(const PairSum& sum) const {
    if (!sum.mutual_ranges.empty()) {
      detail::add_both_ways(sum, function.target_dim, 3 * function.target_dim,
                            [this](const PairSum& one_sided) { add(one_sided); });
      return;
    }
    if (sum.potentials) add_results(sum, false);
    if (sum.gradients) add_results(sum, true);
  }

 private:
  /// In lanes, which the compiler turns into vectors.
  [[nodiscard]] static double dot(const double* a, const double* b, int n) noexcept {
    constexpr int lanes = 8;
    std::array<double, lanes> sums{};
    int s = 0;
    for (; s + lanes <= n; s += lanes)
      for (int lane = 0; lane < lanes; ++lane) sums[usize(lane)] += a[s + lane] * b[s + lane];
    for (; s < n; ++s) sums[0] += a[s] * b[s];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  }
  [[nodiscard]] static int degree_of(const std::vector<Component>& components, int i) noexcept {
    return components.empty() ? 0 : components[usize(i)].degree;
  }

  /// Sources of one sum side by side: coordinates, and charges by component.
  struct Sources {
    std::vector<double> x, y, z, charges;
    int count = 0;
    Sources(const PairSum& sum, int dim, IndexRange range)
        : x(sum.sources.x + range.begin, sum.sources.x + range.end),
          y(sum.sources.y + range.begin, sum.sources.y + range.end),
          z(sum.sources.z + range.begin, sum.sources.z + range.end),
          charges(usize(range.size()) * usize(dim)),
          count(range.size()) {
      for (int s = 0; s < count; ++s)
        for (int j = 0; j < dim; ++j)
          charges[usize(j) * usize(count) + usize(s)] = sum.charges[std::ptrdiff_t{range.begin + s} * dim + j];
    }
  };

  void add_results(const PairSum& sum, bool gradients) const {
    std::vector<double> values(usize(num_results(gradients) * function.source_dim) * most_displacements);
    double* results = gradients ? sum.gradients : sum.potentials;
    for (const IndexRange range : sum.source_ranges) {
      for (Index begin = range.begin; begin < range.end; begin += most_displacements) {
        const Sources sources(sum, function.source_dim, {begin, std::min(range.end, begin + most_displacements)});
        for (Index t = 0; t < sum.num_targets; ++t)
          add_target({sum.targets.x[t], sum.targets.y[t], sum.targets.z[t]}, sources, gradients, sum.factor,
                     values.data(), results + std::ptrdiff_t{t} * num_results(gradients));
      }
    }
  }

  void add_target(const std::array<double, 3>& target, const Sources& sources, bool gradients, double factor,
                  double* values, double* results) const {
    const int n = sources.count;
    std::array<std::array<double, most_displacements>, 3> d;
    std::array<char, most_displacements> counts;
    bool all_count = true;
    const double unit = length;
    for (int s = 0; s < n; ++s) {
      const double dx = target[0] - sources.x[usize(s)], dy = target[1] - sources.y[usize(s)],
                   dz = target[2] - sources.z[usize(s)];
      const bool apart = dx != 0.0 || dy != 0.0 || dz != 0.0;
      counts[usize(s)] = apart;
      all_count = all_count && apart;
      d[0][usize(s)] = apart ? unit * dx : unit;
      d[1][usize(s)] = unit * dy;
      d[2][usize(s)] = unit * dz;
    }
    (gradients ? function.gradient : function.kernel)(function.context, n, d[0].data(), d[1].data(), d[2].data(),
                                                      values);
    const double scale = factor * (gradients ? unit : 1.0);
    for (int i = 0; i < num_results(gradients); ++i) {
      double result = 0.0;
      const int degree_of_row = properties.degree + degree_of(properties.targets, gradients ? i / 3 : i);
      for (int j = 0; j < function.source_dim; ++j) {
        const double* value = values + std::ptrdiff_t{i * function.source_dim + j} * n;
        const double* charge = sources.charges.data() + std::ptrdiff_t{j} * n;
        double part = 0.0;
        if (all_count) {
          part = dot(value, charge, n);
        } else {
          for (int s = 0; s < n; ++s)
            if (counts[usize(s)]) part += value[s] * charge[s];
        }
        result += part * std::pow(unit, -(degree_of_row + degree_of(properties.sources, j)));
      }
      results[i] += scale * result;
    }
  }
};

[[nodiscard]] Kernel kernel_of(const CallbackSums& sums) {
  const NearfarUserKernel& function = sums.function;
  const FoundProperties& properties = sums.properties;
  Kernel kernel;
  kernel.source_dim = function.source_dim;
  kernel.target_dim = function.target_dim;
  kernel.source_components = properties.sources;
  kernel.target_components = properties.targets;
  kernel.degree = properties.degree;
  kernel.homogeneous = properties.homogeneous;
  kernel.symmetric = properties.symmetric;
  // Measured: a pair takes about as long as this many operations of the library's own loops.
  kernel.potential_flops = 60 + 15 * function.source_dim * function.target_dim;
  kernel.gradient_flops = 4 * kernel.potential_flops;
  kernel.has_gradients = function.gradient != nullptr;
  kernel.add_sums = kernel.add_reference_sums = [sums](const PairSum& sum) { sums.add(sum); };
  kernel.in_units_of = [sums](double length) {
    CallbackSums in_units = sums;
    in_units.length *= length;
    return kernel_of(in_units);
  };
  return kernel;
}

}

Kernel callback_kernel(const NearfarUserKernel& function, const FoundProperties& properties) {
  NearfarUserKernel own = function;
  own.name = own.formula = nullptr;
  return kernel_of({own, properties, 1.0});
}

}
