// SPDX-License-Identifier: BSD-3-Clause
#include "operators/mirror_layout.hpp"

#include <algorithm>
#include <cmath>

namespace nearfar {
namespace {

/// values[m] = sum over b of mirror_sign(b, m) values[b].
void transform(std::array<double, 8>& values, int count) noexcept {
  for (int step = 1; step < count; step *= 2) {
    for (int pair = 0; pair < count / 2; ++pair) {
      const int i = pair / step * 2 * step + pair % step;
      const double even = values[usize(i)], odd = values[usize(i + step)];
      values[usize(i)] = even + odd;
      values[usize(i + step)] = even - odd;
    }
  }
}

/// [block][row]: its place among the members of the block, or -1.
std::array<std::vector<int>, 8> places_of_rows(const MirrorLayout& layout) {
  std::array<std::vector<int>, 8> places;
  for (std::size_t block = 0; block < usize(layout.num_blocks); ++block) {
    places[block].assign(usize(layout.rows()), -1);
    int place = 0;
    for (const int row : layout.members[block]) places[block][usize(row)] = place++;
  }
  return places;
}

}

MirrorLayout::MirrorLayout(const Surface& surface, const OddAxes& axes_of_components, bool symmetric)
    : num_blocks(symmetric ? 8 : 1), size(surface.size() * size_of(axes_of_components)), odd_axes(axes_of_components) {
  const int components = size_of(odd_axes);
  std::array<std::vector<int>, 8> image_of;
  for (int axes = 0; axes < num_blocks; ++axes) image_of[usize(axes)] = mirror_images(surface, axes);
  for (std::size_t point = 0; point < surface.grid.size(); ++point) {
    const auto& grid = surface.grid[point];
    const bool in_octant = 2 * std::min({grid[0], grid[1], grid[2]}) >= surface.points_per_edge - 1;
    if (symmetric && !in_octant) continue;
    octant.x.push_back(surface.x[point]);
    octant.y.push_back(surface.y[point]);
    octant.z.push_back(surface.z[point]);
    int own_mirrors = 0;  // axes along which the point is in the middle
    for (int axis = 0; axis < 3; ++axis)
      if (2 * grid[usize(axis)] == surface.points_per_edge - 1) own_mirrors |= 1 << axis;
    if (!symmetric) own_mirrors = 0;
    for (int component = 0; component < components; ++component) {
      std::array<int, 8> image{};
      for (std::size_t axes = 0; axes < usize(num_blocks); ++axes)
        image[axes] = image_of[axes][point] * components + component;
      const int flip = symmetric ? odd_axes[usize(component)] : 0;
      for (int block = 0; block < num_blocks; ++block)
        if (((block ^ flip) & own_mirrors) == 0) members[usize(block)].push_back(rows());
      images.push_back(image);
      num_images.push_back(std::ldexp(num_blocks, -std::popcount(static_cast<unsigned>(own_mirrors))));
      flips.push_back(flip);
    }
  }
}

double MirrorLayout::weight(int row) const noexcept { return std::sqrt(num_images[usize(row)]); }

std::vector<Matrix> split_rows(const MirrorLayout& layout, const Matrix& values) {
  const std::size_t num_blocks = usize(layout.num_blocks);
  const auto places = places_of_rows(layout);
  std::vector<Matrix> blocks;
  for (std::size_t block = 0; block < num_blocks; ++block)
    blocks.emplace_back(size_of(layout.members[block]), values.columns);
  for (int column = 0; column < values.columns; ++column) {
    for (int row = 0; row < layout.rows(); ++row) {
      std::array<double, 8> parts{};
      for (std::size_t axes = 0; axes < num_blocks; ++axes)
        parts[axes] = values(layout.images[usize(row)][axes], column);
      transform(parts, layout.num_blocks);
      const double factor = layout.weight(row) / layout.num_blocks;
      for (std::size_t block = 0; block < num_blocks; ++block)
        if (const int place = places[block][usize(row)]; place >= 0)
          blocks[block](place, column) = factor * parts[block ^ usize(layout.flips[usize(row)])];
    }
  }
  return blocks;
}

Matrix octant_rows(const MirrorLayout& layout, int block, const Matrix& matrix, bool of_sums) {
  const std::vector<int>& members = layout.members[usize(block)];
  Matrix result(layout.rows(), matrix.columns);
  for (int i = 0; i < matrix.rows; ++i) {
    const int row = members[usize(i)];
    // Values that are their own images come several times among the images of all mirrors.
    const double share = of_sums ? layout.num_images[usize(row)] / layout.num_blocks : 1.0;
    const double factor = share / layout.weight(row);
    for (int column = 0; column < matrix.columns; ++column) result(row, column) = factor * matrix(i, column);
  }
  return result;
}

std::vector<std::vector<int>> terms_of_blocks(const MirrorLayout& layout, const PolynomialBasis& basis) {
  std::vector<std::vector<int>> terms(usize(layout.num_blocks));
  int term = 0;
  for (const int flip : layout.odd_axes) {
    basis.for_each_term([&](int a, int b, int c) {
      const int odd_axes = (a & 1) | (b & 1) << 1 | (c & 1) << 2;
      terms[usize(layout.num_blocks == 1 ? 0 : odd_axes ^ flip)].push_back(term++);
    });
  }
  return terms;
}

}
