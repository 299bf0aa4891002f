// SPDX-License-Identifier: BSD-3-Clause
// Setters and options.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/bytes.hpp"
#include "fmm/tuner.hpp"
#include "nearfar/user_kernels.hpp"
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

/// The names between commas, without blanks around them.
[[nodiscard]] std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::size_t first = text.find_first_not_of(' ', begin), last = text.find_last_not_of(' ', end - 1);
    names.push_back(first < end ? text.substr(first, last - first + 1) : "");
    begin = end + 1;
  }
  return names;
}

[[nodiscard]] std::vector<std::string> split(const char* text, const char* what) {
  if (text == nullptr) throw UsageError(std::string("the ") + what + " is NULL: give names, with commas between them");
  return split(std::string(text));
}

/// Another family starts with its own first kind and field.
void choose_family(Settings& settings, const std::string& name) {
  if (name == settings.kernel.name) return;
  settings.kernel.name = name;
  settings.kernel.source_kinds.clear();
  settings.kernel.fields.clear();
}

/// Throws UsageError unless a family has that parameter, for that value.
void set_parameter(Settings& settings, const std::string& name, double value) {
  check_parameter(name, value);
  settings.kernel.parameters[name] = value;
}

/// "NAME=VALUE,NAME=VALUE,..."
void set_parameters(Settings& settings, const std::string& text) {
  for (const std::string& assignment : split(text)) {
    const std::size_t equals = std::min(assignment.find('='), assignment.size());
    const std::string name = assignment.substr(0, assignment.find_last_not_of(' ', equals - 1) + 1);
    const std::string number = assignment.substr(std::min(equals + 1, assignment.size()));
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    if (name.empty() || number.empty() || *end != '\0')
      throw UsageError("parameters are given as NAME=VALUE, with commas between them, not '" + assignment + "'");
    set_parameter(settings, name, value);
  }
}

/// Throws UsageError for names that are unknown and numbers out of range.
void check_settings(const Settings& settings, bool has_target_normals) {
  (void)rows_of(settings.kernel, has_target_normals);
  check_options(settings.options);
  if (!(settings.near_cutoff >= 0.0))
    throw UsageError("the cutoff of the near field must be a number of leaf sides, or 0 to have it chosen, but it is " +
                     std::to_string(settings.near_cutoff));
  if (settings.num_checks < 0)
    throw UsageError("the number of targets to check must not be negative, but it is " +
                     std::to_string(settings.num_checks));
}

[[nodiscard]] std::string text_of(const std::map<std::string, double>& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    std::array<char, 40> number{};
    std::snprintf(number.data(), number.size(), " %.17g", value);
    text += ", " + name + number.data();
  }
  return text;
}

/// Equal for settings of equal operators alone, whose checks and sparse near fields may differ.
[[nodiscard]] std::string text_of_operator(const Settings& settings) {
  const Options& options = settings.options;
  const KernelChoice kernel = completed(settings.kernel);
  const bool is_open = options.tolerance == 0.0 && options.order == 0;
  std::array<char, 256> numbers{};
  std::snprintf(numbers.data(), numbers.size(),
                "tolerance %.17g, order %d, points per leaf %d, vectors %d, most memory %lld",
                is_open ? default_tolerance : options.tolerance, options.order, options.points_per_leaf,
                options.num_vectors, static_cast<long long>(options.max_memory));
  return "kernel " + kernel.name + ", source kind " + joined(kernel.source_kinds) + ", fields " +
         joined(kernel.fields) + text_of(kernel.parameters) + ", precision " + precision_name(options.precision) +
         ", " + numbers.data();
}

[[nodiscard]] std::string text_of(const Settings& settings) {
  std::array<char, 128> numbers{};
  std::snprintf(numbers.data(), numbers.size(), ", near cutoff %.17g, check %lld", settings.near_cutoff,
                static_cast<long long>(settings.num_checks));
  return text_of_operator(settings) + numbers.data() + "; all parameters" + text_of(settings.kernel.parameters);
}

