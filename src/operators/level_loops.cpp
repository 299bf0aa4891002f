// SPDX-License-Identifier: BSD-3-Clause
#include "operators/loops_of_level.hpp"

namespace nearfar::loops {

const SimdLoops& of_this_level() noexcept {
  static constexpr SimdLoops table{
      .width = simd::width,
      .block_rows = block_rows,
      .multiply_add = multiply_add,
      .join_panel = join_panel,
      .split_panel = split_panel,
      .children_to_blocks = children_to_blocks,
      .blocks_to_children = blocks_to_children,
      .add_moments = add_moments,
      .add_series = add_series,
      .add_lanes = add_lanes,
      .has_close_pair = has_close_pair,
      .m2l = {make_m2l_spectra<double>, make_m2l_pass<double>, make_m2l_workspace<double>},
      .m2l_float = {make_m2l_spectra<float>, make_m2l_pass<float>, make_m2l_workspace<float>}};
  return table;
}

}
