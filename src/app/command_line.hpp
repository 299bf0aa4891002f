// SPDX-License-Identifier: BSD-3-Clause
// From argv to the options of one subcommand. Every rank parses the same arguments and comes to the same result.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "app/calibrate.hpp"
#include "app/evaluate.hpp"
#include "app/generate.hpp"
#include "app/info.hpp"
#include "app/plan_command.hpp"

namespace CLI {
class App;
class Option;
}

namespace nearfar::app {

/// The arguments of the program, and those after `--`, which are PETSc's.
struct Arguments {
  std::vector<std::string> own;
  std::vector<std::string> petsc;
};

[[nodiscard]] Arguments split_arguments(int argc, const char* const* argv);

/// Name and version of the MPI library.
[[nodiscard]] std::string mpi_library();

/// Text to be printed (--help, --version), or what is to be run.
using Invocation =
    std::variant<std::string, GenerateOptions, EvaluateOptions, InfoOptions, PlanCommandOptions, CalibrateOptions>;

/// Throws UsageError, one line, for anything that is not understood.
[[nodiscard]] Invocation parse_arguments(const std::vector<std::string>& arguments);

/// An option for a whole number; 1e6 is understood as 1000000. The result is CLI11's, for its default and type name.
CLI::Option* add_number(CLI::App& command, const std::string& name, int& value, const std::string& description);
CLI::Option* add_number(CLI::App& command, const std::string& name, std::int64_t& value,
                        const std::string& description);

/// An option whose value is one of a few names.
CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& value,
                        const std::vector<std::string>& choices, const std::string& description);

}
