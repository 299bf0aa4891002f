// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

void l2p(const LevelOperators& operators, std::span<const Box> boxes, std::span<const double* const> locals,
         std::span<const IndexRange> targets, const TargetArrays& arrays, Scratch& scratch) {
  const Surface& outer = operators.surfaces->outer;
  gather(locals, operators.local_size(), scratch.zeros, scratch.a.data());
  multiply(operators.l2p_right, scratch.a.data(), scratch.b.data());
  multiply(operators.l2p_left, scratch.b.data(), scratch.c.data());
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    copy_column(scratch.c.data(), box, outer.size() * operators.kernel.source_dim, scratch.box.data());
    add_field_of_surface(operators, outer, scratch.box.data(), boxes[box], targets[box], arrays, scratch);
  }
}

}
