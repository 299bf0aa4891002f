// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "operators/loops_of_level.hpp"

namespace nearfar::loops {
namespace {

constexpr double close_distance = 0x1p-60;
constexpr double small_coordinate = 0x1p-7;  ///< numbers of at least this size differ by close_distance or more

/// Whether any of some coordinates is below small_coordinate, and whether any of those is not zero.
struct Small {
  bool any = false, nonzero = false;

  void add(const double* x, IndexRange range) noexcept {
    std::uint64_t found = 0;  // as wide as the coordinates, and bits instead of branches: compilers vectorize the loop
    for (Index i = range.begin; i < range.end; ++i) {
      const double size = std::abs(x[i]);
      const auto is_small = static_cast<std::uint64_t>(size < small_coordinate);
      found |= is_small | (is_small & static_cast<std::uint64_t>(size > 0.0)) << 1U;
    }
    any = any || (found & 1U) != 0;
    nonzero = nonzero || (found & 2U) != 0;
  }
};

/// Whether close pairs are possible by the sizes of the coordinates along an axis.
[[nodiscard]] bool may_be_close(const double* targets, const double* sources, const PairSum& sum) noexcept {
  Small of_targets, of_sources;
  of_targets.add(targets, {0, sum.num_targets});
  if (!of_targets.any) return false;
  for (const auto& ranges : {sum.source_ranges, sum.mutual_ranges})
    for (const IndexRange range : ranges) of_sources.add(sources, range);
  return of_sources.any && (of_targets.nonzero || of_sources.nonzero);
}

}

bool has_close_pair(const PairSum& sum) noexcept {
  const PointArrays& targets = sum.targets;
  const PointArrays& sources = sum.sources;
  if (!may_be_close(targets.x, sources.x, sum) && !may_be_close(targets.y, sources.y, sum) &&
      !may_be_close(targets.z, sources.z, sum))
    return false;
  for (Index t = 0; t < sum.num_targets; ++t) {
    for (const auto& ranges : {sum.source_ranges, sum.mutual_ranges}) {
      for (const IndexRange range : ranges) {
        std::uint64_t close = 0;
        for (Index s = range.begin; s < range.end; ++s) {
          const double dx = std::abs(targets.x[t] - sources.x[s]), dy = std::abs(targets.y[t] - sources.y[s]),
                       dz = std::abs(targets.z[t] - sources.z[s]);
          const double distance = std::max({dx, dy, dz});
          close |= static_cast<std::uint64_t>(distance < close_distance) & static_cast<std::uint64_t>(distance > 0.0);
        }
        if (close != 0) return true;
      }
    }
  }
  return false;
}

}
