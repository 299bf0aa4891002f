// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/direct_evaluation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "comm/mpi.hpp"
#include "comm/together.hpp"
#include "domain/points.hpp"
#include "fmm/checks.hpp"
#include "fmm/contraction.hpp"
#include "fmm/scaling.hpp"

namespace nearfar {
namespace {

constexpr Index block_size = 32;  // samples that one thread sums at a time
constexpr std::int64_t targets_at_once = 4096;

void require_sizes(const Kernel& kernel, const DirectProblem& problem) {
  const auto require_size = [&](std::span<const double> values, std::size_t wanted, const char* what) {
    if (values.size() != wanted)
      throw UsageError(std::string(what) + " must hold " + std::to_string(wanted) + " numbers, not " +
                       std::to_string(values.size()));
  };
  if (problem.num_vectors < 1)
    throw UsageError("num_vectors must be at least 1, not " + std::to_string(problem.num_vectors));
  const std::size_t num_sources = problem.sources.size() / 3, num_targets = problem.targets.size() / 3;
  const auto vectors = usize(problem.num_vectors);
  require_size(problem.charges, num_sources * vectors * usize(kernel.num_strengths()), "charges");
  require_size(problem.potentials, num_targets * vectors * usize(kernel.num_values()), "potentials");
  require_size(problem.normals.sources, kernel.needs_source_normals() ? 3 * num_sources : 0, "normals of the sources");
  require_size(problem.normals.targets, kernel.needs_target_normals() ? 3 * num_targets : 0, "normals of the targets");
  require_finite(problem.charges, usize(kernel.num_strengths()) * vectors, "charge");
  require_finite(problem.normals.sources, 3, "normal of source");
  require_finite(problem.normals.targets, 3, "normal of target");
}

/// Of one of several vectors side by side, [point][vector][component].
[[nodiscard]] std::vector<double> vector_of(std::span<const double> values, int num_vectors, int vector, int dim) {
  const std::size_t stride = usize(num_vectors) * usize(dim);
  std::vector<double> one;
  one.reserve(values.size() / usize(num_vectors));
  for (std::size_t begin = usize(vector) * usize(dim); begin < values.size(); begin += stride)
    one.insert(one.end(), &values[begin], &values[begin] + dim);
  return one;
}

/// One charge vector as the sums take it.
[[nodiscard]] std::vector<double> charges_of(const Kernel& kernel, const DirectProblem& problem, int vector) {
  std::vector<double> given = vector_of(problem.charges, problem.num_vectors, vector, kernel.num_strengths());
  if (kernel.source_contractions.empty()) return given;
  const auto num_sources = std::ssize(problem.sources) / 3;
  std::vector<double> charges(usize(num_sources) * usize(kernel.source_dim));
  contract(kernel.source_contractions, problem.normals.sources.data(), num_sources, 1,
           {given.data(), kernel.num_strengths()}, {charges.data(), kernel.source_dim});
  return charges;
}

/// Some of a rank's targets: [begin, end) of its own, which follow `offset` others of the same chunk.
struct OwnRows {
  std::int64_t begin = 0, end = 0, offset = 0;
};

/// The sums at own targets as fields, to one vector of the results.
void store(const Kernel& kernel, const DirectProblem& problem, int vector, OwnRows rows, std::span<const double> sums) {
  const auto dim = usize(kernel.num_values());
  const std::int64_t count = rows.end - rows.begin;
  const double* values = sums.data() + rows.offset * kernel.target_dim;
  std::vector<double> fields;
  if (!kernel.field_contractions.empty()) {
    fields.resize(usize(count) * dim);
    const double* normals = kernel.needs_target_normals() ? problem.normals.targets.data() + 3 * rows.begin : nullptr;
    contract(kernel.field_contractions, normals, count, 1, {values, kernel.target_dim},
             {fields.data(), kernel.num_values()});
    values = fields.data();
  }
  for (std::int64_t row = 0; row < count; ++row) {
    const std::size_t to = (usize(rows.begin + row) * usize(problem.num_vectors) + usize(vector)) * dim;
    std::copy_n(values + usize(row) * dim, dim, &problem.potentials[to]);
  }
}

}

ScaledSums in_sums_units(MPI_Comm communicator, const Kernel& caller_kernel, std::span<const double> sources,
                         std::span<const double> charges, std::span<const double> samples) {
  double largest = 0.0;
  for (const auto& points : {sources, samples})
    for (const double coordinate : points) largest = std::max(largest, std::abs(coordinate));
  largest = all_max(communicator, largest);
  // The unit of the tree, for the same reasons; the cube of these corners holds all points.
  const RootCube root = make_root_cube({-largest, -largest, -largest}, {largest, largest, largest});
  const double unit = root.unit;
  const int exponent = std::ilogb(unit), half_width = std::ilogb(root.half_width(0) * unit);
  const Kernel kernel = caller_kernel.in_units_of(unit);
  std::vector<double> scaled_charges(charges.begin(), charges.end());
  const Magnitudes magnitudes =
      magnitudes_of(charges, 1, unit_exponents(kernel.source_components, kernel.source_dim, half_width));
  const int charge_exponent = exponent_of(all_max(communicator, magnitudes.largest[0])), down = -charge_exponent;
  multiply_by_powers_of_two(scaled_charges, {&down, 1},
                            unit_exponents(kernel.source_components, kernel.source_dim, exponent));
  ScaledSums scaled{kernel, {}, {}, std::move(scaled_charges), exponent, charge_exponent};
  unpack_coordinates(sources, unit, 0, scaled.sources);
  unpack_coordinates(samples, unit, 0, scaled.samples);
  return scaled;
}

ExactSums direct_sums(MPI_Comm communicator, const Kernel& caller_kernel, std::span<const double> sources,
                      std::span<const double> charges, std::span<const double> samples, bool with_gradients) {
  with_gradients = with_gradients && caller_kernel.has_gradients;
  const ScaledSums scaled = in_sums_units(communicator, caller_kernel, sources, charges, samples);
  const Kernel& kernel = scaled.kernel;
  const Coordinates& sample_points = scaled.samples;
  const IndexRange all_sources{0, scaled.sources.size()};
  const Index num_samples = sample_points.size();
  ExactSums sums;
  sums.potentials.assign(usize(num_samples) * usize(kernel.target_dim), 0.0);
  if (with_gradients) sums.gradients.assign(3 * sums.potentials.size(), 0.0);
#pragma omp parallel for schedule(dynamic, 1)
  for (Index begin = 0; begin < num_samples; begin += block_size) {
    PairSum sum;
    sum.targets = {&sample_points.x[usize(begin)], &sample_points.y[usize(begin)], &sample_points.z[usize(begin)]};
    sum.num_targets = std::min(block_size, num_samples - begin);
    sum.sources = scaled.sources.view();
    sum.charges = scaled.charges.data();
    sum.source_ranges = {&all_sources, 1};
    sum.potentials = &sums.potentials[usize(begin) * usize(kernel.target_dim)];
    if (with_gradients) sum.gradients = &sums.gradients[usize(begin) * usize(kernel.target_dim) * 3];
    kernel.add_reference_sums(sum);
  }
  all_reduce(communicator, std::span<double>(sums.potentials), MPI_SUM);
  all_reduce(communicator, std::span<double>(sums.gradients), MPI_SUM);
  const std::array up{scaled.charge_exponent};
  multiply_by_powers_of_two(sums.potentials, up, result_exponents(kernel, 1, scaled.length_exponent));
  multiply_by_powers_of_two(sums.gradients, up, result_exponents(kernel, 3, scaled.length_exponent));
  return sums;
}

void evaluate_directly(MPI_Comm caller, const Kernel& kernel, const DirectProblem& problem) {
  together(caller, [&] {
    const Communicator communicator(caller);
    const MPI_Comm comm = communicator.get();
    const CallerPoints points{problem.sources, problem.targets, false};
    check_arguments(comm, kernel, {}, &points);
    agree(comm, [&] { require_sizes(kernel, problem); });
    require_agreed<1>(comm, {static_cast<double>(problem.num_vectors)}, "num_vectors");
    const auto own = static_cast<std::int64_t>(problem.targets.size() / 3);
    const std::int64_t first = sum_below(comm, own), all = all_sum(comm, own);
    for (int vector = 0; vector < problem.num_vectors; ++vector) {
      const std::vector<double> charges = charges_of(kernel, problem, vector);
      for (std::int64_t begin = 0; begin < all; begin += targets_at_once) {
        const std::int64_t end = std::min(begin + targets_at_once, all);
        OwnRows rows{std::clamp<std::int64_t>(begin - first, 0, own), std::clamp<std::int64_t>(end - first, 0, own), 0};
        rows.offset = rows.end > rows.begin ? rows.begin + first - begin : 0;
        std::vector<double> targets(3 * usize(end - begin), 0.0);
        std::copy_n(problem.targets.begin() + 3 * rows.begin, 3 * (rows.end - rows.begin),
                    targets.begin() + 3 * rows.offset);
        all_reduce(comm, std::span<double>(targets), MPI_SUM);
        const ExactSums sums = direct_sums(comm, kernel, problem.sources, charges, targets, false);
        store(kernel, problem, vector, rows, sums.potentials);
      }
    }
  });
}

}
