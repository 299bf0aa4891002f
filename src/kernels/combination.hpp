// SPDX-License-Identifier: BSD-3-Clause
// Sums of source kinds, or of fields, each times a coefficient: the one place that reads and writes their names.
#pragma once

#include <complex>
#include <optional>

#include "kernels/family.hpp"

namespace nearfar {

/// A source kind or a field as callers choose it: one of a family's, or a sum of several, in which one strength acts as
/// all kinds, or the fields are added.
struct Combination {
  struct Part {
    const NamedQuantity* quantity = nullptr;  ///< of the family
    std::complex<double> coefficient{1.0};    ///< real unless the family's numbers are complex
  };
  std::vector<Part> parts;
  NamedQuantity sum;  ///< its name is the one way to write it: no blanks, each name once, coefficients of 1 left out
};

/// Whether quantities are source kinds or fields.
enum class Side { sources, targets };

/// What `names` say, such as "charge" or "charge-2.5*dipole"; the family's first one if there are none. Throws
/// UsageError for names that the family does not have, or that are there twice, and for what cannot be added.
[[nodiscard]] std::vector<Combination> choose(const Family& family, Side side, const std::vector<std::string>& names);

/// All quantities in them.
[[nodiscard]] std::vector<const NamedQuantity*> quantities_in(const std::vector<Combination>& combinations);

/// The combination that takes this one's place in the transposed matrix.
struct DualCombination {
  std::string name;  ///< with all factors but those of components
  std::vector<double> of_components;
};
/// Nothing where a quantity has no dual, or they differ in the factors of their components.
[[nodiscard]] std::optional<DualCombination> dual_of(const Family& family, Side side, const Combination& combination);

}
