// SPDX-License-Identifier: BSD-3-Clause
// Kernels from families: the formulas, contractions, errors and transposes of a choice.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/suggestion.hpp"
#include "kernels/combination.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

/// A contraction between a quantity's component and one of the family's numbers.
struct Link {
  int component, number, axis;
  double coefficient;
};

/// Those of several quantities side by side.
std::vector<Link> links_of(const std::vector<Combination>& chosen, bool of_kinds) {
  std::vector<Link> links;
  int first = 0;
  for (const Combination& one : chosen) {
    for (const Contraction& c : one.sum.contractions)
      links.push_back({first + (of_kinds ? c.from : c.to), of_kinds ? c.to : c.from, c.axis, c.coefficient});
    first += one.sum.description.quantity.components;
  }
  return links;
}

[[nodiscard]] bool has_all(const std::vector<int>& numbers, const std::vector<Link>& links) {
  return std::all_of(links.begin(), links.end(), [&](const Link& link) {
    return std::find(numbers.begin(), numbers.end(), link.number) != numbers.end();
  });
}

[[nodiscard]] int place_of(const std::vector<int>& numbers, int number) {
  return static_cast<int>(std::find(numbers.begin(), numbers.end(), number) - numbers.begin());
}

/// Terms of the numbers of a variant.
std::vector<Term> terms_of(const std::vector<Number>& all, const std::vector<int>& numbers) {
  std::vector<Term> terms;
  for (int place = 0; place < static_cast<int>(numbers.size()); ++place) {
    for (Term term : all[static_cast<std::size_t>(numbers[static_cast<std::size_t>(place)])].terms) {
      term.number = place;
      terms.push_back(term);
    }
  }
  return terms;
}

std::vector<Component> components_of(const std::vector<Number>& all, const std::vector<int>& numbers) {
  std::vector<Component> components;
  for (const int number : numbers) components.push_back(all[static_cast<std::size_t>(number)].component);
  return components;
}

/// A kernel with those components, in other units too.
Kernel with_components(Kernel kernel, const std::vector<Component>& sources, const std::vector<Component>& targets) {
  kernel.source_components = sources;
  kernel.target_components = targets;
  kernel.in_units_of = [in_units_of = kernel.in_units_of, sources, targets](double length) {
    return with_components(in_units_of(length), sources, targets);
  };
  return kernel;
}

/// One choice of a family with all that its kernel needs in any units.
struct Assembly {
  std::shared_ptr<const Family> family;
  std::vector<Combination> kinds, fields;
  const Variant* variant = nullptr;
  const Variant* equivalent = nullptr;
  const Variant* at_checks = nullptr;
  const Variant* from_densities = nullptr;

  [[nodiscard]] const Variant& variant_of(const std::vector<int>& sources, const std::vector<int>& targets) const {
    for (const Variant& candidate : family->variants)
      if (candidate.sources == sources && candidate.targets == targets) return candidate;
    throw UsageError("the " + family->name + " kernel lacks a formula for its expansions");
  }

  void choose_variants() {
    const std::vector<Link> sources = links_of(kinds, true), targets = links_of(fields, false);
    for (const Variant& candidate : family->variants) {
      if (!has_all(candidate.sources, sources) || !has_all(candidate.targets, targets)) continue;
      variant = &candidate;
      break;
    }
    if (variant == nullptr)
      throw UsageError("the " + family->name + " kernel cannot combine these source kinds and fields");
    equivalent = &variant_of(family->densities, family->checks);
    at_checks = &variant_of(variant->sources, family->checks);
    from_densities = &variant_of(family->densities, variant->targets);
  }

  [[nodiscard]] Kernel part(const Variant& of, const ParameterValues& values) const {
    return with_components(of.make(values), components_of(family->sources, of.sources),
                           components_of(family->targets, of.targets));
  }
};

