// SPDX-License-Identifier: BSD-3-Clause
#include "support/schedule_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace nearfar {
namespace {

using Pairs = std::map<std::pair<Index, Index>, int>;  ///< how often each

/// The tree of a plan, and which octant an expansion belongs to.
struct View {
  explicit View(OpenPlan& plan)
      : tree(plan.layout().essential.tree),
        layout(plan.layout()),
        lists(*plan.plan.interactions),
        schedule(plan.evaluation().schedule) {
    Evaluation& e = plan.evaluation();
    for (Index i = 0; i < tree.size(); ++i) {
      if (lists.multipole_slot[usize(i)] >= 0) of_multipole[e.multipoles[lists.multipole_slot[usize(i)]]] = i;
      if (lists.local_slot[usize(i)] >= 0) of_local[e.locals[lists.local_slot[usize(i)]]] = i;
    }
  }

  const Octree& tree;
  const Layout& layout;
  const Interactions& lists;
  const Schedule& schedule;
  std::map<const double*, Index> of_multipole, of_local;

  [[nodiscard]] int level(Index i) const { return level_of(tree.key(i)); }
  [[nodiscard]] OctantKey key(Index i) const { return tree.key(i); }
  [[nodiscard]] OctantKey parent(Index i) const { return parent_of(tree.key(i)); }
  [[nodiscard]] bool is_own(Index i) const { return layout.essential.is_owned(i); }
  [[nodiscard]] bool has_sources(Index i) const { return tree.octants[usize(i)].num_sources > 0; }
  [[nodiscard]] bool is_own_target(Index i) const { return is_own(i) && tree.octants[usize(i)].num_targets > 0; }

  /// The octants of eight places of a family, by child number; -1 where the place is empty.
  template <class Place>
  [[nodiscard]] std::array<Index, 8> members(const std::array<Place, 8>& family,
                                             const std::map<const double*, Index>& octants) const {
    std::array<Index, 8> result{};
    for (std::size_t o = 0; o < 8; ++o) {
      result[o] = family[o] == nullptr ? -1 : octants.at(family[o]);
      if (result[o] >= 0) {
        EXPECT_EQ(child_number(key(result[o])), static_cast<int>(o));
      }
    }
    return result;
  }
};

Pairs v_lists_by_definition(const View& view) {
  Pairs pairs;
  for (Index t = 0; t < view.tree.size(); ++t) {
    if (!view.is_own_target(t) || view.level(t) < 2) continue;
    const auto& begin = view.tree.level_begin;
    for (Index s = begin[usize(view.level(t))]; s < begin[usize(view.level(t)) + 1]; ++s)
      if (view.has_sources(s) && adjacent(view.parent(t), view.parent(s)) && !adjacent(view.key(t), view.key(s)))
        pairs[{t, s}] = 1;
  }
  return pairs;
}

/// What M2L makes of two families: all pairs that do not touch.
void add_pairs(const View& view, const std::array<Index, 8>& targets, const std::array<Index, 8>& sources, int d,
               Pairs& pairs) {
  for (const Index t : targets)
    for (const Index s : sources) {
      if (t < 0 || s < 0) continue;
      EXPECT_EQ(view.parent(s), colleague(view.parent(t), d)) << "in another direction";
      if (!adjacent(view.key(t), view.key(s))) ++pairs[{t, s}];
    }
}

/// Cuts of [0, count) one behind the other, each of one level and not longer than a panel, none of them needless.
template <class LevelOf>
void expect_panels(const std::vector<IndexRange>& panels, Index count, const LevelOf& level_of_place) {
  Index next = 0;
  std::map<int, Index> by_level, panels_of_level;
  for (const IndexRange& panel : panels) {
    EXPECT_EQ(panel.begin, next);
    EXPECT_GT(panel.size(), 0);
    EXPECT_LE(panel.size(), panel_width);
    next = panel.end;
    const int level = level_of_place(panel.begin);
    ++panels_of_level[level];
    by_level[level] += panel.size();
    for (Index i = panel.begin; i < panel.end; ++i) EXPECT_EQ(level_of_place(i), level);
  }
  EXPECT_EQ(next, count);
  for (const auto& [level, leaves] : by_level)
    EXPECT_EQ(panels_of_level[level], (leaves + panel_width - 1) / panel_width) << "level " << level;
}

}

void expect_v_lists_once(OpenPlan& plan) {
  const View view(plan);
  Pairs pairs;
  for (std::size_t level = 0; level < view.schedule.m2l.size(); ++level) {
    const M2lLevel& m2l = view.schedule.m2l[level];
    ASSERT_EQ(m2l.targets.size(), m2l.neighbours.size());
    for (std::size_t f = 0; f < m2l.targets.size(); ++f) {
      const auto targets = view.members(m2l.targets[f], view.of_local);
      for (const Index t : targets)
        if (t >= 0) {
          EXPECT_EQ(usize(view.level(t)), level);
        }
      EXPECT_EQ(m2l.neighbours[f][own_direction], -1);
      for (int d = 0; d < num_directions; ++d)
        if (const auto s = m2l.neighbours[f][usize(d)]; s >= 0)
          add_pairs(view, targets, view.members(m2l.sources[usize(s)], view.of_multipole), d, pairs);
    }
    for (const auto& family : m2l.sources)
      EXPECT_TRUE(std::any_of(family.begin(), family.end(), [](auto* child) { return child != nullptr; }));
  }
  EXPECT_TRUE(pairs == v_lists_by_definition(view)) << pairs.size() << " pairs";
}

