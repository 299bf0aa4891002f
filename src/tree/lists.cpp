// SPDX-License-Identifier: BSD-3-Clause
#include "tree/lists.hpp"

#include <algorithm>
#include <bit>

#include "base/region.hpp"
#include "tree/parts.hpp"

namespace nearfar {
namespace {

using Masks = std::array<std::uint8_t, num_directions>;

/// near_children[d][o]: children of the colleague in direction d of a parent that touch the parent's child o.
constexpr auto near_children = [] {
  std::array<std::array<std::uint8_t, 8>, num_directions> masks{};
  for (int d = 0; d < num_directions; ++d) {
    const auto offset = offset_of(d);
    for (int o = 0; o < 8; ++o) {
      for (int s = 0; s < 8; ++s) {
        bool touches = true;
        for (int axis = 0; axis < 3; ++axis) {
          const int distance = 2 * offset[static_cast<std::size_t>(axis)] + (s >> axis & 1) - (o >> axis & 1);
          touches = touches && distance >= -1 && distance <= 1;
        }
        if (touches) {
          auto& mask = masks[static_cast<std::size_t>(d)][static_cast<std::size_t>(o)];
          mask = static_cast<std::uint8_t>(mask | 1U << s);
        }
      }
    }
  }
  return masks;
}();

/// facing_children[d]: children of the colleague in direction d that touch the octant itself.
constexpr auto facing_children = [] {
  Masks masks{};
  for (int d = 0; d < num_directions; ++d)
    for (const auto mask : near_children[static_cast<std::size_t>(d)])
      masks[static_cast<std::size_t>(d)] = static_cast<std::uint8_t>(masks[static_cast<std::size_t>(d)] | mask);
  return masks;
}();

/// Where to look for the colleagues of a child: the colleague of its parent, and which child of that.
struct Step {
  std::uint8_t parent_direction = own_direction;
  std::uint8_t child = 0;
};
constexpr auto steps = [] {
  std::array<std::array<Step, num_directions>, 8> table{};
  for (int number = 0; number < 8; ++number)
    for (int d = 0; d < num_directions; ++d) {
      // Along each axis, position -1 .. 2 in the parent's children: the parent's own are 0 and 1.
      const auto offset = offset_of(d);
      std::array<int, 3> parent_offset{};
      int child = 0;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const int position = (number >> axis & 1) + offset[axis];
        parent_offset[axis] = position < 0 ? -1 : position > 1 ? 1 : 0;
        child |= (position & 1) << axis;
      }
      table[usize(number)][usize(d)] = {
          static_cast<std::uint8_t>(direction(parent_offset[0], parent_offset[1], parent_offset[2])),
          static_cast<std::uint8_t>(child)};
    }
  return table;
}();

/// directions[d][o][s]: from child o of a parent to child s of its colleague in direction d, where they touch.
constexpr auto child_directions = [] {
  std::array<std::array<std::array<std::uint8_t, 8>, 8>, num_directions> table{};
  for (int d = 0; d < num_directions; ++d)
    for (int o = 0; o < 8; ++o)
      for (int s = 0; s < 8; ++s) {
        const auto offset = offset_of(d);
        const auto step = [&](int axis) { return 2 * offset[usize(axis)] + (s >> axis & 1) - (o >> axis & 1); };
        if ((near_children[usize(d)][usize(o)] >> s & 1U) != 0)
          table[usize(d)][usize(o)][usize(s)] = static_cast<std::uint8_t>(direction(step(0), step(1), step(2)));
      }
  return table;
}();

/// Calls visit(number) for the bits of a mask.
template <class Visit>
void for_bits(unsigned mask, Visit&& visit) {
  for (; mask != 0; mask &= mask - 1) visit(std::countr_zero(mask));
}

/// Appends lists, of one octant at a time.
class ListMaker {
 public:
  ListMaker(const Octree& tree, const ColleagueTable& colleagues, std::span<const ChildMasks> child_masks,
            Index direct_limit)
      : tree_(tree), colleagues_(colleagues), child_masks_(child_masks), direct_limit_(direct_limit) {}