/// Sets what callers give and get.
void set_quantities(const Assembly& assembly, Kernel& kernel) {
  const auto is_plain = [](const std::vector<Contraction>& contractions, int dim) {
    for (int i = 0; i < static_cast<int>(contractions.size()); ++i) {
      const Contraction& c = contractions[static_cast<std::size_t>(i)];
      if (c.from != i || c.to != i || c.axis >= 0 || c.coefficient != 1.0) return false;
    }
    return static_cast<int>(contractions.size()) == dim;
  };
  for (const Combination& kind : assembly.kinds) kernel.source_kinds.push_back(kind.sum.description.quantity);
  for (const Combination& field : assembly.fields) kernel.fields.push_back(field.sum.description.quantity);
  for (const Link& link : links_of(assembly.kinds, true))
    kernel.source_contractions.push_back(
        {link.component, place_of(assembly.variant->sources, link.number), link.axis, link.coefficient});
  for (const Link& link : links_of(assembly.fields, false))
    kernel.field_contractions.push_back(
        {place_of(assembly.variant->targets, link.number), link.component, link.axis, link.coefficient});
  if (is_plain(kernel.source_contractions, kernel.source_dim)) kernel.source_contractions.clear();
  if (is_plain(kernel.field_contractions, kernel.target_dim)) kernel.field_contractions.clear();
  kernel.has_gradients = kernel.has_gradients && kernel.field_contractions.empty();
}

void set_errors(const Assembly& assembly, Kernel& kernel) {
  const MeasuredErrors errors =
      errors_of_choice(*assembly.family, quantities_in(assembly.kinds), quantities_in(assembly.fields));
  kernel.errors = errors.errors;
  kernel.single_error = errors.single_error;
}

/// A kernel whose strengths and values are multiplied by one factor for each, in any units.
Kernel with_factors(Kernel kernel, const std::vector<double>& of_strengths, const std::vector<double>& of_values) {
  const auto scale = [](std::vector<Contraction>& contractions, const std::vector<double>& by, bool from) {
    if (std::all_of(by.begin(), by.end(), [](double factor) { return factor == 1.0; })) return;
    if (contractions.empty())
      for (int i = 0; i < static_cast<int>(by.size()); ++i) contractions.push_back({i, i});
    for (Contraction& c : contractions) c.coefficient *= by[static_cast<std::size_t>(from ? c.from : c.to)];
  };
  scale(kernel.source_contractions, of_strengths, true);
  scale(kernel.field_contractions, of_values, false);
  kernel.has_gradients = kernel.has_gradients && kernel.field_contractions.empty();
  kernel.in_units_of = [in_units_of = kernel.in_units_of, of_strengths, of_values](double length) {
    return with_factors(in_units_of(length), of_strengths, of_values);
  };
  return kernel;
}

/// The choice whose matrix is the transpose, or nothing.
std::function<Kernel()> transpose_of(const Assembly& assembly, const KernelChoice& choice) {
  KernelChoice other{choice.name, {}, {}, choice.parameters};
  std::vector<double> factors, of_values;
  for (const Combination& field : assembly.fields) {
    const std::optional<DualCombination> dual = dual_of(*assembly.family, Side::targets, field);
    if (!dual) return {};
    other.source_kinds.push_back(dual->name);
    for (const double factor : dual->of_components) factors.push_back(1.0 / factor);
  }
  for (const Combination& kind : assembly.kinds) {
    const std::optional<DualCombination> dual = dual_of(*assembly.family, Side::sources, kind);
    if (!dual) return {};
    other.fields.push_back(dual->name);
    of_values.insert(of_values.end(), dual->of_components.begin(), dual->of_components.end());
  }
  return [family = assembly.family, choice, other, factors, of_values] {
    Kernel kernel = with_factors(make_kernel(family, other), factors, of_values);
    kernel.transposed = [family, choice] { return make_kernel(family, choice); };
    return kernel;
  };
}