/// Collective. Changes the settings of an operator by `change`, or throws on all ranks alike. Returns whether the
/// operator or its near field is another one now.
template <class Change>
[[nodiscard]] bool change_on_all_ranks(MPI_Comm communicator, Operator& op, const std::string& function,
                                       const Change& change) {
  Settings settings = op.settings();
  std::exception_ptr error;
  std::string outcome;
  try {
    change(settings);
    check_settings(settings, op.has_normals(Role::targets));
    outcome = text_of(settings);
  } catch (const std::exception& exception) {
    error = std::current_exception();
    outcome = exception.what();
  }
  (void)on_all_ranks(communicator, function + " (" + outcome + ")", true);
  if (error) std::rethrow_exception(error);
  const bool other_near_field = settings.near_cutoff != op.settings().near_cutoff;
  if (text_of_operator(settings) == text_of_operator(op.settings())) {
    op.keep(settings);
    return other_near_field;
  }
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

/// What the options say of the kernel; texts are empty where they say nothing.
struct KernelOptions {
  std::array<char, PETSC_MAX_PATH_LEN> library{};
  std::array<char, 64> family{};
  std::array<char, 1024> source_kinds{}, fields{}, parameters{};
  PetscReal lambda = 0.0;
  PetscBool has_lambda = PETSC_FALSE;

  void set(Settings& settings) const {
    if (library[0] != '\0') load_kernels(library.data());
    if (family[0] != '\0') choose_family(settings, family.data());
    if (source_kinds[0] != '\0') settings.kernel.source_kinds = split(source_kinds.data());
    if (fields[0] != '\0') settings.kernel.fields = split(fields.data());
    if (has_lambda) set_parameter(settings, "lambda", lambda);
    if (parameters[0] != '\0') set_parameters(settings, parameters.data());
  }
};

/// Names of quantities, with commas between them.
[[nodiscard]] std::string names_of_all(const std::vector<QuantityDescription>& descriptions) {
  std::vector<std::string> names;
  for (const QuantityDescription& description : descriptions) names.push_back(description.quantity.name);
  return joined(names);
}

/// For -help: what kernels there are.
PetscErrorCode print_families(const PetscOptionItems& items) {
  PetscFunctionBegin;
  if (!items.printhelp || items.count != 1 || items.alreadyprinted) PetscFunctionReturn(PETSC_SUCCESS);
  for (const FamilyDescription& family : kernel_families()) {
    std::vector<std::string> parameters;
    for (const Parameter& parameter : family.parameters) parameters.push_back(parameter.name);
    PetscCall((*PetscHelpPrintf)(items.comm, "    kernel %s: source kinds %s; fields %s%s%s\n", family.name.c_str(),
                                 names_of_all(family.source_kinds).c_str(), names_of_all(family.fields).c_str(),
                                 parameters.empty() ? "" : "; parameters ", joined(parameters).c_str()));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode read_kernel_options(PetscOptionItems* PetscOptionsObject, const Operator& op, KernelOptions& read) {
  PetscFunctionBegin;
  const KernelChoice now = completed(op.settings().kernel);
  const auto text = [&](const char* name, const char* help, const char* function, const std::string& value, auto& to) {
    PetscBool is_given = PETSC_FALSE;
    PetscCall(PetscOptionsString(name, help, function, value.c_str(), to.data(), to.size(), &is_given));
    const std::size_t length = std::strlen(to.data());
    PetscCheck(!is_given || (length > 0 && length + 1 < to.size()), PetscOptionsObject->comm, PETSC_ERR_USER_INPUT,
               "%s needs a value of at most %d characters; one that begins with a minus and a letter looks like an "
               "option: write -1*dipole",
               name, static_cast<int>(to.size() - 2));
    return PETSC_SUCCESS;
  };
  PetscCall(text("-mat_nearfar_load_kernel", "shared library with kernels of your own", "nearfar_load_kernels", "",
                 read.library));
  PetscCall(
      text("-mat_nearfar_kernel", "kernel of the sums, listed below", "MatNearfarSetKernel", now.name, read.family));
  PetscCall(text("-mat_nearfar_source_kind", "what sources are, several joined by commas", "MatNearfarSetSourceKind",
                 joined(now.source_kinds), read.source_kinds));
  PetscCall(text("-mat_nearfar_fields", "what rows are, several joined by commas", "MatNearfarSetFields",
                 joined(now.fields), read.fields));
  PetscCall(text("-mat_nearfar_parameter", "NAME=VALUE of the kernel's formula, several joined by commas",
                 "MatNearfarSetParameter", "", read.parameters));
  const auto lambda = now.parameters.find("lambda");
  PetscCall(PetscOptionsReal("-mat_nearfar_lambda", "the same as -mat_nearfar_parameter lambda=", "MatNearfarSetLambda",
                             lambda != now.parameters.end() ? lambda->second : 0.0, &read.lambda, &read.has_lambda));
  PetscCall(print_families(*PetscOptionsObject));
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
  KernelOptions kernel;
  std::array<char, 64> precision{}, memory{};
  PetscReal tolerance = options.tolerance, near_cutoff = before.near_cutoff;
  PetscInt order = options.order, points_per_leaf = options.points_per_leaf, vectors = options.num_vectors;
  auto checks = static_cast<PetscInt>(before.num_checks);
  PetscBool has_precision = PETSC_FALSE, has_memory = PETSC_FALSE;
  PetscOptionsHeadBegin(PetscOptionsObject, "nearfar options");
  PetscCall(read_kernel_options(PetscOptionsObject, *op, kernel));
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
  PetscCall(PetscOptionsString("-mat_nearfar_max_memory", "bytes that a rank may take, such as 4G; more is refused",
                               "MatSetFromOptions", std::to_string(options.max_memory).c_str(), memory.data(),
                               memory.size(), &has_memory));
  PetscCall(PetscOptionsInt("-mat_nearfar_check", "targets of the first product to compare with direct sums",
                            "MatNearfarSetCheck", checks, &checks, nullptr));
  PetscCall(PetscOptionsReal("-mat_nearfar_near_cutoff",
                             "cells of the sparse near field in sides of leaves "
                             "(0: by their number)",
                             "MatNearfarSetNearCutoff", near_cutoff, &near_cutoff, nullptr));
  PetscCall(PetscOptionsViewer("-mat_nearfar_view_expansions", "show multipoles and locals after each product",
                               "MatSetFromOptions", &context->expansions_viewer, &context->expansions_format, nullptr));
  PetscOptionsHeadEnd();
  PetscCall(change_settings(mat, "MatSetFromOptions", [&](Settings& settings) {
    kernel.set(settings);
    if (has_precision) settings.options.precision = precision_of(precision.data());
    if (has_memory) settings.options.max_memory = std::string(memory.data()) == "0" ? 0 : parse_bytes(memory.data());
    settings.num_checks = checks;
    settings.near_cutoff = near_cutoff;
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
    nearfar::choose_family(settings, kernel);
  });
}
PetscErrorCode MatNearfarSetSourceKind(Mat A, const char kinds[]) {
  return change_settings(A, "MatNearfarSetSourceKind", [&](Settings& settings) {
    settings.kernel.source_kinds = nearfar::split(kinds, "source kind");
  });
}
PetscErrorCode MatNearfarSetFields(Mat A, const char fields[]) {
  return change_settings(A, "MatNearfarSetFields", [&](Settings& settings) {
    settings.kernel.fields = nearfar::split(fields, "list of fields");
  });
}
PetscErrorCode MatNearfarSetParameter(Mat A, const char name[], PetscReal value) {
  return change_settings(A, "MatNearfarSetParameter", [&](Settings& settings) {
    if (name == nullptr) throw nearfar::UsageError("the name of the parameter is NULL: give that of the formula");
    nearfar::set_parameter(settings, name, value);
  });
}
PetscErrorCode MatNearfarSetLambda(Mat A, PetscReal lambda) { return MatNearfarSetParameter(A, "lambda", lambda); }
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
PetscErrorCode MatNearfarSetNearCutoff(Mat A, PetscReal cutoff) {
  return change_settings(A, "MatNearfarSetNearCutoff", [&](Settings& settings) { settings.near_cutoff = cutoff; });
}
