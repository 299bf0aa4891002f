// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/rows.hpp"

#include <algorithm>

#include "nearfar/error.hpp"

namespace nearfar {
namespace {

/// The field that stands for n . grad of a family's first field.
constexpr const char* normal_field = "normal_derivative";

[[nodiscard]] FamilyDescription family_of(const std::string& name) {
  for (FamilyDescription& family : kernel_families())
    if (family.name == name) return std::move(family);
  throw UsageError("there is no kernel '" + name + "'");
}

/// Whether n . grad of these fields is a field of the family.
[[nodiscard]] bool has_normal_field(const FamilyDescription& family, const std::vector<std::string>& fields) {
  const Quantity& first = family.fields.front().quantity;
  return fields.size() == 1 && fields.front() == first.name &&
         std::any_of(family.fields.begin(), family.fields.end(), [&](const QuantityDescription& field) {
           return field.quantity.name == normal_field && field.quantity.with_normals &&
                  field.quantity.components == first.components;
         });
}

}

KernelChoice completed(const KernelChoice& set) {
  const FamilyDescription family = family_of_choice(set);
  KernelChoice choice{set.name, {}, {}, {}};
  for (const QuantityDescription& kind : family.source_kinds) choice.source_kinds.push_back(kind.quantity.name);
  for (const QuantityDescription& field : family.fields) choice.fields.push_back(field.quantity.name);
  for (const Parameter& parameter : family.parameters) {
    const auto given = set.parameters.find(parameter.name);
    choice.parameters[parameter.name] = given != set.parameters.end() ? given->second : parameter.default_value;
  }
  return choice;
}

Rows rows_of(const KernelChoice& set, bool has_target_normals) {
  KernelChoice choice = completed(set);
  Rows rows;
  rows.plain = rows.kernel = make_kernel(choice);
  if (!has_target_normals || rows.plain.needs_target_normals()) return rows;
  rows.use = UseOfNormals::along_gradients;
  if (!has_normal_field(family_of(choice.name), choice.fields)) return rows;
  rows.use = UseOfNormals::replaced_field;
  choice.fields = {normal_field};
  rows.kernel = make_kernel(choice);
  return rows;
}

void check_parameter(const std::string& name, double value) {
  std::string names;
  UsageError refused("");
  bool is_known = false;
  for (const FamilyDescription& family : kernel_families()) {
    for (const Parameter& parameter : family.parameters) {
      names += (names.empty() ? "" : ", ") + parameter.name + " (" + family.name + ")";
      if (parameter.name != name) continue;
      is_known = true;
      try {
        (void)make_kernel(KernelChoice{family.name, {}, {}, {{name, value}}});
        return;
      } catch (const UsageError& error) {
        refused = error;
      }
    }
  }
  if (is_known) throw refused;
  throw UsageError("no kernel has a parameter '" + name + "'; there are: " + names);
}

bool is_own_transpose(const Kernel& kernel) {
  return kernel.symmetric && kernel.source_contractions.empty() && kernel.field_contractions.empty();
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::vector<std::string> names_in(const std::vector<Quantity>& quantities) {
  std::vector<std::string> names;
  for (const Quantity& quantity : quantities) names.push_back(quantity.name);
  return names;
}

std::string names_of(const std::vector<Quantity>& quantities) { return joined(names_in(quantities)); }

}
