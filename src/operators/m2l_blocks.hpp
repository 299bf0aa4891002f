// SPDX-License-Identifier: BSD-3-Clause
// The target families of a level in blocks, as M2L works on them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/csr.hpp"
#include "operators/m2l_karatsuba.hpp"
#include "operators/m2l_pairs.hpp"
#include "operators/m2l_pass.hpp"

namespace nearfar {

/// Eight for each of 64 threads; the same for any number of threads.
inline constexpr Index m2l_wanted_blocks = 512;

struct M2lBlocks {
  struct Block {
    Index first_target = 0;
    Index num_targets = 0;
    bool by_pairs = false;  ///< of children, by `pairs`; else by `groups`
    Index first_list = 0;   ///< of groups, or of pairs
    Index num_groups = 0;
  };

  Index block_size = 0;  ///< most targets of a block
  Index max_rows = 0;    ///< most rows of a block
  std::vector<Block> blocks;
  Csr<Index> rows;             ///< of each block: the source families around it, or family * 8 + child if by pairs
  std::vector<Index> sources;  ///< family * 8 + child of all whose spectra are read, present or not
  std::vector<Index> order;    ///< the target families, those of a group together
  Csr<M2lPlace> groups;        ///< of each group: what m2l_multiply reads
  Csr<M2lPair> pairs;          ///< of each child of each target: what m2l_sum_pairs reads
  std::int64_t num_family_pairs = 0;  ///< pairs of families in groups
  std::int64_t num_locals = 0;        ///< target children wanted
  std::int64_t num_in_groups = 0;     ///< target families in groups
  std::int64_t num_group_rows = 0;    ///< rows of blocks of groups
};

/// As many blocks as wanted, where they have neither fewer than 32 nor more than 256 targets.
[[nodiscard]] M2lBlocks make_m2l_blocks(const M2lFamilies& families, Index wanted_blocks = m2l_wanted_blocks);

}
