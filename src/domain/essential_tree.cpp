// SPDX-License-Identifier: BSD-3-Clause
#include "domain/essential_tree.hpp"

#include <algorithm>
#include <map>

#include "comm/sparse_exchange.hpp"
#include "tree/parts.hpp"

namespace nearfar {
namespace {

/// An octant inside a coarse leaf of this rank, with its points.
struct LocalOctant {
  OctantKey key = root_octant;
  IndexRange sources, targets;
};

/// The first of the sorted records in a range with a key not below `key`.
[[nodiscard]] Index first_from(const PointRecords& records, IndexRange range, PointKey key) {
  const auto inside = std::span(records).subspan(at(range.begin), at(range.size()));
  const auto found = std::lower_bound(inside.begin(), inside.end(), key,
                                      [](const PointRecord& record, PointKey k) { return record.key < k; });
  return range.begin + static_cast<Index>(found - inside.begin());
}

/// Visits an octant and, where visit(octant) returns true, its children that hold points, in Morton order.
template <class Visit>
void descend(const Partition& partition, const LocalOctant& octant, const Visit& visit) {
  if (!visit(octant)) return;
  // Children begin where the one before ends.
  IndexRange sources = octant.sources, targets = octant.targets;
  for (int number = 0; number < 8; ++number) {
    LocalOctant child{child_of(octant.key, number), sources, targets};
    if (number < 7) child.sources.end = first_from(partition.sources, sources, end_point(child.key));
    if (partition.targets_are_sources)
      child.targets = child.sources;
    else if (number < 7)
      child.targets.end = first_from(partition.targets, targets, end_point(child.key));
    sources.begin = child.sources.end;
    targets.begin = child.targets.end;
    if (child.sources.size() + child.targets.size() > 0) descend(partition, child, visit);
  }
}

/// Things by the level of an octant each, those of a level in Morton order.
template <class T>
using ByLevel = std::vector<std::vector<T>>;

/// Descends from all coarse leaves of this rank; visit(octant, result) says whether an octant is split, and adds to
/// what is returned.
template <class T, class Visit>
[[nodiscard]] ByLevel<T> descend_all(const Partition& partition, Visit&& visit) {
  const auto parts = make_parts(
      size_of(partition.coarse_leaves),
      [&](IndexRange part) {
        ByLevel<T> result(max_depth + 1);
        const auto visit_one = [&](const LocalOctant& octant) { return visit(octant, result); };
        for (Index i = part.begin; i < part.end; ++i) {
          const OctantKey key = partition.coarse_leaves[at(i)];
          const LocalOctant octant{key, points_between(partition.sources, first_point(key), end_point(key)),
                                   points_between(partition.target_records(), first_point(key), end_point(key))};
          descend(partition, octant, visit_one);
        }
        return result;
      },
      1);
  ByLevel<T> all(max_depth + 1);
  for (const auto& part : parts)
    for (std::size_t level = 0; level < all.size(); ++level)
      all[level].insert(all[level].end(), part[level].begin(), part[level].end());
  return all;
}

[[nodiscard]] bool is_coarse_internal(const Partition& partition, OctantKey key) {
  const auto& octants = partition.coarse_internal;
  const auto found = std::lower_bound(octants.begin(), octants.end(), key,
                                      [](const OctantRecord& octant, OctantKey k) { return octant.key < k; });
  return found != octants.end() && found->key == key;
}

/// Octants inside this rank's coarse leaves that the balanced tree splits.
[[nodiscard]] SplitSets balanced_splits(MPI_Comm communicator, const Partition& partition) {
  const int rank = rank_of(communicator);
  SplitSets splits = descend_all<OctantKey>(partition, [&](const LocalOctant& octant, SplitSets& result) {
    const bool split =
        (octant.sources.size() > partition.points_per_leaf || octant.targets.size() > partition.points_per_leaf) &&
        level_of(octant.key) < max_depth;
    if (split) result[at(level_of(octant.key))].push_back(octant.key);
    return split;
  });
  for (const auto& octant : partition.coarse_internal)
    if (octant.owner == rank) splits[at(level_of(octant.key))].push_back(octant.key);
  for (auto& level : splits) std::sort(level.begin(), level.end());
  close_splits(splits);

  // The closure reaches into other ranks; what they are told is closed already, so one round is enough.
  std::map<int, std::vector<OctantKey>> outgoing;
  for (auto& level : splits)
    std::erase_if(level, [&](OctantKey key) {
      if (is_coarse_internal(partition, key)) return true;
      const int owner = partition.owner_of_octant(key);
      if (owner != rank) outgoing[owner].push_back(key);
      return owner != rank;
    });
  for (const OctantKey key : sparse_exchange(communicator, std::move(outgoing)))
    splits[at(level_of(key))].push_back(key);
  for (auto& level : splits) {
    std::sort(level.begin(), level.end());
    level.erase(std::unique(level.begin(), level.end()), level.end());
  }
  return splits;
}

/// An octant of this rank below the coarse tree, and its first target.
using OwnOctant = std::pair<OctantRecord, Index>;

/// All of them, sorted by key.
[[nodiscard]] std::vector<OwnOctant> own_octants(const Partition& partition, const SplitSets& splits, int rank) {
  return join(descend_all<OwnOctant>(partition, [&](const LocalOctant& octant, ByLevel<OwnOctant>& result) {
    const bool split = is_split(splits, octant.key);
    const OctantRecord record{.key = octant.key,
                              .num_sources = octant.sources.size(),
                              .num_targets = octant.targets.size(),
                              .owner = rank,
                              .source_begin = octant.sources.begin,
                              .leaf = split ? 0 : 1};
    result[at(level_of(octant.key))].emplace_back(record, octant.targets.begin);
    return split;
  }));
}

/// Numbers the octants that this rank owns by key, and tells all ranks the numbers of the coarse ones. Returns how
/// many.
Index assign_slots(MPI_Comm communicator, Partition& partition, std::vector<OwnOctant>& own) {
  const int rank = rank_of(communicator);
  std::vector<std::int64_t> coarse_slots(partition.coarse_internal.size(), 0);
  Index next = 0;
  std::size_t fine = 0;
  const auto number_fine_below = [&](OctantKey key) {
    for (; fine < own.size() && own[fine].first.key < key; ++fine) own[fine].first.slot = next++;
  };
  for (std::size_t i = 0; i < partition.coarse_internal.size(); ++i) {
    if (partition.coarse_internal[i].owner != rank) continue;
    number_fine_below(partition.coarse_internal[i].key);
    coarse_slots[i] = next++;
  }
  for (; fine < own.size(); ++fine) own[fine].first.slot = next++;
  all_reduce(communicator, std::span<std::int64_t>(coarse_slots), MPI_SUM);
  for (std::size_t i = 0; i < coarse_slots.size(); ++i)
    partition.coarse_internal[i].slot = static_cast<Index>(coarse_slots[i]);
  return next;
}

/// Other ranks whose keys meet the colleagues of an octant or the octant itself.
[[nodiscard]] std::vector<int> ranks_around(const Partition& partition, OctantKey key, int rank) {
  std::vector<int> ranks;
  if (partition.splitters[at(rank)] == 0 && partition.splitters[at(rank) + 1] == point_key_end) return ranks;
  for (int d = 0; d < num_directions; ++d) {
    const OctantKey around = colleague(key, d);
    if (around == 0) continue;
    const int last = partition.owner(end_point(around) - 1);
    for (int other = partition.owner(first_point(around)); other <= last; ++other)
      if (other != rank && partition.splitters[at(other)] < partition.splitters[at(other) + 1]) ranks.push_back(other);
  }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

/// All octants that interact with octant B in any list lie in the colleagues of B's parent, so B is pushed to the ranks
/// that own part of these; the parent itself, below the coarse tree, goes to the same ranks and more.
[[nodiscard]] std::vector<OctantRecord> exchange_ghosts(MPI_Comm communicator, const Partition& partition,
                                                        const std::vector<OwnOctant>& own) {
  const int rank = rank_of(communicator);
  std::map<int, std::vector<OctantRecord>> outgoing;
  for (std::size_t begin = 0, end = 0; begin < own.size(); begin = end) {
    const OctantKey parent = parent_of(own[begin].first.key);
    while (end < own.size() && parent_of(own[end].first.key) == parent) ++end;
    if (parent == 0) continue;  // the root is a leaf, so one rank has everything
    for (const int other : ranks_around(partition, parent, rank))
      for (std::size_t i = begin; i < end; ++i) outgoing[other].push_back(own[i].first);
  }
  return sparse_exchange(communicator, std::move(outgoing));
}

}

EssentialTree make_essential_tree(MPI_Comm communicator, Partition& partition) {
  const auto by_key = [](const OctantRecord& a, const OctantRecord& b) { return a.key < b.key; };
  EssentialTree essential;
  essential.rank = rank_of(communicator);
  const SplitSets splits = balanced_splits(communicator, partition);
  auto own = own_octants(partition, splits, essential.rank);
  essential.num_owned = assign_slots(communicator, partition, own);
  auto ghosts = exchange_ghosts(communicator, partition, own);
  std::sort(ghosts.begin(), ghosts.end(), by_key);
  std::vector<OctantRecord> octants;
  octants.reserve(own.size() + ghosts.size() + partition.coarse_internal.size());
  for (const auto& [octant, targets] : own) octants.push_back(octant);
  for (const auto* others : {&ghosts, &partition.coarse_internal}) {
    const auto num_before = std::ssize(octants);
    octants.insert(octants.end(), others->begin(), others->end());
    std::inplace_merge(octants.begin(), octants.begin() + num_before, octants.end(), by_key);
  }
  essential.tree = make_octree(std::move(octants));

  essential.target_begin.assign(at(essential.tree.size()), 0);
  std::size_t next = 0;
  for (Index i = 0; i < essential.tree.size() && next < own.size(); ++i)
    if (essential.tree.key(i) == own[next].first.key) essential.target_begin[at(i)] = own[next++].second;
  return essential;
}

}
