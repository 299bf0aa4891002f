// SPDX-License-Identifier: BSD-3-Clause
// Points, sizes, setters and options.
#include <cinttypes>

#include "petsc/mat.hpp"

// Documented and exported by PETSc, but declared in a private header alone.
PETSC_EXTERN PetscErrorCode PetscObjectStateGet(PetscObject, PetscObjectState*);
PETSC_EXTERN PetscErrorCode PetscObjectStateSet(PetscObject, PetscObjectState);

namespace nearfar {
namespace {

using Span = std::span<const double>;

[[nodiscard]] PetscObject object(Mat mat) { return reinterpret_cast<PetscObject>(mat); }

/// Local and global size of one side: sets or checks it.
PetscErrorCode fit_size(Mat mat, PetscInt wanted, PetscInt given, const char* what, const char* points) {
  PetscFunctionBegin;
  int fits = given < 0 || given == wanted ? 1 : 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &fits, 1, MPI_INT, MPI_MIN, PetscObjectComm(object(mat))));
  PetscCheck(fits, PetscObjectComm(object(mat)), PETSC_ERR_ARG_SIZ,
             "the local number of %s (here %" PetscInt_FMT
             ") must be that of the %s times the kernel's dimension (here %" PetscInt_FMT ") on every rank",
             what, given, points, wanted);
  PetscCall(check_global_size(PetscObjectComm(object(mat)), wanted, what, PETSC_MAX_INT));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Points from vectors composed with the matrix.
PetscErrorCode take_composed_points(Mat mat, Operator& op) {
  PetscFunctionBegin;
  Vec targets = nullptr, sources = nullptr;
  PetscCall(PetscObjectQuery(object(mat), "nearfar_targets", reinterpret_cast<PetscObject*>(&targets)));
  PetscCall(PetscObjectQuery(object(mat), "nearfar_sources", reinterpret_cast<PetscObject*>(&sources)));
  PetscCheck(targets != nullptr, PetscObjectComm(object(mat)), PETSC_ERR_ARG_WRONGSTATE,
             "the matrix has no points: call MatNearfarSetPoints, or compose a vector of coordinates as "
             "\"nearfar_targets\"");
  const auto read = [](Vec points, Span& span) -> PetscErrorCode {
    PetscFunctionBegin;
    if (points == nullptr) PetscFunctionReturn(PETSC_SUCCESS);
    const PetscScalar* values = nullptr;
    PetscInt size = 0;
    PetscCall(VecGetLocalSize(points, &size));
    PetscCall(VecGetArrayRead(points, &values));
    span = Span(values, static_cast<std::size_t>(size));
    PetscFunctionReturn(PETSC_SUCCESS);
  };
  Span target_span, source_span;
  PetscCall(read(targets, target_span));
  PetscCall(read(sources, source_span));
  NEARFAR_CALL(mat, op.set_points(PetscObjectComm(object(mat)), target_span, source_span, sources == nullptr));
  const PetscScalar* values = target_span.data();
  PetscCall(VecRestoreArrayRead(targets, &values));
  values = source_span.data();
  if (sources != nullptr) PetscCall(VecRestoreArrayRead(sources, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Tells solvers, and drops what was made for earlier settings or points.
PetscErrorCode operator_changed(Mat mat) {
  PetscFunctionBegin;
  PetscObjectState state = 0;
  PetscCall(PetscObjectStateGet(object(mat), &state));
  PetscCall(PetscObjectStateSet(object(mat), state + 1));
  PetscCall(drop_near_field(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The settings of a matrix changed by `change`.
template <class Change>
PetscErrorCode change_settings(Mat mat, const Change& change) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  Settings settings = op->settings();
  NEARFAR_CALL(mat, change(settings));
  op->set(settings);
  PetscCall(operator_changed(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

[[nodiscard]] Precision precision_of(const std::string& name) {
  for (const Precision precision : {Precision::automatic, Precision::full, Precision::mixed})
    if (name == precision_name(precision)) return precision;
  throw UsageError("the precision must be automatic, full or mixed, not " + name);
}

}

PetscErrorCode check_global_size(MPI_Comm communicator, PetscInt64 local, const char* what, PetscInt64 largest) {
  PetscFunctionBegin;
  PetscInt64 global = 0;
  PetscCallMPI(MPI_Allreduce(&local, &global, 1, MPIU_INT64, MPI_SUM, communicator));
  PetscCheck(global <= largest, communicator, PETSC_ERR_ARG_OUTOFRANGE,
             "the matrix would have %" PetscInt64_FMT " %s, more than PetscInt can count (%" PetscInt64_FMT
             "): use a PETSc with 64-bit indices (on Debian libpetsc64-real-dev)",
             global, what, largest);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode fit_layouts(Mat mat, Operator& op) {
  PetscFunctionBegin;
  if (!op.has_points()) PetscCall(take_composed_points(mat, op));
  Kernel kernel;
  NEARFAR_CALL(mat, kernel = op.kernel());
  const auto size = [](Span points, int dim) { return static_cast<PetscInt>(points.size() / 3) * dim; };
  const PetscInt wanted_rows = size(op.targets(), kernel.target_dim);
  const PetscInt wanted_columns = size(op.sources(), kernel.source_dim);
  PetscInt rows = -1, columns = -1;
  PetscCall(MatGetLocalSize(mat, &rows, &columns));
  PetscInt global_rows = -1, global_columns = -1;
  PetscCall(MatGetSize(mat, &global_rows, &global_columns));
  PetscCall(fit_size(mat, wanted_rows, rows, "rows", "targets"));
  PetscCall(fit_size(mat, wanted_columns, columns, "columns", "sources"));
  if (rows < 0 || columns < 0)
    PetscCall(MatSetSizes(mat, wanted_rows, wanted_columns, global_rows < 0 ? PETSC_DETERMINE : global_rows,
                          global_columns < 0 ? PETSC_DETERMINE : global_columns));
  PetscInt row_block = 1, column_block = 1;
  PetscCall(MatGetBlockSizes(mat, &row_block, &column_block));
  if (row_block != kernel.target_dim || column_block != kernel.source_dim)
    PetscCall(MatSetBlockSizes(mat, kernel.target_dim, kernel.source_dim));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_set_from_options(Mat mat, PetscOptionItems* PetscOptionsObject) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  Settings settings = op->settings();
  Options& options = settings.options;
  PetscOptionsHeadBegin(PetscOptionsObject, "nearfar options");
  char kernel[64], precision[16];
  PetscBool set = PETSC_FALSE, any = PETSC_FALSE;
  const auto note = [&] { any = static_cast<PetscBool>(any || set); };
  PetscCall(PetscOptionsString("-mat_nearfar_kernel", "kernel of the sums", "MatNearfarSetKernel",
                               settings.kernel.c_str(), kernel, sizeof kernel, &set));
  if (set) settings.kernel = kernel;
  note();
  PetscCall(PetscOptionsReal("-mat_nearfar_lambda", "inverse screening length of the yukawa kernel",
                             "MatNearfarSetLambda", settings.lambda, &settings.lambda, &set));
  note();
  PetscCall(PetscOptionsReal("-mat_nearfar_tolerance", "relative error of products (0: 1e-6)", "MatNearfarSetTolerance",
                             options.tolerance, &options.tolerance, &set));
  note();
  PetscInt order = options.order, points_per_leaf = options.points_per_leaf, vectors = options.num_vectors;
  auto checks = static_cast<PetscInt>(settings.num_checks);
  PetscCall(PetscOptionsInt("-mat_nearfar_order", "order of the expansions (0: by the tolerance)", "MatNearfarSetOrder",
                            order, &order, &set));
  note();
  PetscCall(PetscOptionsInt("-mat_nearfar_points_per_leaf", "most points of a leaf (0: chosen)",
                            "MatNearfarSetPointsPerLeaf", points_per_leaf, &points_per_leaf, &set));
  note();
  PetscCall(PetscOptionsInt("-mat_nearfar_vectors", "vectors that products with dense matrices take at once",
                            "MatNearfarSetVectors", vectors, &vectors, &set));
  note();
  PetscCall(PetscOptionsString("-mat_nearfar_precision", "automatic, full or mixed", "MatNearfarSetPrecision",
                               precision_name(options.precision), precision, sizeof precision, &set));
  if (set) NEARFAR_CALL(mat, options.precision = precision_of(precision));
  note();
  PetscCall(PetscOptionsInt("-mat_nearfar_check", "targets of the first product to compare with direct sums",
                            "MatNearfarSetCheck", checks, &checks, &set));
  note();
  PetscOptionsHeadEnd();
  if (!any) PetscFunctionReturn(PETSC_SUCCESS);
  options.order = static_cast<int>(order);
  options.points_per_leaf = static_cast<int>(points_per_leaf);
  options.num_vectors = static_cast<int>(vectors);
  settings.num_checks = checks;
  op->set(settings);
  PetscCall(operator_changed(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

using nearfar::change_settings;
using nearfar::Operator;
using nearfar::Settings;

PetscErrorCode MatNearfarSetKernel(Mat A, const char kernel[]) {
  return change_settings(A, [&](Settings& settings) {
    (void)nearfar::make_kernel(kernel);  // throws for unknown names
    settings.kernel = kernel;
  });
}
PetscErrorCode MatNearfarSetLambda(Mat A, PetscReal lambda) {
  return change_settings(A, [&](Settings& settings) {
    (void)nearfar::make_kernel("yukawa", {.lambda = lambda});
    settings.lambda = lambda;
  });
}
PetscErrorCode MatNearfarSetTolerance(Mat A, PetscReal tolerance) {
  return change_settings(A, [&](Settings& settings) { settings.options.tolerance = tolerance; });
}
PetscErrorCode MatNearfarSetOrder(Mat A, PetscInt order) {
  return change_settings(A, [&](Settings& settings) { settings.options.order = static_cast<int>(order); });
}
PetscErrorCode MatNearfarSetPointsPerLeaf(Mat A, PetscInt points) {
  return change_settings(A, [&](Settings& settings) { settings.options.points_per_leaf = static_cast<int>(points); });
}
PetscErrorCode MatNearfarSetPrecision(Mat A, const char precision[]) {
  return change_settings(A, [&](Settings& settings) { settings.options.precision = nearfar::precision_of(precision); });
}
PetscErrorCode MatNearfarSetVectors(Mat A, PetscInt vectors) {
  return change_settings(A, [&](Settings& settings) { settings.options.num_vectors = static_cast<int>(vectors); });
}
PetscErrorCode MatNearfarSetCheck(Mat A, PetscInt samples) {
  return change_settings(A, [&](Settings& settings) { settings.num_checks = samples; });
}

PetscErrorCode MatNearfarGetError(Mat A, PetscReal* error) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(nearfar::get_operator(A, &op));
  *error = op->last_error();
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode MatNearfarSetPoints(Mat A, PetscInt num_targets, const PetscReal targets[], PetscInt num_sources,
                                   const PetscReal sources[]) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(nearfar::get_operator(A, &op));
  const MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
  // Pointers of ranks without points mean nothing.
  const bool empty = num_targets == 0 && num_sources == 0;
  const bool one_set = sources == nullptr || sources == targets;
  int differ = empty || one_set ? 0 : 1;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &differ, 1, MPI_INT, MPI_MAX, comm));
  int valid = num_targets >= 0 && (num_targets == 0 || targets != nullptr) &&
                      (differ == 0 ? num_sources == num_targets || num_sources == 0
                                   : num_sources == 0 || (num_sources > 0 && sources != nullptr))
                  ? 1
                  : 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &valid, 1, MPI_INT, MPI_MIN, comm));
  PetscCheck(valid, comm, PETSC_ERR_ARG_WRONG,
             "points are missing: give targets on every rank that has any, and sources on all ranks or, where the "
             "targets are the sources, on none");
  const auto span = [](const PetscReal* points, PetscInt count) {
    return nearfar::Span(points, count > 0 ? 3 * static_cast<std::size_t>(count) : 0);
  };
  PetscCall(nearfar::operator_changed(A));
  NEARFAR_CALL(A, op->set_points(comm, span(targets, num_targets),
                                 span(differ != 0 ? sources : nullptr, differ != 0 ? num_sources : 0), differ == 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode MatNearfarUpdatePoints(Mat A, const PetscReal targets[], const PetscReal sources[]) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(nearfar::get_operator(A, &op));
  PetscCheck(op->has_points(), PetscObjectComm(reinterpret_cast<PetscObject>(A)), PETSC_ERR_ARG_WRONGSTATE,
             "the matrix has no points yet: call MatNearfarSetPoints");
  const auto num_targets = static_cast<PetscInt>(op->targets().size() / 3);
  const auto num_sources = static_cast<PetscInt>(op->sources().size() / 3);
  PetscCall(MatNearfarSetPoints(A, num_targets, targets, num_sources, sources));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode MatNearfarSetTargetNormals(Mat A, const PetscReal normals[]) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(nearfar::get_operator(A, &op));
  NEARFAR_CALL(A, op->set_normals(PetscObjectComm(reinterpret_cast<PetscObject>(A)),
                                  nearfar::Span(normals, normals != nullptr ? op->targets().size() : 0)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode MatNearfarSetUp(Mat A) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(nearfar::get_operator(A, &op));
  PetscCall(nearfar::fit_layouts(A, *op));
  PetscCall(MatSetUp(A));
  if (op->has_plan()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscLogEventBegin(nearfar::events.set_up, A, nullptr, nullptr, nullptr));
  NEARFAR_CALL(A, op->plan(PetscObjectComm(reinterpret_cast<PetscObject>(A))));
  PetscCall(PetscLogEventEnd(nearfar::events.set_up, A, nullptr, nullptr, nullptr));
  PetscFunctionReturn(PETSC_SUCCESS);
}
