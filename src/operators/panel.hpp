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
  explicit PanelMatrix(const Matrix& matrix);
  [[nodiscard]] int rows() const noexcept { return rows_; }
  [[nodiscard]] int columns() const noexcept { return columns_; }

  /// y += A x for a panel; x is [columns][panel_width], y is [padded_rows()][panel_width], both 64-byte aligned.
  void multiply_add(const double* x, double* y) const noexcept;

  /// Rows of a result panel that multiply_add may write: rows() rounded up.
  [[nodiscard]] int padded_rows() const noexcept { return padded(rows_); }
  [[nodiscard]] static int padded(int rows) noexcept;

 private:
  int rows_ = 0;
  int columns_ = 0;
  AlignedVector<double> entries_;  ///< [block of rows][column][row of the block], filled up with zeros
};

/// Result panel = matrix x panel.
inline void multiply(const PanelMatrix& matrix, const double* panel, double* result) noexcept {
  std::fill_n(result, usize(matrix.padded_rows()) * panel_width, 0.0);
  matrix.multiply_add(panel, result);
}

}
