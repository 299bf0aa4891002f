// SPDX-License-Identifier: BSD-3-Clause
// Values on a surface by parity (mirror_layout.hpp), for the boxes of a panel side by side.
#pragma once

#include "nearfar/formula/simd.hpp"
#include "operators/mirror_layout.hpp"
#include "operators/panel.hpp"

namespace nearfar::loops {

inline constexpr int panel_row_vectors = panel_width / simd::width;

/// A row of a panel.
struct PanelRow {
  simd::Vec part[panel_row_vectors];

  static PanelRow load(const double* panel, std::size_t row) noexcept {
    PanelRow result;
    for (int i = 0; i < panel_row_vectors; ++i)
      result.part[i] = simd::load<simd::Vec>(panel + row * panel_width + usize(i * simd::width));
    return result;
  }
  void store(double* panel, std::size_t row) const noexcept {
    for (int i = 0; i < panel_row_vectors; ++i)
      simd::store(panel + row * panel_width + usize(i * simd::width), part[i]);
  }
};

/// values[m] = sum over b of mirror_sign(b, m) values[b].
template <int count>
void transform_signs(PanelRow (&values)[count]) noexcept {
#pragma GCC unroll 3
  for (int step = 1; step < count; step *= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < count; ++i) {
      if ((i & step) != 0) continue;
      for (int v = 0; v < panel_row_vectors; ++v) {
        const simd::Vec even = values[i].part[v], odd = values[i + step].part[v];
        values[i].part[v] = even + odd;
        values[i + step].part[v] = even - odd;
      }
    }
  }
}

/// Values on the surface from those of each block in the octant, [block][row], with part_rows rows of a block.
template <int num_blocks>
void join_blocks(const MirrorLayout& layout, const double* parts, int part_rows, double* panel) noexcept {
  for (int row = 0; row < layout.rows(); ++row) {
    PanelRow values[num_blocks];
    for (int block = 0; block < num_blocks; ++block)
      values[block ^ layout.flips[usize(row)]] = PanelRow::load(parts, usize(block * part_rows + row));
    transform_signs(values);
    for (std::size_t axes = 0; axes < num_blocks; ++axes)
      values[axes].store(panel, usize(layout.images[usize(row)][axes]));
  }
}

/// The other way round, to sums over all mirrors, [block][row], with layout.rows() rows of a block.
template <int num_blocks>
void split_blocks(const MirrorLayout& layout, const double* panel, double* parts) noexcept {
  for (int row = 0; row < layout.rows(); ++row) {
    PanelRow values[num_blocks];
    for (std::size_t axes = 0; axes < num_blocks; ++axes)
      values[axes] = PanelRow::load(panel, usize(layout.images[usize(row)][axes]));
    transform_signs(values);
    for (int block = 0; block < num_blocks; ++block)
      values[block ^ layout.flips[usize(row)]].store(parts, usize(block * layout.rows() + row));
  }
}

}
