// SPDX-License-Identifier: BSD-3-Clause
// The sums of a matrix at other points, and the motions of its points that strain nothing.
#include <algorithm>

#include "petsc/mat.hpp"

PetscErrorCode MatNearfarCreateAtTargets(Mat A, PetscInt num_targets, const PetscReal targets[], const char fields[],
                                         Mat* B) {
  using namespace nearfar;
  PetscFunctionBegin;
  const char* const call = "MatNearfarCreateAtTargets";
  Operator *op = nullptr, *own = nullptr;
  PetscCall(require_arguments(A, call, B != nullptr && num_targets >= 0 && (num_targets == 0 || targets != nullptr)));
  PetscCall(get_operator(A, &op));
  PetscCall(fit_layouts(A, call, *op));
  const std::string chosen = fields == nullptr ? "no fields" : std::string("fields ") + fields;
  NEARFAR_CALL(A, (void)on_all_ranks(communicator_of(A), std::string(call) + " with " + chosen, true));
  PetscCall(MatCreate(communicator_of(A), B));
  const char* prefix = nullptr;
  PetscCall(MatGetOptionsPrefix(A, &prefix));
  PetscCall(MatSetOptionsPrefix(*B, prefix));
  PetscCall(MatSetType(*B, MATNEARFAR));
  PetscCall(get_operator(*B, &own));
  NEARFAR_CALL(A, own->set(op->settings()));
  if (fields != nullptr) PetscCall(MatNearfarSetFields(*B, fields));
  NEARFAR_CALL(A, own->set_points(communicator_of(A), {targets, 3 * static_cast<std::size_t>(num_targets)},
                                  op->sources(), false);
               if (op->has_normals(Role::sources))(void)
                   own->set_normals(communicator_of(A), Role::sources, op->normals(Role::sources), true));
  PetscCall(MatSetUp(*B));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode MatNearfarCreateRigidBody(Mat A, MatNullSpace* motions) {
  using namespace nearfar;
  PetscFunctionBegin;
  const char* const call = "MatNearfarCreateRigidBody";
  Operator* op = nullptr;
  PetscCall(require_arguments(A, call, motions != nullptr));
  PetscCall(get_operator(A, &op));
  PetscCall(fit_layouts(A, call, *op));
  PetscCheck(op->kernel().num_strengths() == 3, communicator_of(A), PETSC_ERR_SUP,
             "%s needs a matrix with three components for each source, such as forces, not %d", call,
             op->kernel().num_strengths());
  Vec points = nullptr;
  PetscScalar* coordinates = nullptr;
  PetscCall(MatCreateVecs(A, &points, nullptr));
  PetscCall(VecGetArrayWrite(points, &coordinates));
  std::copy(op->sources().begin(), op->sources().end(), coordinates);
  PetscCall(VecRestoreArrayWrite(points, &coordinates));
  PetscCall(MatNullSpaceCreateRigidBody(points, motions));
  PetscCall(VecDestroy(&points));
  PetscFunctionReturn(PETSC_SUCCESS);
}
