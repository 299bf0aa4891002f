// SPDX-License-Identifier: BSD-3-Clause
// Normals of targets and of sources.
#include "petsc/mat.hpp"

namespace nearfar {
namespace {

/// Collective. The targets or sources of this rank, from its points or, before there are any, from the size of the
/// matrix.
PetscErrorCode count_points(Mat mat, const char* call, const Operator& op, Role role, PetscInt* count) {
  PetscFunctionBegin;
  *count = static_cast<PetscInt>(op.points(role).size() / 3);
  if (op.has_points()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscInt rows = -1, columns = -1;
  PetscCall(MatGetLocalSize(mat, &rows, &columns));
  const PetscInt size = role == Role::targets ? rows : columns;
  *count = size / (role == Role::targets ? op.kernel().num_values() : op.kernel().num_strengths());
  bool known = false;
  NEARFAR_CALL(mat, known = on_all_ranks(communicator_of(mat), call, size >= 0));
  PetscCheck(known, communicator_of(mat), PETSC_ERR_ARG_WRONGSTATE,
             "the number of normals is not known: give the points or call MatSetSizes first");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Normals of targets or of sources; NULL on all ranks: none.
PetscErrorCode set_normals(Mat mat, const char* call, Role role, const PetscReal normals[]) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  const MPI_Comm comm = communicator_of(mat);
  PetscCall(take_composed_points(mat, call));
  bool none_given = false, none_missing = true, changed = false;
  NEARFAR_CALL(mat, none_given = on_all_ranks(comm, call, normals == nullptr));
  PetscInt count = 0;
  if (!none_given) PetscCall(count_points(mat, call, *op, role, &count));
  NEARFAR_CALL(mat, none_missing = on_all_ranks(comm, call, normals != nullptr || count == 0));
  PetscCheck(none_missing, comm, PETSC_ERR_ARG_NULL,
             "normals are missing: give them on every rank that has such points, or on none");
  NEARFAR_CALL(
      mat, changed = op->set_normals(comm, role, std::span<const double>(normals, 3 * static_cast<std::size_t>(count)),
                                     !none_given));
  if (changed) PetscCall(operator_changed(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode require_normals(Mat mat, const char* call, Operator& op) {
  PetscFunctionBegin;
  const MPI_Comm comm = communicator_of(mat);
  const Kernel& kernel = op.kernel();
  PetscCheck(op.rows().use != UseOfNormals::along_gradients || kernel.has_gradients, comm, PETSC_ERR_SUP,
             "there are target normals, but %s of the %s kernel takes none and has no derivatives along them: choose a "
             "field that takes normals by MatNearfarSetFields, or call MatNearfarSetTargetNormals with NULL",
             names_of(kernel.fields).c_str(), kernel.name.c_str());
  for (const Role role : {Role::targets, Role::sources}) {
    if (!op.needs_normals(role)) continue;
    const bool of_targets = role == Role::targets;
    bool fit = false;
    NEARFAR_CALL(mat, fit = on_all_ranks(comm, call, op.normals(role).size() == op.points(role).size()));
    PetscCheck(fit || op.has_normals(role), comm, PETSC_ERR_ARG_WRONGSTATE,
               "%s %s of the %s kernel needs the normals of the %s: call MatNearfarSet%sNormals",
               of_targets ? "field" : "source kind", names_of(of_targets ? kernel.fields : kernel.source_kinds).c_str(),
               kernel.name.c_str(), of_targets ? "targets" : "sources", of_targets ? "Target" : "Source");
    PetscCheck(fit, comm, PETSC_ERR_ARG_SIZ,
               "there are %zu normals for %zu %s here: call MatNearfarSet%sNormals again, with NULL for none",
               op.normals(role).size() / 3, op.points(role).size() / 3, of_targets ? "targets" : "sources",
               of_targets ? "Target" : "Source");
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode MatNearfarSetTargetNormals(Mat A, const PetscReal normals[]) {
  return nearfar::set_normals(A, "MatNearfarSetTargetNormals", nearfar::Role::targets, normals);
}

PetscErrorCode MatNearfarSetSourceNormals(Mat A, const PetscReal normals[]) {
  return nearfar::set_normals(A, "MatNearfarSetSourceNormals", nearfar::Role::sources, normals);
}
