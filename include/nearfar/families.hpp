// SPDX-License-Identifier: BSD-3-Clause
// The kernels of the library: families of sums that share one kernel of expansions, chosen by what sources are and what
// is wanted at the targets.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nearfar/kernel.hpp"

namespace nearfar {

/// A number in the formula of a family.
struct Parameter {
  std::string name;
  std::string meaning;
  std::string unit;
  double least = 0.0, most = 0.0;  ///< the range, ends included
  double default_value = 0.0;
  std::string beyond{};  ///< end of a sentence: why the range ends there, and what to do beyond it; may be empty
};

/// What a source can be, or what can be computed at targets.
struct QuantityDescription {
  Quantity quantity;
  std::string formula;     ///< of the potential of a source; of the field by derivatives of potentials
  std::string components;  ///< their order, in words
};

/// A family as `nearfar kernels` shows it.
struct FamilyDescription {
  std::string name;
  std::string formula;  ///< with constant and sign
  std::vector<Parameter> parameters;
  std::vector<QuantityDescription> source_kinds, fields;  ///< the first ones are the default
  bool has_measured_errors = true;                        ///< or else each plan measures them when it is made
};

/// All families of the library, sorted by name.
[[nodiscard]] std::vector<FamilyDescription> kernel_families();

/// What make_kernel needs to know.
struct KernelChoice {
  std::string name = "laplace";
  /// Several at once are given side by side for each source, [source][vector][component], in this order. Empty: the
  /// first of the family.
  ///
  /// Each may be a sum of kinds with equal numbers of components, "charge-2.5*dipole": the one strength acts as all of
  /// them, times coefficients, at the cost of one. Families of complex numbers take imaginary ones, "dipole-3i*charge".
  /// The kernel names sums in one way: without blanks, with each kind once, and with no coefficient of 1.
  std::vector<std::string> source_kinds{};
  /// The same for results: "potential+0.5*normal_derivative" is one number.
  std::vector<std::string> fields{};
  std::map<std::string, double> parameters{};
};

/// The family with the source kinds and fields of a choice alone; what is a sum has its name as formula. Throws
/// UsageError as make_kernel does.
[[nodiscard]] FamilyDescription family_of_choice(const KernelChoice& choice);

/// The kernel of that choice. Throws UsageError, with the nearest name, for a name that the family or the library does
/// not have, and for parameters out of their range.
[[nodiscard]] Kernel make_kernel(const KernelChoice& choice);

}
