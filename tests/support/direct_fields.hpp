// SPDX-License-Identifier: BSD-3-Clause
// Sums of every family by the definition of its sources and fields, in long double and by derivative tensors: they
// share nothing with the library's formulas.
#pragma once

#include <span>
#include <vector>

#include "nearfar/families.hpp"

namespace nearfar {

/// [target][value] of the choice's fields; all its source kinds and fields must be named. A source at the place of a
/// target does not count.
[[nodiscard]] std::vector<double> direct_fields(const KernelChoice& choice, std::span<const double> sources,
                                                std::span<const double> strengths, std::span<const double> targets,
                                                const Normals& normals);

/// Unit vectors in random directions.
[[nodiscard]] std::vector<double> random_normals(std::size_t count, unsigned seed);

}
