// SPDX-License-Identifier: BSD-3-Clause
// Shifts and scalings. MATSHELL takes care of them in products; what it does not tell is kept here as well, so that the
// near field can be given the same ones.
#include "petsc/mat.hpp"

namespace nearfar {
namespace {

using Function = void (*)(void);

/// MATSHELL's own operations.
struct ShellOperations {
  PetscErrorCode (*shift)(Mat, PetscScalar) = nullptr;
  PetscErrorCode (*scale)(Mat, PetscScalar) = nullptr;
  PetscErrorCode (*diagonal_scale)(Mat, Vec, Vec) = nullptr;
  PetscErrorCode (*diagonal_set)(Mat, Vec, InsertMode) = nullptr;
  PetscErrorCode (*axpy)(Mat, PetscScalar, Mat, MatStructure) = nullptr;
  PetscErrorCode (*copy)(Mat, Mat, MatStructure) = nullptr;
  PetscErrorCode (*assembly_end)(Mat, MatAssemblyType) = nullptr;
} shell;

PetscErrorCode copy_of(Vec vec, Vec* copy) {
  PetscFunctionBegin;
  *copy = nullptr;
  if (vec == nullptr) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDuplicate(vec, copy));
  PetscCall(VecCopy(vec, *copy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode record(Mat mat, Change change) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  NEARFAR_CALL(mat, context->changes.push_back(change));
  PetscCall(drop_near_field(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// MATSHELL (to 3.18 at least) leaves a shift out of products with dense matrices unless there is a left scaling, too:
/// so there is one, of ones, before the first shift.
PetscErrorCode add_unit_scaling(Mat mat) {
  PetscFunctionBegin;
  Vec ones = nullptr;
  PetscCall(MatCreateVecs(mat, nullptr, &ones));
  PetscCall(VecSet(ones, 1.0));
  PetscCall(shell.diagonal_scale(mat, ones, nullptr));
  PetscCall(VecDestroy(&ones));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_shift(Mat mat, PetscScalar shift) {
  PetscFunctionBegin;
  PetscCall(add_unit_scaling(mat));
  PetscCall(shell.shift(mat, shift));
  PetscCall(record(mat, {.kind = Change::Kind::shift, .factor = shift}));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_scale(Mat mat, PetscScalar factor) {
  PetscFunctionBegin;
  PetscCall(shell.scale(mat, factor));
  PetscCall(record(mat, {.kind = Change::Kind::scale, .factor = factor}));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_diagonal_scale(Mat mat, Vec left, Vec right) {
  PetscFunctionBegin;
  PetscCall(shell.diagonal_scale(mat, left, right));
  Change change{.kind = Change::Kind::diagonal_scale, .both_sides_alike = left == right};
  PetscCall(copy_of(left, &change.left));
  PetscCall(copy_of(right, &change.right));
  PetscCall(record(mat, change));
  PetscCall(tell_symmetry(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_diagonal_set(Mat mat, Vec diagonal, InsertMode mode) {
  PetscFunctionBegin;
  PetscCall(add_unit_scaling(mat));
  PetscCall(shell.diagonal_set(mat, diagonal, mode));
  Change change{.kind = Change::Kind::diagonal_set, .mode = mode};
  PetscCall(copy_of(diagonal, &change.left));
  PetscCall(record(mat, change));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_axpy(Mat mat, PetscScalar factor, Mat added, MatStructure structure) {
  PetscFunctionBegin;
  PetscCall(shell.axpy(mat, factor, added, structure));
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  context->has_added = true;
  PetscCall(tell_symmetry(mat));
  PetscCall(raise_state(mat));  // MATSHELL does not
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// MATSHELL would make any other shell work like this one, on a context that is not ours.
PetscErrorCode mat_copy_to_own_type(Mat from, Mat to, MatStructure structure) {
  PetscFunctionBegin;
  PetscBool is_nearfar = PETSC_FALSE, is_shell = PETSC_FALSE;
  PetscCall(PetscObjectTypeCompare(object_of(to), MATNEARFAR, &is_nearfar));
  PetscCall(PetscObjectTypeCompare(object_of(to), MATSHELL, &is_shell));
  void *own = nullptr, *other = nullptr;
  PetscCall(MatShellGetContext(from, &own));
  if (is_shell) PetscCall(MatShellGetContext(to, &other));
  // They have one context while MATSHELL makes a duplicate.
  PetscCheck(is_nearfar || (is_shell && own == other), communicator_of(from), PETSC_ERR_ARG_INCOMP,
             "a matrix of type \"%s\" is copied to one of the same type only: use MatConvert, or MatDuplicate",
             MATNEARFAR);
  PetscCall(shell.copy(from, to, structure));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// MATSHELL forgets shifts and scalings here.
PetscErrorCode mat_assembly_end(Mat mat, MatAssemblyType type) {
  PetscFunctionBegin;
  if (type == MAT_FINAL_ASSEMBLY) PetscCall(undo_changes(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Puts an operation of ours before the shell's. MatShellSetOperation refuses while the shell takes care of shifts.
template <class F>
PetscErrorCode extend(Mat mat, MatOperation operation, F own, F& of_shell) {
  PetscFunctionBegin;
  Function found = nullptr;
  PetscCall(MatGetOperation(mat, operation, &found));
  if (found != reinterpret_cast<Function>(own)) of_shell = reinterpret_cast<F>(found);
  PetscCall(MatSetOperation(mat, operation, reinterpret_cast<Function>(own)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// added = - left * the diagonal of K * right
PetscErrorCode subtract_diagonal(Mat mat, const ChangesAsVectors& vectors) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  PetscScalar* values = nullptr;
  PetscInt size = 0;
  PetscCall(VecGetLocalSize(vectors.added, &size));
  PetscCall(VecGetArrayWrite(vectors.added, &values));
  NEARFAR_CALL(mat, op->diagonal({values, static_cast<std::size_t>(size)}));
  PetscCall(VecRestoreArrayWrite(vectors.added, &values));
  PetscCall(VecPointwiseMult(vectors.added, vectors.added, vectors.left));
  PetscCall(VecPointwiseMult(vectors.added, vectors.added, vectors.right));
  PetscCall(VecScale(vectors.added, -1.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode extend_shell(Mat mat) {
  PetscFunctionBegin;
  PetscCall(extend(mat, MATOP_SHIFT, mat_shift, shell.shift));
  PetscCall(extend(mat, MATOP_SCALE, mat_scale, shell.scale));
  PetscCall(extend(mat, MATOP_DIAGONAL_SCALE, mat_diagonal_scale, shell.diagonal_scale));
  PetscCall(extend(mat, MATOP_DIAGONAL_SET, mat_diagonal_set, shell.diagonal_set));
  PetscCall(extend(mat, MATOP_AXPY, mat_axpy, shell.axpy));
  PetscCall(extend(mat, MATOP_COPY, mat_copy_to_own_type, shell.copy));
  PetscCall(extend(mat, MATOP_ASSEMBLY_END, mat_assembly_end, shell.assembly_end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode undo_changes(Mat mat) {
  PetscFunctionBegin;
  PetscCall(shell.assembly_end(mat, MAT_FINAL_ASSEMBLY));
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  PetscCall(destroy_changes(*context));
  PetscCall(drop_near_field(mat));
  PetscCall(tell_symmetry(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode apply_changes(const Context& context, Mat near_field) {
  PetscFunctionBegin;
  for (const Change& change : context.changes) {
    switch (change.kind) {
      case Change::Kind::shift:
        PetscCall(MatShift(near_field, change.factor));
        break;
      case Change::Kind::scale:
        PetscCall(MatScale(near_field, change.factor));
        break;
      case Change::Kind::diagonal_scale:
        PetscCall(MatDiagonalScale(near_field, change.left, change.right));
        break;
      case Change::Kind::diagonal_set:
        PetscCall(MatDiagonalSet(near_field, change.left, change.mode));
        break;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode get_changes(Mat mat, ChangesAsVectors* vectors) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  auto& [left, right, added] = *vectors;
  PetscCall(MatCreateVecs(mat, &left, nullptr));
  PetscCall(VecSet(left, 1.0));
  PetscCall(copy_of(left, &right));
  PetscCall(VecDuplicate(left, &added));
  PetscCall(VecSet(added, 0.0));
  for (const Change& change : context->changes) {
    switch (change.kind) {
      case Change::Kind::shift:
        PetscCall(VecShift(added, change.factor));
        break;
      case Change::Kind::scale:
        PetscCall(VecScale(left, change.factor));
        PetscCall(VecScale(added, change.factor));
        break;
      case Change::Kind::diagonal_scale:
        for (const auto& [factors, side] : {std::pair{change.left, left}, {change.right, right}}) {
          if (factors == nullptr) continue;
          PetscCall(VecPointwiseMult(side, side, factors));
          PetscCall(VecPointwiseMult(added, added, factors));
        }
        break;
      case Change::Kind::diagonal_set:
        if (change.mode == INSERT_VALUES) PetscCall(subtract_diagonal(mat, *vectors));
        PetscCall(VecAXPY(added, 1.0, change.left));
        break;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode destroy(ChangesAsVectors* vectors) {
  PetscFunctionBegin;
  for (Vec* vector : {&vectors->left, &vectors->right, &vectors->added}) PetscCall(VecDestroy(vector));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode share_changes(const Context& from, Context& to) {
  PetscFunctionBegin;
  PetscCall(destroy_changes(to));
  to.changes = from.changes;
  to.has_added = from.has_added;
  for (const Change& change : to.changes)
    for (const Vec vec : {change.left, change.right})
      if (vec != nullptr) PetscCall(PetscObjectReference(reinterpret_cast<PetscObject>(vec)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode destroy_changes(Context& context) {
  PetscFunctionBegin;
  for (Change& change : context.changes) {
    PetscCall(VecDestroy(&change.left));
    PetscCall(VecDestroy(&change.right));
  }
  context.changes.clear();
  context.has_added = false;
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
