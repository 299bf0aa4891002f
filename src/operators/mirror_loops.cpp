// SPDX-License-Identifier: BSD-3-Clause
#include "operators/loops_of_level.hpp"
#include "operators/mirror_panel.hpp"

namespace nearfar::loops {
namespace {

struct Place {
  std::size_t number;  ///< in the transform
  std::size_t axes;    ///< mirrored: which of the images of a row
};

/// transform_signs for all values of eight panels, in place. For each image m of a row, from(m, i, flip) tells where
/// the value of panel i is taken and what number it has, and to(m, i, flip) what number panel i gets and where it is
/// put. Images that are the same value get the same.
template <class From, class To>
void transform_panels(const MirrorLayout& layout, double* panels, std::size_t panel_size, const From& from,
                      const To& to) noexcept {
  for (int row = 0; row < layout.rows(); ++row) {
    const auto& images = layout.images[usize(row)];
    const std::size_t flip = usize(layout.flips[usize(row)]);
    PanelRow values[8][8];
    for (std::size_t m = 0; m < 8; ++m) {
      for (std::size_t i = 0; i < 8; ++i) {
        const Place source = from(m, i, flip);
        values[m][source.number] = PanelRow::load(panels + i * panel_size, usize(images[source.axes]));
      }
      transform_signs(values[m]);
    }
    for (std::size_t m = 0; m < 8; ++m) {
      for (std::size_t i = 0; i < 8; ++i) {
        const Place target = to(m, i, flip);
        values[m][target.number].store(panels + i * panel_size, usize(images[target.axes]));
      }
    }
  }
}

/// Of child c, mirrored along its axes.
constexpr auto place_of_child = [](std::size_t m, std::size_t child, std::size_t) { return Place{child, m ^ child}; };
/// Components that are odd along some axes have these too in the parity of their points.
constexpr auto place_of_block = [](std::size_t m, std::size_t block, std::size_t flip) {
  return Place{block ^ flip, m};
};

}

void join_panel(const MirrorLayout& layout, const double* parts, int part_rows, double* panel) noexcept {
  if (layout.num_blocks == 8)
    join_blocks<8>(layout, parts, part_rows, panel);
  else
    join_blocks<1>(layout, parts, part_rows, panel);
}

void split_panel(const MirrorLayout& layout, const double* panel, double* parts) noexcept {
  if (layout.num_blocks == 8)
    split_blocks<8>(layout, panel, parts);
  else
    split_blocks<1>(layout, panel, parts);
}

void children_to_blocks(const MirrorLayout& layout, double* panels, std::size_t panel_size) noexcept {
  transform_panels(layout, panels, panel_size, place_of_child, place_of_block);
}

void blocks_to_children(const MirrorLayout& layout, double* panels, std::size_t panel_size) noexcept {
  transform_panels(layout, panels, panel_size, place_of_block, place_of_child);
}

}
