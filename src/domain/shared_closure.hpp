// SPDX-License-Identifier: BSD-3-Clause
// What the 2:1 balance makes of the shared octants, which all ranks know: each rank finds for itself which octants are
// split since shared ones are. If their owners told the ranks, those with a large octant, empty or not, would hear of
// it from nearly all others.
#pragma once

#include <map>

#include "domain/partition.hpp"
#include "tree/octree.hpp"

namespace nearfar {

class SharedClosure {
 public:
  /// The partition has the shared octants of all ranks, as choose_cuts gives them, and must outlive this.
  explicit SharedClosure(const Partition& partition) : partition_(partition) {}

  /// Whether an octant that is not shared is split since shared ones are: a member of close_splits of those. It does so
  /// by the splits around it on the next level, and these on.
  [[nodiscard]] bool contains(OctantKey key);
  [[nodiscard]] bool is_shared(OctantKey key) const noexcept;

 private:
  [[nodiscard]] bool follows_from_next_level(OctantKey key);

  const Partition& partition_;
  std::map<OctantKey, bool> known_;
};

/// Those octants of this rank that are in the closure, as far as they hold points, by level.
void add_splits_by_shared(const Partition& partition, SharedClosure& closure, SplitSets& splits);

/// Closes what one rank splits of the octants that lie on it alone, but for what follows from shared octants.
void close_splits_of_rank(const Partition& partition, int rank, SharedClosure& closure, SplitSets& splits);

}
