// SPDX-License-Identifier: BSD-3-Clause
#include "domain/essential_tree.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "comm/sparse_exchange.hpp"
#include "domain/shared_closure.hpp"
#include "tree/parts.hpp"

namespace nearfar {
namespace {

/// An octant of this rank alone, with its points.
struct LocalOctant {
  OctantKey key = root_octant;
  IndexRange sources, targets;
  bool split = false;
};

/// In the order of their keys, so level by level.
using LocalOctants = std::vector<LocalOctant>;

[[nodiscard]] bool by_key(const LocalOctant& a, const LocalOctant& b) noexcept { return a.key < b.key; }

/// Where the children of an octant begin among its records, and where the last one ends. The searches go side by side,
/// since each of them waits for memory most of the time.
[[nodiscard]] std::array<Index, 9> child_begins(const PointRecords& records, IndexRange range, OctantKey key) {
  std::array<const PointRecord*, 7> first;
  std::array<PointKey, 7> keys;
  for (int number = 1; number < 8; ++number) {
    first[usize(number) - 1] = records.data() + range.begin;
    keys[usize(number) - 1] = first_point(child_of(key, number));
  }
  for (Index length = range.size(); length > 0;) {
    const Index half = (length + 1) / 2;
    for (std::size_t i = 0; i < keys.size(); ++i) first[i] += first[i][half - 1].key < keys[i] ? half : 0;
    length -= half;
  }
  std::array<Index, 9> begins{range.begin};
  for (std::size_t i = 0; i < keys.size(); ++i) begins[i + 1] = static_cast<Index>(first[i] - records.data());
  begins[8] = range.end;
  return begins;
}

/// Visits an octant and, where visit(octant) returns true, its children that hold points, in Morton order.
template <class Visit>
void descend(const Partition& partition, const LocalOctant& octant, const Visit& visit) {
  if (!visit(octant)) return;
  const auto sources = child_begins(partition.sources, octant.sources, octant.key);
  const auto targets =
      partition.targets_are_sources ? sources : child_begins(partition.targets, octant.targets, octant.key);
  for (std::size_t number = 0; number < 8; ++number) {
    const LocalOctant child{child_of(octant.key, static_cast<int>(number)),
                            {sources[number], sources[number + 1]},
                            {targets[number], targets[number + 1]}};
    if (child.sources.size() + child.targets.size() > 0) descend(partition, child, visit);
  }
}

/// The octants of this rank alone, split where they hold many points.
[[nodiscard]] LocalOctants split_by_points(const Partition& partition) {
  using ByLevel = std::array<LocalOctants, max_depth + 1>;
  const auto is_split = [&](const LocalOctant& octant) {
    const Index most = std::max(octant.sources.size(), octant.targets.size());
    return most > partition.points_per_leaf && level_of(octant.key) < max_depth;
  };
  // Enough octants to begin from for 64 threads, and those above them; small trees are made as a whole.
  constexpr std::int64_t most_begins = 1024, fewest_points = 2000;
  const std::int64_t num_points = std::int64_t{size_of(partition.sources)} + size_of(partition.target_records());
  const std::int64_t few = std::max(num_points / most_begins, fewest_points);
  LocalOctants begins;
  ByLevel above;
  for (const OctantKey key : partition.top_octants) {
    const LocalOctant top{key, points_between(partition.sources, first_point(key), end_point(key)),
                          points_between(partition.target_records(), first_point(key), end_point(key))};
    descend(partition, top, [&](LocalOctant octant) {
      octant.split = std::int64_t{octant.sources.size()} + octant.targets.size() > few && is_split(octant);
      (octant.split ? above[usize(level_of(octant.key))] : begins).push_back(octant);
      return octant.split;
    });
  }
  const auto descend_from = [&](IndexRange part) {
    ByLevel octants;
    for (Index i = part.begin; i < part.end; ++i)
      descend(partition, begins[usize(i)], [&](LocalOctant octant) {
        octant.split = is_split(octant);
        octants[usize(level_of(octant.key))].push_back(octant);
        return octant.split;
      });
    return octants;
  };
  const std::vector<ByLevel> parts = make_parts(size_of(begins), descend_from, 1);
  std::vector<LocalOctants> ordered;
  for (std::size_t level = 0; level <= max_depth; ++level) {
    if (above[level].empty()) {
      for (const ByLevel& part : parts) ordered.push_back(part[level]);
      continue;
    }
    for (const ByLevel& part : parts) above[level].insert(above[level].end(), part[level].begin(), part[level].end());
    std::sort(above[level].begin(), above[level].end(), by_key);
    ordered.push_back(std::move(above[level]));
  }
  return join(ordered);
}

/// Octants of this rank alone that the balanced tree splits.
[[nodiscard]] SplitSets balanced_splits(MPI_Comm communicator, const Partition& partition,
                                        const LocalOctants& split_by_points) {
  const int rank = rank_of(communicator);
  SplitSets splits(max_depth + 1);
  for (const LocalOctant& octant : split_by_points)
    if (octant.split) splits[usize(level_of(octant.key))].push_back(octant.key);
  SharedClosure closure(partition);
  close_splits_of_rank(partition, rank, closure, splits);

  // The closure reaches into other ranks; what they are told is closed already, so one round is enough.
  std::map<int, std::vector<OctantKey>> outgoing;
  for (auto& level : splits)
    std::erase_if(level, [&](OctantKey key) {
      const int owner = partition.owner_of_octant(key);
      if (owner != rank) outgoing[owner].push_back(key);
      return owner != rank;
    });
  add_splits_by_shared(partition, closure, splits);
  for (const OctantKey key : sparse_exchange(communicator, std::move(outgoing)))
    splits[usize(level_of(key))].push_back(key);
  for (auto& level : splits) {
    std::sort(level.begin(), level.end());
    level.erase(std::unique(level.begin(), level.end()), level.end());
  }
  return splits;
}

/// Splits octants that the closure wants split though they hold few points.
void split_further(const Partition& partition, const SplitSets& splits, LocalOctants& octants) {
  LocalOctants added;
  std::vector<std::size_t> next(splits.size(), 0);
  for (LocalOctant& octant : octants) {
    const auto level = usize(level_of(octant.key));
    auto& place = next[level];
    while (place < splits[level].size() && splits[level][place] < octant.key) ++place;
    const bool split = place < splits[level].size() && splits[level][place] == octant.key;
    if (!split || octant.split) continue;
    octant.split = true;
    descend(partition, octant, [&](LocalOctant inner) {
      if (inner.key == octant.key) return true;
      inner.split = is_split(splits, inner.key);
      added.push_back(inner);
      return inner.split;
    });
  }
  std::sort(added.begin(), added.end(), by_key);
  const auto num_before = std::ssize(octants);
  octants.insert(octants.end(), added.begin(), added.end());
  std::inplace_merge(octants.begin(), octants.begin() + num_before, octants.end(), by_key);
}

/// The octants of this rank alone as all ranks see them, but for their slots.
[[nodiscard]] std::vector<OctantRecord> records_of(const LocalOctants& octants, int rank) {
  std::vector<OctantRecord> records;
  records.reserve(octants.size());
  for (const LocalOctant& octant : octants)
    records.push_back({.key = octant.key,
                       .num_sources = octant.sources.size(),
                       .num_targets = octant.targets.size(),
                       .owner = rank,
                       .slot = 0,
                       .source_begin = octant.sources.begin,
                       .leaf = octant.split ? 0 : 1});
  return records;
}

/// Numbers the octants that this rank owns by key, and tells all ranks the numbers of the shared ones. Returns how
/// many.
Index assign_slots(MPI_Comm communicator, Partition& partition, std::vector<OctantRecord>& own) {
  const int rank = rank_of(communicator);
  std::vector<Index> shared_slots(partition.shared_octants.size(), 0);
  Index next = 0;
  std::size_t fine = 0;
  const auto number_fine_below = [&](OctantKey key) {
    for (; fine < own.size() && own[fine].key < key; ++fine) own[fine].slot = next++;
  };
  for (std::size_t i = 0; i < partition.shared_octants.size(); ++i) {
    if (partition.shared_octants[i].owner != rank) continue;
    number_fine_below(partition.shared_octants[i].key);
    shared_slots[i] = next++;
  }
  for (; fine < own.size(); ++fine) own[fine].slot = next++;
  all_reduce(communicator, std::span<Index>(shared_slots), MPI_SUM);
  for (std::size_t i = 0; i < shared_slots.size(); ++i) partition.shared_octants[i].slot = shared_slots[i];
  return next;
}

void make_unique(std::vector<int>& ranks) {
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
}

/// What lies in the colleagues of an octant or in itself, of the level of its children.
struct Surroundings {
  std::vector<int> ranks;         ///< owners, ascending, without its own rank
  std::vector<OctantKey> shared;  ///< by several ranks
};

[[nodiscard]] Surroundings surroundings_of(const Partition& partition, OctantKey octant, int rank) {
  Surroundings around;
  if (partition.splitters[usize(rank)] == 0 && partition.splitters[usize(rank) + 1] == point_key_end) return around;
  for (int d = 0; d < num_directions; ++d) {
    const OctantKey other = colleague(octant, d);
    if (other == 0) continue;
    around.ranks.push_back(partition.owner_of_octant(other));
    if (!partition.is_shared(other)) continue;
    for (int number = 0; number < 8; ++number) {
      const OctantKey child = child_of(other, number);
      around.ranks.push_back(partition.owner_of_octant(child));
      if (partition.is_shared(child)) around.shared.push_back(child);
    }
  }
  make_unique(around.ranks);
  std::erase(around.ranks, rank);
  return around;
}

/// Adds the owners of the children of a shared octant that touches `octant`, and of what is below those of them that
/// are shared and touch it as well.
void add_owners_inside(const Partition& partition, OctantKey shared, const OctantRecord& octant,
                       std::vector<int>& ranks) {
  for (int number = 0; number < 8; ++number) {
    const OctantKey child = child_of(shared, number);
    ranks.push_back(partition.owner_of_octant(child));
    // What interacts with a leaf is one level below it at most.
    if (octant.leaf == 0 && partition.is_shared(child) && adjacent(child, octant.key))
      add_owners_inside(partition, child, octant, ranks);
  }
}

/// ranks_around, given what is around the parent.
[[nodiscard]] std::vector<int> ranks_around(const Partition& partition, const OctantRecord& octant,
                                            const Surroundings& of_parent) {
  std::vector<int> ranks = of_parent.ranks;
  for (const OctantKey shared : of_parent.shared)
    if (adjacent(shared, octant.key)) add_owners_inside(partition, shared, octant, ranks);
  if (ranks.size() > of_parent.ranks.size()) {
    make_unique(ranks);
    std::erase(ranks, octant.owner);
  }
  return ranks;
}

[[nodiscard]] UnwrittenVector<OctantRecord> exchange_ghosts(MPI_Comm communicator, const Partition& partition,
                                                            const std::vector<OctantRecord>& own) {
  std::map<int, std::vector<OctantRecord>> outgoing;
  for_each_ranks_around(partition, rank_of(communicator), own, [&](std::size_t i, const std::vector<int>& others) {
    for (const int other : others) outgoing[other].push_back(own[i]);
  });
  return sparse_exchange(communicator, std::move(outgoing));
}

}

std::vector<int> ranks_around(const Partition& partition, const OctantRecord& octant) {
  return ranks_around(partition, octant, surroundings_of(partition, parent_of(octant.key), octant.owner));
}

void for_each_ranks_around(const Partition& partition, int rank, std::span<const OctantRecord> octants,
                           const std::function<void(std::size_t, const std::vector<int>&)>& visit) {
  for (std::size_t begin = 0, end = 0; begin < octants.size(); begin = end) {
    const OctantKey parent = parent_of(octants[begin].key);
    while (end < octants.size() && parent_of(octants[end].key) == parent) ++end;
    if (parent == 0) continue;  // the root is a leaf, so one rank has everything
    const Surroundings around = surroundings_of(partition, parent, rank);
    for (std::size_t i = begin; i < end; ++i) visit(i, ranks_around(partition, octants[i], around));
  }
}

EssentialTree make_essential_tree(MPI_Comm communicator, Partition& partition) {
  const auto records_by_key = [](const OctantRecord& a, const OctantRecord& b) { return a.key < b.key; };
  EssentialTree essential;
  essential.rank = rank_of(communicator);
  LocalOctants local = split_by_points(partition);
  split_further(partition, balanced_splits(communicator, partition, local), local);
  auto octants = records_of(local, essential.rank);
  essential.num_owned = assign_slots(communicator, partition, octants);
  keep_shared_octants_around(essential.rank, partition);
  auto ghosts = exchange_ghosts(communicator, partition, octants);
  std::sort(ghosts.begin(), ghosts.end(), records_by_key);
  octants.reserve(octants.size() + ghosts.size() + partition.shared_octants.size());
  const auto merge = [&](const auto& others) {
    const auto num_before = std::ssize(octants);
    octants.insert(octants.end(), others.begin(), others.end());
    std::inplace_merge(octants.begin(), octants.begin() + num_before, octants.end(), records_by_key);
  };
  merge(ghosts);
  merge(partition.shared_octants);
  essential.tree = make_octree(std::move(octants));

  essential.target_begin.assign(usize(essential.tree.size()), 0);
  std::size_t next = 0;
  for (Index i = 0; i < essential.tree.size() && next < local.size(); ++i)
    if (essential.tree.key(i) == local[next].key) essential.target_begin[usize(i)] = local[next++].targets.begin;
  return essential;
}

}
