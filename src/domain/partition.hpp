// SPDX-License-Identifier: BSD-3-Clause
// The partition of the points along the Morton curve.
//
// Ranks own contiguous ranges of keys, cut at borders of octants so that all have the same number of points or the same
// work. The place of each ideal cut is looked for from the root down: the parts of the curve that hold one are counted
// over all ranks and divided again, as long as the final tree splits the octant too. So every leaf lies on one rank,
// every octant that a cut crosses is an internal one that has been counted, and the numbers that are added up grow with
// the number of ranks alone.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "comm/mpi.hpp"
#include "geometry/root_cube.hpp"
#include "tree/octree.hpp"
#include "tree/sort_records.hpp"

namespace nearfar {

/// The key in the middle of an octant: that of no other, unless one of them is of the last level.
[[nodiscard]] constexpr PointKey middle_point(OctantKey key) noexcept {
  return first_point(key) + (end_point(key) - first_point(key)) / 2;
}

/// What octants cost, in any unit, each at its middle. Every rank has a share.
class WorkProfile {
 public:
  WorkProfile() = default;
  /// Pairs of place and cost, in any order.
  explicit WorkProfile(std::vector<std::pair<PointKey, std::int64_t>> costs);
  /// Cost of this rank's share with places in [begin, end).
  [[nodiscard]] std::int64_t between(PointKey begin, PointKey end) const noexcept;

  [[nodiscard]] std::span<const PointKey> places() const noexcept { return places_; }
  /// Cost of all before each place, and at the end of all.
  [[nodiscard]] std::span<const std::int64_t> below() const noexcept { return below_; }

 private:
  std::vector<PointKey> places_;        // ascending
  std::vector<std::int64_t> below_{0};  // cost of all before a place, and at the end of all
};

/// Where messages to fewer ranks cost as much as twice the bytes over relays, for 1e5 points a rank, 2 us and 10 GB/s.
inline constexpr int default_most_partners = 256;

struct PartitionOptions {
  int points_per_leaf = 100;
  RootCube root;
  int parts_per_rank = 32;                   ///< cuts are ideal up to half a part of a rank's share, or at leaf borders
  std::vector<PointKey> forced_splitters{};  ///< ranks - 1 keys to cut near instead of balancing
  int most_partners = default_most_partners;  ///< points go over relays where a rank would send to more
  std::optional<WorkProfile> work{};          ///< to be balanced over the ranks; the numbers of points without it
};

/// The points of the caller on this rank, [point][3], in the caller's order.
struct CallerPoints {
  std::span<const double> sources;
  std::span<const double> targets;
  bool targets_are_sources = false;  ///< then `targets` is not looked at

  [[nodiscard]] Index num_sources() const noexcept { return static_cast<Index>(sources.size() / 3); }
  [[nodiscard]] Index num_targets() const noexcept {
    return static_cast<Index>((targets_are_sources ? sources.size() : targets.size()) / 3);
  }
};

struct Partition {
  RootCube root;
  int points_per_leaf = 0;
  bool targets_are_sources = false;
  int most_partners = 0;         ///< as in the options
  bool callers_are_far = false;  ///< some rank had points for more partners than that
  std::int64_t num_sources = 0;  ///< on all ranks
  std::int64_t num_targets = 0;
  std::vector<PointKey> splitters;  ///< rank r owns keys in [splitters[r], splitters[r+1])
  /// Octants that cross a splitter, all of them internal, sorted by key: those of all ranks, and once the essential
  /// tree is made, those around this rank.
  std::vector<OctantRecord> shared_octants;
  std::vector<OctantKey> top_octants;  ///< the largest that lie on this rank alone and hold points, in Morton order
  int deepest_shared_level = -1;       ///< of octants of all ranks; -1 when none is shared
  PointRecords sources;                ///< of this rank, sorted by key; see make_partition
  PointRecords targets;                ///< empty when the targets are the sources
  PointRecords scratch;                ///< memory for sorts

