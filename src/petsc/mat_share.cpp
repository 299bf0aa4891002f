// SPDX-License-Identifier: BSD-3-Clause
// Matrices that share their points and tree.
#include <algorithm>

#include "petsc/mat.hpp"

namespace nearfar {

PetscErrorCode leave_sharers(Mat mat) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  if (context->sharers) std::erase(*context->sharers, mat);
  context->sharers.reset();
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode points_changed(Mat mat) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  if (context->sharers) {
    for (const Mat other : *context->sharers) {
      if (other == mat) continue;
      Operator* op = nullptr;
      PetscCall(get_operator(other, &op));
      if (!op->shares_points_with(context->op)) {
        PetscCall(leave_sharers(mat));
        break;
      }
      NEARFAR_CALL(other, op->follow_points());
      PetscCall(operator_changed(other));
    }
  }
  PetscCall(operator_changed(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode MatNearfarShareGeometry(Mat A, Mat B) {
  using namespace nearfar;
  PetscFunctionBegin;
  Operator *op = nullptr, *other = nullptr;
  PetscCall(get_operator(A, &op));
  PetscCall(get_operator(B, &other));
  int comparison = MPI_UNEQUAL;
  PetscCallMPI(MPI_Comm_compare(communicator_of(A), communicator_of(B), &comparison));
  PetscCheck(comparison == MPI_IDENT || comparison == MPI_CONGRUENT, communicator_of(A), PETSC_ERR_ARG_NOTSAMECOMM,
             "matrices on different ranks, or in another order of ranks, cannot share points");
  PetscCall(take_composed_points(B, "MatNearfarShareGeometry"));
  PetscCheck(other->has_points(), communicator_of(A), PETSC_ERR_ARG_WRONGSTATE,
             "the second matrix has no points to share: call MatNearfarSetPoints for it first");
  if (op->shares_points_with(*other)) PetscFunctionReturn(PETSC_SUCCESS);
  Context *context = nullptr, *of_other = nullptr;
  PetscCall(MatShellGetContext(A, &context));
  PetscCall(MatShellGetContext(B, &of_other));
  PetscCall(leave_sharers(A));
  NEARFAR_CALL(A, if (!of_other->sharers) of_other->sharers = std::make_shared<std::vector<Mat>>(1, B);
               of_other->sharers->push_back(A); context->sharers = of_other->sharers; op->share_points(*other));
  PetscCall(pass_over_composed_points(A));
  PetscCall(operator_changed(A));
  PetscFunctionReturn(PETSC_SUCCESS);
}
