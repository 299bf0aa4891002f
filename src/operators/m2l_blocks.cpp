// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_blocks.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

namespace nearfar {
namespace {

/// Target families of a block. Large blocks have fewer sources around them in proportion, as long as the planes of
/// those stay in the second-level cache; but there must be some blocks for each thread.
constexpr Index min_block_size = 32;
constexpr Index max_block_size = 256;
constexpr Index blocks_per_thread = 8;
static_assert(max_block_size * (m2l_num_directions - 1) * 8 <= std::numeric_limits<std::uint16_t>::max());
static_assert((max_block_size * (m2l_num_directions - 1) + 1) * m2l_row_words <= std::numeric_limits<M2lPlace>::max());

constexpr int own_place = 13;

/// Bits of the children that are there.
template <class T>
unsigned present(const std::array<T*, 8>& children) noexcept {
  unsigned result = 0;
  for (int child = 0; child < 8; ++child) result |= children[at(child)] != nullptr ? 1u << child : 0u;
  return result;
}

/// Bits of the source children that are far from a target child, by direction.
const auto far_children = [] {
  std::array<std::array<unsigned, 8>, m2l_num_directions> result{};
  for (int d = 0; d < m2l_num_directions; ++d) {
    for (int target = 0; target < 8; ++target) {
      for (int source = 0; source < 8; ++source)
        result[at(d)][at(target)] |= m2l_children_are_far(d, source, target) ? 1u << source : 0u;
    }
  }
  return result;
}();

class BlockMaker {
 public:
  explicit BlockMaker(const M2lFamilies& families) : families_(families), place_(families.sources.size() * 8, 0) {}
  M2lBlocks make(int num_threads);

 private:
  [[nodiscard]] bool is_sparse(Index first_target, Index num_targets) const;
  void make_block(Index first_target, Index num_targets, bool by_pairs);
  std::span<const Index> make_rows(Index first_target, Index num_targets, bool by_pairs);
  void make_pairs(Index target);
  void list_sources();
  void make_groups(Index first_target, Index num_targets);
  void add_group(std::span<const Index> targets, std::uint32_t directions);
  template <class Action>
  void for_each_neighbour(Index target, Action action) const;

