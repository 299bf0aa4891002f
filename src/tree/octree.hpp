// SPDX-License-Identifier: BSD-3-Clause
// A linear octree as flat arrays: the octants that one rank knows (its own and its ghosts), sorted by key, so level by
// level and in Morton order within a level. Invariants:
//   - octants without points are not stored; the parent of every octant is;
//   - the children of an octant that are known are contiguous, in the order of their numbers;
//   - an internal octant may have no known children, when it is a ghost: `leaf` tells.
#pragma once

#include <functional>
#include <vector>

#include "base/types.hpp"
#include "geometry/morton.hpp"

namespace nearfar {

/// An octant as ranks tell each other about it.
struct OctantRecord {
  OctantKey key = 0;
  std::int64_t num_sources = 0;  ///< in the whole octant, on all ranks
  std::int64_t num_targets = 0;
  std::int32_t owner = 0;  ///< rank that holds its expansions
  Index slot = 0;          ///< position of its expansions at the owner
  Index source_begin = 0;  ///< of a leaf: its first source at the owner
  std::int32_t leaf = 0;   ///< 1 for a leaf
};

struct Octree {
  std::vector<OctantRecord> octants;     ///< sorted by key
  std::vector<Index> level_begin{0};     ///< octants of level l: level_begin[l] .. level_begin[l+1]
  std::vector<Index> parent;             ///< -1 for the root
  std::vector<Index> child_begin;        ///< first known child
  std::vector<std::uint8_t> child_mask;  ///< bit o: child o is known

  [[nodiscard]] Index size() const noexcept { return size_of(octants); }
  [[nodiscard]] int num_levels() const noexcept { return static_cast<int>(level_begin.size()) - 1; }
  [[nodiscard]] bool is_leaf(Index octant) const noexcept { return octants[usize(octant)].leaf != 0; }
  [[nodiscard]] OctantKey key(Index octant) const noexcept { return octants[usize(octant)].key; }
  /// Child `number` of an octant, or -1 when it is not known.
  [[nodiscard]] Index child(Index octant, int number) const noexcept;
  /// Position of a key, or -1.
  [[nodiscard]] Index find(OctantKey key) const noexcept;
};

/// Sorts the records (duplicates of a key must be equal and are dropped) and links them.
[[nodiscard]] Octree make_octree(std::vector<OctantRecord> octants);

/// Internal octants by level, each level sorted: sets of keys that are split.
using SplitSets = std::vector<std::vector<OctantKey>>;

/// The 2:1 closure: the smallest superset such that all colleagues of a split octant exist, that is, such that the
/// parents of the colleagues of every member are members. The closure of a union is the union of the closures, so
/// ranks close their shares by themselves (compare Sundar, Sampath and Biros 2008). What is_closed holds for is not
/// added, and what follows from it only where it is a member from the start.
void close_splits(SplitSets& splits, const std::function<bool(OctantKey)>& is_closed = {});

[[nodiscard]] bool is_split(const SplitSets& splits, OctantKey key) noexcept;

}
