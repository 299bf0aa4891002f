// SPDX-License-Identifier: BSD-3-Clause
// Sums of every family by the definition of its sources and fields, in long double and by derivative tensors: they
// share nothing with the library's formulas.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "nearfar/families.hpp"

namespace nearfar {

/// [target][value] of the choice's fields; all its source kinds and fields must be named. A source at the place of a
/// target does not count.
[[nodiscard]] std::vector<double> direct_fields(const KernelChoice& choice, std::span<const double> sources,
                                                std::span<const double> strengths, std::span<const double> targets,
                                                const Normals& normals);

/// A target and a source, with their normals.
struct PointPair {
  std::array<double, 3> target{}, source{}, target_normal{}, source_normal{};
};

/// What the target gets of unit strengths of the source, [value][strength]; zeros where the two coincide.
[[nodiscard]] std::vector<double> direct_block(const KernelChoice& choice, const PointPair& pair);

/// Each source kind with each field of all families. Parameters that are inverse lengths have that value, others one of
/// their own that is not their default.
[[nodiscard]] std::vector<KernelChoice> each_kind_and_field(double inverse_length);
/// All kinds and all fields of each family that has several.
[[nodiscard]] std::vector<KernelChoice> all_kinds_and_fields(double inverse_length);

/// Words that tell choices apart, without blanks: "laplace_dipole_to_potential".
[[nodiscard]] std::string name_of(const KernelChoice& choice);

/// Unit vectors in random directions.
[[nodiscard]] std::vector<double> random_normals(std::size_t count, unsigned seed);

}
