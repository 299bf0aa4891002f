// SPDX-License-Identifier: BSD-3-Clause
// Small pieces of text for the program's output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::app {

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...);

/// Line breaks become "; " so that an error is one line whatever its origin.
std::string one_line(std::string_view text);

/// 16 hexadecimal digits.
std::string hexadecimal(std::uint64_t value);

/// The words with `between` in between, and the parts of a text between single characters.
[[nodiscard]] std::string joined(const std::vector<std::string>& words, std::string_view between);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char at);

/// Name and version of the MPI library.
[[nodiscard]] std::string mpi_library();

}
