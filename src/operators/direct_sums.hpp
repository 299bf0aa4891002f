// SPDX-License-Identifier: BSD-3-Clause
// Direct sums in which only pairs of distance exactly zero are left out.
#pragma once

#include "nearfar/kernel.hpp"

namespace nearfar {

/// Whether two points of the block are closer than 2^-60, though not in one place: Kernel::add_sums may leave such
/// pairs out, because their squared distance is below the smallest normal float. In units of the tree, whose root is
/// about 2^60 wide, such a pair needs coordinates below 2^-7 on both sides, since larger doubles are not that dense;
/// other blocks cost one pass over their coordinates.
[[nodiscard]] bool has_close_pair(const PairSum& sum) noexcept;

/// Adds a block of sums by Kernel::add_sums, or pair by pair where it holds too close a pair.
void add_direct_sums(const Kernel& kernel, const PairSum& sum);

}
