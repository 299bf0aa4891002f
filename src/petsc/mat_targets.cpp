// SPDX-License-Identifier: BSD-3-Clause
// The sums of a matrix at other points, and the motions of its points that strain nothing.
#include <array>

#include "comm/mpi.hpp"
#include "petsc/mat.hpp"

PetscErrorCode MatNearfarCreateAtTargets(Mat A, PetscInt num_targets, const PetscReal targets[], const char fields[],
                                         Mat* B) {
  using namespace nearfar;
  PetscFunctionBegin;
  const char* const call = "MatNearfarCreateAtTargets";
  Operator *op = nullptr, *own = nullptr;
  PetscCall(require_arguments(A, call, B != nullptr && (num_targets <= 0 || targets != nullptr)));
  bool is_count = true;
  NEARFAR_CALL(A, is_count = on_all_ranks(communicator_of(A), call, num_targets >= 0));
  PetscCheck(is_count, communicator_of(A), PETSC_ERR_ARG_OUTOFRANGE,
             "%s takes a number of targets that is not negative on any rank", call);
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
  // Rotations about the points' mean: far from the origin, those about it would lose digits.
  std::array<double, 4> sums{};
  for (std::size_t i = 0; i < op->sources().size(); ++i) sums[i % 3] += op->sources()[i];
  sums[3] = static_cast<double>(op->sources().size() / 3);
  NEARFAR_CALL(A, all_reduce(communicator_of(A), std::span<double>(sums), MPI_SUM));
  PetscCall(VecGetArrayWrite(points, &coordinates));
  for (std::size_t i = 0; i < op->sources().size(); ++i) coordinates[i] = op->sources()[i] - sums[i % 3] / sums[3];
  PetscCall(VecRestoreArrayWrite(points, &coordinates));
  PetscCall(MatNullSpaceCreateRigidBody(points, motions));
  PetscCall(VecDestroy(&points));
  PetscFunctionReturn(PETSC_SUCCESS);
}
