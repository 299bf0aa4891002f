// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/formula/simd.hpp"
#include "operators/loops_of_level.hpp"

namespace nearfar::loops {
namespace {

using simd::Vec;

constexpr int row_vectors = panel_width / simd::width;

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

void multiply_add(const double* entries, int rows, int columns, const double* x, double* y) noexcept {
  for (int i = 0; i < rows; i += block_rows, entries += usize(columns) * block_rows)
    multiply_block(entries, columns, x, y + usize(i) * panel_width);
}

}
