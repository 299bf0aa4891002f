// SPDX-License-Identifier: BSD-3-Clause
#include "operators/panel.hpp"

namespace nearfar {
namespace {

using simd::Vec;

constexpr int row_vectors = panel_row_vectors;
constexpr int block_rows = panel_block_rows;

/// y += A x for one block of rows. Two accumulators meet every row of x, so that x and A are read once.
void multiply_block(const double* a, int columns, const double* x, double* y) noexcept {
  Vec sums[block_rows][row_vectors];
  for (int i = 0; i < block_rows; ++i)
    for (int v = 0; v < row_vectors; ++v) sums[i][v] = simd::load<Vec>(y + i * panel_width + v * simd::width);
  for (int j = 0; j < columns; ++j, a += block_rows, x += panel_width) {
    Vec row[row_vectors];
    for (int v = 0; v < row_vectors; ++v) row[v] = simd::load<Vec>(x + v * simd::width);
    for (int i = 0; i < block_rows; ++i)
      for (int v = 0; v < row_vectors; ++v) sums[i][v] += a[i] * row[v];
  }
  for (int i = 0; i < block_rows; ++i)
    for (int v = 0; v < row_vectors; ++v) simd::store(y + i * panel_width + v * simd::width, sums[i][v]);
}

}

void PanelMatrix::multiply_add(const double* x, double* y) const noexcept {
  const double* block = entries_.data();
  for (int i = 0; i < rows_; i += block_rows, block += usize(columns_) * block_rows)
    multiply_block(block, columns_, x, y + usize(i) * panel_width);
}

}
