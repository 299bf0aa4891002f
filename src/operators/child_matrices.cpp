// SPDX-License-Identifier: BSD-3-Clause
#include "operators/child_matrices.hpp"

#include "base/parallel.hpp"
#include "operators/simd_loops.hpp"

namespace nearfar {
ChildMatrices::ChildMatrices(const BoxMatrices& matrices, TreePass pass, double factor) {
  if (matrices.children.empty()) return;
  layout_ = matrices.inner;
  of_children_ = matrices.of_children;
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
  const double own = size(), of_child = child_size();
  if (!is_mirrored()) return 2.0 * own * of_child * children;
  // The sums are those of transform_signs: 24 for each value of the children, and three for each value of the parent.
  return families * (2.0 * 8.0 * layout_.rows() * of_child + 24.0 * of_child + 3.0 * own);
}

void ChildMatrices::to_parents(double* panels, double* work) const noexcept {
  const std::size_t panel_size = usize(child_rows()) * panel_width;
  const int part_rows = matrices_[0].padded_rows();
  simd_loops().children_to_blocks(of_children_, panels, panel_size);
  for (std::size_t block = 0; block < 8; ++block)
    multiply(matrices_[block], panels + block * panel_size, work + block * usize(part_rows) * panel_width);
  simd_loops().join_panel(layout_, work, part_rows, panels);
}

void ChildMatrices::to_children(double* panels, double* work) const noexcept {
  const std::size_t panel_size = usize(child_rows()) * panel_width;
  simd_loops().split_panel(layout_, panels, work);
  for (std::size_t block = 0; block < 8; ++block)
    multiply(matrices_[block], work + block * usize(layout_.rows()) * panel_width, panels + block * panel_size);
  simd_loops().blocks_to_children(of_children_, panels, panel_size);
}

}
