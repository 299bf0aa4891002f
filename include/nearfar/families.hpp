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
  std::vector<std::string> source_kinds{};
  std::vector<std::string> fields{};  ///< the same for results
  std::map<std::string, double> parameters{};
};

/// The kernel of that choice. Throws UsageError, with the nearest name, for a name that the family or the library does
/// not have, and for parameters out of their range.
[[nodiscard]] Kernel make_kernel(const KernelChoice& choice);

}
