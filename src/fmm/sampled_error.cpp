// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/sampled_error.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "comm/mpi.hpp"
#include "comm/together.hpp"
#include "fmm/cancellation.hpp"
#include "fmm/checks.hpp"
#include "fmm/contraction.hpp"
#include "fmm/direct_evaluation.hpp"

namespace nearfar {
namespace {

/// Global numbers of the sample: one from each of num_samples equal strata.
[[nodiscard]] std::vector<std::int64_t> choose_samples(std::int64_t num_targets, std::int64_t num_samples) {
  num_samples = std::clamp<std::int64_t>(num_samples, 0, num_targets);
  std::vector<std::int64_t> samples;
  for (std::int64_t k = 0; k < num_samples; ++k) {
    // 128 bits: the product may pass 2^63.
    const auto bound = [&](std::int64_t i) {
      return static_cast<std::int64_t>(__extension__(__int128) i * num_targets / num_samples);
    };
    const auto hash = static_cast<std::uint64_t>(k + 1) * 0x9e3779b97f4a7c15U;
    const auto width = static_cast<std::uint64_t>(bound(k + 1) - bound(k));
    samples.push_back(bound(k) + static_cast<std::int64_t>((hash ^ hash >> 31) % width));
  }
  return samples;
}

/// Values of the samples, wherever they lie: [sample][components].
[[nodiscard]] std::vector<double> gather(MPI_Comm communicator, const std::vector<std::int64_t>& samples,
                                         std::int64_t first, std::span<const double> values, std::size_t components) {
  std::vector<double> gathered(samples.size() * components, 0.0);
  const auto count = static_cast<std::int64_t>(values.size() / components);
  for (std::size_t k = 0; k < samples.size(); ++k) {
    const std::int64_t own = samples[k] - first;
    if (own < 0 || own >= count) continue;
    std::copy_n(&values[usize(own) * components], components, &gathered[k * components]);
  }
  all_reduce(communicator, std::span<double>(gathered), MPI_SUM);
  return gathered;
}

struct Difference {
  double rel_l2 = 0.0, rel_max = 0.0;
};

/// Numbers are taken relative to the largest exact one, so that squares stay in range. Infinities that both agree on do
/// not count.
[[nodiscard]] Difference compare(std::span<const double> computed, std::span<const double> exact) {
  double largest = 0.0;
  for (const double value : exact)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  if (largest == 0.0) largest = 1.0;  // then the error is absolute
  double error = 0.0, norm = 0.0, largest_error = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    if (std::isinf(exact[i]) && computed[i] == exact[i]) continue;
    const double value = exact[i] / largest;
    const double difference = std::abs(computed[i] / largest - value);
    error += difference * difference;
    norm += value * value;
    if (std::isnan(difference) || difference > largest_error) largest_error = difference;  // keeps a NaN
  }
  return {std::sqrt(norm == 0.0 ? error : error / norm), largest_error};
}

/// The components [first, first + count) of rows of `dim`.
[[nodiscard]] std::vector<double> columns_of(std::span<const double> rows, std::size_t dim, std::size_t first,
                                             std::size_t count) {
  std::vector<double> columns;
  for (std::size_t row = 0; row + dim <= rows.size(); row += dim)
    columns.insert(columns.end(), rows.begin() + static_cast<std::ptrdiff_t>(row + first),
                   rows.begin() + static_cast<std::ptrdiff_t>(row + first + count));
  return columns;
}

/// Some of the rows, all if there are few.
[[nodiscard]] std::vector<double> some_rows(std::span<const double> rows, std::size_t dim) {
  constexpr std::size_t most = 32;
  const std::size_t count = rows.size() / dim, step = std::max<std::size_t>(1, (count + most - 1) / most);
  std::vector<double> some;
  for (std::size_t row = 0; row < count; row += step)
    some.insert(some.end(), rows.begin() + static_cast<std::ptrdiff_t>(row * dim),
                rows.begin() + static_cast<std::ptrdiff_t>((row + 1) * dim));
  return some;
}

/// Relative to the sums of absolute values, of which `left` is what remains in these rows.
[[nodiscard]] double absolute_error(std::span<const double> computed, std::span<const double> exact, std::size_t dim,
                                    std::size_t first, std::size_t count, double left) {
  return left * compare(columns_of(some_rows(computed, dim), dim, first, count),
                        columns_of(some_rows(exact, dim), dim, first, count))
                    .rel_l2;
}

void require_sizes(const Kernel& kernel, const SampledSums& sums) {
  require_consistent(kernel);
  const std::size_t num_sources = sums.sources.size() / 3, num_targets = sums.targets.size() / 3;
  const auto normals_fit = [](std::span<const double> normals, std::size_t points, bool needed) {
    return normals.size() == (needed ? 3 * points : 0);
  };
  if (sums.sources.size() % 3 != 0 || sums.targets.size() % 3 != 0 ||
      sums.charges.size() != num_sources * usize(kernel.num_strengths()) ||
      sums.potentials.size() != num_targets * usize(kernel.num_values()) ||
      (!sums.gradients.empty() && sums.gradients.size() != num_targets * 3 * usize(kernel.target_dim)) ||
      !normals_fit(sums.normals.sources, num_sources, kernel.needs_source_normals()) ||
      !normals_fit(sums.normals.targets, num_targets, kernel.needs_target_normals()))
    throw UsageError(
        "sampled_error: charges, potentials, gradients or normals do not have the length that the points ask for");
  if (!sums.gradients.empty() && !kernel.has_gradients)
    throw UsageError("sampled_error: this kernel gives no gradients beside its fields");
}

}

