// SPDX-License-Identifier: BSD-3-Clause
// Inverses of blocks on the diagonal, for PCPBJACOBI and PCVPBJACOBI.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/dense.hpp"
#include "comm/mpi.hpp"
#include "petsc/mat.hpp"

namespace nearfar {
namespace {

constexpr const char* no_inverse =
    "blocks on the diagonal of the matrix have no inverse: without MatShift or MatDiagonalSet they are zero where the "
    "targets are the sources, as no point acts on itself; take another preconditioner";

/// The entries of a vector on this rank, added to or multiplied with those of blocks.
template <class Visit>
PetscErrorCode visit_entries(Vec vec, const Visit& visit) {
  PetscFunctionBegin;
  const PetscScalar* entries = nullptr;
  PetscInt size = 0;
  PetscCall(VecGetLocalSize(vec, &size));
  PetscCall(VecGetArrayRead(vec, &entries));
  for (PetscInt i = 0; i < size; ++i) visit(static_cast<std::size_t>(i), entries[i]);
  PetscCall(VecRestoreArrayRead(vec, &entries));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The blocks of the matrix with its shifts and scalings, [point][row][column].
PetscErrorCode get_blocks(Mat mat, const Operator& op, std::vector<double>& blocks) {
  PetscFunctionBegin;
  const auto dim = static_cast<std::size_t>(op.kernel().num_values());
  NEARFAR_CALL(mat, blocks.resize(op.targets().size() / 3 * dim * dim); op.diagonal_blocks(blocks));
  ChangesAsVectors changes;
  PetscCall(get_changes(mat, &changes));
  PetscCall(visit_entries(changes.left, [&](std::size_t row, PetscScalar factor) {
    for (std::size_t j = 0; j < dim; ++j) blocks[row * dim + j] *= factor;
  }));
  PetscCall(visit_entries(changes.right, [&](std::size_t column, PetscScalar factor) {
    for (std::size_t i = 0; i < dim; ++i) blocks[(column / dim * dim + i) * dim + column % dim] *= factor;
  }));
  PetscCall(visit_entries(changes.added,
                          [&](std::size_t row, PetscScalar value) { blocks[row * dim + row % dim] += value; }));
  PetscCall(destroy(&changes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Puts the inverses of blocks [point][row][column] into columns; returns whether all of them have one.
bool invert(const std::vector<double>& blocks, int dim, std::vector<double>& inverses) {
  const std::size_t size = usize(dim) * usize(dim);
  inverses.resize(blocks.size());
  Matrix block(dim, dim);
  for (std::size_t begin = 0; begin < blocks.size(); begin += size) {
    // Read by columns, it is the transpose, whose inverse by columns is that of the block by rows.
    std::copy_n(&blocks[begin], size, block.entries.begin());
    const std::optional<Matrix> rows = rows_of_inverse(block, dim);
    if (!rows) return false;
    std::copy_n(rows->entries.begin(), size, &inverses[begin]);
  }
  return true;
}

PetscErrorCode require_square(Mat mat, const Operator& op, const char* call) {
  PetscFunctionBegin;
  PetscBool congruent = PETSC_FALSE;
  PetscCall(MatHasCongruentLayouts(mat, &congruent));
  PetscCheck(congruent && op.kernel().num_strengths() == op.kernel().num_values(), communicator_of(mat), PETSC_ERR_SUP,
             "%s: a matrix with different layouts of rows and columns has no blocks on its diagonal", call);
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  PetscCheck(!context->has_added, communicator_of(mat), PETSC_ERR_SUP,
             "%s: the blocks of what MatAXPY has added are not known: add it by MATCOMPOSITE, and precondition by "
             "\"%s\"",
             call, PCNEARFAR);
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode mat_invert_block_diagonal(Mat mat, const PetscScalar** values) {
  PetscFunctionBegin;
  const char* const call = "MatInvertBlockDiagonal";
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  PetscCall(fit_layouts(mat, call, *op));
  PetscCall(require_normals(mat, call, *op));
  PetscCall(require_square(mat, *op, call));
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  bool all_there = false;
  NEARFAR_CALL(mat, all_there = on_all_ranks(communicator_of(mat), call, context->has_inverse_blocks));
  if (!all_there) {
    std::vector<double> blocks;
    PetscCall(get_blocks(mat, *op, blocks));
    bool invertible = false;
    NEARFAR_CALL(mat, agree(communicator_of(mat),
                            [&] { invertible = invert(blocks, op->kernel().num_values(), context->inverse_blocks); });
                 invertible = on_all_ranks(communicator_of(mat), call, invertible));
    PetscCheck(invertible, communicator_of(mat), PETSC_ERR_MAT_LU_ZRPVT, "%s", no_inverse);
    context->has_inverse_blocks = true;
  }
  *values = context->inverse_blocks.data();
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_invert_variable_block_diagonal(Mat mat, PetscInt count, const PetscInt* sizes, PetscScalar* values) {
  PetscFunctionBegin;
  const char* const call = "MatInvertVariableBlockDiagonal";
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  PetscCall(fit_layouts(mat, call, *op));
  PetscCall(require_square(mat, *op, call));
  Mat block = nullptr, rows = nullptr;
  PetscCall(mat_get_diagonal_block(mat, &block));
  PetscCall(MatConvert(block, MATSEQAIJ, MAT_INITIAL_MATRIX, &rows));  // MATBAIJ has no such operation
  PetscCall(MatInvertVariableBlockDiagonal(rows, count, sizes, values));
  // A block without inverse leaves an error in the copy or, of one row, an entry that is not finite.
  MatFactorError error = MAT_FACTOR_NOERROR;
  PetscCall(MatFactorGetError(rows, &error));
  PetscCall(MatDestroy(&rows));
  std::size_t size = 0;
  for (PetscInt i = 0; i < count; ++i) size += static_cast<std::size_t>(sizes[i]) * static_cast<std::size_t>(sizes[i]);
  bool invertible =
      error == MAT_FACTOR_NOERROR && std::all_of(values, values + size, [](double x) { return std::isfinite(x); });
  NEARFAR_CALL(mat, invertible = on_all_ranks(communicator_of(mat), call, invertible));
  PetscCheck(invertible, communicator_of(mat), PETSC_ERR_MAT_LU_ZRPVT, "%s", no_inverse);
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
