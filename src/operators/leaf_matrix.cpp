// SPDX-License-Identifier: BSD-3-Clause
#include "operators/leaf_matrix.hpp"

#include <algorithm>
#include <bit>

namespace nearfar {
namespace {

/// values[m] = sum over b of mirror_sign(b, m) values[b].
template <int count>
void butterfly(double (&values)[count][panel_width]) noexcept {
  for (int step = 1; step < count; step *= 2) {
    for (int i = 0; i < count; ++i) {
      if (i & step) continue;
      for (int box = 0; box < panel_width; ++box) {
        const double even = values[i][box], odd = values[i + step][box];
        values[i][box] = even + odd;
        values[i + step][box] = even - odd;
      }
    }
  }
}

}

LeafMatrix::LeafMatrix(const MirrorLayout& layout, const PolynomialBasis& basis, const std::vector<Matrix>& blocks,
                       Direction direction)
    : layout_(layout), direction_(direction), places_(layout.odd_axes.size() * usize(basis.size)) {
  const bool to_surface = direction == Direction::to_surface;
  const std::vector<std::vector<int>> terms = terms_of_blocks(layout, basis);
  for (std::size_t block = 0; block < terms.size(); ++block) {
    const Matrix part = values_of(blocks[block], layout.members[block]);
    blocks_[block] = PanelMatrix(to_surface ? part : transposed(part));
    for (std::size_t i = 0; i < terms[block].size(); ++i)
      places_[usize(terms[block][i])] = begin_[block] + static_cast<int>(i);
    begin_[block + 1] = begin_[block] + (to_surface ? part.columns : blocks_[block].padded_rows());
  }
}

/// From the orthonormal basis to the values in the octant that join() takes, or for the sums that split() makes.
Matrix LeafMatrix::values_of(const Matrix& block, const std::vector<int>& members) const {
  Matrix part(layout_.rows(), block.columns);
  for (int i = 0; i < block.rows; ++i) {
    const int row = members[usize(i)];
    // split() counts a value once for each mirror, in all num_blocks times.
    const double images = layout_.num_images[usize(row)] / layout_.num_blocks;
    const double factor = (direction_ == Direction::from_surface ? images : 1.0) / layout_.weight(row);
    for (int column = 0; column < part.columns; ++column) part(row, column) = factor * block(i, column);
  }
  return part;
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
  if (layout_.num_blocks == 8)
    apply_blocks<8>(panel, work);
  else
    apply_blocks<1>(panel, work);
}

template <int num_blocks>
void LeafMatrix::apply_blocks(double* panel, double* work) const noexcept {
  const std::size_t part = usize(part_rows()) * panel_width;
  if (direction_ == Direction::from_surface) split<num_blocks>(panel, work);
  for (std::size_t block = 0; block < num_blocks; ++block) {
    double* terms = panel + usize(begin_[block]) * panel_width;
    if (direction_ == Direction::to_surface)
      multiply(blocks_[block], terms, work + block * part);
    else
      multiply(blocks_[block], work + block * part, terms);
  }
  if (direction_ == Direction::to_surface) join<num_blocks>(work, panel);
}

template <int num_blocks>
void LeafMatrix::join(const double* parts, double* panel) const noexcept {
  for (int row = 0; row < layout_.rows(); ++row) {
    double values[num_blocks][panel_width];
    for (int block = 0; block < num_blocks; ++block)
      std::copy_n(parts + usize(block * part_rows() + row) * panel_width, panel_width,
                  values[block ^ layout_.flips[usize(row)]]);
    butterfly(values);
    for (std::size_t axes = 0; axes < num_blocks; ++axes)
      std::copy_n(values[axes], panel_width, panel + usize(layout_.images[usize(row)][axes]) * panel_width);
  }
}

template <int num_blocks>
void LeafMatrix::split(const double* panel, double* parts) const noexcept {
  for (int row = 0; row < layout_.rows(); ++row) {
    double values[num_blocks][panel_width];
    for (std::size_t axes = 0; axes < num_blocks; ++axes)
      std::copy_n(panel + usize(layout_.images[usize(row)][axes]) * panel_width, panel_width, values[axes]);
    butterfly(values);
    for (int block = 0; block < num_blocks; ++block)
      std::copy_n(values[block ^ layout_.flips[usize(row)]], panel_width,
                  parts + usize(block * part_rows() + row) * panel_width);
  }
}

}
