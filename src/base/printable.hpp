// SPDX-License-Identifier: BSD-3-Clause
// Numbers, and text that files bring along such as names, in messages to people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nearfar {

/// The beginning of a text; what is not printable ASCII becomes a question mark.
[[nodiscard]] std::string printable(std::string_view text, std::size_t longest);

/// The same in quotation marks.
[[nodiscard]] std::string in_quotes(std::string_view text, std::size_t longest = 30);

/// A number with at most so many digits, as %g writes it.
[[nodiscard]] std::string shortest(double value, int digits = 6);

}
