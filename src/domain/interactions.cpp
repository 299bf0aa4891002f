// SPDX-License-Identifier: BSD-3-Clause
#include "domain/interactions.hpp"

#include <algorithm>
#include <array>

#include "tree/parts.hpp"

namespace nearfar {
namespace {

/// Marks of the octants that this rank does not own but needs; its own ones may be marked or not.
struct Needs {
  std::vector<std::uint8_t> multipole, local, points;
  explicit Needs(const Octree& tree)
      : multipole(usize(tree.size()), 0), local(usize(tree.size()), 0), points(usize(tree.size()), 0) {}
};

/// Ancestors of octants with targets that this rank owns.
[[nodiscard]] std::vector<std::uint8_t> ancestors_of_targets(const EssentialTree& essential) {
  const Octree& tree = essential.tree;
  std::vector<std::uint8_t> wanted(usize(tree.size()), 0);
  for (Index i = tree.size(); i-- > 0;) {
    const bool target = essential.is_owned(i) && tree.octants[usize(i)].num_targets > 0;
    if ((target || wanted[usize(i)] != 0) && tree.parent[usize(i)] >= 0) wanted[usize(tree.parent[usize(i)])] = 1;
  }
  return wanted;
}

/// Of piles that the depth limit keeps from being split, sums over their own sources vanish, and would take forever.
[[nodiscard]] bool is_unsplit_pile(const EssentialTree& essential, const DomainPoints& points, Index leaf) {
  return level_of(essential.tree.key(leaf)) == max_depth && essential.is_owned(leaf) &&
         is_pile(essential, points, leaf);
}

/// Marks the octants that are not own among those which visit(i, add) adds for i in [0, count).
template <class Visit>
void mark_ghosts(const EssentialTree& essential, Index count, const Visit& visit, std::vector<std::uint8_t>& marks) {
  const auto parts = make_parts(count, [&](IndexRange part) {
    std::vector<Index> ghosts;
    for (Index i = part.begin; i < part.end; ++i)
      visit(i, [&](Index octant) {
        if (!essential.is_owned(octant)) ghosts.push_back(octant);
      });
    return ghosts;
  });
  for (const auto& ghosts : parts)
    for (const Index octant : ghosts) marks[usize(octant)] = 1;
}

/// Marks the multipoles that reach own octants in V lists: all children of the colleagues of their parents.
void need_v_lists(const EssentialTree& essential, const Interactions& result, Needs& needs) {
  const Octree& tree = essential.tree;
  std::vector<std::uint8_t> is_parent(usize(tree.size()), 0);
  for (const Index octant : result.targets)
    if (tree.parent[usize(octant)] >= 0) is_parent[usize(tree.parent[usize(octant)])] = 1;
  const auto visit = [&](Index parent, const auto& add) {
    if (is_parent[usize(parent)] == 0) return;
    for (int d = 0; d < num_directions; ++d) {
      const Index other = result.colleagues[parent][usize(d)];
      if (other < 0 || d == own_direction) continue;
      for (int number = 0; number < 8; ++number)
        if (const Index child = tree.child(other, number); child >= 0) add(child);
    }
  };
  mark_ghosts(essential, tree.size(), visit, needs.multipole);
}

[[nodiscard]] Needs find_needs(const EssentialTree& essential, const Interactions& result, const Csr<Index>& direct) {
  const Octree& tree = essential.tree;
  Needs needs(tree);
  if (essential.num_owned == tree.size()) return needs;
  need_v_lists(essential, result, needs);
  const auto mark = [&](std::span<const Index> octants, std::vector<std::uint8_t>& marks) {
    mark_ghosts(
        essential, size_of(octants), [&](Index i, const auto& add) { add(octants[usize(i)]); }, marks);
  };
  mark(result.w.values, needs.multipole);
  mark(result.x.values, needs.points);
  mark(direct.values, needs.points);
  for (Index i = 0; i < tree.size(); ++i) {
    const Index parent = tree.parent[usize(i)];
    if (parent < 0) continue;
    if (essential.is_owned(parent)) needs.multipole[usize(i)] = 1;                                        // M2M
    if (essential.is_owned(i) && tree.octants[usize(i)].num_targets > 0) needs.local[usize(parent)] = 1;  // L2L
  }
  // Above level 2 no far field exists; octants without sources have no multipole.
  for (Index i = 0; i < tree.size(); ++i) {
    const bool top = level_of(tree.key(i)) < 2;
    if (top || tree.octants[usize(i)].num_sources == 0) needs.multipole[usize(i)] = 0;
    if (top) needs.local[usize(i)] = 0;
  }
  return needs;
}

/// Slots for own octants as they are, and for needed ghosts after them. Returns the number of slots.
Index place_expansions(const EssentialTree& essential, const std::vector<std::uint8_t>& needed,
                       std::vector<Index>& slots) {
  slots.assign(usize(essential.tree.size()), -1);
  Index next = essential.num_owned;
  for (Index i = 0; i < essential.tree.size(); ++i) {
    if (essential.is_owned(i))
      slots[usize(i)] = essential.tree.octants[usize(i)].slot;
    else if (needed[usize(i)] != 0)
      slots[usize(i)] = next++;
  }
  return next;
}

/// What the graphs of the interactions copy.
struct CopyLists {
  std::vector<RootPlace> roots;
  std::vector<Index> positions;

