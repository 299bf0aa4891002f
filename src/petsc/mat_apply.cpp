// SPDX-License-Identifier: BSD-3-Clause
// Products with vectors and with dense matrices, and the diagonal.
#include <vector>

#include "base/columns.hpp"
#include "comm/mpi.hpp"
#include "petsc/mat.hpp"

namespace nearfar {
namespace {

enum class Side { as_is, transposed };

[[nodiscard]] std::span<const double> span_of(const PetscScalar* values, PetscInt size) {
  return {values, static_cast<std::size_t>(size)};
}
[[nodiscard]] std::span<double> span_of(PetscScalar* values, PetscInt size) {
  return {values, static_cast<std::size_t>(size)};
}

/// Collective. Does the work of a product.
template <class Work>
PetscErrorCode apply(Mat mat, Operator& op, const Work& work) {
  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(events.apply, mat, nullptr, nullptr, nullptr));
  NEARFAR_CALL(mat, work(communicator_of(mat)));
  PetscCall(PetscLogEventEnd(events.apply, mat, nullptr, nullptr, nullptr));
  PetscCall(view_expansions(mat, op.plan_of_product()));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode multiply(Mat mat, Operator& op, Side side, std::span<const double> x, std::span<double> y,
                        int num_vectors = 1) {
  PetscFunctionBegin;
  if (side == Side::transposed) {
    std::string reason;
    NEARFAR_CALL(mat, reason = op.why_no_transpose());
    PetscCheck(reason.empty(), communicator_of(mat), PETSC_ERR_SUP, "%s", reason.c_str());
  }
  PetscCall(apply(mat, op, [&](MPI_Comm comm) {
    if (side == Side::transposed)
      op.multiply_transposed(comm, x, y, num_vectors);
    else
      op.multiply(comm, x, y, num_vectors);
  }));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mult(Mat mat, Side side, Vec x, Vec y) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_ready(mat, side == Side::as_is ? "MatMult" : "MatMultTranspose", &op));
  const PetscScalar* in = nullptr;
  PetscScalar* out = nullptr;
  PetscInt size_in = 0, size_out = 0;
  PetscCall(VecGetLocalSize(x, &size_in));
  PetscCall(VecGetLocalSize(y, &size_out));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayWrite(y, &out));
  PetscCall(multiply(mat, *op, side, span_of(in, size_in), span_of(out, size_out)));
  PetscCall(VecRestoreArrayWrite(y, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The columns of a dense matrix, [column][point][component] with a stride between columns.
struct DenseColumns {
  std::size_t num_points = 0;
  int num_vectors = 0, components = 1;
  std::ptrdiff_t stride = 0;

  [[nodiscard]] std::size_t size() const noexcept {
    return num_points * static_cast<std::size_t>(num_vectors) * static_cast<std::size_t>(components);
  }
  template <class T>
  [[nodiscard]] Columns<T> of(T* values) const noexcept {
    return {values, components, components, stride};
  }
  void copy(const Columns<const double>& from, const Columns<double>& to) const noexcept {
    for (std::size_t point = 0; point < num_points; ++point) copy_row(from, point, to, point, num_vectors);
  }
};

PetscErrorCode columns_of(Mat dense, int components, DenseColumns& columns) {
  PetscFunctionBegin;
  PetscInt rows = 0, num_vectors = 0, stride = 0;
  PetscCall(MatGetLocalSize(dense, &rows, nullptr));
  PetscCall(MatGetSize(dense, nullptr, &num_vectors));
  PetscCall(MatDenseGetLDA(dense, &stride));
  columns = {static_cast<std::size_t>(rows / components), static_cast<int>(num_vectors), components, stride};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode product(Mat mat, Side side, Mat b, Mat c) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  const int num_strengths = op->kernel().num_strengths(), num_values = op->kernel().num_values();
  DenseColumns in, out;
  PetscCall(columns_of(b, side == Side::as_is ? num_strengths : num_values, in));
  PetscCall(columns_of(c, side == Side::as_is ? num_values : num_strengths, out));
  std::vector<double> x, y;
  NEARFAR_CALL(mat, agree(communicator_of(mat), [&] {
                 x.resize(in.size());
                 y.resize(out.size());
               }));
  const PetscScalar* from = nullptr;
  PetscCall(MatDenseGetArrayRead(b, &from));
  in.copy(in.of(from), interleaved(x.data(), in.num_vectors, in.components));
  PetscCall(MatDenseRestoreArrayRead(b, &from));
  PetscCall(get_ready(mat, side == Side::as_is ? "MatMatMult" : "MatTransposeMatMult", &op));
  if (in.num_vectors > 0) PetscCall(multiply(mat, *op, side, x, y, in.num_vectors));
  PetscScalar* to = nullptr;
  PetscCall(MatDenseGetArrayWrite(c, &to));
  out.copy(interleaved<const double>(y.data(), out.num_vectors, out.components), out.of(to));
  PetscCall(MatDenseRestoreArrayWrite(c, &to));
  PetscCall(MatAssemblyBegin(c, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(c, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode product_ab(Mat mat, Mat b, Mat c, void*) { return product(mat, Side::as_is, b, c); }
PetscErrorCode product_atb(Mat mat, Mat b, Mat c, void*) { return product(mat, Side::transposed, b, c); }

}

PetscErrorCode mat_mult(Mat mat, Vec x, Vec y) { return mult(mat, Side::as_is, x, y); }
PetscErrorCode mat_mult_transpose(Mat mat, Vec x, Vec y) { return mult(mat, Side::transposed, x, y); }

PetscErrorCode mat_set_products(Mat mat) {
  PetscFunctionBegin;
  PetscCall(MatShellSetMatProductOperation(mat, MATPRODUCT_AB, nullptr, product_ab, nullptr, MATDENSE, MATDENSE));
  PetscCall(MatShellSetMatProductOperation(mat, MATPRODUCT_AtB, nullptr, product_atb, nullptr, MATDENSE, MATDENSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

namespace {

PetscErrorCode is_vector(Vec x, bool* answer) {
  PetscFunctionBegin;
  PetscClassId class_id = 0;
  PetscCall(PetscObjectGetClassId(reinterpret_cast<PetscObject>(x), &class_id));
  *answer = class_id == VEC_CLASSID;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective.
PetscErrorCode require_distinct_vectors(Mat mat, Vec x, Vec y, Vec g) {
  PetscFunctionBegin;
  bool of_x = false, of_y = false, of_g = false, vectors = false, distinct = false;
  PetscCall(is_vector(x, &of_x));
  PetscCall(is_vector(y, &of_y));
  PetscCall(is_vector(g, &of_g));
  NEARFAR_CALL(mat, vectors = on_all_ranks(communicator_of(mat), "MatNearfarMultGradient", of_x && of_y && of_g);
               distinct = on_all_ranks(communicator_of(mat), "MatNearfarMultGradient", x != y && x != g && y != g));
  PetscCheck(vectors, communicator_of(mat), PETSC_ERR_ARG_WRONG, "x, y and g must be vectors (Vec)");
  PetscCheck(distinct, communicator_of(mat), PETSC_ERR_ARG_IDN,
             "x, y and g must be three vectors: results would overwrite the input, or one another");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Whether rows and columns are numbered alike, as far as that is known: sizes may be open.
PetscErrorCode may_have_diagonal(Mat mat, const Operator& op, PetscBool* answer) {
  PetscFunctionBegin;
  *answer = op.kernel().num_strengths() == op.kernel().num_values() ? PETSC_TRUE : PETSC_FALSE;
  const PetscInt *rows = nullptr, *columns = nullptr;
  PetscCall(MatGetOwnershipRanges(mat, &rows));
  PetscCall(MatGetOwnershipRangesColumn(mat, &columns));
  if (*answer && rows != nullptr && columns != nullptr) PetscCall(MatHasCongruentLayouts(mat, answer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode mat_has_operation(Mat mat, MatOperation operation, PetscBool* has) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  void (*function)(void) = nullptr;
  PetscCall(MatGetOperation(mat, operation, &function));
  *has = function != nullptr ? PETSC_TRUE : PETSC_FALSE;
  bool has_transpose = true;
  NEARFAR_CALL(mat, has_transpose = op->why_no_transpose().empty());
  switch (operation) {
    case MATOP_MULT_TRANSPOSE:
    case MATOP_MULT_TRANSPOSE_ADD:
    case MATOP_TRANSPOSE:
    case MATOP_NORM:
      if (!has_transpose) *has = PETSC_FALSE;
      break;
    case MATOP_GET_DIAGONAL_BLOCK:
    case MATOP_INVERT_VBLOCK_DIAGONAL:
      if (op->rows().use == UseOfNormals::along_gradients) *has = PETSC_FALSE;
      if (context->has_added && operation == MATOP_INVERT_VBLOCK_DIAGONAL) *has = PETSC_FALSE;
      break;
    case MATOP_GET_DIAGONAL:
    case MATOP_INVERT_BLOCK_DIAGONAL:
      PetscCall(may_have_diagonal(mat, *op, has));
      if (context->has_added && operation == MATOP_INVERT_BLOCK_DIAGONAL) *has = PETSC_FALSE;
      break;
    default:
      break;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_get_diagonal(Mat mat, Vec diagonal) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  PetscCall(fit_layouts(mat, "MatGetDiagonal", *op));
  PetscCall(require_normals(mat, "MatGetDiagonal", *op));
  PetscBool congruent = PETSC_FALSE;
  PetscCall(MatHasCongruentLayouts(mat, &congruent));
  PetscCheck(congruent && op->kernel().num_strengths() == op->kernel().num_values(), communicator_of(mat),
             PETSC_ERR_SUP, "a matrix with different layouts of rows and columns has no diagonal");
  PetscScalar* values = nullptr;
  PetscInt size = 0;
  PetscCall(VecGetLocalSize(diagonal, &size));
  PetscCall(VecGetArrayWrite(diagonal, &values));
  NEARFAR_CALL(mat, op->diagonal(span_of(values, size)));
  PetscCall(VecRestoreArrayWrite(diagonal, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode MatNearfarMultGradient(Mat A, Vec x, Vec y, Vec g) {
  using namespace nearfar;
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(require_arguments(A, "MatNearfarMultGradient", x != nullptr && y != nullptr && g != nullptr));
  PetscCall(require_distinct_vectors(A, x, y, g));
  PetscCall(get_ready(A, "MatNearfarMultGradient", &op));
  const PetscScalar* in = nullptr;
  PetscScalar *out = nullptr, *gradient = nullptr;
  PetscInt size_in = 0, size_out = 0, size_gradient = 0, rows = 0, columns = 0;
  PetscCall(VecGetLocalSize(x, &size_in));
  PetscCall(VecGetLocalSize(y, &size_out));
  PetscCall(VecGetLocalSize(g, &size_gradient));
  PetscCall(MatGetLocalSize(A, &rows, &columns));
  bool fit = false;
  NEARFAR_CALL(A, fit = on_all_ranks(communicator_of(A), "MatNearfarMultGradient",
                                     size_in == columns && size_out == rows && size_gradient == 3 * rows));
  PetscCheck(fit, communicator_of(A), PETSC_ERR_ARG_SIZ,
             "x, y and g have %" PetscInt_FMT ", %" PetscInt_FMT " and %" PetscInt_FMT
             " local entries here, but %" PetscInt_FMT " columns and %" PetscInt_FMT
             " rows need as many and three for each row",
             size_in, size_out, size_gradient, columns, rows);
  const std::string reason = op->why_no_gradients();
  PetscCheck(reason.empty(), communicator_of(A), PETSC_ERR_SUP, "%s", reason.c_str());
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayWrite(y, &out));
  PetscCall(VecGetArrayWrite(g, &gradient));
  PetscCall(apply(A, *op, [&](MPI_Comm comm) {
    op->multiply_with_gradients(comm, span_of(in, size_in), span_of(out, size_out), span_of(gradient, size_gradient));
  }));
  PetscCall(VecRestoreArrayWrite(g, &gradient));
  PetscCall(VecRestoreArrayWrite(y, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}
