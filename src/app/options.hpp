// SPDX-License-Identifier: BSD-3-Clause
// Options of the command line that subcommands declare alike.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}

namespace nearfar::app {

/// Headings of options in --help.
inline constexpr const char* input_group = "Input (several NAMEs are columns, or further rows)";
inline constexpr const char* accuracy_group = "Accuracy (the tolerance chooses all that is not given)";
inline constexpr const char* kernel_group = "Kernel (`nearfar kernels` lists names)";
inline constexpr const char* output_group = "Output";

/// An option for a whole number; 1e6 is understood as 1000000. The result is CLI11's, for its default and type name.
CLI::Option* add_number(CLI::App& command, const std::string& name, int& value, const std::string& description);
CLI::Option* add_number(CLI::App& command, const std::string& name, std::int64_t& value,
                        const std::string& description);

/// An option for an amount of memory, see parse_bytes.
CLI::Option* add_bytes(CLI::App& command, const std::string& name, std::int64_t& value, const std::string& description);

/// An option whose value is one of a few names.
CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& value,
                        const std::vector<std::string>& choices, const std::string& description);

/// An option for names joined by commas, none of them empty.
CLI::Option* add_names(CLI::App& command, const std::string& name, std::function<void(std::vector<std::string>)> take,
                       const std::string& description);
CLI::Option* add_names(CLI::App& command, const std::string& name, std::vector<std::string>& names,
                       const std::string& description);

}
