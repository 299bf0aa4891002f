// SPDX-License-Identifier: BSD-3-Clause
// Entries of the matrices of all families, from radial derivatives written out in long double: they share nothing with
// the library's kernels.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "nearfar/families.hpp"

namespace nearfar {

/// A target and a source, with their normals.
struct OraclePair {
  std::array<double, 3> target{}, source{}, target_normal{}, source_normal{};
};

/// What callers get at the target for unit strengths of the source, [value][strength], as one matrix for all fields and
/// source kinds of the choice, which must be named; zeros where the two points coincide. Throws std::invalid_argument
/// for what has no formula here.
[[nodiscard]] std::vector<double> oracle_block(const KernelChoice& choice, const OraclePair& pair);

/// Columns, or rows, of that block.
[[nodiscard]] std::size_t oracle_strengths(const KernelChoice& choice);
[[nodiscard]] std::size_t oracle_values(const KernelChoice& choice);

/// "laplace dipole to potential,gradient"
[[nodiscard]] std::string oracle_name(const KernelChoice& choice);

}