  const M2lFamilies& families_;
  std::vector<Index> place_;  ///< of each source family, or child, in the present block, from 1; 0: none
  M2lBlocks result_;
};

/// Which families go by pairs must not depend on the number of threads, which would change the rounding.
M2lBlocks BlockMaker::make(int num_threads) {
  const Index num_targets = size_of(families_.targets);
  const Index wanted = std::clamp(num_targets / (blocks_per_thread * num_threads), min_block_size, max_block_size);
  result_.block_size = wanted / min_block_size * min_block_size;
  std::vector<bool> sparse;
  for (Index first = 0; first < num_targets; first += min_block_size)
    sparse.push_back(is_sparse(first, std::min(min_block_size, num_targets - first)));
  for (Index first = 0, end = 0; first < num_targets; first = end) {
    const bool by_pairs = sparse[at(first / min_block_size)];
    do end += min_block_size;
    while (end < std::min(first + result_.block_size, num_targets) && sparse[at(end / min_block_size)] == by_pairs);
    end = std::min(end, num_targets);
    make_block(first, end - first, by_pairs);
  }
  for (const auto& locals : families_.targets) result_.num_locals += std::popcount(present(locals));
  list_sources();
  return std::move(result_);
}

/// Groups read the spectra of absent children too, which are zero.
void BlockMaker::list_sources() {
  const bool with_groups = result_.groups.size() > 0;
  for (Index family = 0; family < size_of(families_.sources); ++family) {
    const unsigned children = with_groups ? 255u : present(families_.sources[at(family)]);
    for (int child = 0; child < 8; ++child)
      if ((children >> child & 1u) != 0) result_.sources.push_back(family * 8 + child);
  }
}

template <class Action>
void BlockMaker::for_each_neighbour(Index target, Action action) const {
  const auto& places = families_.neighbours[at(target)];
  for (int d = 0; d < m2l_num_directions; ++d)
    if (d != own_place && places[at(d)] >= 0) action(d, places[at(d)]);
}

/// Whether pairs of children take fewer products than pairs of families. The latter are a little faster, each, and have
/// the E and D maps besides.
bool BlockMaker::is_sparse(Index first_target, Index num_targets) const {
  std::int64_t of_children = 0, of_families = 0;
  for (Index target = first_target; target < first_target + num_targets; ++target) {
    const unsigned targets = present(families_.targets[at(target)]);
    for_each_neighbour(target, [&](int d, Index family) {
      const unsigned sources = present(families_.sources[at(family)]);
      for (int child = 0; child < 8; ++child)
        if ((targets >> child & 1u) != 0) of_children += std::popcount(sources & far_children[at(d)][at(child)]);
      of_families += m2l_num_planes;
    });
  }
  return of_children < of_families;
}

void BlockMaker::make_block(Index first_target, Index num_targets, bool by_pairs) {
  const auto rows = make_rows(first_target, num_targets, by_pairs);
  M2lBlocks::Block block{first_target, num_targets, by_pairs, 0, 0};
  if (by_pairs) {
    block.first_list = result_.pairs.size();
    for (Index target = first_target; target < first_target + num_targets; ++target) make_pairs(target);
  } else {
    block.first_list = result_.groups.size();
    make_groups(first_target, num_targets);
    block.num_groups = result_.groups.size() - block.first_list;
    result_.num_in_groups += num_targets;
    result_.num_group_rows += size_of(rows);
  }
  result_.blocks.push_back(block);
  for (const Index row : rows) place_[at(row)] = 0;
}

/// Lists the sources around a block.
std::span<const Index> BlockMaker::make_rows(Index first_target, Index num_targets, bool by_pairs) {
  auto& rows = result_.rows.values;
  const auto begin = static_cast<std::ptrdiff_t>(rows.size());
  const auto add = [&](Index row) {
    if (place_[at(row)] != 0) return;
    place_[at(row)] = 1;
    rows.push_back(row);
  };
  for (Index target = first_target; target < first_target + num_targets; ++target) {
    for_each_neighbour(target, [&](int, Index family) {
      if (!by_pairs) return add(family);
      const unsigned sources = present(families_.sources[at(family)]);
      for (int child = 0; child < 8; ++child)
        if ((sources >> child & 1u) != 0) add(family * 8 + child);
    });
  }
  // Sorted, they are read in long runs.
  const std::span<Index> own(rows.begin() + begin, rows.end());
  std::sort(own.begin(), own.end());
  for (std::size_t i = 0; i < own.size(); ++i) place_[at(own[i])] = static_cast<Index>(i) + 1;
  result_.rows.end_list();
  result_.max_rows = std::max(result_.max_rows, size_of(own));
  return own;
}

void BlockMaker::make_pairs(Index target) {
  result_.order.push_back(target);
  const unsigned targets = present(families_.targets[at(target)]);
  for (int child = 0; child < 8; ++child) {
    if ((targets >> child & 1u) != 0) {
      for_each_neighbour(target, [&](int d, Index family) {
        const unsigned sources = present(families_.sources[at(family)]) & far_children[at(d)][at(child)];
        for (int source = 0; source < 8; ++source) {
          if ((sources >> source & 1u) == 0) continue;
          const Index place = place_[at(family * 8 + source)] - 1;
          result_.pairs.values.push_back(
              {static_cast<std::uint16_t>(place), static_cast<std::uint16_t>(m2l_child_offset(d, source, child))});
        }
      });
    }
    result_.pairs.end_list();
  }
}

/// Puts targets with nearly the same directions together, since a group pays for each direction that any of it has.
void BlockMaker::make_groups(Index first_target, Index num_targets) {
  std::vector<std::uint32_t> directions(at(num_targets), 0);  // of each target, one bit for each
  for (Index i = 0; i < num_targets; ++i) {
    for_each_neighbour(first_target + i, [&](int d, Index) { directions[at(i)] |= 1u << d; });
    result_.num_family_pairs += std::popcount(directions[at(i)]);
  }
  std::vector<Index> left(directions.size()), group;
  std::iota(left.begin(), left.end(), 0);
  while (!left.empty()) {
    group.clear();
    std::uint32_t used = 0;
    while (!left.empty() && size_of(group) < m2l_group_size) {
      const auto cost = [&](Index target) { return std::popcount(used | directions[at(target)]); };
      const auto next = std::min_element(left.begin(), left.end(), [&](Index a, Index b) { return cost(a) < cost(b); });
      group.push_back(first_target + *next);
      used |= directions[at(*next)];
      left.erase(next);
    }
    add_group(group, used);
  }
}

void BlockMaker::add_group(std::span<const Index> targets, std::uint32_t directions) {
  result_.order.insert(result_.order.end(), targets.begin(), targets.end());
  for (int d = 0; d < m2l_num_directions; ++d) {
    if ((directions >> d & 1u) == 0) continue;
    result_.groups.values.push_back(static_cast<M2lPlace>(d * m2l_row_words));
    for (std::size_t i = 0; i < m2l_group_size; ++i) {
      const Index family = i < targets.size() ? families_.neighbours[at(targets[i])][at(d)] : -1;
      const Index row = family < 0 ? 0 : place_[at(family)];
      result_.groups.values.push_back(static_cast<M2lPlace>(row * m2l_row_words));
    }
  }
  result_.groups.end_list();
}

}

M2lBlocks make_m2l_blocks(const M2lFamilies& families, int num_threads) {
  return BlockMaker(families).make(num_threads);
}

}
