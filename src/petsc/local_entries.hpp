// SPDX-License-Identifier: BSD-3-Clause
// Blocks of a matrix between points of this rank's choice, as dense matrices.
#pragma once

#include "petsc/local_sums.hpp"
#include "petsc/parts.hpp"

namespace nearfar {

/// What is needed of a MATNEARFAR and its factors for some rows and the same columns.
struct LocalKernel : LocalSums {
  bool has_left = false, has_right = false;
  SparseRows left, right;                                ///< rows of the left factor, columns of the right one
  std::vector<double> scale_rows, scale_columns, added;  ///< shifts and scalings; empty: none
};

class LocalEntries {
 public:
  /// Collective. `points` are numbers, rising, of points with `components` rows and columns each.
  PetscErrorCode set_up(Mat mat, const std::vector<Part>& parts, const std::vector<std::int64_t>& points,
                        int components);

  /// The matrix between points, given by their places among those. Safe to call from several threads at once.
  [[nodiscard]] Matrix block(std::span<const std::size_t> points) const;

 private:
  PetscErrorCode add_kernel(const Part& part);
  void add_sums(const LocalKernel& kernel, std::span<const std::size_t> rows, Matrix& block) const;
  void add_sparse(const SparseRows& sparse, std::span<const std::size_t> rows, Matrix& block) const;

  int components_ = 1;
  std::vector<std::int64_t> points_;
  std::vector<PetscInt> rows_;
  std::vector<LocalKernel> kernels_;
  std::vector<SparseRows> sparse_;  ///< columns are counted among the rows
};

}