/// The kernel in units of a length.
Kernel assemble(const Assembly& assembly, const KernelChoice& choice, const ParameterValues& values,
                const std::vector<double>& lengths) {
  const auto part = [&](const Variant& variant) {
    Kernel kernel = assembly.part(variant, values);
    for (const double length : lengths) kernel = kernel.in_units_of(length);
    return kernel;
  };
  Kernel kernel = part(*assembly.variant);
  if (assembly.variant != assembly.equivalent) {
    Kernel equivalent = part(*assembly.equivalent);
    equivalent.errors = errors_of_expansions(*assembly.family);
    kernel.expansion = std::make_shared<const Expansion>(
        Expansion{std::move(equivalent), part(*assembly.at_checks), part(*assembly.from_densities),
                  terms_of(assembly.family->sources, assembly.variant->sources),
                  terms_of(assembly.family->targets, assembly.variant->targets)});
  }
  kernel.name = assembly.family->name;
  set_quantities(assembly, kernel);
  set_errors(assembly, kernel);
  kernel.transposed = transpose_of(assembly, choice);
  kernel.in_units_of = [assembly, choice, values, lengths](double length) {
    std::vector<double> all = lengths;
    all.push_back(length);
    return assemble(assembly, choice, values, all);
  };
  return kernel;
}

/// All parameters, checked.
ParameterValues values_of(const Family& family, const std::map<std::string, double>& given) {
  ParameterValues values;
  std::vector<std::string> names;
  for (const Parameter& parameter : family.parameters) {
    values[parameter.name] = parameter.default_value;
    names.push_back(parameter.name);
  }
  for (const auto& [name, value] : given) {
    const auto known = std::find(names.begin(), names.end(), name);
    if (known == names.end()) {
      std::string all;
      for (const std::string& one : names) all += (all.empty() ? "; it has: " : ", ") + one;
      throw UsageError("the " + family.name + " kernel has no parameter '" + name + "'" + did_you_mean(name, names) +
                       all);
    }
    const Parameter& parameter = family.parameters[static_cast<std::size_t>(known - names.begin())];
    if (!(std::isfinite(value) && value >= parameter.least && value <= parameter.most)) {
      std::array<char, 160> text{};
      std::snprintf(text.data(), text.size(), "%s of the %s kernel is %g; give a finite number from %g to %g",
                    name.c_str(), family.name.c_str(), value, parameter.least, parameter.most);
      throw UsageError(text.data() + (parameter.beyond.empty() ? "" : "; " + parameter.beyond));
    }
    values[name] = value;
  }
  return values;
}

}

Kernel make_kernel(const std::shared_ptr<const Family>& family, const KernelChoice& choice) {
  const ParameterValues values = values_of(*family, choice.parameters);
  const auto chosen = family->at_values ? std::make_shared<const Family>(family->at_values(values)) : family;
  Assembly assembly{chosen, choose(*chosen, Side::sources, choice.source_kinds),
                    choose(*chosen, Side::targets, choice.fields)};
  assembly.choose_variants();
  return assemble(assembly, choice, values, {});
}

FamilyDescription description_of(const Family& family) {
  FamilyDescription description{family.name, family.formula, family.parameters, {}, {}, family.has_measured_errors};
  for (const NamedQuantity& kind : family.source_kinds) description.source_kinds.push_back(kind.description);
  for (const NamedQuantity& field : family.fields) description.fields.push_back(field.description);
  return description;
}

FamilyDescription description_of(const Family& family, const KernelChoice& choice) {
  FamilyDescription description = description_of(family);
  description.source_kinds.clear();
  description.fields.clear();
  for (const Combination& kind : choose(family, Side::sources, choice.source_kinds))
    description.source_kinds.push_back(kind.sum.description);
  for (const Combination& field : choose(family, Side::targets, choice.fields))
    description.fields.push_back(field.sum.description);
  return description;
}

}
