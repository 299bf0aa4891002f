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
#include "app/kernels_command.hpp"
#include "app/plan_command.hpp"

namespace nearfar::app {

/// The arguments of the program, and those after `--`, which are PETSc's.
struct Arguments {
  std::vector<std::string> own;
  std::vector<std::string> petsc;
};

[[nodiscard]] Arguments split_arguments(int argc, const char* const* argv);

/// Text to be printed (--help, --version), or what is to be run.
using Invocation = std::variant<std::string, GenerateOptions, EvaluateOptions, InfoOptions, PlanCommandOptions,
                                CalibrateOptions, KernelsOptions>;

/// Throws UsageError, one line, for anything that is not understood.
[[nodiscard]] Invocation parse_arguments(const std::vector<std::string>& arguments);

}