SampledError sampled_error(MPI_Comm caller, const Kernel& kernel, const SampledSums& sums, std::int64_t num_samples) {
  return together(caller, [&] {
    const Communicator communicator(caller);
    const MPI_Comm comm = communicator.get();
    agree(comm, [&] { require_sizes(kernel, sums); });
    require_agreed<1>(comm, {static_cast<double>(num_samples)}, "num_samples");
    const auto own_targets = static_cast<std::int64_t>(sums.targets.size() / 3);
    const std::int64_t first = sum_below(comm, own_targets);
    const auto samples = choose_samples(all_sum(comm, own_targets), num_samples);
    const bool with_gradients = all_max(comm, sums.gradients.empty() ? 0 : 1) != 0;
    agree(comm, [&] {
      if (with_gradients && sums.gradients.empty() && !sums.potentials.empty())
        throw UsageError("sampled_error: gradients must be given by all ranks or by none");
    });

    const auto points = gather(comm, samples, first, sums.targets, 3);
    std::vector<double> charges(sums.sources.size() / 3 * usize(kernel.source_dim));
    std::span<const double> of_sums = sums.charges;
    if (!kernel.source_contractions.empty()) {
      contract(kernel.source_contractions, sums.normals.sources.data(), std::ssize(sums.sources) / 3, 1,
               {sums.charges.data(), kernel.num_strengths()}, {charges.data(), kernel.source_dim});
      of_sums = charges;
    }
    ExactSums exact = direct_sums(comm, kernel, sums.sources, of_sums, points, with_gradients);
    std::vector<double> normals(samples.size() * 3);
    if (kernel.needs_target_normals()) normals = gather(comm, samples, first, sums.normals.targets, 3);
    if (!kernel.field_contractions.empty()) {
      std::vector<double> fields(samples.size() * usize(kernel.num_values()));
      contract(kernel.field_contractions, normals.data(), std::ssize(samples), 1,
               {exact.potentials.data(), kernel.target_dim}, {fields.data(), kernel.num_values()});
      exact.potentials = std::move(fields);
    }
    const auto dim = usize(kernel.num_values());
    const Cancellation left = find_cancellation(comm, kernel, sums.sources, of_sums, some_rows(points, 3),
                                                some_rows(normals, 3), with_gradients);
    SampledError result;
    result.num_targets = static_cast<std::int64_t>(samples.size());
    const std::vector<double> computed = gather(comm, samples, first, sums.potentials, dim);
    std::size_t begin = 0;
    for (const Quantity& field : kernel.fields) {
      const auto count = usize(field.components);
      const Difference difference =
          compare(columns_of(computed, dim, begin, count), columns_of(exact.potentials, dim, begin, count));
      const double of_field = left.fields[result.fields.size()];
      result.fields.push_back({field.name, difference.rel_l2, difference.rel_max,
                               absolute_error(computed, exact.potentials, dim, begin, count, of_field)});
      begin += count;
    }
    const Difference potential = compare(computed, exact.potentials);
    result.potential_rel_l2 = potential.rel_l2;
    result.potential_rel_max = potential.rel_max;
    result.potential_abs_l2 = absolute_error(computed, exact.potentials, dim, 0, dim, left.all);
    if (with_gradients) {
      const std::size_t slopes = 3 * usize(kernel.target_dim);
      const std::vector<double> gradients = gather(comm, samples, first, sums.gradients, slopes);
      result.gradient_rel_l2 = compare(gradients, exact.gradients).rel_l2;
      result.gradient_abs_l2 = absolute_error(gradients, exact.gradients, slopes, 0, slopes, left.gradients);
    }
    return result;
  });
}

}
