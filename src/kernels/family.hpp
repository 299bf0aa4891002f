// SPDX-License-Identifier: BSD-3-Clause
// A family of kernels: one kernel for the expansions, and sources and targets that are derivatives of it.
//
// A family lists the numbers that sources and targets can have in its sums, each with its place in the expansions, and
// `variants`: formulas for subsets of those numbers (nearfar/formula/wrap.hpp). Kinds of sources and fields, which
// callers see, are contractions of these numbers, with normals where they need some. Adding a family is adding one file
// to kernels/catalog, which defines
//   Family NAME();
#pragma once

#include <functional>

#include "nearfar/families.hpp"

namespace nearfar {

using ParameterValues = std::map<std::string, double>;

/// A number of a source, or of a target, in the sums of a family.
struct Number {
  Component component;
  std::vector<Term> terms;  ///< Term::number is filled in later
};

/// A source kind, or a field. Contractions lead from the components of a kind to the family's source numbers, and from
/// its target numbers to the components of a field.
struct NamedQuantity {
  QuantityDescription description;
  std::vector<Contraction> contractions;
};

[[nodiscard]] NamedQuantity named(const char* name, int components, const char* formula, const char* in_words,
                                  std::vector<Contraction> contractions);
/// The same with the normal of the point in the formula.
[[nodiscard]] NamedQuantity named_with_normals(const char* name, int components, const char* formula,
                                               const char* in_words, std::vector<Contraction> contractions);

/// A formula for some of a family's numbers, in the order in which it has them.
struct Variant {
  std::vector<int> sources, targets;
  std::function<Kernel(const ParameterValues&)> make;
};

/// The transpose of a source kind's sums has the kind that is dual to their field and the field that is dual to the
/// kind, with the factors of both duals: the kind's times the results, the field's dividing the strengths.
struct Dual {
  std::string kind, field;
  double factor = 1.0;
  /// Of each component, times `factor`; empty: 1. Complex numbers have -1 for imaginary parts, since the transpose of
  /// what multiplies (re, im) is what multiplies with the conjugate.
  std::vector<double> of_components{};
};

struct Family {
  std::string name, formula;
  std::vector<Parameter> parameters;
  std::vector<Number> sources, targets;
  std::vector<NamedQuantity> source_kinds, fields;
  std::vector<int> densities, checks;  ///< numbers of the kernel of the expansions
  std::vector<Variant> variants;       ///< of those that have the numbers wanted, the first is taken
  std::vector<Dual> duals;
  /// The family for values of its parameters where more than its formulas depends on them; empty where not.
  std::function<Family(const ParameterValues&)> at_values;
  bool has_measured_errors = true;   ///< measured_errors knows them; or else nothing does
  bool has_complex_numbers = false;  ///< components are pairs, the real part first
};

/// The kernel of a choice, whose name is the family's.
[[nodiscard]] Kernel make_kernel(const std::shared_ptr<const Family>& family, const KernelChoice& choice);

[[nodiscard]] FamilyDescription description_of(const Family& family);
/// With the source kinds and fields of the choice alone.
[[nodiscard]] FamilyDescription description_of(const Family& family, const KernelChoice& choice);

/// Bounds of the relative L2 errors of sums with that kind of source and that field, by order, and what single
/// precision adds; zeros where the field vanishes.
struct MeasuredErrors {
  ErrorsByOrder errors = laplace_errors;
  double single_error = 3e-7;
};
[[nodiscard]] MeasuredErrors measured_errors(std::string_view family, std::string_view kind, std::string_view field);
/// Of several kinds and fields together; unknown where nothing is measured.
[[nodiscard]] MeasuredErrors errors_of_choice(const Family& family, const std::vector<const NamedQuantity*>& kinds,
                                              const std::vector<const NamedQuantity*>& fields);
/// Of the kernel of the expansions: those of the first source kind and field, which are the least singular.
[[nodiscard]] ErrorsByOrder errors_of_expansions(const Family& family);

/// n, n+1, ... of that many.
[[nodiscard]] std::vector<int> numbers_from(int first, int count);

}
