// SPDX-License-Identifier: BSD-3-Clause
// What has been set, or chosen.
#include <algorithm>

#include "petsc/mat.hpp"

namespace nearfar {
namespace {

/// Calls give(context) where there is a matrix of this type and a place for the answer.
template <class Give>
PetscErrorCode give_answer(Mat mat, const char* call, bool has_place, const Give& give) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  PetscCheck(has_place, PETSC_COMM_SELF, PETSC_ERR_ARG_NULL, "%s needs a place for the answer", call);
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  PetscCall(as_error_code(PETSC_COMM_SELF, [&] { give(*context); }));
  PetscFunctionReturn(PETSC_SUCCESS);
}

[[nodiscard]] double parameter_of(const KernelChoice& set, const char* name) {
  const KernelChoice now = completed(set);
  if (const auto found = now.parameters.find(name); found != now.parameters.end()) return found->second;
  if (const auto kept = set.parameters.find(name); kept != set.parameters.end()) return kept->second;
  throw UsageError("the " + now.name + " kernel has no parameter '" + name + "', and none has been set for others");
}

PetscErrorCode get_normals(Mat mat, const char* call, Role role, const PetscReal* normals[]) {
  return give_answer(mat, call, normals != nullptr, [&](const Context& context) {
    *normals = context.op.has_normals(role) ? context.op.normals(role).data() : nullptr;
  });
}

}
}

using nearfar::Context;
using nearfar::give_answer;

PetscErrorCode MatNearfarGetPoints(Mat A, PetscInt* num_targets, const PetscReal* targets[], PetscInt* num_sources,
                                   const PetscReal* sources[]) {
  return give_answer(A, "MatNearfarGetPoints", true, [&](const Context& context) {
    const auto count = [](std::span<const double> points) { return static_cast<PetscInt>(points.size() / 3); };
    if (num_targets != nullptr) *num_targets = count(context.op.targets());
    if (targets != nullptr) *targets = context.op.targets().data();
    if (num_sources != nullptr) *num_sources = count(context.op.sources());
    if (sources != nullptr) *sources = context.op.sources().data();
  });
}
PetscErrorCode MatNearfarGetKernel(Mat A, const char* kernel[]) {
  return give_answer(A, "MatNearfarGetKernel", kernel != nullptr,
                     [&](const Context& context) { *kernel = context.op.settings().kernel.name.c_str(); });
}
PetscErrorCode MatNearfarGetSourceKind(Mat A, const char* kinds[]) {
  return give_answer(A, "MatNearfarGetSourceKind", kinds != nullptr, [&](Context& context) {
    context.source_kinds = nearfar::joined(nearfar::completed(context.op.settings().kernel).source_kinds);
    *kinds = context.source_kinds.c_str();
  });
}
PetscErrorCode MatNearfarGetFields(Mat A, const char* fields[]) {
  return give_answer(A, "MatNearfarGetFields", fields != nullptr, [&](Context& context) {
    context.fields = nearfar::joined(nearfar::completed(context.op.settings().kernel).fields);
    *fields = context.fields.c_str();
  });
}
PetscErrorCode MatNearfarGetParameter(Mat A, const char name[], PetscReal* value) {
  return give_answer(A, "MatNearfarGetParameter", name != nullptr && value != nullptr, [&](const Context& context) {
    *value = nearfar::parameter_of(context.op.settings().kernel, name);
  });
}
PetscErrorCode MatNearfarGetLambda(Mat A, PetscReal* lambda) { return MatNearfarGetParameter(A, "lambda", lambda); }
PetscErrorCode MatNearfarGetTolerance(Mat A, PetscReal* tolerance) {
  return give_answer(A, "MatNearfarGetTolerance", tolerance != nullptr,
                     [&](const Context& context) { *tolerance = context.op.options().tolerance; });
}
PetscErrorCode MatNearfarGetOrder(Mat A, PetscInt* order) {
  return give_answer(A, "MatNearfarGetOrder", order != nullptr,
                     [&](const Context& context) { *order = context.op.options().order; });
}
PetscErrorCode MatNearfarGetPointsPerLeaf(Mat A, PetscInt* points) {
  return give_answer(A, "MatNearfarGetPointsPerLeaf", points != nullptr,
                     [&](const Context& context) { *points = context.op.options().points_per_leaf; });
}
PetscErrorCode MatNearfarGetPrecision(Mat A, const char* precision[]) {
  return give_answer(A, "MatNearfarGetPrecision", precision != nullptr, [&](const Context& context) {
    *precision = nearfar::precision_name(context.op.options().precision);
  });
}
PetscErrorCode MatNearfarGetVectors(Mat A, PetscInt* vectors) {
  return give_answer(A, "MatNearfarGetVectors", vectors != nullptr,
                     [&](const Context& context) { *vectors = context.op.settings().options.num_vectors; });
}
PetscErrorCode MatNearfarGetCheck(Mat A, PetscInt* samples) {
  return give_answer(A, "MatNearfarGetCheck", samples != nullptr, [&](const Context& context) {
    *samples = static_cast<PetscInt>(context.op.settings().num_checks);
  });
}
PetscErrorCode MatNearfarGetError(Mat A, PetscReal* error) {
  return give_answer(A, "MatNearfarGetError", error != nullptr,
                     [&](const Context& context) { *error = context.op.last_error(); });
}
PetscErrorCode MatNearfarGetNearCutoff(Mat A, PetscReal* cutoff) {
  return give_answer(A, "MatNearfarGetNearCutoff", cutoff != nullptr, [&](const Context& context) {
    *cutoff = context.near_cutoff > 0.0 ? context.near_cutoff : context.op.settings().near_cutoff;
  });
}
PetscErrorCode MatNearfarGetTargetNormals(Mat A, const PetscReal* normals[]) {
  return nearfar::get_normals(A, "MatNearfarGetTargetNormals", nearfar::Role::targets, normals);
}
PetscErrorCode MatNearfarGetSourceNormals(Mat A, const PetscReal* normals[]) {
  return nearfar::get_normals(A, "MatNearfarGetSourceNormals", nearfar::Role::sources, normals);
}
