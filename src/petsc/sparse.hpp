// SPDX-License-Identifier: BSD-3-Clause
// Sparse matrices with entries of a MATNEARFAR.
#pragma once

#include "petsc/mat.hpp"

namespace nearfar {

/// Collective. An empty MATAIJ or, of square blocks, MATBAIJ, or what the options say, with the layouts of `mat` and
/// room for entries of each row in and outside the columns of its rank: [row][2].
PetscErrorCode create_sparse(Mat mat, const std::vector<PetscInt>& counts, Mat* sparse);

}
