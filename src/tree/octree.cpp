// SPDX-License-Identifier: BSD-3-Clause
#include "tree/octree.hpp"

#include <algorithm>
#include <bit>

namespace nearfar {

Index Octree::child(Index octant, int number) const noexcept {
  const unsigned mask = child_mask[usize(octant)];
  if ((mask >> number & 1U) == 0) return -1;
  return child_begin[usize(octant)] + std::popcount(mask & ((1U << number) - 1U));
}

Index Octree::find(OctantKey wanted) const noexcept {
  const auto found = std::lower_bound(octants.begin(), octants.end(), wanted,
                                      [](const OctantRecord& octant, OctantKey k) { return octant.key < k; });
  return found != octants.end() && found->key == wanted ? static_cast<Index>(found - octants.begin()) : -1;
}

Octree make_octree(std::vector<OctantRecord> records) {
  Octree tree;
  const auto by_key = [](const OctantRecord& a, const OctantRecord& b) { return a.key < b.key; };
  const auto same_key = [](const OctantRecord& a, const OctantRecord& b) { return a.key == b.key; };
  if (!std::is_sorted(records.begin(), records.end(), by_key)) std::sort(records.begin(), records.end(), by_key);
  records.erase(std::unique(records.begin(), records.end(), same_key), records.end());
  tree.octants = std::move(records);

  const Index count = tree.size();
  tree.parent.assign(usize(count), -1);
  tree.child_begin.assign(usize(count), 0);
  tree.child_mask.assign(usize(count), 0);
  int level = -1;
  tree.level_begin.clear();
  Index parent = 0;
  for (Index i = 0; i < count; ++i) {
    const OctantKey key = tree.key(i);
    for (; level < level_of(key); ++level) tree.level_begin.push_back(i);
    if (key == root_octant) continue;
    // Parents come in the same order as their children.
    while (tree.key(parent) != parent_of(key)) ++parent;
    tree.parent[usize(i)] = parent;
    if (tree.child_mask[usize(parent)] == 0) tree.child_begin[usize(parent)] = i;
    tree.child_mask[usize(parent)] =
        static_cast<std::uint8_t>(tree.child_mask[usize(parent)] | 1U << child_number(key));
  }
  tree.level_begin.push_back(count);
  return tree;
}

namespace {

/// The parents of the 27 octants around a child, as bits of the directions from its own parent: along each axis that
/// one and the one on the child's side.
constexpr auto parents_around = [] {
  std::array<std::uint32_t, 8> masks{};
  for (int number = 0; number < 8; ++number)
    for (int side = 0; side < 8; ++side) {
      const auto step = [&](int axis) { return (side >> axis & 1) == 0 ? 0 : (number >> axis & 1) != 0 ? 1 : -1; };
      masks[usize(number)] |= 1U << direction(step(0), step(1), step(2));
    }
  return masks;
}();

}

void close_splits(SplitSets& splits, const std::function<bool(OctantKey)>& is_closed) {
  for (std::size_t level = splits.size(); level-- > 1;) {
    auto& coarser = splits[level - 1];
    const auto num_before = static_cast<std::ptrdiff_t>(coarser.size());
    const auto& finer = splits[level];
    for (std::size_t i = 0; i < finer.size();) {
      const OctantKey own = parent_of(finer[i]);
      std::uint32_t needed = 0;
      for (; i < finer.size() && parent_of(finer[i]) == own; ++i)
        needed |= parents_around[usize(child_number(finer[i]))];
      for (; needed != 0; needed &= needed - 1)
        if (const OctantKey other = colleague(own, std::countr_zero(needed)); other != 0) coarser.push_back(other);
    }
    std::sort(coarser.begin() + num_before, coarser.end());
    if (is_closed) {
      coarser.erase(std::unique(coarser.begin() + num_before, coarser.end()), coarser.end());
      coarser.erase(std::remove_if(coarser.begin() + num_before, coarser.end(), is_closed), coarser.end());
    }
    std::inplace_merge(coarser.begin(), coarser.begin() + num_before, coarser.end());
    coarser.erase(std::unique(coarser.begin(), coarser.end()), coarser.end());
  }
}

bool is_split(const SplitSets& splits, OctantKey key) noexcept {
  const auto level = static_cast<std::size_t>(level_of(key));
  return level < splits.size() && std::binary_search(splits[level].begin(), splits[level].end(), key);
}

}
