// SPDX-License-Identifier: BSD-3-Clause
// Oracles for points and octants over ranks: every rank knows all points, sorts them and builds the global tree by
// itself, the slow way.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "domain/interactions.hpp"
#include "support/samples.hpp"

namespace nearfar {

/// All points of all ranks, and how they lie on the ranks.
struct DomainSetting {
  std::string name;
  Points sources;
  Points targets{};  ///< unless the targets are the sources
  bool same = true;
  Deal deal = Deal::round_robin;
  int points_per_leaf = 10;

  [[nodiscard]] const Points& all_targets() const { return same ? sources : targets; }
};

/// Uniform and crowded points, own targets, piles, few points and none.
[[nodiscard]] std::vector<DomainSetting> domain_settings();

/// `count` points uniform in a cube of that side with its lowest corner at (corner, corner, corner).
[[nodiscard]] Points uniform_points(std::size_t count, unsigned seed, double side = 1.0, double corner = 0.0);

/// The numbers of the points of each rank.
using Shares = std::vector<std::vector<std::size_t>>;

struct DealtPoints {
  Shares source_shares, target_shares;
  Points sources, targets;  ///< of this rank
  bool same;

  DealtPoints(const DomainSetting& setting, MPI_Comm communicator);
  [[nodiscard]] CallerPoints view() const { return {sources, targets, same}; }
};

/// The root cube of scale 1.
[[nodiscard]] RootCube root_of(const DomainSetting& setting);

[[nodiscard]] PartitionOptions options_of(const DomainSetting& setting);

/// A point in its place in the order of the tree over all ranks: by key, then by rank and index at the caller.
struct OrderedPoint {
  PointKey key;
  int rank;
  Index index;
  std::size_t number;  ///< among all points

  friend auto operator<=>(const OrderedPoint&, const OrderedPoint&) = default;
};

[[nodiscard]] std::vector<OrderedPoint> in_global_order(const Points& points, const Shares& shares,
                                                        const RootCube& root);

/// Those that a rank owns.
[[nodiscard]] std::vector<OrderedPoint> between(const std::vector<OrderedPoint>& points, PointKey begin, PointKey end);

struct GlobalOctant {
  std::int64_t num_sources = 0, num_targets = 0;
  bool leaf = false;
};

using GlobalTree = std::map<OctantKey, GlobalOctant>;

/// By the definition: octants with more than points_per_leaf sources or targets are split; an octant is also split
/// while a colleague of a split octant is missing.
[[nodiscard]] GlobalTree global_tree(const DomainSetting& setting, const RootCube& root);

/// The leaf that holds a point of the tree.
[[nodiscard]] OctantKey leaf_of(const GlobalTree& tree, PointKey key);

/// Lists of one octant over the whole tree by their geometric definitions (tree/lists.hpp); members hold sources.
struct GeometricLists {
  std::vector<OctantKey> u, v, w, x;
};

[[nodiscard]] GeometricLists geometric_lists(const GlobalTree& tree, OctantKey octant);

/// What src/domain makes of a setting.
struct BuiltDomain {
  DealtPoints dealt;
  PartitionOptions options;
  Partition partition;
  EssentialTree essential;
  DomainPoints points;

  explicit BuiltDomain(const DomainSetting& setting, MPI_Comm communicator = MPI_COMM_WORLD,
                       const std::vector<PointKey>& forced_splitters = {});
};

/// Random borders of leaves, one less than ranks, ascending.
[[nodiscard]] std::vector<PointKey> random_leaf_borders(const GlobalTree& tree, unsigned seed, MPI_Comm communicator);

/// To how many ranks each rank of a partition tells of its octants, given the whole tree.
[[nodiscard]] std::vector<Index> ghost_sends(const EssentialTree& whole, const Partition& partition);

}
