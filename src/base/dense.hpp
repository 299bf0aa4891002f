// SPDX-License-Identifier: BSD-3-Clause
// Dense matrices for set-up, column-major, on LAPACK and BLAS (always on one thread, so that results do not depend on
// the number of threads).
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "base/types.hpp"

namespace nearfar {

struct Matrix {
  int rows = 0;
  int columns = 0;
  std::vector<double> entries;  ///< [column][row]

  Matrix() = default;
  Matrix(int num_rows, int num_columns)
      : rows(num_rows), columns(num_columns), entries(usize(num_rows) * usize(num_columns), 0.0) {}
  [[nodiscard]] double& operator()(int i, int j) noexcept { return entries[usize(j) * usize(rows) + usize(i)]; }
  [[nodiscard]] double operator()(int i, int j) const noexcept { return entries[usize(j) * usize(rows) + usize(i)]; }
};

[[nodiscard]] Matrix transposed(const Matrix& a);
[[nodiscard]] Matrix product(const Matrix& a, const Matrix& b);

/// The first `count` rows of the inverse of a square matrix, as columns; by LU factorisation. Nothing where it is not
/// finite, or so near to a singular one that the reciprocal of its condition, whatever the units of its rows and
/// columns, is not above `least`: by default no digit would be right.
[[nodiscard]] std::optional<Matrix> rows_of_inverse(const Matrix& a, int count,
                                                    double least = std::numeric_limits<double>::epsilon());

/// The unit vector that a square matrix with rows and columns in units of their largest entries makes smallest, which
/// tells what is wrong with one that is nearly singular. Empty where the matrix is not finite, or too large for that.
[[nodiscard]] std::vector<double> nearly_null_vector(const Matrix& a);

/// A pseudo-inverse kept as two factors, pinv(A) = left * right with left = V S^+ and right = U^T: their single product
/// would lose the cancellation between them. The inner dimension is the rank.
struct PseudoInverse {
  Matrix left, right;
};

/// Pseudo-inverse by singular value decomposition; singular values below `cutoff` times the largest are dropped.
[[nodiscard]] PseudoInverse pseudo_inverse(const Matrix& a, double cutoff);

/// Those of the blocks on the diagonal of a matrix that is zero elsewhere: `cutoff` is relative to the largest singular
/// value of all. The blocks are taken in parallel.
[[nodiscard]] std::vector<PseudoInverse> pseudo_inverses(std::span<const Matrix> blocks, double cutoff);

}
