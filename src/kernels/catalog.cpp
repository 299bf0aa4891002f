// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/catalog.hpp"

#include <algorithm>
#include <memory>

#include "base/suggestion.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

using Families = std::map<std::string, std::shared_ptr<const Family>, std::less<>>;

/// Those of the library, and those that are added.
[[nodiscard]] Families& all_families() {
  static Families families = [] {
    Families made;
    for (const KernelEntry& entry : kernel_catalog())
      made.emplace(entry.name, std::make_shared<const Family>(entry.make()));
    return made;
  }();
  return families;
}

[[nodiscard]] const std::shared_ptr<const Family>& family_of(std::string_view name) {
  const auto found = all_families().find(name);
  if (found != all_families().end()) return found->second;
  const std::vector<std::string> names = kernel_names();
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  const std::string hint = did_you_mean(name, names);
  throw UsageError("there is no kernel '" + std::string(name) + "'" + (hint.empty() ? "." : hint) +
                   " The kernels are: " + list + "; kernels of your own have to be loaded (--load-kernel FILE)");
}

}

void add_families(std::vector<Family> families) {
  Families all = all_families();
  for (Family& family : families) {
    const std::string name = family.name;
    if (!all.emplace(name, std::make_shared<const Family>(std::move(family))).second)
      throw UsageError("there is a kernel '" + name + "' already: give yours another name");
  }
  all_families() = std::move(all);
}

ErrorSource error_source_of(std::string_view kernel) {
  const auto found = all_families().find(kernel);
  if (found == all_families().end()) return ErrorSource::caller;
  return found->second->has_measured_errors ? ErrorSource::table : ErrorSource::plans;
}

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const auto& [name, family] : all_families()) names.push_back(name);
  return names;
}

std::vector<FamilyDescription> kernel_families() {
  std::vector<FamilyDescription> descriptions;
  for (const auto& [name, family] : all_families()) descriptions.push_back(description_of(*family));
  return descriptions;
}

FamilyDescription family_of_choice(const KernelChoice& choice) {
  return description_of(*family_of(choice.name), choice);
}

Kernel make_kernel(const KernelChoice& choice) { return make_kernel(family_of(choice.name), choice); }

Kernel make_kernel(std::string_view name, const KernelParameters& parameters) {
  KernelChoice choice{std::string(name), {}, {}, {}};
  for (const Parameter& parameter : family_of(name)->parameters)
    if (parameter.name == "lambda") choice.parameters["lambda"] = parameters.lambda;
  return make_kernel(choice);
}

}
