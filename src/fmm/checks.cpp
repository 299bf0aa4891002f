// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/checks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/petsc.hpp"
#include "base/region.hpp"
#include "base/simd_level.hpp"
#include "fmm/contraction.hpp"
#include "fmm/tuner.hpp"

namespace nearfar {
namespace {

void require_points(std::span<const double> coordinates, const char* what) {
  if (coordinates.size() % 3 != 0)
    throw UsageError(std::string("the coordinates of the ") + what + "s must be triples, but there are " +
                     std::to_string(coordinates.size()) + " numbers");
  if (coordinates.size() / 3 > usize(std::numeric_limits<Index>::max() / 4))
    throw UsageError(std::string("too many ") + what + "s on one rank: use more ranks");
  require_finite(coordinates, 3, what);
}

/// A number that tells kernels apart, those with other parameters too: the potential of unit charges at some distance.
[[nodiscard]] double fingerprint(const Kernel& kernel) {
  const std::array place{0.3, 0.5, 0.7};
  const double origin = 0.0;
  const std::vector<double> charge(usize(kernel.source_dim), 1.0);
  std::vector<double> potential(usize(kernel.target_dim), 0.0);
  const IndexRange one{0, 1};
  kernel.add_reference_sums({.targets = {&place[0], &place[1], &place[2]},
                             .num_targets = 1,
                             .sources = {&origin, &origin, &origin},
                             .charges = charge.data(),
                             .source_ranges = {&one, 1},
                             .potentials = potential.data()});
  double sum = fingerprint(kernel.source_contractions) + 3.0 * fingerprint(kernel.field_contractions);
  for (std::size_t i = 0; i < potential.size(); ++i) sum += static_cast<double>(i + 1) * potential[i];
  return std::isfinite(sum) ? sum : 0.0;
}

}

void require_finite(std::span<const double> values, std::size_t row, const char* what, MPI_Comm communicator) {
  std::size_t first = values.size();
  Region region;
#pragma omp parallel for schedule(static) reduction(min : first)
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) first = std::min(first, i);
  region.end();
  if (first == values.size()) return;
  std::string where = "counted on its rank";
  if (communicator != MPI_COMM_NULL)
    where = size_of_communicator(communicator) == 1
                ? "counted from 0"
                : "on rank " + std::to_string(rank_of(communicator)) + ", counted there from 0";
  throw InputError(std::string(what) + " " + std::to_string(first / row) + " (" + where +
                   ") is not finite: " + std::to_string(values[first]) + "; remove or repair it");
}

void require_moved(std::span<const double> coordinates, Index count, const char* what) {
  if (coordinates.size() != 3 * usize(count))
    throw UsageError("there are " + std::to_string(count) + " " + what + "s on this rank, but " +
                     std::to_string(coordinates.size()) + " coordinates are given instead of three for each");
  require_finite(coordinates, 3, what);
}

void require_consistent(const Kernel& kernel) {
  if (!kernel.add_sums || !kernel.add_reference_sums)
    throw UsageError("the kernel is empty: make one with make_kernel");
  const auto fits = [](const std::vector<Component>& components, int dim) {
    return components.empty() || size_of(components) == dim;
  };
  if (!fits(kernel.source_components, kernel.source_dim) || !fits(kernel.target_components, kernel.target_dim))
    throw UsageError("the kernel " + kernel.name + " must describe all of its components or none");
  const auto contract = [](const std::vector<Contraction>& contractions, int from, int to, bool with_normals) {
    return std::all_of(contractions.begin(), contractions.end(), [&](const Contraction& c) {
      return c.from >= 0 && c.from < from && c.to >= 0 && c.to < to && c.axis >= -1 &&
             c.axis <= (with_normals ? 2 : -1);
    });
  };
  if (!contract(kernel.source_contractions, kernel.num_strengths(), kernel.source_dim, kernel.needs_source_normals()) ||
      !contract(kernel.field_contractions, kernel.target_dim, kernel.num_values(), kernel.needs_target_normals()))
    throw UsageError("contractions of the kernel " + kernel.name +
                     " lead to components or normals that its source kinds and fields do not have");
}

std::vector<PointKey> keys_of_cuts(std::span<const std::int64_t> cuts, int num_ranks) {
  if (!cuts.empty() && std::ssize(cuts) != 3 * std::int64_t{num_ranks - 1})
    throw UsageError("cuts must be three numbers for each rank but the first: " + std::to_string(cuts.size()) +
                     " numbers for " + std::to_string(num_ranks) + " ranks");
  std::vector<PointKey> keys;
  for (std::size_t i = 0; i < cuts.size(); i += 3) {
    PointKey key = 0;
    for (const std::int64_t number : cuts.subspan(i, 3)) key = key << bits_of_cut | static_cast<PointKey>(number);
    constexpr std::int64_t end = std::int64_t{1} << bits_of_cut;
    const bool in_range = std::min({cuts[i], cuts[i + 1], cuts[i + 2]}) >= 0 && cuts[i] <= end &&
                          std::max(cuts[i + 1], cuts[i + 2]) < end;
    if (!in_range || key > point_key_end || (!keys.empty() && key < keys.back()))
      throw UsageError("cuts must be keys that ascend: give what Geometry::cuts returned");
    keys.push_back(key);
  }
  return keys;
}

void check_arguments(MPI_Comm communicator, const Kernel& kernel, const Options& options, const CallerPoints* points,
                     std::span<const std::int64_t> cuts) {
  std::uint64_t hash = cuts.size();
  for (const std::int64_t number : cuts) hash = (hash ^ static_cast<std::uint64_t>(number)) * 0x9e3779b97f4a7c15U;
  agree(communicator, [&] {
    require_petsc();
    static_cast<void>(simd_level());  // throws if there is none
    require_consistent(kernel);
    check_options(options);
    static_cast<void>(keys_of_cuts(cuts, size_of_communicator(communicator)));
    if (points == nullptr) return;
    require_points(points->sources, "source");
    if (!points->targets_are_sources) require_points(points->targets, "target");
  });
  // Ranks take the same decisions from the same sums.
  require_agreed<1>(communicator, {static_cast<double>(simd_level())},
                    "the level of vector instructions (set NEARFAR_SIMD to the lowest of the processors)");
  end_wide_vectors();  // of making the kernel
  require_agreed<15>(
      communicator,
      {options.tolerance, options.root_scale, static_cast<double>(options.order),
       static_cast<double>(options.points_per_leaf), static_cast<double>(options.precision),
       static_cast<double>(options.non_finite), options.lists_only ? 1.0 : 0.0,
       static_cast<double>(options.num_vectors), static_cast<double>(options.most_partners),
       static_cast<double>(options.max_memory), points != nullptr && points->targets_are_sources ? 1.0 : 0.0,
       static_cast<double>(kernel.source_dim), static_cast<double>(kernel.target_dim), fingerprint(kernel),
       static_cast<double>(hash >> 11)},
      points == nullptr ? "the kernel and the options"
                        : "the kernel, the options, the cuts, and whether there are targets of their own");
}

}
