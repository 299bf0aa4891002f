// SPDX-License-Identifier: BSD-3-Clause
// Extent and sample of the points: what is known of them before they are sorted.
#include <algorithm>
#include <bit>
#include <limits>

#include "base/region.hpp"
#include "domain/partition.hpp"
#include "tree/parts.hpp"

namespace nearfar {
namespace {

constexpr std::int64_t sample_size = 1 << 14;  ///< about

/// A number that looks random and depends on nothing but the point.
[[nodiscard]] std::uint64_t hash_of(const double* point) noexcept {
  std::uint64_t hash = 0;
  for (int axis = 0; axis < 3; ++axis) {
    hash = (hash ^ std::bit_cast<std::uint64_t>(point[axis] + 0.0)) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32;
  }
  return hash * 0xd6e8feb86659fd93U;
}

/// Collective. The keys of all ranks, one behind the other. They are added up where each rank has left room for those
/// of the others: gathering them would take as many steps as there are ranks, and two numbers of each.
[[nodiscard]] std::vector<PointKey> keys_of_all(MPI_Comm communicator, const std::vector<PointKey>& own) {
  const auto count = static_cast<std::int64_t>(own.size());
  const auto first = usize(sum_below(communicator, count));
  std::vector<std::uint64_t> halves(2 * usize(all_sum(communicator, count)), 0);
  for (std::size_t i = 0; i < own.size(); ++i) {
    halves[2 * (first + i)] = low_half(own[i]);
    halves[2 * (first + i) + 1] = high_half(own[i]);
  }
  all_reduce(communicator, std::span<std::uint64_t>(halves), MPI_SUM);
  std::vector<PointKey> keys;
  keys.reserve(halves.size() / 2);
  for (std::size_t i = 0; i < halves.size(); i += 2) keys.push_back(PointKey{halves[i + 1]} << 64 | halves[i]);
  return keys;
}

}

Extent::Extent() noexcept {
  lower.fill(std::numeric_limits<double>::infinity());
  upper.fill(-std::numeric_limits<double>::infinity());
}

void Extent::add(const double* point) noexcept {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    lower[axis] = std::min(lower[axis], point[axis]);
    upper[axis] = std::max(upper[axis], point[axis]);
  }
}

void Extent::add(const Extent& other) noexcept {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    lower[axis] = std::min(lower[axis], other.lower[axis]);
    upper[axis] = std::max(upper[axis], other.upper[axis]);
  }
}

Extent extent_of_all(MPI_Comm communicator, const Extent& own) {
  std::array<double, 6> box{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    box[axis] = own.lower[axis];
    box[3 + axis] = -own.upper[axis];
  }
  all_reduce(communicator, std::span<double>(box), MPI_MIN);
  Extent all;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    all.lower[axis] = box[axis];
    all.upper[axis] = -box[3 + axis];
  }
  return all;
}

Extent find_extent(MPI_Comm communicator, const CallerPoints& points) {
  Extent own;
  for (const auto& coordinates : {points.sources, points.targets}) {
    const auto count = static_cast<std::int64_t>(coordinates.size() / 3);
    const Region region;
#pragma omp parallel
    {
      Extent part;
#pragma omp for schedule(static) nowait
      for (std::int64_t i = 0; i < count; ++i) part.add(&coordinates[3 * usize(i)]);
#pragma omp critical(nearfar_extent)
      own.add(part);
    }
  }
  return extent_of_all(communicator, own);
}

PointSample sample_points(MPI_Comm communicator, const CallerPoints& points, const Extent& extent) {
  const std::int64_t num_sources = all_sum(communicator, std::int64_t{points.num_sources()});
  const std::int64_t num_targets = all_sum(communicator, std::int64_t{points.num_targets()});
  const std::span<const double> coordinates = num_sources >= num_targets ? points.sources : points.targets;
  const std::int64_t num_points = std::max(num_sources, num_targets);
  const RootCube root = make_root_cube(extent.lower, extent.upper);
  const double scale = 1.0 / root.unit;
  const std::int64_t rate = std::max<std::int64_t>(1, num_points / sample_size);
  const std::uint64_t bound = std::numeric_limits<std::uint64_t>::max() / static_cast<std::uint64_t>(rate);

  const auto parts = make_parts(static_cast<Index>(coordinates.size() / 3), [&](IndexRange range) {
    std::vector<PointKey> keys;
    for (Index i = range.begin; i < range.end; ++i) {
      const double* p = &coordinates[3 * usize(i)];
      if (hash_of(p) <= bound) keys.push_back(root.point_key(p[0] * scale, p[1] * scale, p[2] * scale));
    }
    return keys;
  });
  PointSample sample;
  sample.keys = keys_of_all(communicator, join(parts));
  std::sort(sample.keys.begin(), sample.keys.end());
  if (!sample.keys.empty())
    sample.points_per_key = static_cast<double>(num_points) / static_cast<double>(sample.keys.size());
  return sample;
}

}
