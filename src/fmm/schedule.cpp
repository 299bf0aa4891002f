// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "fmm/engine.hpp"

namespace nearfar {
namespace {

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

void schedule_leaves(Engine& engine, Schedule& schedule) {
  const Octree& tree = engine.essential.tree;
  const Interactions& interactions = engine.interactions;
  schedule.source_panels = make_panels(tree, size_of(interactions.source_leaves),
                                       [&](Index i) { return interactions.source_leaves[at(i)]; });
  for (Index t = 0; t < size_of(interactions.targets); ++t) {
    if (tree.is_leaf(interactions.targets[at(t)])) schedule.target_leaves.push_back(t);
    if (!interactions.w[t].empty()) schedule.w_leaves.push_back(t);
    if (!interactions.x[t].empty()) schedule.x_octants.push_back(t);
    if (!interactions.near[t].empty()) schedule.near_leaves.push_back(t);
  }
  schedule.target_panels = make_panels(tree, size_of(schedule.target_leaves), [&](Index i) {
    return interactions.far_field_of(interactions.targets[at(schedule.target_leaves[at(i)])]);
  });
}

/// Cuts the leaves with near sources into blocks of about points_of_block points, which depend on the points alone.
void schedule_near_field(const Engine& engine, Schedule& schedule) {
  constexpr Index points_of_block = 4096;
  auto& leaves = schedule.near_leaves;
  const auto targets_of = [&](Index t) { return engine.target_range(engine.interactions.targets[at(t)]); };
  // Level by level they are in order already.
  const auto before = [&](Index a, Index b) { return targets_of(a).begin < targets_of(b).begin; };
  for (auto begin = leaves.begin(); begin != leaves.end();) {
    const auto end = std::is_sorted_until(begin, leaves.end(), before);
    std::inplace_merge(leaves.begin(), begin, end, before);
    begin = end;
  }
  for (Index begin = 0, end = 0; begin < size_of(leaves); begin = end) {
    NearBlock block{{begin, begin}, targets_of(leaves[at(begin)])};
    bool interior = true;
    for (; end < size_of(leaves); ++end) {
      const IndexRange targets = targets_of(leaves[at(end)]);
      if (end > begin && targets.end - block.targets.begin > points_of_block) break;
      block.targets.end = targets.end;
      interior = interior && engine.interactions.interior[at(leaves[at(end)])] != 0;
    }
    block.leaves.end = end;
    (interior ? schedule.interior_blocks : schedule.border_blocks).push_back(block);
  }
}

/// The multipole of an octant, or null when it has none that is known here.
[[nodiscard]] const double* multipole_of(Engine& engine, Index octant) {
  if (octant < 0 || engine.essential.tree.octants[at(octant)].num_sources == 0) return nullptr;
  const Index slot = engine.interactions.multipole_slot[at(octant)];
  return slot < 0 ? nullptr : engine.multipoles[slot];
}

/// The local of an octant that this rank owns and that has targets, or null.
[[nodiscard]] double* own_local_of(Engine& engine, Index octant) {
  if (octant < 0 || !engine.essential.is_owned(octant)) return nullptr;
  if (engine.essential.tree.octants[at(octant)].num_targets == 0) return nullptr;
  return engine.locals[engine.interactions.local_slot[at(octant)]];
}

template <class Place, class ExpansionOf>
[[nodiscard]] std::array<Place, 8> children_of(const Octree& tree, Index parent, ExpansionOf&& expansion_of) {
  std::array<Place, 8> children{};
  for (int number = 0; number < 8; ++number) children[at(number)] = expansion_of(tree.child(parent, number));
  return children;
}

void schedule_m2m(Engine& engine, Schedule& schedule) {
  const Octree& tree = engine.essential.tree;
  schedule.m2m.resize(at(engine.statistics.depth) + 1);
  for (int level = 2; level < tree.num_levels(); ++level)
    for (Index i = tree.level_begin[at(level)]; i < tree.level_begin[at(level) + 1]; ++i) {
      if (!engine.essential.is_owned(i) || tree.is_leaf(i) || tree.octants[at(i)].num_sources == 0) continue;
      auto& families = schedule.m2m[at(level)];
      families.from.push_back(
          children_of<const double*>(tree, i, [&](Index child) { return multipole_of(engine, child); }));
      families.to.push_back(engine.multipoles[engine.interactions.multipole_slot[at(i)]]);
    }
}

/// Parents, at the level above `level`, of own octants of that level with targets.
[[nodiscard]] std::vector<Index> target_parents(const Engine& engine, int level) {
  const Octree& tree = engine.essential.tree;
  std::vector<Index> parents;
  for (const Index octant : engine.interactions.targets) {
    if (level_of(tree.key(octant)) != level) continue;
    const Index parent = tree.parent[at(octant)];
    if (parents.empty() || parents.back() != parent) parents.push_back(parent);
  }
  return parents;
}

void schedule_m2l(Engine& engine, Schedule& schedule) {
  const Octree& tree = engine.essential.tree;
  schedule.m2l.resize(at(engine.statistics.depth) + 1);
  std::vector<std::int32_t> family_of(at(tree.size()), -1);  // by parent
  for (int level = 2; level < tree.num_levels(); ++level) {
    auto& m2l = schedule.m2l[at(level)];
    for (const Index parent : target_parents(engine, level)) {
      std::array<std::int32_t, num_directions> neighbours{};
      bool any = false;
      for (int d = 0; d < num_directions; ++d) {
        neighbours[at(d)] = -1;
        const Index other = engine.interactions.colleagues[at(parent)][at(d)];
        if (other < 0 || d == own_direction) continue;
        if (family_of[at(other)] < 0) {
          const auto children =
              children_of<const double*>(tree, other, [&](Index child) { return multipole_of(engine, child); });
          if (std::all_of(children.begin(), children.end(), [](const double* child) { return child == nullptr; }))
            continue;
          family_of[at(other)] = static_cast<std::int32_t>(m2l.sources.size());
          m2l.sources.push_back(children);
        }
        neighbours[at(d)] = family_of[at(other)];
        any = true;
      }
      if (!any) continue;
      m2l.neighbours.push_back(neighbours);
      m2l.targets.push_back(
          children_of<double*>(tree, parent, [&](Index child) { return own_local_of(engine, child); }));
    }
  }
}

void schedule_l2l(Engine& engine, Schedule& schedule) {
  const Octree& tree = engine.essential.tree;
  schedule.l2l.resize(at(engine.statistics.depth) + 1);
  for (int level = 2; level + 1 < tree.num_levels(); ++level)
    for (const Index parent : target_parents(engine, level + 1)) {
      auto& l2l = schedule.l2l[at(level)];
      l2l.parents.push_back(engine.locals[engine.interactions.local_slot[at(parent)]]);
      l2l.children.push_back(
          children_of<double*>(tree, parent, [&](Index child) { return own_local_of(engine, child); }));
    }
}

}

Schedule make_schedule(Engine& engine) {
  Schedule schedule;
  schedule_leaves(engine, schedule);
  schedule_near_field(engine, schedule);
  schedule_m2m(engine, schedule);
  schedule_m2l(engine, schedule);
  schedule_l2l(engine, schedule);
  return schedule;
}

}
