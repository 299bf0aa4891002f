// SPDX-License-Identifier: BSD-3-Clause
#include "app/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nearfar/version.hpp"

namespace nearfar::app {
namespace {

using Words = std::vector<std::string>;
using Parameters = std::map<std::string, double>;

/// The sentence of the UsageError that the arguments cause; empty when there is none.
std::string complaint(const Words& words) {
  try {
    (void)parse_arguments(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(CommandLine, GivesPetscWhatFollowsTheSeparator) {
  const std::array words{"nearfar", "info", "a.h5", "--", "-log_view", "--", "x"};
  const Arguments arguments = split_arguments(static_cast<int>(words.size()), words.data());
  EXPECT_EQ(arguments.own, (Words{"info", "a.h5"}));
  EXPECT_EQ(arguments.petsc, (Words{"-log_view", "--", "x"}));
  EXPECT_TRUE(split_arguments(1, words.data()).own.empty());
  EXPECT_TRUE(split_arguments(0, words.data()).own.empty());
}

TEST(CommandLine, ReadsEvaluate) {
  const auto invocation = parse_arguments({"evaluate", "--order=8", "a.h5", "--gradient", "--check", "1e3", "--kernel",
                                           "yukawa", "--lambda", "2.5", "--points-per-leaf", "150", "--repeat", "4",
                                           "--json", "r.json", "--output", "o.h5"});
  const auto& options = std::get<EvaluateOptions>(invocation);
  EXPECT_EQ(options.problem.file, "a.h5");
  EXPECT_EQ(options.problem.plan.order, 8);
  EXPECT_EQ(options.problem.plan.points_per_leaf, 150);
  EXPECT_EQ(options.problem.kernel.name, "yukawa");
  EXPECT_EQ(options.problem.kernel.parameters, (Parameters{{"lambda", 2.5}}));
  EXPECT_EQ(options.problem.json, "r.json");
  EXPECT_EQ(options.output, "o.h5");
  EXPECT_TRUE(options.gradient);
  EXPECT_EQ(options.num_checks, 1000);
  EXPECT_EQ(options.repeat, 4);
}

TEST(CommandLine, NegativeNumbersAreValues) {
  for (const auto& [text, value] : {std::pair{"-0.5", -0.5}, {"-.25", -0.25}, {"-3", -3.0}})
    EXPECT_EQ(
        std::get<EvaluateOptions>(parse_arguments({"evaluate", "a.h5", "--check-tolerance", text})).check_tolerance,
        value);
}

TEST(CommandLine, HasTheLibrarysDefaults) {
  const auto invocation = parse_arguments({"info", "a.h5"});
  const auto& options = std::get<InfoOptions>(invocation);
  EXPECT_EQ(options.problem.plan.order, Options{}.order);
  EXPECT_EQ(options.problem.plan.points_per_leaf, Options{}.points_per_leaf);
  EXPECT_EQ(options.problem.kernel.name, "laplace");
  EXPECT_TRUE(options.problem.kernel.parameters.empty());
}

TEST(CommandLine, ReadsTheChoiceOfAKernel) {
  const Words choice{"--kernel",          "stokes",      "--source-kind", "stresslet,force", "--fields",
                     "velocity,pressure", "--parameter", "a=0.3",         "--parameter",     "b=-1e2"};
  const auto words = [&](const Words& first) {
    Words all = first;
    all.insert(all.end(), choice.begin(), choice.end());
    return all;
  };
  const auto expect = [](const KernelChoice& kernel) {
    EXPECT_EQ(kernel.name, "stokes");
    EXPECT_EQ(kernel.source_kinds, (Words{"stresslet", "force"}));
    EXPECT_EQ(kernel.fields, (Words{"velocity", "pressure"}));
    EXPECT_EQ(kernel.parameters, (Parameters{{"a", 0.3}, {"b", -100.0}}));
  };
  expect(std::get<EvaluateOptions>(parse_arguments(words({"evaluate", "a.h5"}))).problem.kernel);
  expect(std::get<InfoOptions>(parse_arguments(words({"info", "a.h5"}))).problem.kernel);
  expect(std::get<PlanCommandOptions>(parse_arguments(words({"plan", "a.h5", "--ranks", "2"}))).problem.kernel);
  expect(std::get<CalibrateOptions>(parse_arguments(words({"calibrate"}))).problem.kernel);
  const auto invocation = parse_arguments({"evaluate", "--fields", "velocity", "--parameter", "a=1", "a.h5"});
  EXPECT_EQ(std::get<EvaluateOptions>(invocation).problem.file, "a.h5") << "takes no more than one word";
}

TEST(CommandLine, RefusesAChoiceThatIsNone) {
  const auto of = [](const Words& words) {
    Words all{"evaluate", "a.h5"};
    all.insert(all.end(), words.begin(), words.end());
    return complaint(all);
  };
  const std::string help = " (see nearfar evaluate --help)";
  for (const std::string text : {"nu", "=1", "nu=", "nu=x", "nu=1x", "nu=1,2"})
    EXPECT_EQ(of({"--parameter", text}).find("--parameter: '" + text + "' is not a name, = and a number"), 0U) << text;
  EXPECT_EQ(of({"--parameter", "nu=1", "--parameter", "nu=2"}),
            "--parameter: the parameter nu is given twice; give it once" + help);
  EXPECT_EQ(of({"--parameter", "lambda=1", "--lambda", "1"}),
            "--lambda: the parameter lambda is given twice; give it once" + help);
  for (const std::string option : {"--source-kind", "--fields"}) {
    for (const std::string text : {"a,,b", ",a", "a,", ","})
      EXPECT_EQ(of({option, text}),
                option + ": a name is missing in '" + text + "'; join names by single commas" + help);
    EXPECT_FALSE(of({option, "a", option, "b"}).empty());
  }
}

TEST(CommandLine, ReadsGenerate) {
  const auto invocation =
      parse_arguments({"generate", "--distribution", "plummer", "--num-points", "1.5e3", "--charges", "signed",
                       "--components", "3", "--normals", "--seed", "9", "--output", "x"});
  const auto& options = std::get<GenerateOptions>(invocation);
  EXPECT_EQ(options.distribution, "plummer");
  EXPECT_EQ(options.num_points, 1500);
  EXPECT_EQ(options.charges, "signed");
  EXPECT_EQ(options.num_components, 3);
  EXPECT_TRUE(options.normals);
  EXPECT_EQ(options.seed, 9);
  EXPECT_EQ(options.output, "x");
}

TEST(CommandLine, SuggestsWhatWasMeant) {
  EXPECT_EQ(complaint({"evaluate", "--ordr", "4", "a.h5"}), "unknown option --ordr; did you mean --order?");
  EXPECT_EQ(complaint({"evaluate", "a.h5", "--ordr=4"}), "unknown option --ordr; did you mean --order?");
  EXPECT_EQ(complaint({"evalute", "a.h5"}), "unknown subcommand evalute; did you mean evaluate?");
  EXPECT_EQ(complaint({"--versoin"}), "unknown option --versoin; did you mean --version?");
  EXPECT_EQ(complaint({"frobnicate"}), "unknown subcommand frobnicate");
  EXPECT_EQ(complaint({"evaluate", "a.h5", "-log_view"}),
            "unknown option -log_view; PETSc's options come after --: ... -- -log_view");
  EXPECT_THAT(complaint({"evaluate", "a.csv", "--sources", "x", "y", "z", "--charges", "1"}),
              testing::HasSubstr("; join names by commas: --sources x,y,z (see nearfar evaluate --help)"));
  EXPECT_NE(complaint({"generate", "--distribution", "sphare", "--num-points", "1", "--output", "x"})
                .find("sphare is not one of cube|sphere|ellipsoid|plummer; did you mean sphere?"),
            std::string::npos);
}

TEST(CommandLine, RefusesWhatIsNoNumber) {
  for (const char* text : {"x", "4.5", "1e-1", "", "4x", "1e3x", "99999999999", "99999999999999999999", "1e400"}) {
    const std::string sentence = complaint({"evaluate", "a.h5", "--order", text});
    EXPECT_FALSE(sentence.empty()) << text;
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << text;
  }
  EXPECT_EQ(complaint({"evaluate", "a.h5", "--order", "x"}),
            "--order: x is not a whole number (see nearfar evaluate --help)");
  EXPECT_EQ(complaint({"evaluate", "a.h5", "--order", "1e30"}),
            "--order: 1e30 is too large (see nearfar evaluate --help)");
  EXPECT_EQ(complaint({"evaluate", "a.h5", "--tolerance=abc"}),
            "--tolerance: abc is not a number (see nearfar evaluate --help)");
  EXPECT_FALSE(complaint({"evaluate", "a.h5", "--lambda", "much"}).empty());
}

/// An unset variable of a shell, as in --output "$results", must not mean that there is no --output.
TEST(CommandLine, RefusesEmptyValues) {
  for (const std::string name : {"--output", "--json", "--vtk", "--lambda", "--kernel", "--order", "--tolerance"}) {
    const std::string advice = "; give a value, or check the shell variable it comes from";
    EXPECT_EQ(complaint({"evaluate", "a.h5", name, ""}), "the argument after " + name + " is empty" + advice);
    EXPECT_EQ(complaint({"evaluate", "a.h5", name + "="}), name + "= is followed by nothing" + advice);
  }
  EXPECT_NE(complaint({"plan", "a.h5", "--ranks", "4", "--machine", ""}).find("--machine is empty"), std::string::npos);
  EXPECT_NE(complaint({"calibrate", "--json", ""}).find("--json is empty"), std::string::npos);
  EXPECT_NE(complaint({"generate", "--distribution", ""}).find("--distribution is empty"), std::string::npos);
  EXPECT_NE(complaint({"evaluate", "a.h5", "--gradient", ""}).find("the argument after --gradient is empty"),
            std::string::npos);
  EXPECT_EQ(complaint({"evaluate", "a.h5", "--json=a="}), "");
  EXPECT_NE(complaint({"info", ""}).find("an argument is empty"), std::string::npos);
  EXPECT_NE(complaint({""}).find("an argument is empty"), std::string::npos);
}

TEST(CommandLine, TakesAmountsOfMemory) {
  const auto limit = [](const char* text) {
    const Invocation invocation = parse_arguments({"evaluate", "a.h5", "--max-memory", text});
    return std::get<EvaluateOptions>(invocation).problem.plan.max_memory;
  };
  EXPECT_EQ(limit("4G"), std::int64_t{4} << 30);
  EXPECT_EQ(limit("1500"), 1500);
  EXPECT_NE(complaint({"info", "a.h5", "--max-memory", "4Q"}).find("'4Q' is no amount of memory"), std::string::npos);
}

TEST(CommandLine, RefusesTooMuchAndTooLittle) {
  EXPECT_FALSE(complaint({}).empty());
  EXPECT_FALSE(complaint({"evaluate"}).empty());
  EXPECT_FALSE(complaint({"evaluate", "a.h5", "b.h5"}).empty());
  EXPECT_EQ(complaint({"evaluate", "a.h5", "--order"}), "--order needs a value: --order P");
  EXPECT_EQ(complaint({"evaluate", "a.h5", "--check"}), "--check needs a number: --check 1000");
  EXPECT_EQ(complaint({"evaluate", "--check", "--repeat", "2", "a.h5"}), "--check needs a number: --check 1000");
  EXPECT_FALSE(complaint({"evaluate", "a.h5", "--order", "4", "--order", "5"}).empty());
  EXPECT_FALSE(complaint({"generate", "--distribution", "cube", "--num-points", "10"}).empty());
}

TEST(CommandLine, HelpNamesEveryOption) {
  const auto text = [](const Words& words) { return std::get<std::string>(parse_arguments(words)); };
  for (const char* name : {"generate", "evaluate", "info", "plan", "calibrate", "kernels", "--version", "PETSc",
                           "Exit codes", "Links stay"})
    EXPECT_NE(text({"--help"}).find(name), std::string::npos) << name;
  EXPECT_EQ(text({"help"}), text({"--help"}));
  EXPECT_EQ(text({"help", "evaluate"}), text({"evaluate", "--help"}));
  EXPECT_EQ(text({"evaluate", "--help"}).find("\n\n\n"), std::string::npos);
  EXPECT_EQ(text({"info", "--help"}).find("--check-tolerance"), std::string::npos);
  for (const char* name : {"--order", "--points-per-leaf", "--gradient", "--check", "--check-tolerance", "--repeat",
                           "--json", "--output", "--kernel", "--source-kind", "--fields", "--parameter", "--lambda"})
    EXPECT_NE(text({"evaluate", "--help"}).find(name), std::string::npos) << name;
  for (const char* name : {"--distribution", "--num-points", "--charges", "--components", "--normals", "--seed",
                           "--output", "100 scale radii"})
    EXPECT_NE(text({"generate", "--help"}).find(name), std::string::npos) << name;
}

TEST(CommandLine, HelpFitsAScreenAndBeginsWithAnExample) {
  for (const Words& words : {Words{"--help"},
                             {"generate", "--help"},
                             {"evaluate", "--help"},
                             {"info", "--help"},
                             {"plan", "--help"},
                             {"calibrate", "--help"},
                             {"kernels", "--help"}}) {
    std::istringstream text(std::get<std::string>(parse_arguments(words)));
    int num_lines = 0;
    for (std::string line; std::getline(text, line); ++num_lines) {
      EXPECT_LE(line.size(), 120U) << line;
      const bool is_example = num_lines == 1 && words.size() > 1;
      EXPECT_TRUE(!is_example || line.find("nearfar " + words[0]) != std::string::npos) << line;
    }
    EXPECT_LE(num_lines, 55) << words[0];
  }
}

TEST(CommandLine, VersionIsTheProjects) {
  const std::string text = std::get<std::string>(parse_arguments({"--version"}));
  EXPECT_EQ(text.find(std::string("nearfar ") + version() + "\n"), 0U);
  EXPECT_STRNE(version(), "0.0.0") << "the build system defines NEARFAR_VERSION";
  for (const char* name : {"compiler:", "SIMD:", "PETSc:", "MPI:"}) EXPECT_NE(text.find(name), std::string::npos);
}

}
}
