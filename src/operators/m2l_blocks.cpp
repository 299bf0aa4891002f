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
static_assert((max_block_size * (m2l_num_directions - 1) + 1) * m2l_row_words <= std::numeric_limits<M2lPlace>::max());

constexpr int own_place = 13;

class BlockMaker {
 public:
  explicit BlockMaker(const M2lFamilies& families) : families_(families), row_(families.sources.size(), 0) {}
  M2lBlocks make(int num_threads);

 private:
  void make_block(Index first_target);
  void make_groups(Index first_target, std::span<const std::uint32_t> directions);
  void add_group(std::span<const Index> targets, std::uint32_t directions);

  const M2lFamilies& families_;
  std::vector<Index> row_;  ///< of each source family in the present block, from 1; 0: none
  M2lBlocks result_;
};

M2lBlocks BlockMaker::make(int num_threads) {
  const Index num_targets = size_of(families_.targets);
  result_.block_size = std::clamp(num_targets / (blocks_per_thread * num_threads), min_block_size, max_block_size);
  for (Index first = 0; first < num_targets; first += result_.block_size) make_block(first);
  return std::move(result_);
}

/// Lists the source families around a block.
void BlockMaker::make_block(Index first_target) {
  const Index num_targets = std::min(result_.block_size, size_of(families_.targets) - first_target);
  std::array<std::uint32_t, max_block_size> directions{};  // of each target, one bit for each
  auto& rows = result_.rows.values;
  const auto begin = static_cast<std::ptrdiff_t>(rows.size());
  for (Index target = 0; target < num_targets; ++target) {
    const auto& places = families_.neighbours[at(first_target + target)];
    for (int d = 0; d < m2l_num_directions; ++d) {
      const Index family = places[at(d)];
      if (d == own_place || family < 0) continue;
      directions[at(target)] |= 1u << d;
      if (row_[at(family)] != 0) continue;
      row_[at(family)] = 1;
      rows.push_back(family);
    }
  }
  // Sorted, they are read in long runs.
  const std::span<Index> own(rows.begin() + begin, rows.end());
  std::sort(own.begin(), own.end());
  for (std::size_t i = 0; i < own.size(); ++i) row_[at(own[i])] = static_cast<Index>(i) + 1;
  result_.rows.end_list();
  result_.max_rows = std::max(result_.max_rows, size_of(own));
  const Index first_group = result_.groups.size();
  make_groups(first_target, std::span(directions).first(at(num_targets)));
  result_.blocks.push_back({first_target, num_targets, first_group, result_.groups.size() - first_group});
  for (const Index family : own) row_[at(family)] = 0;
}

/// Puts targets with nearly the same directions together, since a group pays for each direction that any of it has.
void BlockMaker::make_groups(Index first_target, std::span<const std::uint32_t> directions) {
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
      const Index row = family < 0 ? 0 : row_[at(family)];
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
