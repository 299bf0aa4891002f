// SPDX-License-Identifier: BSD-3-Clause
#include "tree/lists.hpp"

#include <bit>

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
      table[at(number)][at(d)] = {
          static_cast<std::uint8_t>(direction(parent_offset[0], parent_offset[1], parent_offset[2])),
          static_cast<std::uint8_t>(child)};
    }
  return table;
}();

[[nodiscard]] bool has_sources(const Octree& tree, Index octant) noexcept {
  return tree.octants[at(octant)].num_sources > 0;
}

/// Children with sources, as a mask.
[[nodiscard]] std::vector<std::uint8_t> source_child_masks(const Octree& tree) {
  std::vector<std::uint8_t> masks(at(tree.size()), 0);
  for (Index i = 0; i < tree.size(); ++i)
    if (tree.parent[at(i)] >= 0 && has_sources(tree, i)) {
      auto& mask = masks[at(tree.parent[at(i)])];
      mask = static_cast<std::uint8_t>(mask | 1U << child_number(tree.key(i)));
    }
  return masks;
}

/// Calls visit(child) for the children of an octant in a mask.
template <class Visit>
void for_children(const Octree& tree, Index octant, unsigned mask, Visit&& visit) {
  for (; mask != 0; mask &= mask - 1) visit(tree.child(octant, std::countr_zero(mask)));
}

/// Appends the lists of one octant.
void add_lists(const Octree& tree, std::span<const Colleagues> colleagues,
               std::span<const std::uint8_t> source_children, Index octant, InteractionLists& lists) {
  const Index parent = tree.parent[at(octant)];
  const bool leaf = tree.is_leaf(octant);
  Index v_length = 0;
  if (parent >= 0) {
    const int number = child_number(tree.key(octant));
    for (int d = 0; d < num_directions; ++d) {
      const Index other = colleagues[at(parent)][at(d)];
      if (other < 0 || d == own_direction) continue;
      if (tree.is_leaf(other) && has_sources(tree, other)) {
        // Seen from the leaf, this octant is a child of its colleague in the opposite direction.
        const bool touches = (facing_children[at(num_directions - 1 - d)] >> number & 1U) != 0;
        if (!touches) lists.x.values.push_back(other);
        if (touches && leaf) lists.u.values.push_back(other);
      }
      const unsigned far = source_children[at(other)] & ~unsigned{near_children[at(d)][at(number)]};
      v_length += std::popcount(far);
    }
  }
  if (leaf) {
    for (int d = 0; d < num_directions; ++d) {
      const Index other = colleagues[at(octant)][at(d)];
      if (other < 0) continue;
      if (tree.is_leaf(other)) {
        if (has_sources(tree, other)) lists.u.values.push_back(other);
        continue;
      }
      const unsigned children = source_children[at(other)];
      const unsigned facing = facing_children[at(d)];
      for_children(tree, other, children & facing, [&](Index child) { lists.u.values.push_back(child); });
      for_children(tree, other, children & ~facing, [&](Index child) { lists.w.values.push_back(child); });
    }
  }
  lists.u.end_list();
  lists.w.end_list();
  lists.x.end_list();
  lists.v_length.push_back(v_length);
}

}

std::uint8_t touching_children(int direction, int child) noexcept { return near_children[at(direction)][at(child)]; }

std::vector<Colleagues> make_colleagues(const Octree& tree, std::span<const std::uint8_t> wanted) {
  Colleagues none;
  none.fill(-1);
  std::vector<Colleagues> table(at(tree.size()), none);
  for (int level = 0; level < tree.num_levels(); ++level) {
#pragma omp parallel for schedule(static)
    for (Index i = tree.level_begin[at(level)]; i < tree.level_begin[at(level) + 1]; ++i) {
      if (wanted[at(i)] == 0) continue;
      auto& row = table[at(i)];
      row[own_direction] = i;
      if (tree.parent[at(i)] < 0) continue;
      const auto& above = table[at(tree.parent[at(i)])];
      const auto& own_steps = steps[at(child_number(tree.key(i)))];
      for (std::size_t d = 0; d < num_directions; ++d)
        if (const Index parent = above[own_steps[d].parent_direction]; parent >= 0)
          row[d] = tree.child(parent, own_steps[d].child);
    }
  }
  return table;
}

void InteractionLists::append(const InteractionLists& other) {
  u.append(other.u);
  w.append(other.w);
  x.append(other.x);
  v_length.insert(v_length.end(), other.v_length.begin(), other.v_length.end());
}

InteractionLists make_lists(const Octree& tree, std::span<const Colleagues> colleagues,
                            std::span<const Index> targets) {
  const auto source_children = source_child_masks(tree);
  const auto parts = make_parts(size_of(targets), [&](IndexRange part) {
    InteractionLists lists;
    for (Index t = part.begin; t < part.end; ++t) add_lists(tree, colleagues, source_children, targets[at(t)], lists);
    return lists;
  });
  InteractionLists lists;
  for (const auto& part : parts) lists.append(part);
  return lists;
}

}