  void add(Index octant);
  [[nodiscard]] InteractionLists release() { return std::move(lists_); }

 private:
  /// A colleague of the present parent.
  struct Neighbour {
    Index octant;
    int direction;
    bool leaf;
  };
  struct Lengths {
    std::int64_t u = 0, v = 0, w = 0, x = 0;
  };

  void gather_neighbours(Index parent);
  void add_near_children(const Neighbour& around, int number, Lengths& lengths);
  void end_lists(const Lengths& lengths, bool leaf);

  const Octree& tree_;
  const ColleagueTable& colleagues_;
  std::span<const ChildMasks> child_masks_;
  Index direct_limit_;
  Index parent_ = -1;
  std::vector<Neighbour> neighbours_;  ///< with sources, in Morton order
  InteractionLists lists_;
};

/// The same for all children of a parent.
void ListMaker::gather_neighbours(Index parent) {
  parent_ = parent;
  neighbours_.clear();
  const Colleagues& row = colleagues_[parent];
  for (int d = 0; d < num_directions; ++d) {
    const Index other = row[usize(d)];
    if (other < 0) continue;
    const OctantRecord& octant = tree_.octants[usize(other)];
    if (octant.num_sources > 0) neighbours_.push_back({other, d, octant.leaf != 0});
  }
  std::sort(neighbours_.begin(), neighbours_.end(),
            [](const Neighbour& a, const Neighbour& b) { return a.octant < b.octant; });
}

void ListMaker::add(Index octant) {
  const Index parent = tree_.parent[usize(octant)];
  const OctantRecord& target = tree_.octants[usize(octant)];
  const bool leaf = target.leaf != 0;
  Lengths lengths;
  if (parent < 0) {
    if (leaf && target.num_sources > 0) lists_.direct.values.push_back(octant);
    lengths.u = size_of(lists_.direct.values);
    return end_lists(lengths, leaf);
  }
  if (parent != parent_) gather_neighbours(parent);
  const int number = child_number(target.key);
  for (const Neighbour& around : neighbours_) {
    if (around.leaf) {
      // Seen from there, this octant is a child of its colleague in the opposite direction.
      const bool touches = (facing_children[usize(num_directions - 1 - around.direction)] >> number & 1U) != 0;
      if (touches && !leaf) continue;
      ++(touches ? lengths.u : lengths.x);
      const bool direct = touches || (leaf && target.num_targets <= direct_limit_);
      (direct ? lists_.direct : lists_.x).values.push_back(around.octant);
    } else {
      const unsigned far =
          child_masks_[usize(around.octant)].sources & ~unsigned{near_children[usize(around.direction)][usize(number)]};
      lengths.v += std::popcount(far);
      if (leaf) add_near_children(around, number, lengths);
    }
  }
  end_lists(lengths, leaf);
}

/// Of a leaf, child `number` of the present parent: leaves among the near children of a neighbour, and among the
/// children of these.
void ListMaker::add_near_children(const Neighbour& around, int number, Lengths& lengths) {
  const unsigned leaves = child_masks_[usize(around.octant)].leaves;
  for_bits(child_masks_[usize(around.octant)].sources & near_children[usize(around.direction)][usize(number)],
           [&](int child_of_other) {
             const Index child = tree_.child(around.octant, child_of_other);
             if ((leaves >> child_of_other & 1U) != 0) {
               ++lengths.u;
               lists_.direct.values.push_back(child);
               return;
             }
             const unsigned facing =
                 facing_children[child_directions[usize(around.direction)][usize(number)][usize(child_of_other)]];
             for_bits(child_masks_[usize(child)].sources, [&](int grandchild_number) {
               const Index grandchild = tree_.child(child, grandchild_number);
               const bool touches = (facing >> grandchild_number & 1U) != 0;
               ++(touches ? lengths.u : lengths.w);
               const OctantRecord& octant = tree_.octants[usize(grandchild)];
               const bool direct = touches || (octant.leaf != 0 && octant.num_sources <= direct_limit_);
               (direct ? lists_.direct : lists_.w).values.push_back(grandchild);
             });
           });
}

void ListMaker::end_lists(const Lengths& lengths, bool leaf) {
  lists_.direct.end_list();
  lists_.w.end_list();
  lists_.x.end_list();
  lists_.v_length.push_back(static_cast<Index>(lengths.v));
  const auto add = [&](ListLengths& of_all, std::int64_t length) {
    of_all.sum += length;
    if (leaf) of_all.sum_of_leaves += length;
    of_all.max = std::max(of_all.max, length);
  };
  add(lists_.summary.u, lengths.u);
  add(lists_.summary.v, lengths.v);
  add(lists_.summary.w, lengths.w);
  add(lists_.summary.x, lengths.x);
}

void add_lengths(ListLengths& all, const ListLengths& part) {
  all.sum += part.sum;
  all.sum_of_leaves += part.sum_of_leaves;
  all.max = std::max(all.max, part.max);
}

}

