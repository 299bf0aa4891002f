// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {

void p2m(const LevelOperators& operators, std::span<const Box> boxes, std::span<const IndexRange> sources,
         const SourceArrays& arrays, std::span<double* const> multipoles, Scratch& scratch) {
  const Surface& outer = operators.surfaces->outer;
  const int check_size = outer.size() * operators.kernel.target_dim;
  std::fill_n(scratch.a.begin(), at(check_size) * panel_width, 0.0);
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    std::fill_n(scratch.box.begin(), check_size, 0.0);
    add_field_on_surface(operators, outer, boxes[box], sources[box], arrays, scratch.box.data(), scratch);
    for (int i = 0; i < check_size; ++i) scratch.a[at(i) * panel_width + box] = scratch.box[at(i)];
  }
  multiply(operators.p2m_right, scratch.a.data(), scratch.b.data());
  multiply(operators.p2m_left, scratch.b.data(), scratch.c.data());
  for (std::size_t box = 0; box < boxes.size(); ++box)
    copy_column(scratch.c.data(), box, operators.multipole_size(), multipoles[box]);
}

}
