// SPDX-License-Identifier: BSD-3-Clause
// Statistics, times and counts that geometries and plans report.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace nearfar {

/// Mean and largest length of one kind of interaction list.
struct ListStatistics {
  double mean = 0.0;            ///< over all octants
  double mean_of_leaves = 0.0;  ///< over the leaves
  std::int64_t max = 0;
};

/// The global tree and its lists; the same on every rank and for every number of ranks.
struct TreeStatistics {
  std::int64_t num_sources = 0;
  std::int64_t num_targets = 0;
  std::int64_t num_leaves = 0;
  std::int64_t num_octants = 0;
  int depth = 0;                         ///< level of the deepest leaf; the root has level 0
  std::uint64_t checksum = 0;            ///< of the set of leaves
  std::int64_t num_overfull_leaves = 0;  ///< leaves at the depth limit with more than points_per_leaf points
  std::int64_t num_piles = 0;            ///< of these, leaves whose points all lie in one place
  std::int64_t largest_leaf = 0;         ///< most sources or targets in one leaf
  ListStatistics u, v, w, x;             ///< as defined by Ying, Biros and Zorin (2004), before direct replacement
  std::array<std::int64_t, 43> octants_per_level{};
};

/// Seconds of one rank in one phase.
struct PhaseTime {
  double seconds = 0.0;         ///< wall-clock time
  double cpu_seconds = 0.0;     ///< sum over the threads of the processor time they worked
  double flops = 0.0;           ///< floating-point operations, counted from lists and sizes; 0 where none are counted
  double serial_seconds = 0.0;  ///< wall-clock time outside parallel regions, waiting for other ranks included
};

/// Phases by name: "P2M", "M2M", "M2L", "P2L", "L2L", "L2P", "M2P", "P2P", "communication" of the last apply;
/// "partition", "tree", "lists", "translations", ... of the set-up. Of this rank alone.
using PhaseTimes = std::map<std::string, PhaseTime>;

/// An octant of the tree, in the caller's coordinates.
struct Octant {
  std::array<double, 3> lower{};  ///< corner
  double side = 0.0;
  int level = 0;
  std::array<std::uint64_t, 3> position{};  ///< among the octants of its level along x, y, z: 0 to 2^level - 1
};

struct Leaf : Octant {
  std::int64_t num_sources = 0;
  std::int64_t num_targets = 0;
  double predicted_seconds = 0.0;  ///< its share of Plan::predicted_times
};

/// What one rank sends and receives in one apply (potentials, one vector), counted from the graphs of the exchange.
struct CommunicationCounts {
  std::int64_t neighbours = 0;        ///< other ranks that it shares octants or points with
  std::int64_t messages = 0;          ///< sent and received, with charges and expansions
  std::int64_t coarse_messages = 0;   ///< of these, between owners of octants and of their parents
  std::int64_t bytes = 0;             ///< sent and received in these messages
  std::int64_t ghost_sources = 0;     ///< points of other ranks that act here directly
  std::int64_t ghost_multipoles = 0;  ///< octants of other ranks that act here by their expansions
  std::int64_t ghost_locals = 0;      ///< parents, at other ranks, of own octants
  std::int64_t caller_messages = 0;   ///< sent and received, between the caller's order and that of the tree
  std::int64_t caller_bytes = 0;
};

/// The direct sums of one target as a row of a matrix.
struct NearRow {
  std::int64_t target = 0;                ///< the caller's number of the target
  std::span<const std::int64_t> sources;  ///< the caller's numbers of its near sources; it may be among them
  std::span<const double> values;         ///< [num_values][source][num_strengths], with normals; may be empty
  /// From the lowest corner of the root cube, and sides of leaves, in one unit of length.
  std::array<double, 3> position{};   ///< of the target
  std::span<const double> positions;  ///< of the sources, [source][3]
  std::span<const double> sides;      ///< [source]: of the larger of the two leaves
  double unit = 1.0;                  ///< that unit, in the caller's
};

}
