// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/cancellation.hpp"

#include <algorithm>
#include <cmath>

#include "comm/mpi.hpp"
#include "fmm/direct_evaluation.hpp"
#include "fmm/scaling.hpp"

namespace nearfar {
namespace {

constexpr Index block_size = 2;  // samples that one thread sums at a time: few, for many threads

/// Powers of two that bring components to one unit, but for a common factor.
[[nodiscard]] std::vector<double> factors_of(const std::vector<int>& exponents) {
  const int largest = *std::max_element(exponents.begin(), exponents.end());
  std::vector<double> factors;
  for (const int exponent : exponents) factors.push_back(std::ldexp(1.0, exponent - largest));
  return factors;
}

/// [sample][component]: of one source, which is cleared for the next, and over all.
struct SumsBySource {
  SumsBySource(std::size_t num_samples, std::size_t num_sums, std::size_t num_values,
               std::vector<double> factors_of_sums)
      : factors(std::move(factors_of_sums)),
        one(num_samples * num_sums, 0.0),
        sums(num_samples * num_values, 0.0),
        magnitudes(sums) {}

  /// Of that sample; `value` is the source's.
  void add(std::size_t place, double value) {
    sums[place] += value;
    magnitudes[place] += std::abs(value);
  }

  std::vector<double> factors, one, sums, magnitudes;
};

/// Adds what one source gives to samples [begin, end), with the fields of the kernel.
void add_fields(const Kernel& kernel, std::span<const double> normals, Index begin, Index end, SumsBySource& columns) {
  const auto dim = usize(kernel.target_dim), values = usize(kernel.num_values());
  for (Index sample = begin; sample < end; ++sample) {
    double* const one = &columns.one[usize(sample) * dim];
    for (std::size_t i = 0; i < dim; ++i) one[i] *= columns.factors[i];
    const std::size_t place = usize(sample) * values;
    if (kernel.field_contractions.empty()) {
      for (std::size_t i = 0; i < dim; ++i) columns.add(place + i, one[i]);
    } else {
      for (std::size_t field = 0; field < values; ++field) {
        double value = 0.0;
        for (const Contraction& c : kernel.field_contractions)
          if (usize(c.to) == field)
            value += c.coefficient * one[c.from] * (c.axis < 0 ? 1.0 : normals[3 * usize(sample) + usize(c.axis)]);
        columns.add(place + field, value);
      }
    }
    std::fill_n(one, dim, 0.0);
  }
}

void add_gradients(Index begin, Index end, SumsBySource& columns) {
  const std::size_t dim = columns.factors.size();
  for (std::size_t i = usize(begin) * dim; i < usize(end) * dim; ++i) {
    columns.add(i, columns.factors[i % dim] * columns.one[i]);
    columns.one[i] = 0.0;
  }
}

/// Of the components [first, first + count) of rows of `dim`.
[[nodiscard]] double part_left(const SumsBySource& columns, std::size_t dim, std::size_t first, std::size_t count) {
  double largest = 0.0, sums = 0.0, magnitudes = 0.0;
  const auto for_all = [&](auto&& use) {
    for (std::size_t row = 0; row < columns.sums.size(); row += dim)
      for (std::size_t k = row + first; k < row + first + count; ++k) use(k);
  };
  for_all([&](std::size_t k) { largest = std::max(largest, columns.magnitudes[k]); });
  if (!(largest > 0.0) || !std::isfinite(largest)) return largest > 0.0 ? 1.0 : 0.0;
  for_all([&](std::size_t k) {
    sums += std::pow(columns.sums[k] / largest, 2);
    magnitudes += std::pow(columns.magnitudes[k] / largest, 2);
  });
  return std::sqrt(sums / magnitudes);
}

}

Cancellation find_cancellation(MPI_Comm communicator, const Kernel& kernel, std::span<const double> sources,
                               std::span<const double> charges, std::span<const double> samples,
                               std::span<const double> normals, bool with_gradients) {
  const ScaledSums scaled = in_sums_units(communicator, kernel, sources, charges, samples);
  const auto num_samples = usize(scaled.samples.size()), dim = usize(kernel.target_dim);
  const auto num_values = usize(kernel.num_values());
  const std::size_t num_slopes = with_gradients ? 3 * dim : 0;
  SumsBySource fields(num_samples, dim, num_values,
                      factors_of(result_exponents(scaled.kernel, 1, scaled.length_exponent)));
  SumsBySource slopes(num_samples, num_slopes, num_slopes,
                      factors_of(result_exponents(scaled.kernel, 3, scaled.length_exponent)));
  const Coordinates& at = scaled.samples;
#pragma omp parallel for schedule(dynamic, 1)
  for (Index begin = 0; begin < at.size(); begin += block_size) {
    const Index end = std::min(begin + block_size, at.size());
    for (Index source = 0; source < scaled.sources.size(); ++source) {
      const IndexRange range{source, source + 1};
      PairSum sum;
      sum.targets = {&at.x[usize(begin)], &at.y[usize(begin)], &at.z[usize(begin)]};
      sum.num_targets = end - begin;
      sum.sources = scaled.sources.view();
      sum.charges = scaled.charges.data();
      sum.source_ranges = {&range, 1};
      sum.potentials = &fields.one[usize(begin) * dim];
      if (with_gradients) sum.gradients = &slopes.one[usize(begin) * num_slopes];
      scaled.kernel.add_reference_sums(sum);
      add_fields(kernel, normals, begin, end, fields);
      if (with_gradients) add_gradients(begin, end, slopes);
    }
  }
  for (SumsBySource* columns : {&fields, &slopes}) {
    all_reduce(communicator, std::span<double>(columns->sums), MPI_SUM);
    all_reduce(communicator, std::span<double>(columns->magnitudes), MPI_SUM);
  }
  Cancellation found;
  std::size_t first = 0;
  for (const Quantity& field : kernel.fields) {
    found.fields.push_back(part_left(fields, num_values, first, usize(field.components)));
    first += usize(field.components);
  }
  found.all = part_left(fields, num_values, 0, num_values);
  if (with_gradients) found.gradients = part_left(slopes, num_slopes, 0, num_slopes);
  return found;
}

}