  void add(RootPlace root, Index position) {
    roots.push_back(root);
    positions.push_back(position);
  }
};

/// What fills from their owners the ghosts among `slots` for which chosen(octant) holds.
template <class Choice>
[[nodiscard]] CopyLists ghost_copies(const EssentialTree& essential, const std::vector<Index>& slots, Choice&& chosen) {
  CopyLists copies;
  for (Index i = 0; i < essential.tree.size(); ++i) {
    if (slots[usize(i)] < essential.num_owned || !chosen(i)) continue;
    const auto& octant = essential.tree.octants[usize(i)];
    copies.add({octant.owner, octant.slot}, slots[usize(i)]);
  }
  return copies;
}

/// Gives the needed ghost leaves their places from `first` on. Returns what fills them.
[[nodiscard]] CopyLists place_sources(const EssentialTree& essential, const std::vector<std::uint8_t>& needed,
                                      Index first, Interactions& result) {
  const Octree& tree = essential.tree;
  result.source_range.assign(usize(tree.size()), {});
  result.num_sources = result.first_ghost_source = first;
  CopyLists copies;
  for (Index i = 0; i < tree.size(); ++i) {
    const auto& octant = tree.octants[usize(i)];
    const auto count = static_cast<Index>(octant.num_sources);
    if (essential.is_owned(i)) {
      if (octant.leaf != 0) result.source_range[usize(i)] = {octant.source_begin, octant.source_begin + count};
    } else if (needed[usize(i)] != 0) {
      result.source_range[usize(i)] = {result.num_sources, result.num_sources + count};
      for (Index k = 0; k < count; ++k) copies.add({octant.owner, octant.source_begin + k}, result.num_sources++);
    }
  }
  return copies;
}

/// The graphs, with those of up and down by level.
void make_forests(MPI_Comm communicator, const Partition& partition, const EssentialTree& essential,
                  const CopyLists& sources, Interactions& result) {
  const Octree& tree = essential.tree;
  const auto goes_up = [&](Index octant) {
    return level_of(tree.key(octant)) > 2 && essential.is_owned(tree.parent[usize(octant)]);
  };
  const auto multipoles = [&](bool shared) {
    return ghost_copies(essential, result.multipole_slot, [&, shared](Index octant) {
      return !goes_up(octant) && partition.is_shared(tree.key(octant)) == shared;
    });
  };
  std::vector<CopyLists> lists{sources, multipoles(false), multipoles(true)};
  for (int level = 0; level <= partition.deepest_shared_level + 1; ++level) {
    const auto of_level = [&](Index octant) { return level_of(tree.key(octant)) == level; };
    lists.push_back(ghost_copies(essential, result.multipole_slot,
                                 [&](Index octant) { return of_level(octant) && goes_up(octant); }));
    lists.push_back(ghost_copies(essential, result.local_slot, of_level));
  }
  std::vector<Copies> copies;
  for (const CopyLists& list : lists) copies.push_back({list.roots, list.positions});
  std::vector<StarForest> forests = StarForest::make(communicator, copies);
  result.ghost_sources = std::move(forests[0]);
  result.ghost_multipoles = std::move(forests[1]);
  result.ghost_shared_multipoles = std::move(forests[2]);
  for (std::size_t f = 3; f < forests.size(); f += 2) {
    result.up.push_back(std::move(forests[f]));
    result.down.push_back(std::move(forests[f + 1]));
  }
}

/// Fields of fewer levels above a leaf are no better than its own, and would mix levels in panels.
constexpr int least_levels_to_far_field = 6;

/// Interactions::far_field_from.
[[nodiscard]] std::map<Index, Index> find_far_fields(const Octree& tree, const InteractionLists& lists,
                                                     const Interactions& result) {
  const auto place_of = [&](Index octant) {
    const auto found = std::lower_bound(result.targets.begin(), result.targets.end(), octant);
    return found != result.targets.end() && *found == octant ? static_cast<Index>(found - result.targets.begin()) : -1;
  };
  std::map<Index, Index> from;
  for (Index t = 0; t < size_of(result.targets); ++t) {
    const Index leaf = result.targets[usize(t)];
    if (!tree.is_leaf(leaf)) continue;
    // Up to where the octant's own lists add to what its parent has.
    Index octant = leaf;
    for (Index place = t; place >= 0 && lists.v_length[usize(place)] == 0 && result.x[place].empty();
         place = place_of(octant)) {
      const Index parent = tree.parent[usize(octant)];
      if (parent < 0 || level_of(tree.key(parent)) < 2 || result.local_slot[usize(parent)] < 0) break;
      octant = parent;
    }
    if (level_of(tree.key(leaf)) - level_of(tree.key(octant)) >= least_levels_to_far_field) from[leaf] = octant;
  }
  return from;
}

/// Ranges of sources that some targets sum directly.
struct NearRanges {
  Csr<IndexRange> ranges;
  std::vector<std::uint8_t> interior;
};

/// Appends a range to a list that begins at `first`, or lengthens the last one where it follows on that.
template <class Ranges>
void add_range(Ranges& ranges, std::size_t first, IndexRange range) {
  if (ranges.size() > first && ranges.back().end == range.begin)
    ranges.back().end = range.end;
  else
    ranges.push_back(range);
}

/// Appends the ranges of one target, merged; only those of ghosts can be out of order.
void add_ranges(std::vector<IndexRange>& ranges, Index num_own, NearRanges& result) {
  const auto before = [](const IndexRange& a, const IndexRange& b) { return a.begin < b.begin; };
  if (!std::is_sorted(ranges.begin(), ranges.end(), before)) std::sort(ranges.begin(), ranges.end(), before);
  const std::size_t first = result.ranges.values.size();
  for (const auto& range : ranges) add_range(result.ranges.values, first, range);
  result.ranges.end_list();
  result.interior.push_back(ranges.empty() || ranges.back().end <= num_own ? 1 : 0);
}

/// Turns leaves of direct sums into merged ranges of sources.
void merge_ranges(const EssentialTree& essential, const DomainPoints& points, const Csr<Index>& direct,
                  Interactions& result) {
  const auto parts = make_parts(direct.size(), [&](IndexRange part) {
    NearRanges near;
    std::vector<IndexRange> ranges;
    for (Index t = part.begin; t < part.end; ++t) {
      ranges.clear();
      for (const Index leaf : direct[t])
        if (leaf != result.targets[usize(t)] || !is_unsplit_pile(essential, points, leaf))
          add_range(ranges, 0, result.source_range[usize(leaf)]);
      add_ranges(ranges, points.num_sources, near);
    }
    return near;
  });
  result.near = join_lists(parts, &NearRanges::ranges);
  result.interior = join(parts, &NearRanges::interior);
}

}

bool is_pile(const EssentialTree& essential, const DomainPoints& points, Index leaf) {
  const auto& octant = essential.tree.octants[usize(leaf)];
  const Index sources = octant.source_begin, targets = essential.target_begin[usize(leaf)];
  const auto place = [](const Coordinates& c, Index i) {
    return std::array{c.x[usize(i)], c.y[usize(i)], c.z[usize(i)]};
  };
  const auto first = octant.num_sources > 0 ? place(points.sources, sources) : place(points.targets(), targets);
  for (Index i = 0; i < static_cast<Index>(octant.num_sources); ++i)
    if (place(points.sources, sources + i) != first) return false;
  for (Index i = 0; i < static_cast<Index>(octant.num_targets); ++i)
    if (place(points.targets(), targets + i) != first) return false;
  return true;
}

TargetLists make_target_lists(const EssentialTree& essential, Index direct_limit) {
  const Octree& tree = essential.tree;
  TargetLists result;
  for (Index i = 0; i < tree.size(); ++i)
    if (essential.is_owned(i) && tree.octants[usize(i)].num_targets > 0) result.targets.push_back(i);
  result.colleagues = make_colleagues(tree, ancestors_of_targets(essential));
  result.child_masks = make_child_masks(tree);
  result.lists = make_lists(tree, result.colleagues, result.child_masks, result.targets, direct_limit);
  return result;
}

Interactions make_interactions(MPI_Comm communicator, const Partition& partition, const EssentialTree& essential,
                               const DomainPoints& points, TargetLists& target_lists) {
  const Octree& tree = essential.tree;
  Interactions result;
  for (Index i = 0; i < tree.size(); ++i)
    if (essential.is_owned(i) && tree.is_leaf(i) && tree.octants[usize(i)].num_sources > 0)
      result.source_leaves.push_back(i);
  InteractionLists& lists = target_lists.lists;
  result.targets = std::move(target_lists.targets);
  result.colleagues = std::move(target_lists.colleagues);
  result.w = std::move(lists.w);
  result.x = std::move(lists.x);

  const Needs needs = find_needs(essential, result, lists.direct);
  result.num_multipoles = place_expansions(essential, needs.multipole, result.multipole_slot);
  result.num_locals = place_expansions(essential, needs.local, result.local_slot);
  make_forests(communicator, partition, essential,
               place_sources(essential, needs.points, points.sources.size(), result), result);
  merge_ranges(essential, points, lists.direct, result);
  result.far_field_from = find_far_fields(tree, lists, result);
  return result;
}

}