std::uint8_t touching_children(int direction, int child) noexcept {
  return near_children[usize(direction)][usize(child)];
}

ColleagueTable make_colleagues(const Octree& tree, std::span<const std::uint8_t> wanted) {
  ColleagueTable table;
  table.row_of.resize(usize(tree.size()));
  Index num_rows = 0;
  for (std::size_t i = 0; i < table.row_of.size(); ++i) table.row_of[i] = wanted[i] != 0 ? num_rows++ : -1;
  table.rows.resize(usize(num_rows));
  for (int level = 0; level < tree.num_levels(); ++level) {
    const Region region;
#pragma omp parallel for schedule(static)
    for (Index i = tree.level_begin[usize(level)]; i < tree.level_begin[usize(level) + 1]; ++i) {
      if (wanted[usize(i)] == 0) continue;
      auto& row = table.rows[usize(table.row_of[usize(i)])];
      row.fill(-1);
      row[own_direction] = i;
      if (tree.parent[usize(i)] < 0) continue;
      const auto& above = table[tree.parent[usize(i)]];
      const auto& own_steps = steps[usize(child_number(tree.key(i)))];
      for (std::size_t d = 0; d < num_directions; ++d)
        if (const Index parent = above[own_steps[d].parent_direction]; parent >= 0)
          row[d] = tree.child(parent, own_steps[d].child);
    }
  }
  return table;
}

UnwrittenVector<ChildMasks> make_child_masks(const Octree& tree) {
  UnwrittenVector<ChildMasks> masks(usize(tree.size()));
  const Region region;
#pragma omp parallel for schedule(static)
  for (std::size_t i = 0; i < masks.size(); ++i) {
    unsigned sources = 0, leaves = 0;
    const OctantRecord* child = tree.octants.data() + tree.child_begin[i];
    for_bits(tree.child_mask[i], [&](int number) {
      sources |= (child->num_sources > 0 ? 1U : 0U) << number;
      leaves |= (child->leaf != 0 ? 1U : 0U) << number;
      ++child;
    });
    masks[i] = {static_cast<std::uint8_t>(sources), static_cast<std::uint8_t>(leaves)};
  }
  return masks;
}

InteractionLists make_lists(const Octree& tree, const ColleagueTable& colleagues,
                            std::span<const ChildMasks> child_masks, std::span<const Index> targets,
                            Index direct_limit) {
  const auto parts = make_parts(size_of(targets), [&](IndexRange part) {
    ListMaker maker(tree, colleagues, child_masks, direct_limit);
    for (Index t = part.begin; t < part.end; ++t) maker.add(targets[usize(t)]);
    return maker.release();
  });
  InteractionLists lists{.direct = join_lists(parts, &InteractionLists::direct),
                         .w = join_lists(parts, &InteractionLists::w),
                         .x = join_lists(parts, &InteractionLists::x),
                         .v_length = join(parts, &InteractionLists::v_length),
                         .summary = {}};
  for (const InteractionLists& part : parts) {
    add_lengths(lists.summary.u, part.summary.u);
    add_lengths(lists.summary.v, part.summary.v);
    add_lengths(lists.summary.w, part.summary.w);
    add_lengths(lists.summary.x, part.summary.x);
  }
  return lists;
}

}
