// SPDX-License-Identifier: BSD-3-Clause
// Norms from products alone: lower bounds that are nearly always sharp.
#include <algorithm>
#include <cmath>

#include "petsc/mat.hpp"

namespace nearfar {
namespace {

using Product = PetscErrorCode (*)(Mat, Vec, Vec);

/// Vectors of the columns and of the rows.
struct Pair {
  Vec columns = nullptr, rows = nullptr;
};

/// Entries that repeat nowhere and do not depend on the ranks.
PetscErrorCode set_some_direction(Vec x) {
  PetscFunctionBegin;
  PetscInt begin = 0, end = 0;
  PetscScalar* values = nullptr;
  PetscCall(VecGetOwnershipRange(x, &begin, &end));
  PetscCall(VecGetArrayWrite(x, &values));
  for (PetscInt i = begin; i < end; ++i) values[i - begin] = 1.5 + std::sin(1.0 + 3.7 * static_cast<double>(i));
  PetscCall(VecRestoreArrayWrite(x, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The largest singular value, by power iterations on A^T A: their values grow towards it.
PetscErrorCode norm_2(Mat mat, const Pair& of, PetscReal* norm) {
  PetscFunctionBegin;
  constexpr int most_iterations = 30;
  constexpr double smallest_growth = 1e-3;
  PetscCall(set_some_direction(of.columns));
  *norm = 0.0;
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    PetscReal length = 0.0, value = 0.0;
    PetscCall(VecNormalize(of.columns, &length));
    if (length == 0.0) break;
    PetscCall(MatMult(mat, of.columns, of.rows));
    PetscCall(VecNorm(of.rows, NORM_2, &value));
    const bool grows = !(value <= *norm * (1.0 + smallest_growth));
    *norm = std::isnan(value) ? value : std::max(value, *norm);
    if (!grows || std::isnan(value)) break;
    PetscCall(MatMultTranspose(mat, of.rows, of.columns));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// x[i] becomes its sign, 1 for zero.
PetscErrorCode set_signs(Vec x) {
  PetscFunctionBegin;
  PetscInt size = 0;
  PetscScalar* values = nullptr;
  PetscCall(VecGetLocalSize(x, &size));
  PetscCall(VecGetArray(x, &values));
  for (PetscInt i = 0; i < size; ++i) values[i] = values[i] < 0.0 ? -1.0 : 1.0;
  PetscCall(VecRestoreArray(x, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The unit vector of that number.
PetscErrorCode set_unit(Vec x, PetscInt number) {
  PetscFunctionBegin;
  PetscInt begin = 0, end = 0;
  PetscCall(VecSet(x, 0.0));
  PetscCall(VecGetOwnershipRange(x, &begin, &end));
  if (number >= begin && number < end) PetscCall(VecSetValue(x, number, 1.0, INSERT_VALUES));
  PetscCall(VecAssemblyBegin(x));
  PetscCall(VecAssemblyEnd(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// x[i] = +-(1 + i / (n - 1)), for matrices whose entries cancel at the other vectors (Higham 1988).
PetscErrorCode set_alternating(Vec x, PetscInt size) {
  PetscFunctionBegin;
  PetscInt begin = 0, end = 0;
  PetscScalar* values = nullptr;
  PetscCall(VecGetOwnershipRange(x, &begin, &end));
  PetscCall(VecGetArrayWrite(x, &values));
  for (PetscInt i = begin; i < end; ++i)
    values[i - begin] =
        (i % 2 == 0 ? 1.0 : -1.0) * (1.0 + static_cast<double>(i) / std::max(1.0, static_cast<double>(size) - 1.0));
  PetscCall(VecRestoreArrayWrite(x, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The largest sum of magnitudes of a column of the matrix of `product`, by the estimator of Hager and Higham.
PetscErrorCode norm_1(Mat mat, Product product, Product transposed, Vec x, Vec y, PetscReal* norm) {
  PetscFunctionBegin;
  constexpr int most_iterations = 5;
  PetscInt size = 0;
  PetscCall(VecGetSize(x, &size));
  PetscCall(VecSet(x, 1.0 / std::max(1.0, static_cast<double>(size))));
  *norm = 0.0;
  PetscInt column = -1;
  for (int iteration = 0; iteration < most_iterations && size > 0; ++iteration) {
    PetscReal value = 0.0;
    PetscCall(product(mat, x, y));
    PetscCall(VecNorm(y, NORM_1, &value));
    const bool grows = value > *norm;
    *norm = std::isnan(value) ? value : std::max(value, *norm);
    if (!grows) break;
    PetscCall(set_signs(y));
    PetscCall(transposed(mat, y, x));
    const PetscInt before = column;
    PetscReal largest = 0.0;
    PetscCall(VecAbs(x));
    PetscCall(VecMax(x, &column, &largest));
    if (column == before || column < 0) break;
    PetscCall(set_unit(x, column));
  }
  if (size < 2 || std::isnan(*norm)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscReal value = 0.0;
  PetscCall(set_alternating(x, size));
  PetscCall(product(mat, x, y));
  PetscCall(VecNorm(y, NORM_1, &value));
  *norm = std::max(*norm, 2.0 * value / (3.0 * static_cast<double>(size)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode mat_norm(Mat mat, NormType type, PetscReal* norm) {
  PetscFunctionBegin;
  PetscCheck(type == NORM_1 || type == NORM_2 || type == NORM_INFINITY, communicator_of(mat), PETSC_ERR_SUP,
             "there are estimates of NORM_1, NORM_2 and NORM_INFINITY alone: products say too little of the others");
  Operator* op = nullptr;
  PetscCall(get_ready(mat, "MatNorm", &op));
  std::string reason;
  NEARFAR_CALL(mat, reason = op->why_no_transpose());
  PetscCheck(reason.empty(), communicator_of(mat), PETSC_ERR_SUP, "norms need transposed products: %s", reason.c_str());
  Pair of;
  PetscCall(MatCreateVecs(mat, &of.columns, &of.rows));
  if (type == NORM_2)
    PetscCall(norm_2(mat, of, norm));
  else if (type == NORM_1)
    PetscCall(norm_1(mat, MatMult, MatMultTranspose, of.columns, of.rows, norm));
  else
    PetscCall(norm_1(mat, MatMultTranspose, MatMult, of.rows, of.columns, norm));
  PetscCall(VecDestroy(&of.columns));
  PetscCall(VecDestroy(&of.rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
