// SPDX-License-Identifier: BSD-3-Clause
#include "app/kernel_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/options.hpp"
#include "app/text.hpp"
#include "base/suggestion.hpp"
#include "comm/mpi.hpp"
#include "nearfar/error.hpp"
#include "nearfar/user_kernels.hpp"

namespace nearfar::app {
namespace {

void set_parameter(KernelChoice& choice, const std::string& option, const std::string& name, double value) {
  if (!choice.parameters.emplace(name, value).second)
    throw CLI::ValidationError(option, "the parameter " + name + " is given twice; give it once");
}

/// NAME=VALUE
void take_parameter(KernelChoice& choice, const std::string& text) {
  const std::size_t sign = text.find('=');
  const std::string value = sign == std::string::npos ? "" : text.substr(sign + 1);
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (sign == 0 || value.empty() || *end != '\0')
    throw CLI::ValidationError("--parameter", "'" + text + "' is not a name, = and a number, as in lambda=2");
  set_parameter(choice, "--parameter", text.substr(0, sign), number);
}

}

void declare_kernel(CLI::App& command, KernelChoice& choice) {
  command.add_option("--kernel", choice.name, "Such as laplace, yukawa, helmholtz, stokes, elasticity")
      ->capture_default_str()
      ->group(kernel_group)
      ->type_name("NAME");
  add_names(command, "--source-kind", choice.source_kinds,
            "How sources act; sums too, as charge-2*dipole (the kernel's first kind)")
      ->group(kernel_group);
  add_names(command, "--fields", choice.fields, "What is computed at the targets (the kernel's first field)")
      ->group(kernel_group);
  command
      .add_option_function<std::vector<std::string>>(
          "--parameter",
          [&choice](const std::vector<std::string>& all) {
            for (const std::string& one : all) take_parameter(choice, one);
          },
          "Parameter of the kernel; may be repeated")
      ->allow_extra_args(false)
      ->group(kernel_group)
      ->type_name("NAME=VALUE");
  command
      .add_option_function<double>(
          "--lambda", [&choice](double value) { set_parameter(choice, "--lambda", "lambda", value); },
          "The same as --parameter lambda=L")
      ->group(kernel_group)
      ->type_name("L");
}

void declare_kernel_libraries(CLI::App& command, std::vector<std::string>& libraries) {
  command.add_option("--load-kernel", libraries, "Shared library with kernels of your own; may be repeated")
      ->allow_extra_args(false)
      ->group(kernel_group)
      ->type_name("FILE");
}

void load_kernel_libraries(MPI_Comm communicator, const std::vector<std::string>& libraries) {
  if (libraries.empty()) return;
  agree(communicator, [&] {
    for (const std::string& library : libraries) load_kernels(library);
  });
}

FamilyDescription family_named(const std::string& name) {
  std::vector<std::string> names;
  for (FamilyDescription& family : kernel_families()) {
    if (family.name == name) return std::move(family);
    names.push_back(family.name);
  }
  const std::string hint = did_you_mean(name, names);
  throw UsageError("there is no kernel '" + name + "'" +
                   (hint.empty() ? "; the kernels are: " + joined(names, ", ") : hint));
}

KernelChoice completed(const KernelChoice& choice, const Kernel& kernel) {
  KernelChoice all{choice.name, {}, {}, choice.parameters};
  for (const Quantity& kind : kernel.source_kinds) all.source_kinds.push_back(kind.name);
  for (const Quantity& field : kernel.fields) all.fields.push_back(field.name);
  for (const Parameter& parameter : family_named(choice.name).parameters)
    all.parameters.emplace(parameter.name, parameter.default_value);
  return all;
}

std::string kernel_text(const KernelChoice& choice) {
  std::vector<std::string> values;
  for (const auto& [name, value] : choice.parameters) values.push_back(formatted("%s %g", name.c_str(), value));
  return choice.name + (values.empty() ? "" : " (" + joined(values, ", ") + ")");
}

std::string parameters_text(const KernelChoice& choice) {
  std::vector<std::string> values;
  for (const auto& [name, value] : choice.parameters) values.push_back(formatted("%s=%.17g", name.c_str(), value));
  return joined(values, ",");
}

nlohmann::json to_json(const KernelChoice& choice) {
  return {{"source_kind", choice.source_kinds}, {"fields", choice.fields}, {"parameters", choice.parameters}};
}

double lambda_of(const KernelChoice& choice) {
  const auto found = choice.parameters.find("lambda");
  return found == choice.parameters.end() ? KernelParameters{}.lambda : found->second;
}

bool has_field(const Kernel& kernel, const std::string& name) {
  return std::any_of(kernel.fields.begin(), kernel.fields.end(),
                     [&](const Quantity& field) { return field.name == name; });
}

}
