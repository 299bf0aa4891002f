// SPDX-License-Identifier: BSD-3-Clause
// What a matrix is made of, for preconditioners that need its entries: sums of kernels with sparse factors, and sparse
// corrections.
#pragma once

#include <vector>

#include "petsc/mat.hpp"

namespace nearfar {

/// One term of a sum: left * kernel * right, where a factor that is null is the identity, or `sparse` alone.
struct Part {
  Mat kernel = nullptr;  ///< MATNEARFAR
  Mat left = nullptr, right = nullptr;
  Mat sparse = nullptr;  ///< and nothing else, MATAIJ as all but the kernel
};

/// Collective. Of a MATNEARFAR, a sparse matrix, or a MATCOMPOSITE of such, whose own scalings are not known. Each
/// matrix has a reference of its own: call destroy, after an error as well. An error for other types.
PetscErrorCode find_parts(Mat mat, std::vector<Part>* parts);
PetscErrorCode destroy(std::vector<Part>* parts);

/// Some rows of a sparse matrix, row by row.
struct SparseRows {
  std::vector<std::size_t> begin{0};
  std::vector<PetscInt> columns;
  std::vector<double> values;
};

/// Collective. Rows, rising, that may be on any rank. With `square` only entries in columns of those numbers, which are
/// counted among the rows then.
PetscErrorCode fetch_rows(Mat sparse, const std::vector<PetscInt>& rows, bool square, SparseRows* result);

/// Collective. Where the rows of this rank are, [point][3] and how many rows each has: at its target or, with a left
/// factor, at the mean of those that the factor takes.
PetscErrorCode find_places(Mat mat, const std::vector<Part>& parts, std::vector<double>* places, int* components);

}
