// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/diagonal.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "base/types.hpp"
#include "fmm/contraction.hpp"
#include "fmm/scaling.hpp"

namespace nearfar {
namespace {

/// Sums of one source at one target.
class PairSums {
 public:
  explicit PairSums(const Kernel& kernel) : kernel_(kernel) {}

  /// `charge` is overwritten; `gradient` is empty where it is not wanted.
  void add(const double* target, const double* source, std::span<double> charge, std::span<double> potential,
           std::span<double> gradient) {
    std::array<double, 3> d{};
    double largest = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      d[axis] = target[axis] - source[axis];
      largest = std::max(largest, std::abs(d[axis]));
    }
    if (largest == 0.0) return;
    // In units of the distance, whose square may leave the range of numbers.
    const int exponent = std::ilogb(largest);
    for (double& coordinate : d) coordinate = std::ldexp(coordinate, -exponent);
    multiply(charge, unit_exponents(kernel_.source_components, kernel_.source_dim, exponent));
    const IndexRange one{0, 1};
    const double origin = 0.0;
    PairSum sum;
    sum.targets = {&d[0], &d[1], &d[2]};
    sum.num_targets = 1;
    sum.sources = {&origin, &origin, &origin};
    sum.source_ranges = {&one, 1};
    sum.charges = charge.data();
    sum.potentials = potential.data();
    if (!gradient.empty()) sum.gradients = gradient.data();
    in_units(exponent).add_sums(sum);
    multiply(potential, result_exponents(kernel_, 1, exponent));
    if (!gradient.empty()) multiply(gradient, result_exponents(kernel_, 3, exponent));
  }

 private:
  static void multiply(std::span<double> values, const std::vector<int>& exponents) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::ldexp(values[i], exponents[i]);
  }

  [[nodiscard]] const Kernel& in_units(int exponent) {
    if (kernel_.homogeneous) return kernel_;
    const auto found = scaled_.find(exponent);
    if (found != scaled_.end()) return found->second;
    return scaled_.emplace(exponent, kernel_.in_units_of(std::ldexp(1.0, exponent))).first->second;
  }

  const Kernel& kernel_;
  std::map<int, Kernel> scaled_;
};

/// The sums [pair][num_values] of sources whose strengths are 1 in that component alone.
void add_unit_sums(const PointPairs& pairs, std::size_t component, PairSums& sums, std::vector<double>& results) {
  const Kernel& kernel = pairs.kernel;
  const auto num_strengths = usize(kernel.num_strengths()), source_dim = usize(kernel.source_dim),
             target_dim = usize(kernel.target_dim);
  const std::size_t count = pairs.targets.size() / 3;
  std::vector<double> strengths(count * num_strengths, 0.0), charges(count * source_dim);
  for (std::size_t i = 0; i < count; ++i) strengths[i * num_strengths + component] = 1.0;
  if (kernel.source_contractions.empty())
    charges = strengths;
  else
    contract(kernel.source_contractions, pairs.normals.sources.data(), static_cast<std::int64_t>(count), 1,
             {strengths.data(), kernel.num_strengths()}, {charges.data(), kernel.source_dim});
  std::vector<double> potentials(count * target_dim, 0.0);
  std::vector<double> gradients(pairs.directions.empty() ? 0 : 3 * potentials.size(), 0.0);
  for (std::size_t i = 0; i < count; ++i)
    sums.add(
        &pairs.targets[3 * i], &pairs.sources[3 * i], std::span(charges).subspan(i * source_dim, source_dim),
        std::span(potentials).subspan(i * target_dim, target_dim),
        gradients.empty() ? std::span<double>{} : std::span(gradients).subspan(3 * i * target_dim, 3 * target_dim));
  results.assign(count * usize(kernel.num_values()), 0.0);
  if (!kernel.field_contractions.empty())
    contract(kernel.field_contractions, pairs.normals.targets.data(), static_cast<std::int64_t>(count), 1,
             {potentials.data(), kernel.target_dim}, {results.data(), kernel.num_values()});
  else
    results = potentials;
  project(gradients, pairs.directions, results);
}

}

void project(std::span<const double> gradients, std::span<const double> directions, std::span<double> values) {
  if (directions.empty()) return;
  const std::size_t per_target = values.size() / (directions.size() / 3);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double* g = &gradients[3 * i];
    const double* n = &directions[3 * (i / per_target)];
    values[i] = g[0] * n[0] + g[1] * n[1] + g[2] * n[2];
  }
}

void set_diagonal(const PointPairs& pairs, std::span<double> values) {
  const auto dim = usize(pairs.kernel.num_values());
  const std::size_t count = pairs.targets.size() / 3;
  std::vector<double> blocks(count * dim * dim);
  set_diagonal_blocks(pairs, blocks);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < dim; ++k) values[i * dim + k] = blocks[(i * dim + k) * dim + k];
}

void set_diagonal_blocks(const PointPairs& pairs, std::span<double> blocks) {
  const auto columns = usize(pairs.kernel.num_strengths());
  PairSums sums(pairs.kernel);
  std::vector<double> results;
  for (std::size_t column = 0; column < columns; ++column) {
    add_unit_sums(pairs, column, sums, results);
    for (std::size_t row = 0; row < results.size(); ++row) blocks[row * columns + column] = results[row];
  }
}

}
