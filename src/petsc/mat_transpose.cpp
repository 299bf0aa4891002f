// SPDX-License-Identifier: BSD-3-Clause
// The transpose as a matrix of its own, and what is known of symmetry.
#include <algorithm>

#include "petsc/mat.hpp"

namespace nearfar {
namespace {

/// Shifts and scalings as they act on the transpose.
PetscErrorCode transpose_changes(const Context& context, Mat transposed) {
  PetscFunctionBegin;
  Context exchanged;
  PetscCall(share_changes(context, exchanged));
  for (Change& change : exchanged.changes)
    if (change.kind == Change::Kind::diagonal_scale) std::swap(change.left, change.right);
  PetscCall(apply_changes(exchanged, transposed));
  PetscCall(destroy_changes(exchanged));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. A MATNEARFAR of the dual source kinds and fields, points and normals exchanged.
PetscErrorCode create_dual(Mat mat, const Operator& op, const KernelChoice& kernel, Mat* transposed) {
  PetscFunctionBegin;
  const MPI_Comm comm = communicator_of(mat);
  PetscCall(MatCreate(comm, transposed));
  PetscCall(MatSetType(*transposed, MATNEARFAR));
  Operator* own = nullptr;
  PetscCall(get_operator(*transposed, &own));
  NEARFAR_CALL(mat, Settings settings = op.settings(); settings.kernel = kernel; own->set(settings);
               if (op.targets_are_sources()) own->copy_points(op);
               else own->set_points(comm, op.sources(), op.targets(), false);
               // Others would make derivatives of rows that need none.
               if (own->needs_normals(Role::sources))(void)
                   own->set_normals(comm, Role::sources, op.normals(Role::targets), op.has_normals(Role::targets));
               if (own->needs_normals(Role::targets))(void)
                   own->set_normals(comm, Role::targets, op.normals(Role::sources), op.has_normals(Role::sources)););
  PetscCall(MatSetUp(*transposed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. The transpose, which later changes of `mat` do not reach.
PetscErrorCode create_transpose(Mat mat, Mat* transposed) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  PetscCall(fit_layouts(mat, "MatTranspose", *op));
  PetscCall(require_normals(mat, "MatTranspose", *op));
  std::string reason;
  std::optional<KernelChoice> dual;
  NEARFAR_CALL(mat, reason = op->why_no_transpose(); dual = op->dual());
  PetscCheck(reason.empty(), communicator_of(mat), PETSC_ERR_SUP, "%s", reason.c_str());
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  if (dual && !context->has_added) {
    PetscCall(create_dual(mat, *op, *dual, transposed));
    PetscCall(transpose_changes(*context, *transposed));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  Mat copy = nullptr;
  PetscCall(MatDuplicate(mat, MAT_COPY_VALUES, &copy));
  PetscCall(MatCreateTranspose(copy, transposed));
  PetscCall(MatDestroy(&copy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode is_nearfar(Mat mat, PetscBool* answer) {
  return PetscObjectTypeCompare(object_of(mat), MATNEARFAR, answer);
}

/// Collective. Makes an earlier transpose of the matrix the transpose of what it is now.
PetscErrorCode renew_transpose(Mat mat, Mat made, Mat earlier) {
  PetscFunctionBegin;
  PetscBool now = PETSC_FALSE, before = PETSC_FALSE;
  PetscCall(is_nearfar(made, &now));
  PetscCall(is_nearfar(earlier, &before));
  PetscCheck(now == before, communicator_of(mat), PETSC_ERR_ARG_WRONG,
             "the matrix has got another type of transpose since: destroy the old one, and call MatTranspose with "
             "MAT_INITIAL_MATRIX");
  Mat copy_of_earlier = earlier;
  if (!before) PetscCall(MatTransposeGetMat(earlier, &copy_of_earlier));
  PetscCall(MatCopy(before ? made : mat, copy_of_earlier, SAME_NONZERO_PATTERN));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode mat_transpose(Mat mat, MatReuse reuse, Mat* transposed) {
  PetscFunctionBegin;
  PetscCheck(reuse != MAT_INPLACE_MATRIX, communicator_of(mat), PETSC_ERR_SUP,
             "a matrix of type \"%s\" is not transposed in place: call MatTranspose with MAT_INITIAL_MATRIX",
             MATNEARFAR);
  Mat made = nullptr;
  PetscCall(create_transpose(mat, &made));
  if (reuse == MAT_INITIAL_MATRIX) {
    *transposed = made;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(renew_transpose(mat, made, *transposed));
  PetscCall(MatDestroy(&made));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode tell_symmetry(Mat mat) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  bool symmetric = false;
  NEARFAR_CALL(mat, symmetric = context->op.is_symmetric() && !context->has_added);
  for (const Change& change : context->changes)
    symmetric = symmetric && (change.kind != Change::Kind::diagonal_scale || change.both_sides_alike);
  if (symmetric || context->symmetry_told)
    PetscCall(MatSetOption(mat, MAT_SYMMETRIC, symmetric ? PETSC_TRUE : PETSC_FALSE));
  context->symmetry_told = symmetric;
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
