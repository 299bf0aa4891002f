// SPDX-License-Identifier: BSD-3-Clause
// Making a MATNEARFAR: a MATSHELL with the library's operations and another type name.
#include "comm/mpi.hpp"
#include "petsc/mat.hpp"

namespace nearfar {

Events events;

namespace {

const char* const citation =
    "@misc{nearfar,\n"
    "  title = {nearfar: a distributed kernel-independent fast multipole method},\n"
    "  author = {{The nearfar authors}}\n}\n"
    "@article{YingBirosZorin2004,\n"
    "  title = {A kernel-independent adaptive fast multipole algorithm in two and three dimensions},\n"
    "  author = {L. Ying and G. Biros and D. Zorin},\n"
    "  journal = {Journal of Computational Physics}, volume = {196}, pages = {591--626}, year = {2004}\n}\n";
PetscBool cited = PETSC_FALSE;

PetscErrorCode mat_destroy(Mat mat) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  PetscCall(leave_sharers(mat));
  PetscCall(destroy_changes(*context));
  PetscCall(PetscViewerDestroy(&context->expansions_viewer));
  delete context;
  PetscCall(MatShellSetContext(mat, nullptr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

using Function = void (*)(void);

/// MATSHELL's own operation.
PetscErrorCode (*shell_duplicate)(Mat, MatDuplicateOption, Mat*) = nullptr;

PetscErrorCode mat_setup(Mat mat) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  PetscCall(fit_layouts(mat, "MatSetUp", *op));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode set_operations(Mat mat);

PetscErrorCode mat_copy(Mat from, Mat to, MatStructure) {
  PetscFunctionBegin;
  Context *source = nullptr, *target = nullptr;
  PetscCall(take_composed_points(from, "MatCopy"));
  PetscCall(MatShellGetContext(from, &source));
  PetscCall(MatShellGetContext(to, &target));
  if (source == target) PetscFunctionReturn(PETSC_SUCCESS);  // while a duplicate is made
  PetscCall(leave_sharers(to));
  NEARFAR_CALL(from, target->op = source->op.without_plans());
  PetscCall(share_changes(*source, *target));
  PetscCall(pass_over_composed_points(to));
  PetscCall(operator_changed(to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The copy has settings and points of its own, and makes its own plan, on the same tree while neither moves.
PetscErrorCode mat_duplicate(Mat mat, MatDuplicateOption option, Mat* copy) {
  PetscFunctionBegin;
  Context *context = nullptr, *own = nullptr;
  PetscCall(take_composed_points(mat, "MatDuplicate"));
  PetscCall(MatShellGetContext(mat, &context));
  NEARFAR_CALL(mat, own = new Context; own->op = context->op.without_plans());
  PetscCall(share_changes(*context, *own));
  PetscCall(shell_duplicate(mat, MAT_COPY_VALUES, copy));
  PetscCall(MatShellSetContext(*copy, own));
  PetscCall(set_operations(*copy));
  PetscInt row_block = 1, column_block = 1;
  PetscCall(MatGetBlockSizes(mat, &row_block, &column_block));
  PetscCall(MatSetBlockSizes(*copy, row_block, column_block));
  if (option != MAT_COPY_VALUES) PetscCall(undo_changes(*copy));  // the operator itself
  PetscCall(tell_symmetry(*copy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode set_operations(Mat mat) {
  PetscFunctionBegin;
  PetscCall(MatShellSetOperation(mat, MATOP_DESTROY, reinterpret_cast<Function>(mat_destroy)));
  PetscCall(MatShellSetOperation(mat, MATOP_SETUP, reinterpret_cast<Function>(mat_setup)));
  PetscCall(MatShellSetOperation(mat, MATOP_SET_FROM_OPTIONS, reinterpret_cast<Function>(mat_set_from_options)));
  PetscCall(MatShellSetOperation(mat, MATOP_VIEW, reinterpret_cast<Function>(mat_view)));
  PetscCall(MatShellSetOperation(mat, MATOP_HAS_OPERATION, reinterpret_cast<Function>(mat_has_operation)));
  PetscCall(MatShellSetOperation(mat, MATOP_MULT, reinterpret_cast<Function>(mat_mult)));
  PetscCall(MatShellSetOperation(mat, MATOP_MULT_TRANSPOSE, reinterpret_cast<Function>(mat_mult_transpose)));
  PetscCall(MatShellSetOperation(mat, MATOP_GET_DIAGONAL, reinterpret_cast<Function>(mat_get_diagonal)));
  PetscCall(MatShellSetOperation(mat, MATOP_GET_DIAGONAL_BLOCK, reinterpret_cast<Function>(mat_get_diagonal_block)));
  PetscCall(
      MatShellSetOperation(mat, MATOP_INVERT_BLOCK_DIAGONAL, reinterpret_cast<Function>(mat_invert_block_diagonal)));
  PetscCall(MatShellSetOperation(mat, MATOP_INVERT_VBLOCK_DIAGONAL,
                                 reinterpret_cast<Function>(mat_invert_variable_block_diagonal)));
  PetscCall(MatShellSetOperation(mat, MATOP_COPY, reinterpret_cast<Function>(mat_copy)));
  PetscCall(MatShellSetOperation(mat, MATOP_DUPLICATE, reinterpret_cast<Function>(mat_duplicate)));
  PetscCall(MatShellSetOperation(mat, MATOP_TRANSPOSE, reinterpret_cast<Function>(mat_transpose)));
  PetscCall(MatShellSetOperation(mat, MATOP_GETINFO, reinterpret_cast<Function>(mat_get_info)));
  PetscCall(MatShellSetOperation(mat, MATOP_NORM, reinterpret_cast<Function>(mat_norm)));
  PetscCall(extend_shell(mat));
  PetscCall(PetscObjectChangeTypeName(reinterpret_cast<PetscObject>(mat), MATNEARFAR));
  PetscCall(mat_set_products(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode create(Mat mat) {
  PetscFunctionBegin;
  PetscCall(PetscCitationsRegister(citation, &cited));
  Context* context = nullptr;
  NEARFAR_CALL(mat, context = new Context);
  PetscCall(MatSetType(mat, MATSHELL));
  PetscCall(MatShellSetContext(mat, context));
  Function duplicate = nullptr;
  PetscCall(MatGetOperation(mat, MATOP_DUPLICATE, &duplicate));
  shell_duplicate = reinterpret_cast<PetscErrorCode (*)(Mat, MatDuplicateOption, Mat*)>(duplicate);
  PetscCall(set_operations(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. The points of this rank on one side of a matrix, whose local and global sizes may be left open. `what`
/// is "rows" or "columns".
PetscErrorCode share_of_points(MPI_Comm comm, PetscInt local, PetscInt global, PetscInt dim, const char* what,
                               PetscInt* points) {
  PetscFunctionBegin;
  std::int64_t most[3] = {global, -static_cast<PetscInt64>(global), local == PETSC_DECIDE ? 1 : 0};
  PetscCall(as_error_code(comm, [&] { all_reduce(comm, std::span<std::int64_t>(most), MPI_MAX); }));
  PetscCheck(most[0] == -most[1], comm, PETSC_ERR_ARG_SIZ, "the global number of %s differs between ranks", what);
  PetscCheck(global >= 0 || (global == PETSC_DETERMINE && most[2] == 0), comm, PETSC_ERR_ARG_SIZ,
             "the number of %s is open: give the local one on every rank, or the global one", what);
  PetscCheck(global < 0 || global % dim == 0, comm, PETSC_ERR_ARG_SIZ,
             "the global number of %s, %" PetscInt_FMT ", is no multiple of the kernel's dimension %" PetscInt_FMT,
             what, global, dim);
  if (local == PETSC_DECIDE) PetscCall(PetscSplitOwnershipBlock(comm, dim, &local, &global));
  std::int64_t sums[2] = {local, local < 0 || local % dim != 0 ? 1 : 0};
  PetscCall(as_error_code(comm, [&] { all_reduce(comm, std::span<std::int64_t>(sums), MPI_SUM); }));
  PetscCheck(sums[1] == 0, comm, PETSC_ERR_ARG_SIZ,
             "the local number of %s (here %" PetscInt_FMT
             ") must be a multiple of the kernel's dimension %" PetscInt_FMT " on every rank",
             what, local, dim);
  PetscCheck(global < 0 || sums[0] == global, comm, PETSC_ERR_ARG_SIZ,
             "the local numbers of %s add up to %" PetscInt64_FMT ", but the global one is %" PetscInt_FMT, what,
             sums[0], global);
  *points = local / dim;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// What an earlier PetscInitialize registered is gone after PetscFinalize.
PetscBool registered = PETSC_FALSE;
PetscErrorCode forget() {
  registered = PETSC_FALSE;
  cited = PETSC_FALSE;
  return PETSC_SUCCESS;
}

/// Loading the shared library into a program that has called PetscInitialize makes the type known.
const struct AtLoading {
  AtLoading() {
    PetscBool initialized = PETSC_FALSE;
    if (PetscInitialized(&initialized) == PETSC_SUCCESS && initialized == PETSC_TRUE) (void)MatNearfarRegister();
  }
} at_loading;

}

PetscErrorCode get_operator(Mat mat, Operator** op) {
  PetscFunctionBegin;
  PetscCheck(mat != nullptr, PETSC_COMM_SELF, PETSC_ERR_ARG_NULL, "the matrix is NULL: make it first");
  PetscBool is_nearfar = PETSC_FALSE;
  PetscCall(PetscObjectTypeCompare(object_of(mat), MATNEARFAR, &is_nearfar));
  PetscCheck(is_nearfar, communicator_of(mat), PETSC_ERR_ARG_WRONG,
             "the matrix is not of type \"%s\": call MatSetType(A, MATNEARFAR) first", MATNEARFAR);
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  *op = &context->op;
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode MatNearfarRegister(void) {
  using namespace nearfar;
  PetscFunctionBegin;
  if (registered) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(MatRegister(MATNEARFAR, create));
  PetscCall(PCRegister(PCNEARFAR, create_pc));
  PetscCall(PetscLogEventRegister("NfSetUp", MAT_CLASSID, &events.set_up));
  PetscCall(PetscLogEventRegister("NfApply", MAT_CLASSID, &events.apply));
  PetscCall(PetscRegisterFinalize(forget));
  registered = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// What -dll_prepend calls.
PETSC_EXTERN PetscErrorCode PetscDLLibraryRegister_nearfar(void) { return MatNearfarRegister(); }

PetscErrorCode MatCreateNearfar(MPI_Comm comm, PetscInt m, PetscInt n, PetscInt M, PetscInt N,
                                const PetscReal coords_target[], const PetscReal coords_source[], const char kernel[],
                                Mat* A) {
  using namespace nearfar;
  PetscFunctionBegin;
  PetscCall(MatNearfarRegister());
  bool given = false;
  PetscCall(
      as_error_code(comm, [&] { given = on_all_ranks(comm, "MatCreateNearfar", kernel != nullptr && A != nullptr); }));
  PetscCheck(given, comm, PETSC_ERR_ARG_NULL, "MatCreateNearfar needs the name of a kernel and a place for the matrix");
  PetscCall(MatCreate(comm, A));
  PetscCall(MatSetType(*A, MATNEARFAR));
  PetscCall(MatNearfarSetKernel(*A, kernel));
  Operator* op = nullptr;
  PetscCall(get_operator(*A, &op));
  PetscInt num_targets = 0, num_sources = 0;
  PetscCall(share_of_points(comm, m, M, op->kernel().num_values(), "rows", &num_targets));
  PetscCall(share_of_points(comm, n, N, op->kernel().num_strengths(), "columns", &num_sources));
  PetscCall(MatNearfarSetPoints(*A, num_targets, coords_target, num_sources, coords_source));
  PetscCall(MatSetUp(*A));
  PetscFunctionReturn(PETSC_SUCCESS);
}
