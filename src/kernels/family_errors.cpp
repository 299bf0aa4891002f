// SPDX-License-Identifier: BSD-3-Clause
// The errors of several source kinds and fields together, from those of pairs.
#include <algorithm>

#include "kernels/family.hpp"

namespace nearfar {
namespace {

using Chosen = std::vector<const NamedQuantity*>;

/// Of a kind alone. Beside others a field that vanishes, as the pressure of sinks does, still has errors: measured, up
/// to four times those of the kind's other fields.
MeasuredErrors errors_of_pair(const Family& family, const Chosen& kinds, const NamedQuantity& kind,
                              const NamedQuantity& field) {
  const auto of_field = [&](const NamedQuantity& other) {
    return measured_errors(family.name, kind.description.quantity.name, other.description.quantity.name);
  };
  MeasuredErrors errors = of_field(field);
  if (errors.errors.front() != 0.0 || kinds.size() == 1) return errors;
  for (const NamedQuantity& other : family.fields) {
    const MeasuredErrors more = of_field(other);
    for (std::size_t i = 0; i < errors.errors.size(); ++i)
      errors.errors[i] = std::max(errors.errors[i], 4.0 * more.errors[i]);
    errors.single_error = std::max(errors.single_error, more.single_error);
  }
  return errors;
}

/// The largest errors of all pairs of a kind and one of the fields.
MeasuredErrors largest_errors(const Family& family, const Chosen& kinds, const Chosen& fields) {
  MeasuredErrors largest{{}, 0.0};
  for (const NamedQuantity* kind : kinds) {
    for (const NamedQuantity* field : fields) {
      const MeasuredErrors pair = errors_of_pair(family, kinds, *kind, *field);
      for (std::size_t i = 0; i < pair.errors.size(); ++i)
        largest.errors[i] = std::max(largest.errors[i], pair.errors[i]);
      largest.single_error = std::max(largest.single_error, pair.single_error);
    }
  }
  return largest;
}

}

MeasuredErrors errors_of_choice(const Family& family, const Chosen& kinds, const Chosen& fields) {
  if (!family.has_measured_errors) return {unknown_errors, MeasuredErrors{}.single_error};
  const MeasuredErrors errors = largest_errors(family, kinds, fields);
  if (errors.errors.front() != 0.0) return errors;
  // Fields that vanish, as the pressure of a torque, alone: as small as the others are.
  Chosen all;
  for (const NamedQuantity& field : family.fields) all.push_back(&field);
  return largest_errors(family, kinds, all);
}

ErrorsByOrder errors_of_expansions(const Family& family) {
  if (!family.has_measured_errors) return unknown_errors;
  const auto first = [](const std::vector<NamedQuantity>& quantities) {
    return std::string_view(quantities.front().description.quantity.name);
  };
  return measured_errors(family.name, first(family.source_kinds), first(family.fields)).errors;
}

}