void expect_parents_once(OpenPlan& plan) {
  const View view(plan);
  Pairs up, down, wanted_up, wanted_down;
  for (std::size_t level = 0; level < view.schedule.m2m.size(); ++level) {
    const Families& families = view.schedule.m2m[level];
    ASSERT_EQ(families.from.size(), families.to.size());
    for (std::size_t f = 0; f < families.to.size(); ++f) {
      const Index parent = view.of_multipole.at(families.to[f]);
      EXPECT_EQ(usize(view.level(parent)), level);
      for (const Index child : view.members(families.from[f], view.of_multipole))
        if (child >= 0) ++up[{parent, child}];
    }
    const L2lLevel& l2l = view.schedule.l2l[level];
    ASSERT_EQ(l2l.parents.size(), l2l.children.size());
    for (std::size_t f = 0; f < l2l.parents.size(); ++f) {
      const Index parent = view.of_local.at(l2l.parents[f]);
      EXPECT_EQ(usize(view.level(parent)), level);
      for (const Index child : view.members(l2l.children[f], view.of_local))
        if (child >= 0) ++down[{parent, child}];
    }
  }
  for (Index i = 0; i < view.tree.size(); ++i) {
    if (view.level(i) < 3) continue;
    const Index parent = view.tree.find(view.parent(i));
    if (view.is_own(parent) && view.has_sources(i)) wanted_up[{parent, i}] = 1;
    if (view.is_own_target(i)) wanted_down[{parent, i}] = 1;
  }
  EXPECT_TRUE(up == wanted_up) << up.size() << " of " << wanted_up.size();
  EXPECT_TRUE(down == wanted_down) << down.size() << " of " << wanted_down.size();
}

void expect_panels_of_leaves(OpenPlan& plan) {
  const View view(plan);
  const auto& lists = view.lists;
  const auto& schedule = view.schedule;
  std::vector<Index> sources, targets, scheduled, w, x;
  for (Index i = 0; i < view.tree.size(); ++i) {
    if (!view.is_own(i) || !view.tree.is_leaf(i)) continue;
    if (view.has_sources(i)) sources.push_back(i);
    if (view.is_own_target(i)) targets.push_back(i);
  }
  for (const Index t : schedule.target_leaves) scheduled.push_back(lists.targets[usize(t)]);
  EXPECT_EQ(lists.source_leaves, sources);
  EXPECT_EQ(scheduled, targets);
  expect_panels(schedule.source_panels, size_of(sources), [&](Index i) { return view.level(sources[usize(i)]); });
  expect_panels(schedule.target_panels, size_of(targets),
                [&](Index i) { return view.level(lists.far_field_of(targets[usize(i)])); });
  for (Index t = 0; t < size_of(lists.targets); ++t) {
    if (!lists.w[t].empty()) w.push_back(t);
    if (!lists.x[t].empty()) x.push_back(t);
  }
  EXPECT_EQ(schedule.w_leaves, w);
  EXPECT_EQ(schedule.x_octants, x);
}

void expect_near_blocks(OpenPlan& plan) {
  const View view(plan);
  const auto& lists = view.lists;
  const auto& schedule = view.schedule;
  const auto octant = [&](Index place) { return lists.targets[usize(schedule.near_leaves[usize(place)])]; };
  std::set<Index> leaves;
  for (Index t = 0; t < size_of(lists.targets); ++t)
    if (!lists.near[t].empty()) leaves.insert(t);
  EXPECT_EQ(std::set<Index>(schedule.near_leaves.begin(), schedule.near_leaves.end()), leaves);
  EXPECT_EQ(schedule.near_leaves.size(), leaves.size());
  for (Index i = 1; i < size_of(schedule.near_leaves); ++i)
    EXPECT_LT(first_point(view.key(octant(i - 1))), first_point(view.key(octant(i)))) << "Morton order";

  std::vector<int> times(schedule.near_leaves.size(), 0);
  const auto check = [&](const NearBlock& block, bool interior) {
    ASSERT_GT(block.leaves.size(), 0);
    bool all_own = true;
    for (Index i = block.leaves.begin; i < block.leaves.end; ++i) {
      ++times[usize(i)];
      for (const IndexRange& range : lists.near[schedule.near_leaves[usize(i)]])
        all_own = all_own && range.end <= view.layout.points.num_sources;
    }
    EXPECT_EQ(all_own, interior);
    EXPECT_EQ(block.targets.begin, view.layout.target_range(octant(block.leaves.begin)).begin);
    EXPECT_EQ(block.targets.end, view.layout.target_range(octant(block.leaves.end - 1)).end);
    EXPECT_TRUE(block.targets.size() <= 4096 || block.leaves.size() == 1) << block.targets.size();
  };
  for (const NearBlock& block : schedule.interior_blocks) check(block, true);
  for (const NearBlock& block : schedule.border_blocks) check(block, false);
  EXPECT_EQ(times, std::vector<int>(times.size(), 1));
}

}
