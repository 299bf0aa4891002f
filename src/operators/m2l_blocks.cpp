// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_blocks.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "base/region.hpp"
#include "operators/m2l_spectra.hpp"
#include "tree/parts.hpp"

namespace nearfar {
namespace {

/// Target families of a block. Large blocks have fewer sources around them in proportion, as long as the planes of
/// those stay in the second-level cache; but there must be some blocks for each thread.
constexpr Index min_block_size = 32;
constexpr Index max_block_size = 256;
static_assert(max_block_size * (m2l_num_directions - 1) * 8 <= std::numeric_limits<std::uint16_t>::max());
static_assert((max_block_size * (m2l_num_directions - 1) + 1) * m2l_row_words <= std::numeric_limits<M2lPlace>::max());

constexpr int own_place = 13;

/// Of each child of a target family, what it has to do with the children of the source family in one direction.
struct ChildPairs {
  std::array<unsigned, 8> far{};                         ///< of each target child: source children, one bit for each
  std::array<std::array<std::uint16_t, 8>, 8> offset{};  ///< m2l_offset, by target child and source child
};

constexpr auto child_pairs = [] {
  std::array<ChildPairs, m2l_num_directions> result{};
  for (int d = 0; d < m2l_num_directions; ++d)
    for (int target = 0; target < 8; ++target)
      for (int source = 0; source < 8; ++source) {
        const std::array<int, 3> parents{d % 3 - 1, d / 3 % 3 - 1, d / 9 - 1};
        std::array<int, 3> offset{};
        bool far = false;
        for (int axis = 0; axis < 3; ++axis) {
          offset[usize(axis)] = 2 * parents[usize(axis)] + (source >> axis & 1) - (target >> axis & 1);
          far = far || offset[usize(axis)] > 1 || offset[usize(axis)] < -1;
        }
        ChildPairs& pairs = result[usize(d)];
        pairs.far[usize(target)] |= far ? 1u << source : 0u;
        pairs.offset[usize(target)][usize(source)] =
            static_cast<std::uint16_t>(m2l_offset(offset[0], offset[1], offset[2]));
      }
  return result;
}();

/// Bits of the children that are there, of each family.
template <class T>
[[nodiscard]] std::vector<std::uint8_t> present(std::span<const std::array<T*, 8>> families) {
  std::vector<std::uint8_t> masks(families.size());
  const Region region;
#pragma omp parallel for schedule(static)
  for (std::size_t family = 0; family < families.size(); ++family) {
    unsigned mask = 0;
    for (int child = 0; child < 8; ++child) mask |= families[family][usize(child)] != nullptr ? 1u << child : 0u;
    masks[family] = static_cast<std::uint8_t>(mask);
  }
  return masks;
}

/// Families by the bits of their children that are there.
struct Families {
  std::vector<std::uint8_t> sources, targets;
  std::span<const std::array<std::int32_t, m2l_num_directions>> neighbours;

  template <class Action>
  void for_each_neighbour(Index target, Action action) const {
    const auto& places = neighbours[usize(target)];
    for (int d = 0; d < m2l_num_directions; ++d)
      if (d != own_place && places[usize(d)] >= 0) action(d, places[usize(d)]);
  }
};

/// Calls visit(child) for the bits of a mask.
template <class Visit>
void for_children(unsigned mask, Visit&& visit) {
  for (; mask != 0; mask &= mask - 1) visit(std::countr_zero(mask));
}

/// Fills in the lists of some of the blocks.
class BlockMaker {
 public:
  explicit BlockMaker(const Families& families) : families_(families), place_(families.sources.size(), 0) {}
  [[nodiscard]] M2lBlocks make(std::span<const M2lBlocks::Block> blocks);

 private:
  void make_block(M2lBlocks::Block block);
  void gather_sources(const M2lBlocks::Block& block);
  void make_rows(bool by_pairs);
  void make_pairs(Index target);
  void make_groups(Index first_target, Index num_targets);
  void add_group(std::span<const Index> targets, std::uint32_t directions);

