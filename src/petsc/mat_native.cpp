// SPDX-License-Identifier: BSD-3-Clause
// The points in tree order, on the ranks that own the leaves.
#include <vector>

#include "petsc/mat.hpp"

namespace nearfar {
namespace {

PetscErrorCode index_set(Mat mat, const std::vector<std::int64_t>& numbers, int components, IS* set) {
  PetscFunctionBegin;
  std::vector<PetscInt> indices;
  for (const std::int64_t number : numbers)
    for (int c = 0; c < components; ++c) indices.push_back(static_cast<PetscInt>(number * components + c));
  PetscCall(ISCreateGeneral(communicator_of(mat), static_cast<PetscInt>(indices.size()), indices.data(),
                            PETSC_COPY_VALUES, set));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Normals for an operator whose points are those of these numbers, if there are any that fit.
PetscErrorCode copy_normals(Mat mat, const Operator& from, Role role, const std::vector<std::int64_t>& numbers,
                            Operator& to) {
  PetscFunctionBegin;
  bool fit = false;
  NEARFAR_CALL(mat, fit = on_all_ranks(communicator_of(mat), "MatNearfarGetNative",
                                       from.normals(role).size() == from.points(role).size()));
  if (!from.has_normals(role) || !fit) PetscFunctionReturn(PETSC_SUCCESS);
  std::vector<double> normals;
  PetscCall(fetch_points(mat, from.normals(role), numbers, normals));
  NEARFAR_CALL(mat, to.set_normals(communicator_of(mat), role, normals, true));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode fetch_points(Mat mat, std::span<const double> points, const std::vector<std::int64_t>& numbers,
                            std::vector<double>& fetched) {
  PetscFunctionBegin;
  Vec all = nullptr, own = nullptr;
  VecScatter scatter = nullptr;
  IS set = nullptr;
  PetscCall(VecCreateMPIWithArray(communicator_of(mat), 3, static_cast<PetscInt>(points.size()), PETSC_DETERMINE,
                                  points.data(), &all));
  PetscCall(index_set(mat, numbers, 3, &set));
  NEARFAR_CALL(mat, fetched.resize(3 * numbers.size()));
  PetscCall(VecCreateSeqWithArray(PETSC_COMM_SELF, 3, static_cast<PetscInt>(fetched.size()), fetched.data(), &own));
  PetscCall(VecScatterCreate(all, set, own, nullptr, &scatter));
  PetscCall(VecScatterBegin(scatter, all, own, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(scatter, all, own, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterDestroy(&scatter));
  PetscCall(ISDestroy(&set));
  PetscCall(VecDestroy(&own));
  PetscCall(VecDestroy(&all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode MatNearfarGetNative(Mat A, Mat* native, IS* rows, IS* columns) {
  using namespace nearfar;
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(require_arguments(A, "MatNearfarGetNative", native != nullptr && rows != nullptr && columns != nullptr));
  PetscCall(get_ready(A, "MatNearfarGetNative", &op));
  std::vector<std::int64_t> target_numbers, source_numbers;
  NEARFAR_CALL(A, Plan& plan = op->plan(communicator_of(A)); target_numbers = plan.target_numbers();
               source_numbers = plan.source_numbers());
  PetscCall(index_set(A, target_numbers, op->kernel().num_values(), rows));
  PetscCall(index_set(A, source_numbers, op->kernel().num_strengths(), columns));
  std::vector<double> targets, sources;
  PetscCall(fetch_points(A, op->targets(), target_numbers, targets));
  if (!op->targets_are_sources()) PetscCall(fetch_points(A, op->sources(), source_numbers, sources));
  PetscCall(MatCreate(communicator_of(A), native));
  PetscCall(MatSetType(*native, MATNEARFAR));
  Operator* own = nullptr;
  PetscCall(get_operator(*native, &own));
  Settings settings = op->settings();
  const Options& chosen = op->made_plan().options();
  settings.options.points_per_leaf = chosen.points_per_leaf;  // the same tree
  settings.options.root_scale = chosen.root_scale;
  NEARFAR_CALL(A, own->set(settings); own->set_points(communicator_of(A), targets, sources, op->targets_are_sources()));
  PetscCall(copy_normals(A, *op, Role::targets, target_numbers, *own));
  PetscCall(copy_normals(A, *op, Role::sources, source_numbers, *own));
  PetscCall(MatSetUp(*native));
  PetscFunctionReturn(PETSC_SUCCESS);
}
