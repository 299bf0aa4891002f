// SPDX-License-Identifier: BSD-3-Clause
// Points, sizes, and the set-up that needs them.
#include "comm/mpi.hpp"
#include "petsc/mat.hpp"

namespace nearfar {
namespace {

using Span = std::span<const double>;

constexpr std::array<const char*, 2> vector_names{"nearfar_targets", "nearfar_sources"};

/// Objects composed as targets and as sources, which need not be vectors.
PetscErrorCode find_composed(Mat mat, std::array<PetscObject, 2>& objects, PointVectors& found) {
  PetscFunctionBegin;
  found = {};
  for (std::size_t i = 0; i < 2; ++i) {
    PetscCall(PetscObjectQuery(object_of(mat), vector_names[i], &objects[i]));
    if (objects[i] == nullptr) continue;
    PetscCall(PetscObjectGetId(objects[i], &found.ids[i]));
    PetscCall(PetscObjectStateGet(objects[i], &found.states[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// What is wrong with an object as coordinates; empty where nothing is.
PetscErrorCode fault_of(PetscObject object, const char* name, std::string& fault) {
  PetscFunctionBegin;
  fault.clear();
  if (object == nullptr) PetscFunctionReturn(PETSC_SUCCESS);
  PetscClassId class_id = 0;
  PetscCall(PetscObjectGetClassId(object, &class_id));
  if (class_id != VEC_CLASSID) {
    fault = std::string("what is composed as \"") + name + "\" is no vector: compose a Vec of coordinates";
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscInt size = 0, block = 1;
  PetscCall(VecGetLocalSize(reinterpret_cast<Vec>(object), &size));
  PetscCall(VecGetBlockSize(reinterpret_cast<Vec>(object), &block));
  if (size < 0 || size % 3 != 0 || 3 % block != 0)
    fault = std::string("the vector composed as \"") + name + "\" has " + std::to_string(size) +
            " local entries in blocks of " + std::to_string(block) + ": each rank must have x, y and z of whole points";
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Points from vectors, already checked.
PetscErrorCode copy_points(Mat mat, Operator& op, Vec targets, Vec sources) {
  PetscFunctionBegin;
  const PetscScalar *target_values = nullptr, *source_values = nullptr;
  PetscInt target_size = 0, source_size = 0;
  PetscCall(VecGetLocalSize(targets, &target_size));
  PetscCall(VecGetArrayRead(targets, &target_values));
  if (sources != nullptr) {
    PetscCall(VecGetLocalSize(sources, &source_size));
    PetscCall(VecGetArrayRead(sources, &source_values));
  }
  const PetscErrorCode failure = as_error_code(communicator_of(mat), [&] {
    op.set_points(communicator_of(mat), Span(target_values, static_cast<std::size_t>(target_size)),
                  Span(source_values, static_cast<std::size_t>(source_size)), sources == nullptr);
  });
  if (sources != nullptr) PetscCall(VecRestoreArrayRead(sources, &source_values));
  PetscCall(VecRestoreArrayRead(targets, &target_values));
  PetscCall(failure);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Sets or checks the size of one side, [points][dim]; `local` and `global` are negative where they are
/// open.
PetscErrorCode fit_size(Mat mat, const char* call, Span points, int dim, PetscInt local, PetscInt global,
                        const char* what) {
  PetscFunctionBegin;
  const MPI_Comm comm = communicator_of(mat);
  const PetscInt64 wanted = static_cast<PetscInt64>(points.size() / 3) * dim;
  PetscInt64 sum = 0;
  PetscCall(check_global_size(comm, wanted, what, PETSC_MAX_INT, &sum));
  bool fits = false;
  NEARFAR_CALL(mat, fits = on_all_ranks(comm, call, (local < 0 || local == wanted) && (global < 0 || global == sum)));
  PetscCheck(fits, comm, PETSC_ERR_ARG_SIZ,
             "the matrix has %" PetscInt_FMT " %s here and %" PetscInt_FMT
             " in all (-1: open), but its points times the kernel's dimension give %" PetscInt64_FMT
             " and %" PetscInt64_FMT ": make sizes and points fit on every rank",
             local, what, global, wanted, sum);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Everything that products need.
PetscErrorCode set_up(Mat mat, const char* call, Operator& op) {
  PetscFunctionBegin;
  PetscCall(fit_layouts(mat, call, op));
  PetscCall(MatSetUp(mat));
  if (op.has_plan()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(require_normals(mat, call, op));
  PetscCall(PetscLogEventBegin(events.set_up, mat, nullptr, nullptr, nullptr));
  NEARFAR_CALL(mat, (void)op.plan(communicator_of(mat)));
  PetscCall(PetscLogEventEnd(events.set_up, mat, nullptr, nullptr, nullptr));
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  ++context->num_set_ups;
  PetscCall(MatViewFromOptions(mat, nullptr, "-mat_view"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Arguments of a call that gives points; `one_set` where the targets are the sources on this rank, `own`
/// where no other matrix gets them.
PetscErrorCode set_points(Mat mat, const char* call, Operator& op, PetscInt num_targets, const PetscReal targets[],
                          PetscInt num_sources, const PetscReal sources[], bool one_set, bool own) {
  PetscFunctionBegin;
  const MPI_Comm comm = communicator_of(mat);
  // Pointers of ranks without points mean nothing.
  const bool empty = num_targets == 0 && num_sources == 0;
  bool same = false, valid = false;
  NEARFAR_CALL(
      mat, same = on_all_ranks(comm, call, empty || one_set);
      const bool sources_fit = same ? num_sources == num_targets || num_sources == 0
                                    : num_sources == 0 || (num_sources > 0 && sources != nullptr);
      valid = on_all_ranks(comm, call, num_targets >= 0 && (num_targets == 0 || targets != nullptr) && sources_fit));
  PetscCheck(valid, comm, PETSC_ERR_ARG_WRONG,
             "points are missing: give targets on every rank that has any, and sources on all ranks or, where the "
             "targets are the sources, on none");
  const auto span = [](const PetscReal* points, PetscInt count) {
    return Span(points, count > 0 ? 3 * static_cast<std::size_t>(count) : 0);
  };
  NEARFAR_CALL(mat,
               op.set_points(comm, span(targets, num_targets), same ? Span{} : span(sources, num_sources), same, own));
  PetscCall(pass_over_composed_points(mat));
  PetscCall(points_changed(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode check_global_size(MPI_Comm communicator, PetscInt64 local, const char* what, PetscInt64 largest,
                                 PetscInt64* global) {
  PetscFunctionBegin;
  PetscCall(as_error_code(communicator, [&] { *global = all_sum(communicator, std::int64_t{local}); }));
  PetscCheck(*global <= largest, communicator, PETSC_ERR_ARG_OUTOFRANGE,
             "the matrix would have %" PetscInt64_FMT " %s, more than PetscInt can count (%" PetscInt64_FMT
             "): use a PETSc with 64-bit indices (on Debian libpetsc64-real-dev)",
             *global, what, largest);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode raise_state(Mat mat) {
  PetscFunctionBegin;
  PetscObjectState state = 0;
  PetscCall(PetscObjectStateGet(object_of(mat), &state));
  PetscCall(PetscObjectStateSet(object_of(mat), state + 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode operator_changed(Mat mat) {
  PetscFunctionBegin;
  PetscCall(raise_state(mat));
  PetscCall(drop_near_field(mat));
  PetscCall(tell_symmetry(mat));
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  context->near_cutoff = 0.0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode has_new_vectors(Mat mat, bool* answer) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  std::array<PetscObject, 2> objects{};
  PointVectors found;
  PetscCall(find_composed(mat, objects, found));
  *answer = objects[0] != nullptr && found != context->taken;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode pass_over_composed_points(Mat mat) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  std::array<PetscObject, 2> objects{};
  PetscCall(find_composed(mat, objects, context->taken));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode take_composed_points(Mat mat, const char* call) {
  PetscFunctionBegin;
  bool have_new = false, all_old = true;
  PetscCall(has_new_vectors(mat, &have_new));
  NEARFAR_CALL(mat, all_old = on_all_ranks(communicator_of(mat), call, !have_new));
  if (all_old) PetscFunctionReturn(PETSC_SUCCESS);
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  std::array<PetscObject, 2> objects{};
  PointVectors found;
  PetscCall(find_composed(mat, objects, found));
  std::array<std::string, 2> faults;
  for (std::size_t i = 0; i < 2; ++i) PetscCall(fault_of(objects[i], vector_names[i], faults[i]));
  NEARFAR_CALL(mat, (void)on_all_ranks(communicator_of(mat),
                                       std::string("PetscObjectCompose for ") +
                                           (objects[0] != nullptr ? "targets " : "no targets ") +
                                           (objects[1] != nullptr ? "and sources" : "and no sources"),
                                       true);
               agree(communicator_of(mat), [&] {
                 for (const std::string& fault : faults)
                   if (!fault.empty()) throw InputError(fault);
               }));
  PetscCall(copy_points(mat, context->op, reinterpret_cast<Vec>(objects[0]), reinterpret_cast<Vec>(objects[1])));
  context->taken = found;
  PetscCall(points_changed(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode fit_layouts(Mat mat, const char* call, Operator& op) {
  PetscFunctionBegin;
  PetscCall(take_composed_points(mat, call));
  PetscCheck(op.has_points(), communicator_of(mat), PETSC_ERR_ARG_WRONGSTATE,
             "the matrix has no points: call MatNearfarSetPoints, or compose a vector of coordinates as "
             "\"nearfar_targets\"");
  const int num_values = op.kernel().num_values(), num_strengths = op.kernel().num_strengths();
  PetscInt rows = -1, columns = -1, global_rows = -1, global_columns = -1;
  PetscCall(MatGetLocalSize(mat, &rows, &columns));
  PetscCall(MatGetSize(mat, &global_rows, &global_columns));
  PetscCall(fit_size(mat, call, op.targets(), num_values, rows, global_rows, "rows"));
  PetscCall(fit_size(mat, call, op.sources(), num_strengths, columns, global_columns, "columns"));
  if (rows < 0 || columns < 0)
    PetscCall(MatSetSizes(mat, static_cast<PetscInt>(op.targets().size() / 3) * num_values,
                          static_cast<PetscInt>(op.sources().size() / 3) * num_strengths,
                          global_rows < 0 ? PETSC_DETERMINE : global_rows,
                          global_columns < 0 ? PETSC_DETERMINE : global_columns));
  PetscInt row_block = 1, column_block = 1;
  PetscCall(MatGetBlockSizes(mat, &row_block, &column_block));
  if (row_block != num_values || column_block != num_strengths)
    PetscCall(MatSetBlockSizes(mat, num_values, num_strengths));
  PetscCall(tell_symmetry(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode get_ready(Mat mat, const char* call, Operator** op) {
  PetscFunctionBegin;
  PetscCall(get_operator(mat, op));
  bool have_new = false;
  PetscCall(has_new_vectors(mat, &have_new));
  bool ready = false;
  NEARFAR_CALL(mat, ready = on_all_ranks(communicator_of(mat), call, (*op)->has_plan() && !have_new));
  if (!ready) PetscCall(set_up(mat, call, **op));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode require_arguments(Mat mat, const char* call, bool given) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  bool all_given = false;
  NEARFAR_CALL(mat, all_given = on_all_ranks(communicator_of(mat), call, given));
  PetscCheck(all_given, communicator_of(mat), PETSC_ERR_ARG_NULL, "an argument of %s is NULL: give all of them", call);
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode MatNearfarSetPoints(Mat A, PetscInt num_targets, const PetscReal targets[], PetscInt num_sources,
                                   const PetscReal sources[]) {
  using namespace nearfar;
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(A, &op));
  PetscCall(set_points(A, "MatNearfarSetPoints", *op, num_targets, targets, num_sources, sources,
                       sources == nullptr || sources == targets, true));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode MatNearfarUpdatePoints(Mat A, const PetscReal targets[], const PetscReal sources[]) {
  using namespace nearfar;
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(A, &op));
  const MPI_Comm comm = communicator_of(A);
  PetscCheck(op->has_points(), comm, PETSC_ERR_ARG_WRONGSTATE,
             "the matrix has no points yet: call MatNearfarSetPoints");
  const auto num_targets = static_cast<PetscInt>(op->targets().size() / 3);
  const auto num_sources = static_cast<PetscInt>(op->sources().size() / 3);
  bool given = false;
  NEARFAR_CALL(A, given = on_all_ranks(comm, "MatNearfarUpdatePoints",
                                       op->targets_are_sources() || num_sources == 0 || sources != nullptr));
  PetscCheck(given, comm, PETSC_ERR_ARG_WRONG,
             "sources are missing: this matrix has sources of its own, so give them on all ranks");
  // Sources of a matrix that has its own stay its own, even if there are none.
  PetscCall(set_points(A, "MatNearfarUpdatePoints", *op, num_targets, targets, num_sources, sources,
                       op->targets_are_sources() && (sources == nullptr || sources == targets), false));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode MatNearfarSetUp(Mat A) {
  PetscFunctionBegin;
  nearfar::Operator* op = nullptr;
  PetscCall(nearfar::get_operator(A, &op));
  PetscCall(nearfar::set_up(A, "MatNearfarSetUp", *op));
  PetscFunctionReturn(PETSC_SUCCESS);
}