  const Families& families_;
  std::vector<Index> sources_;  ///< the source families around the present block
  std::vector<Index> place_;    ///< of each source family its row there, or that of its first child, from 1; 0: none
  M2lBlocks result_;
};

M2lBlocks BlockMaker::make(std::span<const M2lBlocks::Block> blocks) {
  for (const auto& block : blocks) make_block(block);
  return std::move(result_);
}

void BlockMaker::make_block(M2lBlocks::Block block) {
  gather_sources(block);
  make_rows(block.by_pairs);
  if (block.by_pairs) {
    block.first_list = result_.pairs.size();
    for (Index i = 0; i < block.num_targets; ++i) make_pairs(block.first_target + i);
  } else {
    block.first_list = result_.groups.size();
    make_groups(block.first_target, block.num_targets);
    block.num_groups = result_.groups.size() - block.first_list;
    result_.num_in_groups += block.num_targets;
    result_.num_group_rows += size_of(sources_);
  }
  result_.blocks.push_back(block);
  for (const Index family : sources_) place_[usize(family)] = 0;
}

void BlockMaker::gather_sources(const M2lBlocks::Block& block) {
  sources_.clear();
  for (Index i = 0; i < block.num_targets; ++i)
    families_.for_each_neighbour(block.first_target + i, [&](int, Index family) {
      if (place_[usize(family)] != 0) return;
      place_[usize(family)] = 1;
      sources_.push_back(family);
    });
  // Sorted, they are read in long runs.
  std::sort(sources_.begin(), sources_.end());
}

/// The rows of a block: its source families, or their children.
void BlockMaker::make_rows(bool by_pairs) {
  auto& rows = result_.rows.values;
  const std::size_t begin = rows.size();
  for (const Index family : sources_) {
    place_[usize(family)] = static_cast<Index>(rows.size() - begin) + 1;
    if (by_pairs)
      for_children(families_.sources[usize(family)], [&](int child) { rows.push_back(family * 8 + child); });
    else
      rows.push_back(family);
  }
  result_.rows.end_list();
  result_.max_rows = std::max(result_.max_rows, static_cast<Index>(rows.size() - begin));
}

void BlockMaker::make_pairs(Index target) {
  constexpr std::size_t most_pairs = 8 * (m2l_num_directions - 1);  // of a child
  result_.order.push_back(target);
  struct Source {
    const ChildPairs* pairs;
    unsigned children;
    Index place;
  };
  std::array<Source, m2l_num_directions> sources;
  std::size_t num_sources = 0;
  families_.for_each_neighbour(target, [&](int d, Index family) {
    sources[num_sources++] = {&child_pairs[usize(d)], families_.sources[usize(family)], place_[usize(family)] - 1};
  });
  auto& pairs = result_.pairs.values;
  for (int child = 0; child < 8; ++child) {
    if ((families_.targets[usize(target)] >> child & 1u) != 0) {
      std::size_t next = pairs.size();
      pairs.resize(next + most_pairs);
      for (const Source& source : std::span(sources).first(num_sources))
        for_children(source.children & source.pairs->far[usize(child)], [&](int number) {
          const Index place = source.place + std::popcount(source.children & ((1u << number) - 1));
          pairs[next++] = {static_cast<std::uint16_t>(place), source.pairs->offset[usize(child)][usize(number)]};
        });
      pairs.resize(next);
    }
    result_.pairs.end_list();
  }
}

/// Puts targets with nearly the same directions together, since a group pays for each direction that any of it has.
void BlockMaker::make_groups(Index first_target, Index num_targets) {
  std::vector<std::uint32_t> directions(usize(num_targets), 0);  // of each target, one bit for each
  for (Index i = 0; i < num_targets; ++i) {
    families_.for_each_neighbour(first_target + i, [&](int d, Index) { directions[usize(i)] |= 1u << d; });
    result_.num_family_pairs += std::popcount(directions[usize(i)]);
  }
  std::vector<Index> left(directions.size()), group;
  std::iota(left.begin(), left.end(), 0);
  while (!left.empty()) {
    group.clear();
    std::uint32_t used = 0;
    while (!left.empty() && size_of(group) < m2l_group_size) {
      const auto cost = [&](Index target) { return std::popcount(used | directions[usize(target)]); };
      const auto next = std::min_element(left.begin(), left.end(), [&](Index a, Index b) { return cost(a) < cost(b); });
      group.push_back(first_target + *next);
      used |= directions[usize(*next)];
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
      const Index family = i < targets.size() ? families_.neighbours[usize(targets[i])][usize(d)] : -1;
      const Index row = family < 0 ? 0 : place_[usize(family)];
      result_.groups.values.push_back(static_cast<M2lPlace>(row * m2l_row_words));
    }
  }
  result_.groups.end_list();
}

/// Whether pairs of children take fewer products than pairs of families. The latter are a little faster, each, and have
/// the E and D maps besides.
[[nodiscard]] bool is_sparse(const Families& families, Index first_target, Index num_targets) {
  std::int64_t of_children = 0, of_families = 0;
  for (Index target = first_target; target < first_target + num_targets; ++target)
    families.for_each_neighbour(target, [&](int d, Index family) {
      for_children(families.targets[usize(target)], [&](int child) {
        of_children += std::popcount(families.sources[usize(family)] & child_pairs[usize(d)].far[usize(child)]);
      });
      of_families += m2l_num_planes;
    });
  return of_children < of_families;
}

/// Which families go by pairs must not depend on the number of threads, which would change the rounding.
[[nodiscard]] std::vector<M2lBlocks::Block> cut_into_blocks(const Families& families, Index block_size) {
  const Index num_targets = size_of(families.targets);
  std::vector<std::uint8_t> sparse(usize((num_targets + min_block_size - 1) / min_block_size));
  parallel_for(Index{0}, size_of(sparse), [&](Index i) {
    const Index first = i * min_block_size;
    sparse[usize(i)] = is_sparse(families, first, std::min(min_block_size, num_targets - first)) ? 1 : 0;
  });
  std::vector<M2lBlocks::Block> blocks;
  for (Index first = 0, end = 0; first < num_targets; first = end) {
    const auto by_pairs = sparse[usize(first / min_block_size)];
    do end += min_block_size;
    while (end < std::min(first + block_size, num_targets) && sparse[usize(end / min_block_size)] == by_pairs);
    end = std::min(end, num_targets);
    blocks.push_back({first, end - first, by_pairs != 0, 0, 0});
  }
  return blocks;
}

/// Groups read the spectra of absent children too, which are zero.
[[nodiscard]] std::vector<Index> list_sources(const Families& families, bool with_groups) {
  std::vector<Index> sources;
  for (Index family = 0; family < size_of(families.sources); ++family)
    for_children(with_groups ? 255u : families.sources[usize(family)],
                 [&](int child) { sources.push_back(family * 8 + child); });
  return sources;
}

/// The blocks of all parts, one behind the other.
[[nodiscard]] M2lBlocks join_blocks(const std::vector<M2lBlocks>& parts) {
  M2lBlocks all;
  all.rows = join_lists(parts, &M2lBlocks::rows);
  all.order = join(parts, &M2lBlocks::order);
  all.groups = join_lists(parts, &M2lBlocks::groups);
  all.pairs = join_lists(parts, &M2lBlocks::pairs);
  Index num_groups = 0, num_pairs = 0;
  for (const M2lBlocks& part : parts) {
    for (M2lBlocks::Block block : part.blocks) {
      block.first_list += block.by_pairs ? num_pairs : num_groups;
      all.blocks.push_back(block);
    }
    num_groups += part.groups.size();
    num_pairs += part.pairs.size();
    all.max_rows = std::max(all.max_rows, part.max_rows);
    all.num_family_pairs += part.num_family_pairs;
    all.num_in_groups += part.num_in_groups;
    all.num_group_rows += part.num_group_rows;
  }
  return all;
}

}

M2lBlocks make_m2l_blocks(const M2lFamilies& given, Index wanted_blocks) {
  const Families families{present(given.sources), present(given.targets), given.neighbours};
  const Index wanted = std::clamp(size_of(families.targets) / wanted_blocks, min_block_size, max_block_size);
  const Index block_size = wanted / min_block_size * min_block_size;
  const auto blocks = cut_into_blocks(families, block_size);
  const auto make = [&](IndexRange part) {
    return BlockMaker(families).make(std::span(blocks).subspan(usize(part.begin), usize(part.size())));
  };
  M2lBlocks result = join_blocks(make_parts(size_of(blocks), make, 1));
  result.block_size = block_size;
  for (const unsigned children : families.targets) result.num_locals += std::popcount(children);
  result.sources = list_sources(families, result.groups.size() > 0);
  return result;
}

}
