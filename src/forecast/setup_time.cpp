// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/setup_time.hpp"

#include "fmm/translations.hpp"
#include "tree/sort_records.hpp"

namespace nearfar {
namespace {

/// Measured on one core of an AMD Zen 3 with 1e6 points.
constexpr double ns_of_point = 280.0, ns_of_sample = 2e7, ns_of_octant_in_tree = 450.0, ns_of_octant_in_lists = 950.0,
                 ns_of_byte = 1.0;

}

double predicted_setup(Phase phase, const RankSizes& sizes, const SetupSteps& steps, const Kernel& of_expansions,
                       int order) {
  const auto points = 0.5 * static_cast<double>(sizes.sources + sizes.targets);
  const auto octants = static_cast<double>(sizes.octants) * steps.num_trees;
  switch (phase) {
    case Phase::partition:
      return ns_of_point * points + (steps.samples ? ns_of_sample : 0.0);
    case Phase::tree:
      return ns_of_octant_in_tree * octants;
    case Phase::lists:
      return ns_of_octant_in_lists * octants;
    default:
      return ns_of_byte * sizeof(double) * surface_size(order) *
             static_cast<double>(sizes.multipoles * of_expansions.source_dim + sizes.locals * of_expansions.target_dim);
  }
}

double measured_translations(const Layout& layout) {
  PhaseLog log;
  Translations translations;
  translations.order = layout.tuning.options.order;
  translations.precision = layout.tuning.options.precision;
  log.serial(Phase::translations,
             [&] { translations.make(layout.tuning.kernel, layout.partition.root, layout.statistics.depth); });
  return log.time(Phase::translations).seconds;
}

bool has_threads(Phase phase) { return phase != Phase::expansions; }

std::int64_t estimate_setup_memory(const RankSizes& sizes, bool targets_are_sources) {
  // Sorted records, memory to sort in, and those on their way.
  const std::int64_t points = sizes.sources + (targets_are_sources ? 0 : sizes.targets);
  return (3 * points + sizes.travelling) * std::int64_t{sizeof(PointRecord)} + sizes.cut_bytes;
}

}
