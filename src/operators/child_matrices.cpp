// SPDX-License-Identifier: BSD-3-Clause
#include "operators/child_matrices.hpp"

#include "base/parallel.hpp"
#include "operators/mirror_panel.hpp"

namespace nearfar {
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

ChildMatrices::ChildMatrices(const BoxMatrices& matrices, TreePass pass, double factor)
    : layout_(matrices.inner), size_(matrices.children.empty() ? 0 : layout_.size) {
  if (empty()) return;
  parallel_tasks(8, [&](int i) {
    const Matrix& own = matrices.children[usize(i)];
    const bool upward = pass == TreePass::upward;
    // Without mirrors, the one block has all values.
    Matrix rows = octant_rows(layout_, is_mirrored() ? i : 0, own, !upward);
    const auto entry = [&](int row, int column) { return factor * (upward ? rows(row, column) : rows(column, row)); };
    matrices_[usize(i)] =
        upward ? PanelMatrix(rows.rows, rows.columns, entry) : PanelMatrix(rows.columns, rows.rows, entry);
  });
}

double ChildMatrices::flops(double families, double children) const noexcept {
  const double size = size_;
  if (!is_mirrored()) return 2.0 * size * size * children;
  // The sums are those of transform_signs: 24 for each value of the children, and three for each value of the parent.
  return families * (2.0 * 8.0 * layout_.rows() * size + (24.0 + 3.0) * size);
}

void ChildMatrices::to_parents(double* panels, double* work) const noexcept {
  const std::size_t panel_size = usize(child_rows()) * panel_width;
  const int part_rows = matrices_[0].padded_rows();
  transform_panels(layout_, panels, panel_size, place_of_child, place_of_block);
  for (std::size_t block = 0; block < 8; ++block)
    multiply(matrices_[block], panels + block * panel_size, work + block * usize(part_rows) * panel_width);
  join_panel<8>(layout_, work, part_rows, panels);
}

void ChildMatrices::to_children(double* panels, double* work) const noexcept {
  const std::size_t panel_size = usize(child_rows()) * panel_width;
  split_panel<8>(layout_, panels, work);
  for (std::size_t block = 0; block < 8; ++block)
    multiply(matrices_[block], work + block * usize(layout_.rows()) * panel_width, panels + block * panel_size);
  transform_panels(layout_, panels, panel_size, place_of_block, place_of_child);
}

}
