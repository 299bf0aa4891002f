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
  const std::string footer =
      "Anything after -- goes to PETSc's options database, for example -- -log_view.\n"
      "Run on several ranks with mpirun; OMP_NUM_THREADS sets the threads of each rank.\n"
      "Output files appear when they are whole. Links stay, and the files they lead to are replaced; devices, pipes,\n"
      "sockets and directories are refused.\n"
      "Exit codes: 0 fine, 1 wrong usage, 2 unusable input or output file, 3 internal error";
  program.app.footer(footer + ".");  // subcommands without one of their own take it over when they are added
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
  program.app.footer(footer + ",\n4 a check of evaluate above --check-tolerance.");
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

/// What to write instead of an option that lacks its value.
std::string needed_by(const CLI::Option& option, const std::string& name) {
  if (name == "--check") return name + " needs a number: --check 1000";
  return name + " needs a value: " + name + " " + option.get_type_name();
}

/// Refuses unknown options before CLI11 sees them, which would take what follows one for a file name, and options
/// without their values.
void check_option_names(const CLI::App& app, std::vector<std::string>::const_iterator begin,
                        std::vector<std::string>::const_iterator end) {
  const std::vector<std::string> names = option_names(app);
  for (auto argument = begin; argument != end; ++argument) {
    if (!looks_like_option(*argument)) continue;
    const std::string name = argument->substr(0, argument->find('='));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const bool is_petscs = name.size() > 2 && name[1] != '-';
      throw UsageError("unknown option " + name +
                       (is_petscs ? "; PETSc's options come after --: ... -- " + name : did_you_mean(name, names)));
    }
    const CLI::Option* option = app.get_option_no_throw(name);
    const bool is_last = argument + 1 == end || std::find(names.begin(), names.end(), argument[1]) != names.end();
    if (is_last && option != nullptr && option->get_items_expected_min() > 0 && name == *argument)
      throw UsageError(needed_by(*option, name));
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

/// `nearfar help` and `nearfar help SUBCOMMAND` are what --help is.
std::vector<std::string> with_help_as_option(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front() != "help") return arguments;
  arguments.erase(arguments.begin());
  arguments.emplace_back("--help");
  return arguments;
}

/// CLI11 puts two blank lines between groups of options.
std::string with_single_blank_lines(std::string text) {
  for (std::size_t at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at)) text.erase(at, 1);
  return text;
}

/// Advice where words follow an option that takes names joined by commas; empty where none do.
std::string advice_about_names(const CLI::App& app, const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i + 2 < arguments.size(); ++i) {
    const CLI::Option* option = looks_like_option(arguments[i]) ? app.get_option_no_throw(arguments[i]) : nullptr;
    if (option == nullptr || option->get_type_name().rfind("NAME,...", 0) != 0 || looks_like_option(arguments[i + 2]))
      continue;
    std::string together = arguments[i + 1];
    for (std::size_t k = i + 2; k < arguments.size() && !looks_like_option(arguments[k]); ++k)
      together += "," + arguments[k];
    return "; join names by commas: " + arguments[i] + " " + together;
  }
  return "";
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

Invocation parse_arguments(const std::vector<std::string>& given) {
  const std::vector<std::string> arguments = with_help_as_option(given);
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
    return with_single_blank_lines(text.str());
  } catch (const CLI::ParseError& error) {
    const auto parsed = program.app.get_subcommands();
    const std::string where = parsed.empty() ? "" : parsed.front()->get_name() + " ";
    const bool has_extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !parsed.empty();
    const std::string advice = has_extras ? advice_about_names(*parsed.front(), arguments) : "";
    throw UsageError(one_line(error.what()) + advice + " (see nearfar " + where + "--help)");
  }
  return chosen(program);
}

}
