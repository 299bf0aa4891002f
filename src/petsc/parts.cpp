// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/parts.hpp"

#include <numeric>

namespace nearfar {
namespace {

PetscErrorCode is_type(Mat mat, const char* type, bool* answer) {
  PetscFunctionBegin;
  PetscBool is = PETSC_FALSE;
  PetscCall(PetscObjectTypeCompare(object_of(mat), type, &is));
  *answer = is == PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// A reference to a sparse matrix, or its copy as a MATAIJ.
PetscErrorCode get_sparse(Mat mat, Mat* sparse) {
  PetscFunctionBegin;
  PetscBool is_aij = PETSC_FALSE, is_known = PETSC_FALSE;
  bool is_transpose = false;
  PetscCall(PetscObjectTypeCompareAny(object_of(mat), &is_aij, MATSEQAIJ, MATMPIAIJ, ""));
  PetscCall(is_type(mat, MATTRANSPOSEVIRTUAL, &is_transpose));
  if (is_aij) {
    PetscCall(PetscObjectReference(object_of(mat)));
    *sparse = mat;
  } else if (is_transpose) {
    Mat of = nullptr, as_aij = nullptr;
    PetscCall(MatTransposeGetMat(mat, &of));
    PetscCall(get_sparse(of, &as_aij));
    PetscCall(MatTranspose(as_aij, MAT_INITIAL_MATRIX, sparse));
    PetscCall(MatDestroy(&as_aij));
  } else {
    PetscCall(PetscObjectTypeCompareAny(object_of(mat), &is_known, MATSEQBAIJ, MATMPIBAIJ, MATSEQSBAIJ, MATMPISBAIJ,
                                        MATCONSTANTDIAGONAL, ""));
    MatType type = nullptr;
    PetscCall(MatGetType(mat, &type));
    PetscCheck(is_known, communicator_of(mat), PETSC_ERR_SUP,
               "the preconditioner \"%s\" needs entries, and gets them from MATNEARFAR, sparse matrices and "
               "MATCOMPOSITE of these, not from type %s: give such a matrix as the second of KSPSetOperators",
               PCNEARFAR, type);
    PetscCall(MatConvert(mat, MATAIJ, MAT_INITIAL_MATRIX, sparse));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// factor = next * factor, or next.
PetscErrorCode multiply(Mat next, Mat* factor) {
  PetscFunctionBegin;
  Mat sparse = nullptr;
  PetscCall(get_sparse(next, &sparse));
  if (*factor != nullptr) {
    Mat product = nullptr;
    PetscCall(MatMatMult(sparse, *factor, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &product));
    PetscCall(MatDestroy(&sparse));
    PetscCall(MatDestroy(factor));
    sparse = product;
  }
  *factor = sparse;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode find_product(Mat composite, PetscInt count, Part* part) {
  PetscFunctionBegin;
  for (PetscInt i = 0; i < count; ++i) {  // the first one acts first
    Mat factor = nullptr;
    bool is_kernel = false;
    PetscCall(MatCompositeGetMat(composite, i, &factor));
    PetscCall(is_type(factor, MATNEARFAR, &is_kernel));
    PetscCheck(!is_kernel || part->kernel == nullptr, communicator_of(composite), PETSC_ERR_SUP,
               "the preconditioner \"%s\" cannot take a product of two MATNEARFAR apart", PCNEARFAR);
    if (is_kernel) {
      PetscCall(PetscObjectReference(object_of(factor)));
      part->kernel = factor;
    } else {
      PetscCall(multiply(factor, part->kernel == nullptr ? &part->right : &part->left));
    }
  }
  if (part->kernel == nullptr) std::swap(part->sparse, part->right);
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode find_parts(Mat mat, std::vector<Part>* parts) {
  PetscFunctionBegin;
  bool is_kernel = false, is_composite = false;
  PetscCall(is_type(mat, MATNEARFAR, &is_kernel));
  PetscCall(is_type(mat, MATCOMPOSITE, &is_composite));
  // The caller destroys what a part has by then, also after an error.
  if (is_kernel) {
    PetscCall(PetscObjectReference(object_of(mat)));
    parts->emplace_back().kernel = mat;
  } else if (!is_composite) {
    PetscCall(get_sparse(mat, &parts->emplace_back().sparse));
  } else {
    MatCompositeType type = MAT_COMPOSITE_ADDITIVE;
    PetscInt count = 0;
    PetscCall(MatCompositeGetType(mat, &type));
    PetscCall(MatCompositeGetNumberMat(mat, &count));
    if (type == MAT_COMPOSITE_ADDITIVE) {
      for (PetscInt i = 0; i < count; ++i) {
        Mat term = nullptr;
        PetscCall(MatCompositeGetMat(mat, i, &term));
        PetscCall(find_parts(term, parts));
      }
      PetscFunctionReturn(PETSC_SUCCESS);
    }
    PetscCall(find_product(mat, count, &parts->emplace_back()));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode destroy(std::vector<Part>* parts) {
  PetscFunctionBegin;
  for (Part& part : *parts)
    for (Mat* mat : {&part.kernel, &part.left, &part.right, &part.sparse}) PetscCall(MatDestroy(mat));
  parts->clear();
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode fetch_rows(Mat sparse, const std::vector<PetscInt>& rows, bool square, SparseRows* result) {
  PetscFunctionBegin;
  IS wanted = nullptr, all = nullptr;
  Mat* found = nullptr;
  PetscInt columns = 0, count = 0;
  PetscCall(MatGetSize(sparse, nullptr, &columns));
  PetscCall(
      ISCreateGeneral(PETSC_COMM_SELF, static_cast<PetscInt>(rows.size()), rows.data(), PETSC_COPY_VALUES, &wanted));
  PetscCall(ISCreateStride(PETSC_COMM_SELF, columns, 0, 1, &all));
  PetscCall(MatCreateSubMatrices(sparse, 1, &wanted, square ? &wanted : &all, MAT_INITIAL_MATRIX, &found));
  PetscCall(MatGetSize(found[0], &count, nullptr));
  *result = {};
  for (PetscInt row = 0; row < count; ++row) {
    PetscInt size = 0;
    const PetscInt* places = nullptr;
    const PetscScalar* values = nullptr;
    PetscCall(MatGetRow(found[0], row, &size, &places, &values));
    result->columns.insert(result->columns.end(), places, places + size);
    result->values.insert(result->values.end(), values, values + size);
    result->begin.push_back(result->columns.size());
    PetscCall(MatRestoreRow(found[0], row, &size, &places, &values));
  }
  PetscCall(MatDestroySubMatrices(1, &found));
  PetscCall(ISDestroy(&wanted));
  PetscCall(ISDestroy(&all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode find_places(Mat mat, const std::vector<Part>& parts, std::vector<double>* places, int* components) {
  PetscFunctionBegin;
  const Part* first = nullptr;
  for (const Part& part : parts)
    if (part.kernel != nullptr && first == nullptr) first = &part;
  PetscCheck(first != nullptr, communicator_of(mat), PETSC_ERR_SUP,
             "the preconditioner \"%s\" needs a matrix with a MATNEARFAR in it, whose points say what is near",
             PCNEARFAR);
  Operator* op = nullptr;
  PetscCall(get_ready(first->kernel, "PCSetUp", &op));
  const int num_values = op->kernel().num_values();
  if (first->left == nullptr) {
    *components = num_values;
    NEARFAR_CALL(mat, places->assign(op->targets().begin(), op->targets().end()));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscInt block = 1, begin = 0, end = 0;
  PetscCall(MatGetBlockSizes(first->left, &block, nullptr));
  *components = static_cast<int>(block);
  PetscCall(MatGetOwnershipRange(first->left, &begin, &end));
  std::vector<PetscInt> rows(static_cast<std::size_t>(end - begin));
  std::iota(rows.begin(), rows.end(), begin);
  SparseRows entries;
  PetscCall(fetch_rows(first->left, rows, false, &entries));
  std::vector<std::int64_t> numbers;
  for (const PetscInt column : entries.columns) numbers.push_back(column / num_values);
  std::vector<double> targets;
  PetscCall(fetch_points(first->kernel, op->targets(), numbers, targets));
  const auto step = static_cast<std::size_t>(block);
  places->assign(3 * (rows.size() / step), 0.0);
  for (std::size_t i = 0; i < rows.size() / step; ++i) {
    const std::size_t from = entries.begin[i * step], to = entries.begin[(i + 1) * step];
    for (std::size_t k = 3 * from; k < 3 * to; ++k)
      (*places)[3 * i + k % 3] += targets[k] / static_cast<double>(to - from);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
