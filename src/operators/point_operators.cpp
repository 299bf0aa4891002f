// SPDX-License-Identifier: BSD-3-Clause
#include "operators/point_operators.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/types.hpp"

namespace nearfar {
namespace {

/// Each component as it is.
[[nodiscard]] std::vector<Term> plain_terms(int components) {
  std::vector<Term> terms(usize(components));
  for (int i = 0; i < components; ++i) terms[usize(i)].number = terms[usize(i)].component = i;
  return terms;
}

[[nodiscard]] int order_of(const Term& term) { return (term.axes[0] >= 0 ? 1 : 0) + (term.axes[1] >= 0 ? 1 : 0); }

[[nodiscard]] bool any_degree(const std::vector<Component>& components) {
  return std::any_of(components.begin(), components.end(), [](const Component& c) { return c.degree != 0; });
}

}

PointOperators::PointOperators(const Kernel& kernel)
    : at_checks(kernel.expansion ? kernel.expansion->at_checks : kernel),
      from_densities(kernel.expansion ? kernel.expansion->from_densities : kernel),
      sources(kernel.expansion ? kernel.expansion->sources : plain_terms(kernel.source_dim)),
      has_slopes(usize(kernel.of_expansions().source_dim), 0),
      targets(kernel.expansion ? kernel.expansion->targets : plain_terms(kernel.target_dim)),
      num_derivatives(usize(kernel.of_expansions().target_dim), 0),
      has_source_degrees_(any_degree(at_checks.source_components)),
      has_target_degrees_(any_degree(from_densities.target_components)) {
  std::stable_sort(targets.begin(), targets.end(),
                   [](const Term& a, const Term& b) { return a.component < b.component; });
  for (const Term& term : sources)
    if (order_of(term) > 0) has_slopes[usize(term.component)] = 1;
  for (const Term& term : targets)
    num_derivatives[usize(term.component)] = std::max(num_derivatives[usize(term.component)], order_of(term));
}

double PointOperators::source_factor(int component, double half_width) const noexcept {
  return power(half_width, degree_of(at_checks.source_components, component));
}

double PointOperators::target_factor(int component, double half_width) const noexcept {
  return power(half_width, from_densities.degree + degree_of(from_densities.target_components, component));
}

double power(double h, int degree) noexcept {
  double result = 1.0;
  const double factor = degree < 0 ? 1.0 / h : h;
  for (int i = std::abs(degree); i > 0; --i) result *= factor;
  return result;
}

int degree_of(const std::vector<Component>& components, int component) noexcept {
  return components.empty() ? 0 : components[usize(component)].degree;
}

}
