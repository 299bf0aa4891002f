// SPDX-License-Identifier: BSD-3-Clause
#include "operators/m2l_blocks.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "operators/m2l_support.hpp"

namespace nearfar::m2l_test {
namespace {

/// Pairs of boxes that are present, are not adjacent, and whose parents are.
std::int64_t count_pairs(const Level& level) {
  std::int64_t count = 0;
  for (std::size_t t = 0; t < level.targets.size() * 8; ++t) {
    for (std::size_t s = 0; s < level.sources.size() * 8; ++s) {
      if (level.targets[t / 8][t % 8] == nullptr || level.sources[s / 8][s % 8] == nullptr) continue;
      int between_parents = 0, between_boxes = 0;
      for (int axis = 0; axis < 3; ++axis) {
        const int d = level.source_parents[s / 8][usize(axis)] - level.target_parents[t / 8][usize(axis)];
        const int offset = 2 * d + static_cast<int>(s >> axis & 1) - static_cast<int>(t >> axis & 1);
        between_parents = std::max(between_parents, std::abs(d));
        between_boxes = std::max(between_boxes, std::abs(offset));
      }
      count += between_parents == 1 && between_boxes > 1 ? 1 : 0;
    }
  }
  return count;
}

TEST(M2lBlocks, FullFamiliesGoByGroups) {
  const Problem problem = make_problem(laplace, 1, 1, 2);
  const Level level = make_level(problem, 4, 1.0, 3);
  const M2lBlocks blocks = make_m2l_blocks(level.families(), 1);
  EXPECT_EQ(blocks.num_family_pairs, 10 * 10 * 10 - 4 * 4 * 4);
  EXPECT_EQ(blocks.num_in_groups, 64);
  EXPECT_EQ(blocks.num_locals, 512);
  EXPECT_EQ(blocks.sources.size(), 512u);
  EXPECT_TRUE(blocks.pairs.values.empty());
}

TEST(M2lBlocks, SparseFamiliesGoByPairsOfTheirChildren) {
  const Problem problem = make_problem(laplace, 1, 1, 2);
  const Level level = make_level(problem, 6, 0.35, 5);
  const M2lBlocks blocks = make_m2l_blocks(level.families(), 1);
  EXPECT_GT(blocks.pairs.values.size(), 1000u);
  EXPECT_EQ(std::ssize(blocks.pairs.values), count_pairs(level));
  EXPECT_EQ(blocks.num_family_pairs, 0);
  EXPECT_EQ(
      std::ssize(blocks.sources), std::ssize(level.sources) * 8 - [&] {
        std::ptrdiff_t absent = 0;
        for (const auto& family : level.sources) absent += std::count(family.begin(), family.end(), nullptr);
        return absent;
      }());
}

TEST(M2lBlocks, TheChoiceDoesNotDependOnTheSizeOfBlocks) {
  const Problem problem = make_problem(laplace, 1, 1, 2);
  const Level level = make_level(problem, 9, 0.68, 7);
  const M2lBlocks of_few = make_m2l_blocks(level.families(), 1), of_many = make_m2l_blocks(level.families());
  EXPECT_GT(of_few.pairs.values.size(), 0u);
  EXPECT_GT(of_few.num_family_pairs, 0);
  EXPECT_GT(of_many.blocks.size(), of_few.blocks.size());
  EXPECT_EQ(of_few.pairs.values.size(), of_many.pairs.values.size());
  EXPECT_EQ(of_few.num_family_pairs, of_many.num_family_pairs);
}

TEST(M2lBlocks, AreSmallWhereTargetsAreFew) {
  const Problem problem = make_problem(laplace, 1, 1, 2);
  const Level level = make_level(problem, 14, 1.0, 7);
  const M2lBlocks blocks = make_m2l_blocks(level.families());
  EXPECT_EQ(blocks.block_size, 32) << "the smallest that there is: there are fewer than 512 of them";
  EXPECT_EQ(std::ssize(blocks.blocks), (14 * 14 * 14 + 31) / 32);
}

}
}
