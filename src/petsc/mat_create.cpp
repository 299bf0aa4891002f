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

PetscErrorCode destroy_operator(void* op) {
  delete static_cast<Operator*>(op);
  return PETSC_SUCCESS;
}

PetscErrorCode mat_destroy(Mat mat) {
  PetscFunctionBegin;
  void* op = nullptr;
  PetscCall(MatShellGetContext(mat, &op));
  PetscCall(destroy_operator(op));
  PetscCall(MatShellSetContext(mat, nullptr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

using Function = void (*)(void);
using Shift = PetscErrorCode (*)(Mat, PetscScalar);
using DiagonalSet = PetscErrorCode (*)(Mat, Vec, InsertMode);

/// MATSHELL's own operations, which the ones below extend.
struct ShellOperations {
  Shift shift = nullptr;
  DiagonalSet diagonal_set = nullptr;
  PetscErrorCode (*duplicate)(Mat, MatDuplicateOption, Mat*) = nullptr;
} shell;

/// MATSHELL (to 3.18 at least) leaves a shift out of products with dense matrices unless there is a left scaling, too:
/// so there is one, of ones, before the first shift.
PetscErrorCode add_unit_scaling(Mat mat) {
  PetscFunctionBegin;
  Vec ones = nullptr;
  PetscCall(MatCreateVecs(mat, nullptr, &ones));
  PetscCall(VecSet(ones, 1.0));
  PetscCall(MatDiagonalScale(mat, ones, nullptr));
  PetscCall(VecDestroy(&ones));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_shift(Mat mat, PetscScalar shift) {
  PetscFunctionBegin;
  PetscCall(add_unit_scaling(mat));
  PetscCall(shell.shift(mat, shift));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_diagonal_set(Mat mat, Vec diagonal, InsertMode mode) {
  PetscFunctionBegin;
  PetscCall(add_unit_scaling(mat));
  PetscCall(shell.diagonal_set(mat, diagonal, mode));
  PetscFunctionReturn(PETSC_SUCCESS);
}

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
  Operator *source = nullptr, *target = nullptr;
  PetscCall(MatShellGetContext(from, &source));
  PetscCall(MatShellGetContext(to, &target));
  // While a duplicate is made both are one.
  if (source != target) NEARFAR_CALL(from, *target = source->without_plans());
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The copy has settings and points of its own, and makes its own plan.
PetscErrorCode mat_duplicate(Mat mat, MatDuplicateOption option, Mat* copy) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  Operator* own = nullptr;
  NEARFAR_CALL(mat, own = new Operator(op->without_plans()));
  PetscCall(shell.duplicate(mat, MAT_COPY_VALUES, copy));
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
  // Not by MatShellSetOperation, which refuses them while the shell takes care of shifts.
  PetscCall(MatSetOperation(mat, MATOP_SHIFT, reinterpret_cast<Function>(mat_shift)));
  PetscCall(MatSetOperation(mat, MATOP_DIAGONAL_SET, reinterpret_cast<Function>(mat_diagonal_set)));
  PetscCall(PetscObjectChangeTypeName(reinterpret_cast<PetscObject>(mat), MATNEARFAR));
  PetscCall(mat_set_products(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

template <class F>
PetscErrorCode get_operation(Mat mat, MatOperation operation, F& function) {
  PetscFunctionBegin;
  Function found = nullptr;
  PetscCall(MatGetOperation(mat, operation, &found));
  function = reinterpret_cast<F>(found);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode create(Mat mat) {
  PetscFunctionBegin;
  PetscCall(PetscCitationsRegister(citation, &cited));
  Operator* op = nullptr;
  NEARFAR_CALL(mat, op = new Operator);
  PetscCall(MatSetType(mat, MATSHELL));
  PetscCall(MatShellSetContext(mat, op));
  PetscCall(get_operation(mat, MATOP_SHIFT, shell.shift));
  PetscCall(get_operation(mat, MATOP_DIAGONAL_SET, shell.diagonal_set));
  PetscCall(get_operation(mat, MATOP_DUPLICATE, shell.duplicate));
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
  PetscCall(MatShellGetContext(mat, op));
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
