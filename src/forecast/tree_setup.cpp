// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/tree_setup.hpp"

#include <algorithm>

#include "domain/shared_closure.hpp"

namespace nearfar {
namespace {

/// Octants of the whole tree by the ranks that own them.
class OwnedOctants {
 public:
  OwnedOctants(const Octree& tree, const Partition& cut) : records_(tree.octants) {
    for (OctantRecord& octant : records_) octant.owner = cut.owner_of_octant(octant.key);
    std::stable_sort(records_.begin(), records_.end(),
                     [](const OctantRecord& a, const OctantRecord& b) { return a.owner < b.owner; });
  }
  /// visit(rank, octants by key) for each rank that owns some.
  template <class Visit>
  void for_each_rank(const Visit& visit) const {
    for (auto begin = records_.begin(); begin != records_.end();) {
      const auto end = std::find_if(begin, records_.end(), [&](const auto& o) { return o.owner != begin->owner; });
      visit(begin->owner, std::span(begin, end));
      begin = end;
    }
  }

 private:
  std::vector<OctantRecord> records_;
};

/// Octants that the splits of one rank make others split, of `own`, which lie on it alone.
void add_splits(std::span<const OctantRecord> own, int rank, const Partition& cut, int points_per_leaf,
                SharedClosure& closure, Transfers& transfers) {
  SplitSets splits(max_depth + 1);
  for (const OctantRecord& octant : own)
    if (std::max(octant.num_sources, octant.num_targets) > points_per_leaf && level_of(octant.key) < max_depth)
      splits[usize(level_of(octant.key))].push_back(octant.key);
  close_splits_of_rank(cut, rank, closure, splits);
  for (const auto& level : splits)
    for (const OctantKey key : level) transfers.push_back({rank, cut.owner_of_octant(key), 1});
}

}

void count_tree_setup(const Octree& tree, const std::vector<PointKey>& splitters, int points_per_leaf,
                      SetupTally& tally) {
  Partition cut;
  cut.splitters = splitters;
  for (const OctantRecord& octant : tree.octants)
    if (cut.is_shared(octant.key)) cut.shared_octants.push_back(octant);
  if (!cut.shared_octants.empty()) cut.deepest_shared_level = level_of(cut.shared_octants.back().key);
  SharedClosure closure(cut);
  Transfers splits, ghosts;
  OwnedOctants(tree, cut).for_each_rank([&](int rank, std::span<const OctantRecord> own) {
    std::vector<OctantRecord> alone;
    for (const OctantRecord& octant : own)
      if (!cut.is_shared(octant.key)) alone.push_back(octant);
    add_splits(alone, rank, cut, points_per_leaf, closure, splits);
    for_each_ranks_around(cut, rank, alone, [&](std::size_t, const std::vector<int>& others) {
      for (const int other : others) ghosts.push_back({rank, other, 1});
    });
  });
  tally.exchange(merged(std::move(splits)), [](std::int64_t count) { return count * std::int64_t{sizeof(OctantKey)}; });
  tally.exchange(merged(std::move(ghosts)),
                 [](std::int64_t count) { return count * std::int64_t{sizeof(OctantRecord)}; });
}

}