  [[nodiscard]] const PointRecords& target_records() const noexcept { return targets_are_sources ? sources : targets; }
  [[nodiscard]] int owner(PointKey key) const noexcept;
  /// See nearfar::owner_of_octant and nearfar::is_shared.
  [[nodiscard]] int owner_of_octant(OctantKey key) const noexcept;
  [[nodiscard]] bool is_shared(OctantKey key) const noexcept;
};

/// The smallest box around points; lower > upper when there are none.
struct Extent {
  std::array<double, 3> lower, upper;
  Extent() noexcept;  ///< of no points
  void add(const double* point) noexcept;
  void add(const Extent& other) noexcept;
};

/// The caller's points after they moved, [point][3], in the order of the former tree and on its ranks: most are near
/// their places in the next tree. In memory of DomainPoints.
struct MovedPoints {
  std::span<const double> sources;
  std::span<const double> targets;  ///< empty when the targets are the sources
  Extent extent;                    ///< of those of all ranks
};

/// Collective. The bounding box of the points of all ranks.
[[nodiscard]] Extent extent_of_all(MPI_Comm communicator, const Extent& own);

/// Collective. The extent of the points of all ranks, whose coordinates must be finite.
[[nodiscard]] Extent find_extent(MPI_Comm communicator, const CallerPoints& points);

/// Collective. Keys in the root cube of scale 1 of a part of the points (of the sources or of the targets, whichever
/// are more), chosen by a hash of their coordinates, sorted; the same on all ranks and for any number of them.
struct PointSample {
  std::vector<PointKey> keys;
  double points_per_key = 1.0;
};
[[nodiscard]] PointSample sample_points(MPI_Comm communicator, const CallerPoints& points, const Extent& extent);

/// Writes the records of some points of this rank, [point][3].
void make_records(const RootCube& root, std::span<const double> points, IndexRange range, int rank,
                  PointRecords& records);

/// Collective. Each record holds the rank and the index of its point in `points`.
[[nodiscard]] Partition make_partition(MPI_Comm communicator, const CallerPoints& points,
                                       const PartitionOptions& options);

/// Collective. The same for points that moved; `former` has their records, for its root cube (see in_tree_order).
[[nodiscard]] Partition make_partition(MPI_Comm communicator, const MovedPoints& points,
                                       const PartitionOptions& options, Partition&& former);

struct KeyRange {
  PointKey begin = 0, end = 0;
};

/// Adds up what all ranks hold; something else may answer for ranks that are not there.
class GlobalCounts {
 public:
  GlobalCounts() = default;
  GlobalCounts(const GlobalCounts&) = delete;
  GlobalCounts& operator=(const GlobalCounts&) = delete;
  virtual ~GlobalCounts() = default;
  /// Collective. In: what this rank holds in each of the ranges, which ascend and are the same on all ranks; out: what
  /// all ranks hold. For each range the number of sources, that of targets unless they are the sources, and the work if
  /// work is what is balanced.
  virtual void add_up(std::span<const KeyRange> ranges, std::span<std::int64_t> counts) = 0;
};

/// Where a number of ranks, not necessarily that of the communicator, would be cut.
struct Cuts {
  std::vector<PointKey> splitters;           ///< ranks + 1
  std::vector<OctantRecord> shared_octants;  ///< those that cross a splitter, sorted by key; slots not yet known
};

/// Collective.
[[nodiscard]] Cuts choose_cuts(MPI_Comm communicator, const Partition& partition, const PartitionOptions& options,
                               int num_ranks);
[[nodiscard]] Cuts choose_cuts(GlobalCounts& global, const Partition& partition, const PartitionOptions& options,
                               int num_ranks);

/// Drops the shared octants that interact with nothing on this rank nor above it.
void keep_shared_octants_around(int rank, Partition& partition);

/// The rank whose range of keys holds `key`.
[[nodiscard]] int owner_of(std::span<const PointKey> splitters, PointKey key) noexcept;

/// Whether several ranks own parts of an octant.
[[nodiscard]] bool is_shared(std::span<const PointKey> splitters, OctantKey key) noexcept;

/// A key that the owner of a shared octant has: that in the middle of its parent. So the shared children of an octant
/// have one owner, which has one message for each of the 26 families around them where each child would have 189, and
/// no rank owns octants of many levels.
[[nodiscard]] constexpr PointKey place_of_shared(OctantKey key) noexcept {
  return middle_point(key == root_octant ? key : parent_of(key));
}

/// The rank that holds an octant's expansions: the one that has all of it, or of shared ones the one above.
[[nodiscard]] int owner_of_octant(std::span<const PointKey> splitters, OctantKey key) noexcept;

/// Collective. Cuts anew and moves the records, in the same root cube.
void cut_again(MPI_Comm communicator, const PartitionOptions& options, Partition& partition);

/// Positions in sorted records of the points in [begin, end).
[[nodiscard]] IndexRange points_between(std::span<const PointRecord> records, PointKey begin, PointKey end) noexcept;

}
