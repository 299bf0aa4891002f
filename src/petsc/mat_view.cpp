// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "comm/mpi.hpp"
#include "petsc/mat.hpp"

namespace nearfar {
namespace {

PetscErrorCode view_memory(Mat mat, const Plan& plan, PetscViewer viewer) {
  PetscFunctionBegin;
  const MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(mat));
  PetscMPIInt num_ranks = 1;
  PetscCallMPI(MPI_Comm_size(comm, &num_ranks));
  const auto own = static_cast<double>(plan.memory_estimate_bytes());
  double extremes[2] = {own, -own}, sum = own;
  NEARFAR_CALL(mat, all_reduce(comm, std::span<double>(extremes), MPI_MAX); sum = all_sum(comm, sum));
  constexpr double mebi = 1024.0 * 1024.0;
  PetscCall(PetscViewerASCIIPrintf(viewer, "memory of a rank: %.1f MiB min, %.1f mean, %.1f max\n", -extremes[1] / mebi,
                                   sum / num_ranks / mebi, extremes[0] / mebi));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode view_plan(Mat mat, const Plan& plan, PetscViewer viewer) {
  PetscFunctionBegin;
  const TreeStatistics& tree = plan.tree_statistics();
  const Options& options = plan.options();
  PetscCall(PetscViewerASCIIPrintf(viewer, "%" PetscInt64_FMT " targets, %" PetscInt64_FMT " sources\n",
                                   PetscInt64{tree.num_targets}, PetscInt64{tree.num_sources}));
  if (options.tolerance > 0.0)
    PetscCall(PetscViewerASCIIPrintf(viewer, "tolerance %g: order %d, %d points per leaf, %s precision\n",
                                     options.tolerance, options.order, options.points_per_leaf,
                                     precision_name(options.precision)));
  else
    PetscCall(PetscViewerASCIIPrintf(viewer, "order %d, %d points per leaf, %s precision\n", options.order,
                                     options.points_per_leaf, precision_name(options.precision)));
  if (const RaisedOrder& raised = plan.raised_order(); raised.from != 0)
    PetscCall(PetscViewerASCIIPrintf(
        viewer, "order raised from %d, whose operators have an error of %.2g where %.2g is promised\n", raised.from,
        raised.found, raised.promised));
  PetscCall(PetscViewerASCIIPrintf(viewer, "%" PetscInt64_FMT " octants, %" PetscInt64_FMT " leaves, depth %d\n",
                                   PetscInt64{tree.num_octants}, PetscInt64{tree.num_leaves}, tree.depth));
  PetscCall(PetscViewerASCIIPrintf(viewer, "mean length of lists: U %.1f, V %.1f, W %.1f, X %.1f\n",
                                   tree.u.mean_of_leaves, tree.v.mean, tree.w.mean_of_leaves, tree.x.mean));
  PetscCall(view_memory(mat, plan, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The kernel, what sources and rows are, and whether what they need is there.
PetscErrorCode view_kernel(const Operator& op, PetscViewer viewer) {
  PetscFunctionBegin;
  const Kernel& kernel = op.kernel();
  PetscCall(PetscViewerASCIIPrintf(
      viewer, "kernel %s: sources %s, fields %s%s\n", kernel.name.c_str(), names_of(kernel.source_kinds).c_str(),
      names_of(kernel.fields).c_str(),
      op.rows().use == UseOfNormals::along_gradients ? ", derivatives along target normals" : ""));
  for (const auto& [name, value] : completed(op.settings().kernel).parameters)
    PetscCall(PetscViewerASCIIPrintf(viewer, "parameter %s = %g\n", name.c_str(), value));
  const auto state = [&](Role role) {
    if (op.has_normals(role)) return op.needs_normals(role) ? "set" : "set, not needed";
    return op.needs_normals(role) ? "missing" : "none";
  };
  PetscCall(PetscViewerASCIIPrintf(viewer, "normals of sources: %s, of targets: %s\n", state(Role::sources),
                                   state(Role::targets)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// [block][centre, side]
PetscErrorCode make_octants_vec(MPI_Comm comm, const std::vector<Octant>& octants, Vec* vec) {
  PetscFunctionBegin;
  PetscScalar* values = nullptr;
  PetscCall(VecCreate(comm, vec));
  PetscCall(VecSetSizes(*vec, 4 * static_cast<PetscInt>(octants.size()), PETSC_DETERMINE));
  PetscCall(VecSetBlockSize(*vec, 4));
  PetscCall(VecSetType(*vec, VECMPI));
  PetscCall(VecGetArrayWrite(*vec, &values));
  for (PetscScalar* value = values; const Octant& octant : octants) {
    for (const double lower : octant.lower) *value++ = lower + 0.5 * octant.side;
    *value++ = octant.side;
  }
  PetscCall(VecRestoreArrayWrite(*vec, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode view_named(Vec vec, const char* name, PetscViewer viewer) {
  PetscFunctionBegin;
  PetscCall(PetscObjectSetName(reinterpret_cast<PetscObject>(vec), name));
  PetscCall(VecView(vec, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode view_expansions(Mat mat, Plan& plan) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  PetscViewer viewer = context->expansions_viewer;
  if (viewer == nullptr) PetscFunctionReturn(PETSC_SUCCESS);
  ExpansionBlocks multipoles, locals;
  NEARFAR_CALL(mat, multipoles = plan.multipoles(); locals = plan.locals());
  Vec octants = nullptr;
  PetscCall(make_octants_vec(communicator_of(mat), locals.octants, &octants));
  PetscCall(PetscViewerPushFormat(viewer, context->expansions_format));
  PetscCall(view_named(multipoles.values, "multipoles", viewer));
  PetscCall(view_named(locals.values, "locals", viewer));
  PetscCall(view_named(octants, "octants", viewer));
  PetscCall(PetscViewerPopFormat(viewer));
  PetscCall(PetscViewerFlush(viewer));
  PetscCall(VecDestroy(&octants));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_view(Mat mat, PetscViewer viewer) {
  PetscFunctionBegin;
  PetscBool is_ascii = PETSC_FALSE;
  PetscCall(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(viewer), PETSCVIEWERASCII, &is_ascii));
  if (!is_ascii) PetscFunctionReturn(PETSC_SUCCESS);
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  PetscCall(PetscViewerASCIIPushTab(viewer));
  PetscCall(view_kernel(*op, viewer));
  if (op->has_plan())
    PetscCall(view_plan(mat, op->made_plan(), viewer));
  else
    PetscCall(PetscViewerASCIIPrintf(viewer, "not set up yet\n"));
  if (op->last_error() >= 0.0)
    PetscCall(PetscViewerASCIIPrintf(viewer, "relative error %.2e at %" PetscInt64_FMT " targets\n", op->last_error(),
                                     PetscInt64{op->settings().num_checks}));
  PetscCall(PetscViewerASCIIPopTab(viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_get_info(Mat mat, MatInfoType type, MatInfo* info) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  PetscInt rows = 0, columns = 0, row_block = 1;
  PetscCall(MatGetLocalSize(mat, &rows, nullptr));
  PetscCall(MatGetSize(mat, nullptr, &columns));
  PetscCall(MatGetBlockSizes(mat, &row_block, nullptr));
  // As of a dense matrix, but that none of the entries is stored.
  PetscLogDouble numbers[2] = {
      static_cast<double>(std::max<PetscInt>(rows, 0)) * static_cast<double>(std::max<PetscInt>(columns, 0)),
      context->op.memory_bytes()};
  if (type != MAT_LOCAL)
    NEARFAR_CALL(
        mat, all_reduce(communicator_of(mat), std::span<double>(numbers), type == MAT_GLOBAL_SUM ? MPI_SUM : MPI_MAX));
  *info = {};
  info->block_size = static_cast<PetscLogDouble>(row_block);
  info->nz_used = numbers[0];
  info->memory = numbers[1];
  info->assemblies = static_cast<PetscLogDouble>(context->num_set_ups);
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
