// SPDX-License-Identifier: BSD-3-Clause
// Small dense matrices applied to panels: the coefficients of eight boxes side by side, panel[coefficient][box].
// This is the only matrix product of the evaluation; set-up uses LAPACK (base/dense.hpp).
#pragma once

#include <algorithm>

#include "base/aligned.hpp"
#include "base/dense.hpp"

namespace nearfar {

inline constexpr int panel_width = 8;  ///< boxes in a panel

/// A matrix stored in the order in which the product reads it.
class PanelMatrix {
 public:
  PanelMatrix() = default;
  explicit PanelMatrix(const Matrix& matrix) : PanelMatrix(matrix.rows, matrix.columns, matrix) {}
  /// The matrix with entries `entry(row, column)`.
  template <class Entry>
  PanelMatrix(int rows, int columns, const Entry& entry);
  [[nodiscard]] int rows() const noexcept { return rows_; }
  [[nodiscard]] int columns() const noexcept { return columns_; }

  /// y += A x for a panel; x is [columns][panel_width], y is [padded_rows()][panel_width], both 64-byte aligned.
  void multiply_add(const double* x, double* y) const noexcept;

  /// Rows of a result panel that multiply_add may write: rows() rounded up.
  [[nodiscard]] int padded_rows() const noexcept { return padded(rows_); }
  [[nodiscard]] static int padded(int rows) noexcept {
    const int block = block_rows();
    return (rows + block - 1) / block * block;
  }

 private:
  /// Rows that are done together.
  [[nodiscard]] static int block_rows() noexcept;

  int rows_ = 0;
  int columns_ = 0;
  AlignedVector<double> entries_;  ///< [block of rows][column][row of the block], filled up with zeros
};

template <class Entry>
PanelMatrix::PanelMatrix(int rows, int columns, const Entry& entry) : rows_(rows), columns_(columns) {
  entries_.resize(usize(padded_rows()) * usize(columns), 0.0);
  double* to = entries_.data();
  const int block = block_rows();
  for (int first = 0; first < rows; first += block) {
    const int count = std::min(block, rows - first);
    for (int column = 0; column < columns; ++column, to += block)
      for (int i = 0; i < count; ++i) to[i] = entry(first + i, column);
  }
}

/// Result panel = matrix x panel.
inline void multiply(const PanelMatrix& matrix, const double* panel, double* result) noexcept {
  std::fill_n(result, usize(matrix.padded_rows()) * panel_width, 0.0);
  matrix.multiply_add(panel, result);
}

}
