// SPDX-License-Identifier: BSD-3-Clause
// Making a MATNEARFAR: a MATSHELL with the library's operations and another type name.
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
  PetscCall(destroy_changes(*context));
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
  PetscCall(fit_layouts(mat, *op));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode set_operations(Mat mat);

PetscErrorCode mat_copy(Mat from, Mat to, MatStructure) {
  PetscFunctionBegin;
  Context *source = nullptr, *target = nullptr;
  PetscCall(MatShellGetContext(from, &source));
  PetscCall(MatShellGetContext(to, &target));
  if (source == target) PetscFunctionReturn(PETSC_SUCCESS);  // while a duplicate is made
  NEARFAR_CALL(from, target->op = source->op.without_plans());
  PetscCall(share_changes(*source, *target));
  PetscCall(drop_near_field(to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The copy has settings and points of its own, and makes its own plan.
PetscErrorCode mat_duplicate(Mat mat, MatDuplicateOption option, Mat* copy) {
  PetscFunctionBegin;
  Context *context = nullptr, *own = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  NEARFAR_CALL(mat, own = new Context{context->op.without_plans(), {}});
  PetscCall(share_changes(*context, *own));
  PetscCall(shell_duplicate(mat, MAT_COPY_VALUES, copy));
  PetscCall(MatShellSetContext(*copy, own));
  PetscCall(set_operations(*copy));
  PetscInt row_block = 1, column_block = 1;
  PetscCall(MatGetBlockSizes(mat, &row_block, &column_block));
  PetscCall(MatSetBlockSizes(*copy, row_block, column_block));
  if (option != MAT_COPY_VALUES) {  // the operator itself: without shifts and scalings
    PetscCall(MatAssemblyBegin(*copy, MAT_FINAL_ASSEMBLY));
    PetscCall(MatAssemblyEnd(*copy, MAT_FINAL_ASSEMBLY));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode set_operations(Mat mat) {
  PetscFunctionBegin;
  PetscCall(MatShellSetOperation(mat, MATOP_DESTROY, reinterpret_cast<Function>(mat_destroy)));
  PetscCall(MatShellSetOperation(mat, MATOP_SETUP, reinterpret_cast<Function>(mat_setup)));
  PetscCall(MatShellSetOperation(mat, MATOP_SET_FROM_OPTIONS, reinterpret_cast<Function>(mat_set_from_options)));
  PetscCall(MatShellSetOperation(mat, MATOP_VIEW, reinterpret_cast<Function>(mat_view)));
  PetscCall(MatShellSetOperation(mat, MATOP_MULT, reinterpret_cast<Function>(mat_mult)));
  PetscCall(MatShellSetOperation(mat, MATOP_MULT_TRANSPOSE, reinterpret_cast<Function>(mat_mult_transpose)));
  PetscCall(MatShellSetOperation(mat, MATOP_GET_DIAGONAL, reinterpret_cast<Function>(mat_get_diagonal)));
  PetscCall(MatShellSetOperation(mat, MATOP_GET_DIAGONAL_BLOCK, reinterpret_cast<Function>(mat_get_diagonal_block)));
  PetscCall(MatShellSetOperation(mat, MATOP_COPY, reinterpret_cast<Function>(mat_copy)));
  PetscCall(MatShellSetOperation(mat, MATOP_DUPLICATE, reinterpret_cast<Function>(mat_duplicate)));
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
  PetscBool is_nearfar = PETSC_FALSE;
  PetscCall(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(mat), MATNEARFAR, &is_nearfar));
  PetscCheck(is_nearfar, PetscObjectComm(reinterpret_cast<PetscObject>(mat)), PETSC_ERR_ARG_WRONG,
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
  PetscCall(PetscLogEventRegister("NearfarSetUp", MAT_CLASSID, &events.set_up));
  PetscCall(PetscLogEventRegister("NearfarApply", MAT_CLASSID, &events.apply));
  PetscCall(PetscRegisterFinalize(forget));
  registered = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// What -dll_prepend calls.
PETSC_EXTERN PetscErrorCode PetscDLLibraryRegister_nearfar(void) { return MatNearfarRegister(); }

PetscErrorCode MatCreateNearfar(MPI_Comm comm, PetscInt m, PetscInt n, PetscInt M, PetscInt N,
                                const PetscReal coords_target[], const PetscReal coords_source[], const char kernel[],
                                Mat* A) {
  PetscFunctionBegin;
  PetscCall(MatNearfarRegister());
  PetscCall(MatCreate(comm, A));
  PetscCall(MatSetType(*A, MATNEARFAR));
  PetscCall(MatNearfarSetKernel(*A, kernel));
  nearfar::Operator* op = nullptr;
  PetscCall(nearfar::get_operator(*A, &op));
  nearfar::Kernel described;
  NEARFAR_CALL(*A, described = op->kernel());
  const PetscInt target_dim = described.target_dim, source_dim = described.source_dim;
  PetscCall(PetscSplitOwnershipBlock(comm, target_dim, &m, &M));
  PetscCall(PetscSplitOwnershipBlock(comm, source_dim, &n, &N));
  PetscCheck(m % target_dim == 0 && n % source_dim == 0, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "local sizes %" PetscInt_FMT " x %" PetscInt_FMT " are not multiples of the dimensions %" PetscInt_FMT
             " x %" PetscInt_FMT " of kernel %s",
             m, n, target_dim, source_dim, kernel);
  PetscCall(MatNearfarSetPoints(*A, m / target_dim, coords_target, n / source_dim, coords_source));
  PetscCall(MatSetUp(*A));
  PetscFunctionReturn(PETSC_SUCCESS);
}
