// SPDX-License-Identifier: BSD-3-Clause
// The points of a rank in the order of the tree, and the ways between that order and the caller's.
#pragma once

#include "base/aligned.hpp"
#include "domain/partition.hpp"
#include "domain/point_map.hpp"

namespace nearfar {

struct Coordinates {
  UnwrittenVector<double> x, y, z;
  [[nodiscard]] PointArrays view() const noexcept { return {x.data(), y.data(), z.data()}; }
  [[nodiscard]] Index size() const noexcept { return size_of(x); }
};

struct DomainPoints {
  bool targets_are_sources = false;
  Index num_sources = 0;    ///< own sources; ghosts follow them in `sources`
  Index num_targets = 0;    ///< own targets
  Coordinates sources;      ///< in units of the root cube
  Coordinates own_targets;  ///< empty when the targets are the sources
  PointMap caller_sources;
  PointMap caller_targets;                               ///< empty when the targets are the sources
  UnwrittenVector<double> moved_sources, moved_targets;  ///< memory of in_tree_order

  [[nodiscard]] const Coordinates& targets() const noexcept { return targets_are_sources ? sources : own_targets; }
  [[nodiscard]] const PointMap& target_map() const noexcept {
    return targets_are_sources ? caller_sources : caller_targets;
  }
  [[nodiscard]] PointMap& target_map() noexcept { return targets_are_sources ? caller_sources : caller_targets; }
};

/// Collective. Writes their records, for the root cube of the partition, over those of the tree.
[[nodiscard]] MovedPoints in_tree_order(MPI_Comm communicator, const CallerPoints& moved, DomainPoints& domain,
                                        Partition& partition);

/// Collective. Fetches the coordinates of this rank's points from the points that the partition was made of, into the
/// memory of earlier ones. Moved points with one key are put in the order in which the caller has them.
void fetch_points_to_tree(MPI_Comm communicator, const Partition& partition, const CallerPoints& points,
                          DomainPoints& domain);
void fetch_points_to_tree(MPI_Comm communicator, Partition& partition, const MovedPoints& points, DomainPoints& domain);

/// Splits [point][3] into arrays, divided by `unit` (a power of two), appended from position `begin`.
void unpack_coordinates(std::span<const double> packed, double unit, Index begin, Coordinates& coordinates);

}
