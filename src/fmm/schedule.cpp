// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/schedule.hpp"

#include <algorithm>
#include <functional>

#include "base/region.hpp"
#include "tree/parts.hpp"

namespace nearfar {
namespace {

/// What the passes go over, and where they find expansions.
struct Ground {
  const Layout& layout;
  const Interactions& interactions;
  int first_level;
  Expansions& multipoles;
  Expansions& locals;

  [[nodiscard]] const Octree& tree() const noexcept { return layout.essential.tree; }
  /// The multipole of an octant, or null when it has none that is known here.
  [[nodiscard]] const double* multipole_of(Index octant) const {
    if (octant < 0 || tree().octants[usize(octant)].num_sources == 0) return nullptr;
    const Index slot = interactions.multipole_slot[usize(octant)];
    return slot < 0 ? nullptr : multipoles[slot];
  }
  /// The local of an octant that this rank owns and that has targets, or null.
  [[nodiscard]] double* own_local_of(Index octant) const {
    if (octant < 0 || !layout.essential.is_owned(octant)) return nullptr;
    if (tree().octants[usize(octant)].num_targets == 0) return nullptr;
    return locals[interactions.local_slot[usize(octant)]];
  }
};

/// Cuts a list of octants, sorted by level, into panels of one level each.
template <class OctantOf>
[[nodiscard]] std::vector<IndexRange> make_panels(const Octree& tree, Index count, OctantOf&& octant_of) {
  std::vector<IndexRange> panels;
  for (Index begin = 0, end = 0; begin < count; begin = end) {
    const int level = level_of(tree.key(octant_of(begin)));
    while (end < count && end - begin < panel_width && level_of(tree.key(octant_of(end))) == level) ++end;
    panels.push_back({begin, end});
  }
  return panels;
}

void schedule_leaves(const Ground& ground, Schedule& schedule) {
  const Octree& tree = ground.tree();
  const Interactions& interactions = ground.interactions;
  schedule.source_panels = make_panels(tree, size_of(interactions.source_leaves),
                                       [&](Index i) { return interactions.source_leaves[usize(i)]; });
  for (Index t = 0; t < size_of(interactions.targets); ++t) {
    const Index octant = interactions.targets[usize(t)];
    const int level = level_of(tree.key(octant));
    if (tree.is_leaf(octant)) schedule.target_leaves.push_back(t);
    // Members of W lie one level deeper.
    if (!interactions.w[t].empty() && level + 1 >= ground.first_level) schedule.w_leaves.push_back(t);
    if (!interactions.x[t].empty() && level >= ground.first_level) schedule.x_octants.push_back(t);
    if (!interactions.near[t].empty()) schedule.near_leaves.push_back(t);
  }
  schedule.target_panels = make_panels(tree, size_of(schedule.target_leaves), [&](Index i) {
    return interactions.far_field_of(interactions.targets[usize(schedule.target_leaves[usize(i)])]);
  });
}

/// Cuts the leaves with near sources into blocks of about points_of_block points, which depend on the points alone.
void schedule_near_field(const Ground& ground, Schedule& schedule) {
  constexpr Index points_of_block = 4096;
  auto& leaves = schedule.near_leaves;
  const auto targets_of = [&](Index t) { return ground.layout.target_range(ground.interactions.targets[usize(t)]); };
  // Level by level they are in order already.
  const auto before = [&](Index a, Index b) { return targets_of(a).begin < targets_of(b).begin; };
  for (auto begin = leaves.begin(); begin != leaves.end();) {
    const auto end = std::is_sorted_until(begin, leaves.end(), before);
    std::inplace_merge(leaves.begin(), begin, end, before);
    begin = end;
  }
  for (Index begin = 0, end = 0; begin < size_of(leaves); begin = end) {
    NearBlock block{{begin, begin}, targets_of(leaves[usize(begin)])};
    bool interior = true;
    for (; end < size_of(leaves); ++end) {
      const IndexRange targets = targets_of(leaves[usize(end)]);
      if (end > begin && targets.end - block.targets.begin > points_of_block) break;
      block.targets.end = targets.end;
      interior = interior && ground.interactions.interior[usize(leaves[usize(end)])] != 0;
    }
    block.leaves.end = end;
    (interior ? schedule.interior_blocks : schedule.border_blocks).push_back(block);
  }
}

template <class Place, class ExpansionOf>
[[nodiscard]] std::array<Place, 8> children_of(const Octree& tree, Index parent, ExpansionOf&& expansion_of) {
  std::array<Place, 8> children{};
  for (int number = 0; number < 8; ++number) children[usize(number)] = expansion_of(tree.child(parent, number));
  return children;
}

void schedule_m2m(const Ground& ground, int level, Families& families) {
  const Octree& tree = ground.tree();
  const Partition& partition = ground.layout.partition;
  for (const bool shared : {false, true}) {
    if (shared && level > partition.deepest_shared_level) break;
    for (Index i = tree.level_begin[usize(level)]; i < tree.level_begin[usize(level) + 1]; ++i) {
      if (!ground.layout.essential.is_owned(i) || tree.is_leaf(i) || tree.octants[usize(i)].num_sources == 0) continue;
      if (partition.is_shared(tree.key(i)) != shared) continue;
      families.from.push_back(
          children_of<const double*>(tree, i, [&](Index child) { return ground.multipole_of(child); }));
      families.to.push_back(ground.multipoles[ground.interactions.multipole_slot[usize(i)]]);
    }
    if (!shared) families.num_alone = families.to.size();
  }
}

/// Parents, at the level above `level`, of own octants of that level with targets.
[[nodiscard]] std::vector<Index> target_parents(const Ground& ground, int level) {
  const Octree& tree = ground.tree();
  const auto& targets = ground.interactions.targets;
  std::vector<Index> parents;
  for (auto t = std::lower_bound(targets.begin(), targets.end(), tree.level_begin[usize(level)]);
       t != targets.end() && *t < tree.level_begin[usize(level) + 1]; ++t) {
    const Index parent = tree.parent[usize(*t)];
    if (parents.empty() || parents.back() != parent) parents.push_back(parent);
  }
  return parents;
}

/// The source families around the target families of a level, in the order in which they are met.
void schedule_m2l(const Ground& ground, int level, M2lLevel& m2l) {
  const Octree& tree = ground.tree();
  const Index above = tree.level_begin[usize(level) - 1];
  std::vector<std::int32_t> family_of(usize(tree.level_begin[usize(level)] - above), -1);  // by parent
  for (const Index parent : target_parents(ground, level)) {
    std::array<std::int32_t, num_directions> neighbours{};
    bool any = false;
    const Colleagues& colleagues = ground.interactions.colleagues[parent];
    for (int d = 0; d < num_directions; ++d) {
      neighbours[usize(d)] = -1;
      const Index other = colleagues[usize(d)];
      if (other < 0 || d == own_direction) continue;
      if (auto& family = family_of[usize(other - above)]; family < 0) {
        const auto children =
            children_of<const double*>(tree, other, [&](Index child) { return ground.multipole_of(child); });
        if (std::all_of(children.begin(), children.end(), [](const double* child) { return child == nullptr; }))
          continue;
        family = static_cast<std::int32_t>(m2l.sources.size());
        m2l.sources.push_back(children);
      }
      neighbours[usize(d)] = family_of[usize(other - above)];
      any = true;
    }
    if (!any) continue;
    m2l.neighbours.push_back(neighbours);
    m2l.targets.push_back(children_of<double*>(tree, parent, [&](Index child) { return ground.own_local_of(child); }));
  }
}

/// From parents of `level`.
void schedule_l2l(const Ground& ground, int level, L2lLevel& l2l) {
  for (const Index parent : target_parents(ground, level + 1)) {
    l2l.parents.push_back(ground.locals[ground.interactions.local_slot[usize(parent)]]);
    l2l.children.push_back(
        children_of<double*>(ground.tree(), parent, [&](Index child) { return ground.own_local_of(child); }));
  }
}

}

Schedule make_schedule(const Layout& layout, const Interactions& interactions, int first_level, Expansions& multipoles,
                       Expansions& locals) {
  const Ground ground{layout, interactions, first_level, multipoles, locals};
  Schedule schedule;
  const auto num_levels = usize(layout.statistics.depth) + 1;
  schedule.m2m.resize(num_levels);
  schedule.m2l.resize(num_levels);
  schedule.l2l.resize(num_levels);
  std::vector<std::function<void()>> tasks{[&] {
    schedule_leaves(ground, schedule);
    schedule_near_field(ground, schedule);
  }};
  // The deepest levels are the largest.
  for (int level = ground.tree().num_levels() - 1; level >= first_level; --level) {
    tasks.emplace_back([&, level] { schedule_m2l(ground, level, schedule.m2l[usize(level)]); });
    tasks.emplace_back([&, level] { schedule_m2m(ground, level, schedule.m2m[usize(level)]); });
    if (level > first_level)
      tasks.emplace_back([&, level] { schedule_l2l(ground, level - 1, schedule.l2l[usize(level) - 1]); });
  }
  parallel_pieces(tasks.size(), [&](std::size_t i) { tasks[i](); });
  return schedule;
}

}
