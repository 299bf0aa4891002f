// SPDX-License-Identifier: BSD-3-Clause
#include "app/command_line.hpp"

#include <petscsys.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/text.hpp"
#include "base/suggestion.hpp"
#include "nearfar/version.hpp"

namespace nearfar::app {
namespace {

/// All subcommands and where their options end up.
struct Program {
  GenerateOptions generate;
  EvaluateOptions evaluate;
  InfoOptions info;
  PlanCommandOptions plan;
  CalibrateOptions calibrate;
  KernelsOptions kernels;
  CLI::App app{"nearfar: sums of 1/r-like kernels over many points by a distributed fast multipole method", "nearfar"};
  CLI::App* generate_command = nullptr;
  CLI::App* evaluate_command = nullptr;
  CLI::App* info_command = nullptr;
  CLI::App* plan_command = nullptr;
  CLI::App* calibrate_command = nullptr;
  CLI::App* kernels_command = nullptr;
};

std::string version_text() {
  return formatted("nearfar %s\ncompiler: %s\nSIMD:     %s\nPETSc:    %d.%d.%d\nMPI:      %s", version(), compiler(),
                   instruction_set(), PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR,
                   mpi_library().c_str());
}

void declare(Program& program) {
  program.app.set_version_flag("--version", version_text, "Print the versions of program, compiler, PETSc and MPI");
  program.app.require_subcommand(1);
  program.app.footer(
      "Anything after -- goes to PETSc's options database, for example -- -log_view.\n"
      "Run on several ranks with mpirun; OMP_NUM_THREADS sets the threads of each rank.\n"
      "Output files appear when they are whole. Links stay, and the files they lead to are replaced; devices, pipes,\n"
      "sockets and directories are refused.\n"
      "Exit codes: 0 fine, 1 wrong usage, 2 unusable input or output file, 3 internal error,\n"
      "4 a check above --check-tolerance.");
  const auto add = [&](const char* name, const char* what, const char* example) {
    return program.app.add_subcommand(name, std::string(what) + "\n  " + example);
  };
  program.generate_command = add("generate", "Write test points and charges to a file",
                                 "nearfar generate --distribution sphere --num-points 1e6 --output points.h5");
  program.evaluate_command = add("evaluate", "Compute potentials of the particles in a file",
                                 "mpirun -n 2 nearfar evaluate points.h5 --gradient --check 1000 --output results.h5");
  program.info_command =
      add("info", "Show tree, lists and memory need without evaluating", "nearfar info points.h5 --tolerance 1e-9");
  program.plan_command = add("plan", "Predict time, memory and messages of a run on many ranks",
                             "nearfar plan --distribution sphere --num-points 1e10 --ranks 100000");
  program.calibrate_command = add("calibrate", "Measure this machine for such predictions",
                                  "mpirun -n 2 nearfar calibrate --json machine.json");
  program.kernels_command = add("kernels", "List kernels, source kinds, fields and parameters", "nearfar kernels");
  declare_generate(*program.generate_command, program.generate);
  declare_evaluate(*program.evaluate_command, program.evaluate);
  declare_info(*program.info_command, program.info);
  declare_plan(*program.plan_command, program.plan);
  declare_calibrate(*program.calibrate_command, program.calibrate);
  declare_kernels(*program.kernels_command, program.kernels);
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

bool looks_like_option(const std::string& argument) {
  if (argument.size() < 2 || argument[0] != '-') return false;
  // Negative numbers are values.
  return std::isdigit(static_cast<unsigned char>(argument[1])) == 0 && argument[1] != '.';
}

/// Refuses unknown options before CLI11 sees them, which would take what follows one for a file name.
void check_option_names(const CLI::App& app, std::vector<std::string>::const_iterator begin,
                        std::vector<std::string>::const_iterator end) {
  const std::vector<std::string> names = option_names(app);
  for (auto argument = begin; argument != end; ++argument) {
    if (!looks_like_option(*argument)) continue;
    const std::string name = argument->substr(0, argument->find('='));
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw UsageError("unknown option " + name + did_you_mean(name, names));
  }
}

/// Refuses unknown names of subcommands and options.
void check_names(const Program& program, const std::vector<std::string>& arguments) {
  const auto subcommand = std::find_if_not(arguments.begin(), arguments.end(), looks_like_option);
  check_option_names(program.app, arguments.begin(), subcommand);
  if (subcommand == arguments.end()) return;
  std::vector<std::string> names;
  for (const CLI::App* app : {program.generate_command, program.evaluate_command, program.info_command,
                              program.plan_command, program.calibrate_command, program.kernels_command}) {
    names.push_back(app->get_name());
    if (*subcommand == names.back()) return check_option_names(*app, subcommand + 1, arguments.end());
  }
  throw UsageError("unknown subcommand " + *subcommand + did_you_mean(*subcommand, names));
}

/// Refuses empty arguments, which come from unset shell variables: no option and no file has an empty value.
void check_values(const std::vector<std::string>& arguments) {
  constexpr const char* advice = "; give a value, or check the shell variable it comes from";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (looks_like_option(argument) && argument.find('=') == argument.size() - 1)
      throw UsageError(argument + " is followed by nothing" + advice);
    if (!argument.empty()) continue;
    const bool is_after_option = i > 0 && looks_like_option(arguments[i - 1]);
    throw UsageError((is_after_option ? "the argument after " + arguments[i - 1] : "an argument") + " is empty" +
                     advice);
  }
}

Invocation chosen(const Program& program) {
  if (program.generate_command->parsed()) return program.generate;
  if (program.evaluate_command->parsed()) return program.evaluate;
  if (program.plan_command->parsed()) return program.plan;
  if (program.calibrate_command->parsed()) return program.calibrate;
  if (program.kernels_command->parsed()) return program.kernels;
  return program.info;
}

}

Arguments split_arguments(int argc, const char* const* argv) {
  const std::vector<std::string> all(argv + std::min(argc, 1), argv + argc);
  const auto separator = std::find(all.begin(), all.end(), "--");
  Arguments arguments{{all.begin(), separator}, {}};
  if (separator != all.end()) arguments.petsc.assign(separator + 1, all.end());
  return arguments;
}

Invocation parse_arguments(const std::vector<std::string>& arguments) {
  Program program;
  declare(program);
  check_values(arguments);
  check_names(program, arguments);
  try {
    // CLI11 takes the arguments in reverse.
    program.app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success& request) {
    std::ostringstream text;
    program.app.exit(request, text, text);
    return text.str();
  } catch (const CLI::ParseError& error) {
    const auto parsed = program.app.get_subcommands();
    const std::string where = parsed.empty() ? "" : parsed.front()->get_name() + " ";
    throw UsageError(one_line(error.what()) + " (see nearfar " + where + "--help)");
  }
  return chosen(program);
}

}
