// SPDX-License-Identifier: BSD-3-Clause
// "Did you mean ...?" for mistyped names.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace nearfar {

/// Fewest insertions, deletions, replacements and swaps of neighbouring letters that turn `a` into `b`.
[[nodiscard]] int edit_distance(std::string_view a, std::string_view b);

/// The name nearest to `typed`, or one that begins with it; empty when none is near enough to be a likely slip.
[[nodiscard]] std::string nearest_name(std::string_view typed, std::span<const std::string> names);

/// "; did you mean NAME?", or nothing when no name is near.
[[nodiscard]] std::string did_you_mean(std::string_view typed, std::span<const std::string> names);

}
