// SPDX-License-Identifier: BSD-3-Clause
#include "capi/arguments.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "capi/errors.hpp"
#include "comm/mpi.hpp"
#include "nearfar/families.hpp"

namespace nearfar::capi {
namespace {

/// The names between commas, without blanks around them; none where there is no text.
[[nodiscard]] std::vector<std::string> names_in(const char* text) {
  std::vector<std::string> names;
  if (text == nullptr) return names;
  const std::string all = text;
  for (std::size_t begin = 0; begin <= all.size();) {
    const std::size_t end = std::min(all.find(',', begin), all.size());
    const std::string name = all.substr(begin, end - begin);
    const std::size_t first = name.find_first_not_of(' '), last = name.find_last_not_of(' ');
    names.push_back(first == std::string::npos ? "" : name.substr(first, last - first + 1));
    begin = end + 1;
  }
  return names;
}

[[nodiscard]] Precision precision_of(int precision) {
  switch (precision) {
    case NEARFAR_PRECISION_AUTOMATIC:
      return Precision::automatic;
    case NEARFAR_PRECISION_FULL:
      return Precision::full;
    case NEARFAR_PRECISION_MIXED:
      return Precision::mixed;
    default:
      throw UsageError("the precision must be 0 (automatic), 1 (full) or 2 (mixed), not " + std::to_string(precision));
  }
}

}

KernelChoice choice_of(const nearfar_kernel* kernel) {
  require_argument(kernel, "the kernel");
  require_argument(kernel->name, "the name of the kernel");
  KernelChoice choice{kernel->name, names_in(kernel->source_kind), names_in(kernel->fields), {}};
  if (kernel->num_parameters < 0)
    throw UsageError("num_parameters must not be negative, but it is " + std::to_string(kernel->num_parameters));
  if (kernel->num_parameters > 0) {
    require_argument(kernel->parameter_names, "the array of the parameters' names");
    require_argument(kernel->parameter_values, "the array of the parameters' values");
  }
  for (int i = 0; i < kernel->num_parameters; ++i) {
    require_argument(kernel->parameter_names[i], "the name of a parameter");
    if (!choice.parameters.emplace(kernel->parameter_names[i], kernel->parameter_values[i]).second)
      throw UsageError(std::string("the parameter ") + kernel->parameter_names[i] + " is given twice; give it once");
  }
  return choice;
}

Kernel kernel_of(const nearfar_kernel* kernel) { return make_kernel(choice_of(kernel)); }

Options options_of(const nearfar_options* options) {
  if (options == nullptr) return {};
  Options result;
  result.tolerance = options->tolerance;
  result.order = options->order;
  result.points_per_leaf = options->points_per_leaf;
  result.root_scale = options->root_scale;
  result.precision = precision_of(options->precision);
  result.num_vectors = options->num_vectors == 0 ? 1 : options->num_vectors;
  result.max_memory = options->max_memory;
  return result;
}

Points points_of(const nearfar_points* points, const char* what) {
  require_argument(points, what);
  if (points->count < 0 || points->count > std::numeric_limits<Index>::max())
    throw UsageError(std::string(what) + " cannot be " + std::to_string(points->count) + " on one rank");
  const std::size_t size = 3 * static_cast<std::size_t>(points->count);
  if (size > 0) require_argument(points->coordinates, (std::string("the array of coordinates of ") + what).c_str());
  Points result;
  if (size > 0) result.coordinates = {points->coordinates, size};
  if (points->normals != nullptr) result.normals = {points->normals, size};
  return result;
}

Arguments arguments_of(MPI_Comm communicator, const nearfar_kernel* kernel, const nearfar_points* sources,
                       const nearfar_points* targets) {
  Arguments arguments;
  const int with_targets = targets != nullptr ? 1 : 0;
  const bool any_targets = all_max(communicator, with_targets) != 0;
  agree(communicator, [&] {
    arguments.kernel = kernel_of(kernel);
    arguments.sources = points_of(sources, "sources");
    if (any_targets && targets == nullptr)
      throw UsageError("targets are NULL on some ranks only: ranks without targets give a count of 0");
    arguments.targets_are_sources = !any_targets;
    arguments.targets = any_targets ? points_of(targets, "targets") : arguments.sources;
    arguments.normals = {arguments.sources.normals, arguments.targets.normals};
    if (any_targets) return;
    // Of the one array that was given, each side takes what it needs; an array that nothing needs is an error later on.
    const bool at_targets = arguments.kernel.needs_target_normals();
    if (!at_targets) arguments.normals.targets = {};
    if (at_targets && !arguments.kernel.needs_source_normals()) arguments.normals.sources = {};
  });
  return arguments;
}

}

int nearfar_kernel_sizes(const nearfar_kernel* kernel, int* num_strengths, int* num_values) {
  return nearfar::capi::guarded([&] {
    const nearfar::Kernel made = nearfar::capi::kernel_of(kernel);
    if (num_strengths != nullptr) *num_strengths = made.num_strengths();
    if (num_values != nullptr) *num_values = made.num_values();
  });
}

int nearfar_options_init(nearfar_options* options) {
  return nearfar::capi::guarded([&] {
    nearfar::capi::require_argument(options, "the place for the options");
    *options = {0.0, 0, 0, 0.0, NEARFAR_PRECISION_AUTOMATIC, 1, 0};
  });
}
