// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/sparse.hpp"

#include <algorithm>

namespace nearfar {
namespace {

/// Room in a matrix of blocks, for the rows of each block together.
PetscErrorCode preallocate_blocks(Mat sparse, PetscInt block, const std::vector<PetscInt>& inside,
                                  const std::vector<PetscInt>& outside) {
  PetscFunctionBegin;
  const auto first_rows = [block](const std::vector<PetscInt>& of_rows) {
    std::vector<PetscInt> of_blocks;
    for (std::size_t i = 0; i < of_rows.size(); i += static_cast<std::size_t>(block))
      of_blocks.push_back((of_rows[i] + block - 1) / block);
    return of_blocks;
  };
  const std::vector<PetscInt> diagonal = first_rows(inside), others = first_rows(outside);
  PetscCall(MatSeqBAIJSetPreallocation(sparse, block, 0, diagonal.data()));
  PetscCall(MatMPIBAIJSetPreallocation(sparse, block, 0, diagonal.data(), 0, others.data()));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode create_sparse(Mat mat, const std::vector<PetscInt>& counts, Mat* sparse) {
  PetscFunctionBegin;
  PetscInt rows = 0, columns = 0;
  PetscCall(MatGetLocalSize(mat, &rows, &columns));
  std::vector<PetscInt> inside, outside, all;
  for (std::size_t i = 0; i < counts.size(); i += 2) {
    // A row has at least a place on the diagonal, which preconditioners want.
    inside.push_back(std::min(columns, counts[i] + 1));
    outside.push_back(counts[i + 1]);
    all.push_back(inside.back() + outside.back());
  }
  PetscCall(MatCreate(communicator_of(mat), sparse));
  const char* prefix = nullptr;
  PetscCall(MatGetOptionsPrefix(mat, &prefix));
  PetscCall(MatSetOptionsPrefix(*sparse, prefix));
  PetscCall(MatAppendOptionsPrefix(*sparse, "near_field_"));  // -mat_view must not print its entries
  PetscInt row_block = 1, column_block = 1;
  PetscCall(MatGetBlockSizes(mat, &row_block, &column_block));
  PetscCall(MatSetSizes(*sparse, rows, columns, PETSC_DETERMINE, PETSC_DETERMINE));
  PetscCall(MatSetBlockSizes(*sparse, row_block, column_block));
  PetscCall(MatSetType(*sparse, row_block == column_block && row_block > 1 ? MATBAIJ : MATAIJ));
  PetscCall(MatSetFromOptions(*sparse));
  PetscCall(MatSeqAIJSetPreallocation(*sparse, 0, all.data()));
  PetscCall(MatMPIAIJSetPreallocation(*sparse, 0, inside.data(), 0, outside.data()));
  if (row_block == column_block) PetscCall(preallocate_blocks(*sparse, row_block, inside, outside));
  PetscCall(MatSetUp(*sparse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
