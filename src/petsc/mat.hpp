// SPDX-License-Identifier: BSD-3-Clause
// Pieces of the matrix type that its files share. All functions return PETSc's error codes.
#pragma once

#include "nearfar/petsc.h"
#include "petsc/errors.hpp"
#include "petsc/operator.hpp"

#if !defined(PETSC_USE_REAL_DOUBLE) || defined(PETSC_USE_COMPLEX)
#error "MATNEARFAR needs a PETSc whose PetscScalar is double"
#endif

namespace nearfar {

/// A shift or scaling that a matrix has been given.
struct Change {
  enum class Kind { shift, scale, diagonal_scale, diagonal_set } kind = Kind::shift;
  PetscScalar factor = 0.0;
  InsertMode mode = ADD_VALUES;
  Vec left = nullptr;  ///< or the diagonal
  Vec right = nullptr;
};

/// Behind each matrix.
struct Context {
  Operator op;
  std::vector<Change> changes;  ///< in the order in which they came
};

/// The operator behind a matrix; an error when it is of another type.
PetscErrorCode get_operator(Mat mat, Operator** op);

/// Collective. Sizes in points times dimensions: sets those that are open, refuses those that do not fit.
PetscErrorCode fit_layouts(Mat mat, Operator& op);

// Operations.
PetscErrorCode mat_set_from_options(Mat mat, PetscOptionItems* items);
PetscErrorCode mat_view(Mat mat, PetscViewer viewer);
PetscErrorCode mat_mult(Mat mat, Vec x, Vec y);
PetscErrorCode mat_mult_transpose(Mat mat, Vec x, Vec y);
PetscErrorCode mat_get_diagonal(Mat mat, Vec diagonal);
PetscErrorCode mat_get_diagonal_block(Mat mat, Mat* block);
PetscErrorCode mat_set_products(Mat mat);

/// Records shifts and scalings from now on; see mat_changes.cpp.
PetscErrorCode extend_shell(Mat mat);
/// Gives a sparse matrix the shifts and scalings of another one's context.
PetscErrorCode apply_changes(const Context& context, Mat near_field);
PetscErrorCode share_changes(const Context& from, Context& to);
PetscErrorCode destroy_changes(Context& context);
/// Drops the near field that a matrix keeps for mat_get_diagonal_block.
PetscErrorCode drop_near_field(Mat mat);

/// A global size that PetscInt can hold, or an error that says what to do. `what` is "rows" or "columns".
PetscErrorCode check_global_size(MPI_Comm communicator, PetscInt64 local, const char* what, PetscInt64 largest);

/// Events of -log_view.
struct Events {
  PetscLogEvent set_up = -1, apply = -1;
};
extern Events events;

}
