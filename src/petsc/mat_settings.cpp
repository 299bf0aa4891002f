// SPDX-License-Identifier: BSD-3-Clause
// Setters and options.
#include <algorithm>
#include <cstdio>
#include <limits>

#include "fmm/tuner.hpp"
#include "petsc/mat.hpp"

namespace nearfar {
namespace {

[[nodiscard]] Precision precision_of(const char* name) {
  if (name == nullptr) throw UsageError("the precision is NULL: give automatic, full or mixed");
  for (const Precision precision : {Precision::automatic, Precision::full, Precision::mixed})
    if (std::string(name) == precision_name(precision)) return precision;
  throw UsageError(std::string("the precision must be automatic, full or mixed, not ") + name);
}

/// Numbers beyond int stay out of range: they must not become others.
[[nodiscard]] int int_of(PetscInt value) {
  using Limits = std::numeric_limits<int>;
  return static_cast<int>(std::clamp<PetscInt>(value, Limits::min(), Limits::max()));
}

/// Throws UsageError for names that are unknown and numbers out of range.
void check_settings(const Settings& settings) {
  (void)make_kernel(settings.kernel);
  (void)make_kernel("yukawa", {.lambda = settings.lambda});  // even if the kernel has no lambda
  check_options(settings.options);
  if (settings.num_checks < 0)
    throw UsageError("the number of targets to check must not be negative, but it is " +
                     std::to_string(settings.num_checks));
}

/// Equal for equal settings alone.
[[nodiscard]] std::string text_of(const Settings& settings) {
  const Options& options = settings.options;
  std::array<char, 256> numbers{};
  std::snprintf(numbers.data(), numbers.size(),
                "lambda %.17g, tolerance %.17g, order %d, points per leaf %d, vectors %d, check %lld", settings.lambda,
                options.tolerance, options.order, options.points_per_leaf, options.num_vectors,
                static_cast<long long>(settings.num_checks));
  return "kernel " + settings.kernel + ", precision " + precision_name(options.precision) + ", " + numbers.data();
}

/// Collective. Changes the settings of an operator by `change`, or throws on all ranks alike. Returns whether any
/// differ now.
template <class Change>
[[nodiscard]] bool change_on_all_ranks(MPI_Comm communicator, Operator& op, const std::string& function,
                                       const Change& change) {
  Settings settings = op.settings();
  std::exception_ptr error;
  std::string outcome;
  try {
    change(settings);
    check_settings(settings);
    outcome = text_of(settings);
  } catch (const std::exception& exception) {
    error = std::current_exception();
    outcome = exception.what();
  }
  (void)on_all_ranks(communicator, function + " (" + outcome + ")", true);
  if (error) std::rethrow_exception(error);
  if (outcome == text_of(op.settings())) return false;
  op.set(settings);
  return true;
}

template <class Change>
PetscErrorCode change_settings(Mat mat, const char* function, const Change& change) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  bool changed = false;
  NEARFAR_CALL(mat, changed = change_on_all_ranks(communicator_of(mat), *op, function, change));
  if (changed) PetscCall(operator_changed(mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode mat_set_from_options(Mat mat, PetscOptionItems* PetscOptionsObject) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(get_operator(mat, &op));
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  PetscCall(PetscViewerDestroy(&context->expansions_viewer));  // its file may be the one to be opened again
  const Settings& before = op->settings();
  const Options& options = before.options;
  std::array<char, 64> kernel{}, precision{};
  PetscReal lambda = before.lambda, tolerance = options.tolerance;
  PetscInt order = options.order, points_per_leaf = options.points_per_leaf, vectors = options.num_vectors;
  auto checks = static_cast<PetscInt>(before.num_checks);
  PetscBool has_kernel = PETSC_FALSE, has_precision = PETSC_FALSE;
  PetscOptionsHeadBegin(PetscOptionsObject, "nearfar options");
  PetscCall(PetscOptionsString("-mat_nearfar_kernel", "kernel of the sums", "MatNearfarSetKernel",
                               before.kernel.c_str(), kernel.data(), kernel.size(), &has_kernel));
  PetscCall(PetscOptionsReal("-mat_nearfar_lambda", "inverse screening length of the yukawa kernel",
                             "MatNearfarSetLambda", lambda, &lambda, nullptr));
  PetscCall(PetscOptionsReal("-mat_nearfar_tolerance", "relative error of products (0: 1e-6)", "MatNearfarSetTolerance",
                             tolerance, &tolerance, nullptr));
  PetscCall(PetscOptionsInt("-mat_nearfar_order", "order of the expansions (0: by the tolerance)", "MatNearfarSetOrder",
                            order, &order, nullptr));
  PetscCall(PetscOptionsInt("-mat_nearfar_points_per_leaf", "most points of a leaf (0: chosen)",
                            "MatNearfarSetPointsPerLeaf", points_per_leaf, &points_per_leaf, nullptr));
  PetscCall(PetscOptionsInt("-mat_nearfar_vectors", "expected number of columns in products with dense matrices",
                            "MatNearfarSetVectors", vectors, &vectors, nullptr));
  PetscCall(PetscOptionsString("-mat_nearfar_precision", "automatic, full or mixed", "MatNearfarSetPrecision",
                               precision_name(options.precision), precision.data(), precision.size(), &has_precision));
  PetscCall(PetscOptionsInt("-mat_nearfar_check", "targets of the first product to compare with direct sums",
                            "MatNearfarSetCheck", checks, &checks, nullptr));
  PetscCall(PetscOptionsViewer("-mat_nearfar_view_expansions", "show multipoles and locals after each product",
                               "MatSetFromOptions", &context->expansions_viewer, &context->expansions_format, nullptr));
  PetscOptionsHeadEnd();
  PetscCall(change_settings(mat, "MatSetFromOptions", [&](Settings& settings) {
    if (has_kernel) settings.kernel = kernel.data();
    if (has_precision) settings.options.precision = precision_of(precision.data());
    settings.lambda = lambda;
    settings.num_checks = checks;
    settings.options.tolerance = tolerance;
    settings.options.order = int_of(order);
    settings.options.points_per_leaf = int_of(points_per_leaf);
    settings.options.num_vectors = int_of(vectors);
  }));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

using nearfar::change_settings;
using nearfar::Settings;

PetscErrorCode MatNearfarSetKernel(Mat A, const char kernel[]) {
  return change_settings(A, "MatNearfarSetKernel", [&](Settings& settings) {
    if (kernel == nullptr) throw nearfar::UsageError("the name of the kernel is NULL: give \"laplace\" or another one");
    settings.kernel = kernel;
  });
}
PetscErrorCode MatNearfarSetLambda(Mat A, PetscReal lambda) {
  return change_settings(A, "MatNearfarSetLambda", [&](Settings& settings) { settings.lambda = lambda; });
}
PetscErrorCode MatNearfarSetTolerance(Mat A, PetscReal tolerance) {
  return change_settings(A, "MatNearfarSetTolerance",
                         [&](Settings& settings) { settings.options.tolerance = tolerance; });
}
PetscErrorCode MatNearfarSetOrder(Mat A, PetscInt order) {
  return change_settings(A, "MatNearfarSetOrder",
                         [&](Settings& settings) { settings.options.order = nearfar::int_of(order); });
}
PetscErrorCode MatNearfarSetPointsPerLeaf(Mat A, PetscInt points) {
  return change_settings(A, "MatNearfarSetPointsPerLeaf",
                         [&](Settings& settings) { settings.options.points_per_leaf = nearfar::int_of(points); });
}
PetscErrorCode MatNearfarSetPrecision(Mat A, const char precision[]) {
  return change_settings(A, "MatNearfarSetPrecision",
                         [&](Settings& settings) { settings.options.precision = nearfar::precision_of(precision); });
}
PetscErrorCode MatNearfarSetVectors(Mat A, PetscInt vectors) {
  return change_settings(A, "MatNearfarSetVectors",
                         [&](Settings& settings) { settings.options.num_vectors = nearfar::int_of(vectors); });
}
PetscErrorCode MatNearfarSetCheck(Mat A, PetscInt samples) {
  return change_settings(A, "MatNearfarSetCheck", [&](Settings& settings) { settings.num_checks = samples; });
}

PetscErrorCode MatNearfarGetError(Mat A, PetscReal* error) {
  PetscFunctionBegin;
  nearfar::Operator* op = nullptr;
  PetscCall(nearfar::get_operator(A, &op));
  PetscCheck(error != nullptr, PETSC_COMM_SELF, PETSC_ERR_ARG_NULL, "MatNearfarGetError needs a place for the error");
  *error = op->last_error();
  PetscFunctionReturn(PETSC_SUCCESS);
}
