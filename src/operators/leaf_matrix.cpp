// SPDX-License-Identifier: BSD-3-Clause
#include "operators/leaf_matrix.hpp"

#include <algorithm>
#include <bit>

#include "operators/simd_loops.hpp"

namespace nearfar {
LeafMatrix::LeafMatrix(const MirrorLayout& layout, const PolynomialBasis& basis, const std::vector<Matrix>& blocks,
                       Direction direction)
    : layout_(layout), direction_(direction), places_(layout.odd_axes.size() * usize(basis.size)) {
  const bool to_surface = direction == Direction::to_surface;
  const std::vector<std::vector<int>> terms = terms_of_blocks(layout, basis);
  for (std::size_t block = 0; block < terms.size(); ++block) {
    const Matrix part = octant_rows(layout, static_cast<int>(block), blocks[block], !to_surface);
    blocks_[block] = PanelMatrix(to_surface ? part : transposed(part));
    for (std::size_t i = 0; i < terms[block].size(); ++i)
      places_[usize(terms[block][i])] = begin_[block] + static_cast<int>(i);
    begin_[block + 1] = begin_[block] + (to_surface ? part.columns : blocks_[block].padded_rows());
  }
}

int LeafMatrix::panel_rows() const noexcept {
  const int parts = layout_.num_blocks * part_rows();
  return std::max({begin_[usize(layout_.num_blocks)], parts, layout_.rows() * layout_.num_blocks});
}

double LeafMatrix::flops() const noexcept {
  const int sums = static_cast<int>(std::bit_width(static_cast<unsigned>(layout_.num_blocks) / 2));
  double flops = layout_.rows() * layout_.num_blocks * sums;
  for (const PanelMatrix& block : blocks_) flops += 2.0 * block.rows() * block.columns();
  return flops;
}

void LeafMatrix::apply(double* panel, double* work) const noexcept {
  const std::size_t part = usize(part_rows()) * panel_width;
  if (direction_ == Direction::from_surface) simd_loops().split_panel(layout_, panel, work);
  for (std::size_t block = 0; block < usize(layout_.num_blocks); ++block) {
    double* terms = panel + usize(begin_[block]) * panel_width;
    if (direction_ == Direction::to_surface)
      multiply(blocks_[block], terms, work + block * part);
    else
      multiply(blocks_[block], work + block * part, terms);
  }
  if (direction_ == Direction::to_surface) simd_loops().join_panel(layout_, work, part_rows(), panel);
}

}
