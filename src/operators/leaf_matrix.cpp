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

MirrorLayout::MirrorLayout(const Surface& surface, const OddAxes& axes_of_components, bool symmetric)
    : num_blocks(symmetric ? 8 : 1), odd_axes(axes_of_components) {
  const int components = size_of(odd_axes);
  std::array<std::vector<int>, 8> image_of;
  for (int axes = 0; axes < num_blocks; ++axes) image_of[usize(axes)] = mirror_images(surface, axes);
  for (std::size_t point = 0; point < surface.grid.size(); ++point) {
    const auto& grid = surface.grid[point];
    const bool in_octant = 2 * std::min({grid[0], grid[1], grid[2]}) >= surface.points_per_edge - 1;
    if (symmetric && !in_octant) continue;
    for (int component = 0; component < components; ++component) {
      std::array<int, 8> image{};
      for (std::size_t axes = 0; axes < usize(num_blocks); ++axes)
        image[axes] = image_of[axes][point] * components + component;
      images.push_back(image);
      flips.push_back(symmetric ? odd_axes[usize(component)] : 0);
    }
  }
}

LeafMatrix::LeafMatrix(const MirrorLayout& layout, const PolynomialBasis& basis, const Matrix& matrix,
                       Direction direction)
    : layout_(layout), direction_(direction), places_(usize(matrix.columns)) {
  const bool to_surface = direction == Direction::to_surface;
  const int components = size_of(layout.odd_axes);
  std::array<std::vector<int>, 8> terms;
  for (int component = 0, term = 0; component < components; ++component) {
    basis.for_each_term([&](int a, int b, int c) {
      const int odd_axes = (a & 1) | (b & 1) << 1 | (c & 1) << 2;
      terms[usize(layout.num_blocks == 1 ? 0 : odd_axes ^ layout.odd_axes[usize(component)])].push_back(term++);
    });
  }
  for (std::size_t block = 0; block < usize(layout.num_blocks); ++block) {
    const Matrix part = block_of(matrix, static_cast<int>(block), terms[block]);
    blocks_[block] = PanelMatrix(to_surface ? part : transposed(part));
    for (std::size_t i = 0; i < terms[block].size(); ++i)
      places_[usize(terms[block][i])] = begin_[block] + static_cast<int>(i);
    begin_[block + 1] = begin_[block] + (to_surface ? part.columns : blocks_[block].padded_rows());
  }
}

/// The part of the given columns that is odd along the axes of the block. It is that already up to rounding, which the
/// average over all mirror images takes away.
Matrix LeafMatrix::block_of(const Matrix& matrix, int block, const std::vector<int>& terms) const {
  Matrix part(layout_.rows(), size_of(terms));
  for (int row = 0; row < part.rows; ++row) {
    const auto& images = layout_.images[usize(row)];
    const int odd_axes = block ^ layout_.flips[usize(row)];
    int own_images = 0;
    double own_signs = 0.0;
    for (int axes = 0; axes < layout_.num_blocks; ++axes) {
      if (images[usize(axes)] != images[0]) continue;
      ++own_images;
      own_signs += mirror_sign(odd_axes, axes);
    }
    if (own_signs == 0.0) continue;  // a value that is its own mirror image is not odd
    // split() counts such a value several times.
    const double factor = 1.0 / (layout_.num_blocks * (direction_ == Direction::from_surface ? own_images : 1));
    for (int axes = 0; axes < layout_.num_blocks; ++axes)
      for (int column = 0; column < part.columns; ++column)
        part(row, column) += factor * mirror_sign(odd_axes, axes) * matrix(images[usize(axes)], terms[usize(column)]);
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
