// SPDX-License-Identifier: BSD-3-Clause
#include "app/kernels_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/kernel_options.hpp"
#include "app/text.hpp"
#include "comm/mpi.hpp"
#include "io/output_file.hpp"

namespace nearfar::app {
namespace {

using nlohmann::json;

/// Ranges end here where a parameter has no bound of its own.
constexpr double unbounded = 1e300;

std::string row_of(const Parameter& parameter) {
  const std::string range = parameter.most < unbounded ? formatted("%g to %g", parameter.least, parameter.most)
                                                       : formatted("%g or more", parameter.least);
  const std::string unit = parameter.unit == "1" ? ", no unit" : " in " + parameter.unit;
  return formatted("    %-18s %s%s, %s, %g unless given\n", parameter.name.c_str(), parameter.meaning.c_str(),
                   unit.c_str(), range.c_str(), parameter.default_value);
}

/// `points` are what the normals belong to.
std::string rows_of(const char* heading, const std::vector<QuantityDescription>& quantities, const char* points) {
  std::string rows = formatted("  %s\n", heading);
  const auto more = [&](const std::string& text) { rows += std::string(26, ' ') + text + "\n"; };
  for (const auto& [quantity, formula, components] : quantities) {
    rows += formatted("    %-18s %d  %s\n", quantity.name.c_str(), quantity.components, formula.c_str());
    if (quantity.components > 1) more("in the order " + components);
    if (quantity.with_normals) more(formatted("needs normals of the %s", points));
  }
  return rows;
}

json quantities_json(const std::vector<QuantityDescription>& quantities) {
  json list = json::array();
  for (const QuantityDescription& description : quantities)
    list.push_back({{"name", description.quantity.name},
                    {"components", description.quantity.components},
                    {"order", description.components},
                    {"formula", description.formula},
                    {"with_normals", description.quantity.with_normals},
                    {"default", &description == &quantities.front()}});
  return list;
}

}

void declare_kernels(CLI::App& command, KernelsOptions& options) {
  command.add_option("KERNEL", options.name, "Such as stokes, to be described alone")->type_name("");
  command.add_option("--json", options.json, "Write the list as JSON to this file")->type_name("FILE");
  declare_kernel_libraries(command, options.kernel_libraries);
}

void run_kernels(MPI_Comm communicator, const KernelsOptions& options) {
  if (!options.json.empty()) check_writable(communicator, options.json);
  load_kernel_libraries(communicator, options.kernel_libraries);
  const std::vector<FamilyDescription> families =
      options.name.empty() ? kernel_families() : std::vector{family_named(options.name)};
  if (rank_of(communicator) == 0) std::cout << text_of(families) << std::flush;
  if (!options.json.empty()) write_text(communicator, options.json, to_json(families).dump(2) + "\n");
}

std::string text_of(const std::vector<FamilyDescription>& families) {
  std::string text =
      "Source kinds and fields with the number of their components. The first ones are taken unless --source-kind and\n"
      "--fields name others.\n";
  for (const FamilyDescription& family : families) {
    text += "\n" + family.name + "\n  " + family.formula + "\n";
    if (!family.parameters.empty()) text += "  --parameter\n";
    for (const Parameter& parameter : family.parameters) text += row_of(parameter);
    text += rows_of("--source-kind", family.source_kinds, "sources");
    text += rows_of("--fields", family.fields, "targets");
    if (!family.has_measured_errors)
      text += "  Plans measure the errors of expansions when they are made, and refuse tolerances below them.\n";
  }
  return text;
}

json to_json(const std::vector<FamilyDescription>& families) {
  json list = json::array();
  for (const FamilyDescription& family : families) {
    json parameters = json::array();
    for (const Parameter& parameter : family.parameters)
      parameters.push_back({{"name", parameter.name},
                            {"meaning", parameter.meaning},
                            {"unit", parameter.unit},
                            {"least", parameter.least},
                            {"most", parameter.most},
                            {"default", parameter.default_value}});
    list.push_back({{"name", family.name},
                    {"formula", family.formula},
                    {"parameters", parameters},
                    {"source_kinds", quantities_json(family.source_kinds)},
                    {"fields", quantities_json(family.fields)},
                    {"has_measured_errors", family.has_measured_errors}});
  }
  return {{"families", list}};
}

}
