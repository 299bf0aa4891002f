// SPDX-License-Identifier: BSD-3-Clause
// The executable from outside: results, reports, exit codes, and what it leaves behind.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/run_program.hpp"
#include "nearfar/version.hpp"

namespace nearfar {
namespace {

using nlohmann::json;
using testing_support::attribute_names;
using testing_support::read_numbers;
using testing_support::RunResult;
using testing_support::Workplace;

class Program : public testing::Test {
 protected:
  /// Runs what must succeed.
  std::string run(const std::string& arguments, int num_ranks = 0, int num_threads = 1) const {
    const RunResult result = place.run(arguments, num_ranks, num_threads);
    EXPECT_EQ(result.exit_code, 0) << arguments << '\n' << result.standard_error;
    return result.output;
  }
  void generate(const std::string& options, int num_ranks = 0) const { run("generate " + options, num_ranks); }

  Workplace place;
};

double relative_difference(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double difference = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return std::sqrt(difference / norm);
}

/// Plain double sums of q/(4 pi r).
std::vector<double> direct_potentials(const std::vector<double>& points, const std::vector<double>& charges) {
  std::vector<double> potentials(charges.size(), 0.0);
  for (std::size_t t = 0; t < charges.size(); ++t) {
    for (std::size_t s = 0; s < charges.size(); ++s) {
      const double r = std::hypot(points[3 * t] - points[3 * s], points[3 * t + 1] - points[3 * s + 1],
                                  points[3 * t + 2] - points[3 * s + 2]);
      if (r > 0.0) potentials[t] += charges[s] / (4.0 * M_PI * r);
    }
  }
  return potentials;
}

TEST_F(Program, PotentialsAreThoseOfDirectSums) {
  generate("--distribution plummer --num-points 3000 --charges signed --seed 5 --output points.h5");
  run("evaluate points.h5 --order 6 --points-per-leaf 40 --output results.h5", 2);
  const auto points = read_numbers(place.path("points.h5"), "/particle_data/sources");
  const auto charges = read_numbers(place.path("points.h5"), "/particle_data/source_densities");
  const auto potentials = read_numbers(place.path("results.h5"), "/results/potentials");
  EXPECT_LT(relative_difference(potentials, direct_potentials(points, charges)), 1.2e-6);
  EXPECT_EQ(
      attribute_names(place.path("results.h5"), "/results"),
      (std::vector<std::string>{"fields", "gradient", "input", "kernel", "lambda", "num_ranks", "num_sources",
                                "num_targets", "num_threads", "order", "parameters", "points_per_leaf", "precision",
                                "root_scale", "source_kind", "tolerance", "tree_checksum", "version"}));
}

TEST_F(Program, RanksAndThreadsAgree) {
  generate("--distribution ellipsoid --num-points 4000 --seed 5 --output points.h5");
  const std::string evaluate = "evaluate points.h5 --points-per-leaf 30 --gradient --precision full";
  run(evaluate + " --output one.h5 --json one.json", 1);
  run(evaluate + " --output three.h5 --json three.json", 3);
  run(evaluate + " --output threads.h5", 1, 2);
  for (const char* dataset : {"/results/potentials", "/results/gradients"}) {
    const auto one = read_numbers(place.path("one.h5"), dataset);
    EXPECT_EQ(read_numbers(place.path("threads.h5"), dataset), one) << dataset;
    EXPECT_LT(relative_difference(read_numbers(place.path("three.h5"), dataset), one), 1e-15) << dataset;
  }
  const json one = json::parse(place.read("one.json"));
  const json three = json::parse(place.read("three.json"));
  for (const char* name : {"tree_checksum", "num_leaves", "num_octants", "depth", "lists", "octants_per_level"})
    EXPECT_EQ(one.at(name), three.at(name)) << name;
}

TEST_F(Program, RanksAndThreadsAgreeInMixedPrecision) {
  generate("--distribution ellipsoid --num-points 4000 --seed 5 --output points.h5");
  const std::string evaluate = "evaluate points.h5 --tolerance 1e-4 --gradient";
  run(evaluate + " --output one.h5", 1);
  run(evaluate + " --output three.h5", 3);
  run(evaluate + " --output threads.h5", 1, 2);
  for (const char* dataset : {"/results/potentials", "/results/gradients"}) {
    const auto one = read_numbers(place.path("one.h5"), dataset);
    EXPECT_EQ(read_numbers(place.path("threads.h5"), dataset), one) << dataset;
    EXPECT_LT(relative_difference(read_numbers(place.path("three.h5"), dataset), one), 1e-7) << dataset;
  }
}

TEST_F(Program, ReportsItsErrorAndTimes) {
  generate("--distribution sphere --num-points 5000 --seed 3 --output points.h5");
  run("evaluate points.h5 --tolerance 1e-5 --gradient --check 500 --repeat 3 --json report.json", 3);
  const json report = json::parse(place.read("report.json"));
  EXPECT_EQ(report.at("version"), version());
  EXPECT_EQ(report.at("ranks"), 3);
  EXPECT_EQ(report.at("threads"), 1);
  EXPECT_EQ(report.at("num_sources"), 5000);
  EXPECT_EQ(report.at("num_targets"), 5000);
  EXPECT_EQ(report.at("kernel"), "laplace");
  EXPECT_EQ(report.at("tolerance"), 1e-5);
  EXPECT_EQ(report.at("order"), 6);
  EXPECT_EQ(report.at("precision"), "mixed");
  EXPECT_GT(report.at("points_per_leaf"), 10);
  EXPECT_EQ(report.at("tree_checksum").get<std::string>().size(), 16U);
  for (const char* name : {"depth", "num_leaves", "num_octants"}) EXPECT_GT(report.at(name).get<int>(), 1) << name;
  for (const char* list : {"U", "V", "W", "X"}) {
    for (const char* name : {"mean", "max", "mean_of_leaves"})
      EXPECT_GE(report.at("lists").at(list).at(name).get<double>(), list[0] <= 'V' ? 1.0 : 0.0) << list << name;
  }
  for (const char* name : {"total", "partition", "tree"})
    EXPECT_GE(report.at("setup_seconds").at("total"), report.at("setup_seconds").at(name)) << name;
  const json& seconds = report.at("evaluate_seconds");
  EXPECT_GT(seconds.at("min").get<double>(), 0.0);
  EXPECT_LE(seconds.at("min"), seconds.at("median"));
  EXPECT_LE(seconds.at("min"), seconds.at("first"));
  EXPECT_EQ(seconds.at("all").size(), 3U) << "--repeat 3";
  for (const char* name : {"P2M", "M2M", "M2L", "P2L", "L2L", "L2P", "M2P", "P2P", "communication"}) {
    const json& phase = report.at("phases").at(name);
    EXPECT_LE(phase.at("min"), phase.at("mean")) << name;
    EXPECT_LE(phase.at("mean"), phase.at("max")) << name;
    EXPECT_LE(phase.at("max"), seconds.at("all").back()) << name;
  }
  EXPECT_GT(report.at("phases").at("P2P").at("min").get<double>(), 0.0);
  EXPECT_EQ(report.at("check").at("num_targets"), 500);
  EXPECT_LT(report.at("check").at("potential_rel_l2").get<double>(), 1e-7);
  EXPECT_LT(report.at("check").at("potential_rel_max").get<double>(), 6e-7);
  EXPECT_LT(report.at("check").at("gradient_rel_l2").get<double>(), 5e-7);
  EXPECT_GT(report.at("check").at("gradient_rel_l2").get<double>(), 0.0);
  EXPECT_GT(report.at("peak_rss_bytes").at("sum"), report.at("peak_rss_bytes").at("max"));
  EXPECT_EQ(place.files(), (std::vector<std::string>{"points.h5", "report.json"})) << "no output unless asked";
}

TEST_F(Program, ThePrecisionThatIsGivenIsTaken) {
  generate("--distribution cube --num-points 1000 --output points.h5");
  // Where the other one would be chosen.
  for (const auto& [precision, accuracy] : {std::pair{"full", "--tolerance 1e-4"}, {"mixed", "--order 6"}}) {
    const std::string command = std::string("evaluate points.h5 --json report.json ") + accuracy;
    run(command);
    EXPECT_NE(json::parse(place.read("report.json")).at("precision"), precision);
    run(command + " --precision " + precision);
    EXPECT_EQ(json::parse(place.read("report.json")).at("precision"), precision);
  }
}

TEST_F(Program, PointsDoNotDependOnRanks) {
  for (const std::string name : {"cube", "sphere", "ellipsoid", "plummer"}) {
    const std::string options = "--distribution " + name + " --num-points 1000 --charges signed --seed 11 --output ";
    generate(options + "one.h5");
    generate(options + "three.h5", 3);
    for (const char* dataset : {"/particle_data/sources", "/particle_data/source_densities"}) {
      EXPECT_EQ(read_numbers(place.path("one.h5"), dataset), read_numbers(place.path("three.h5"), dataset)) << name;
    }
  }
}

TEST_F(Program, KnowsTheOtherKernels) {
  generate("--distribution cube --num-points 2000 --components 3 --charges signed --seed 1 --output vectors.h5");
  generate("--distribution cube --num-points 2000 --seed 1 --output scalars.h5");
  run("evaluate vectors.h5 --kernel stokeslet --check 200 --json stokeslet.json --output flow.h5", 2);
  run("evaluate scalars.h5 --kernel yukawa --lambda 3 --check 200 --json yukawa.json", 2);
  EXPECT_LT(json::parse(place.read("stokeslet.json")).at("check").at("potential_rel_l2").get<double>(), 1.5e-5);
  EXPECT_LT(json::parse(place.read("yukawa.json")).at("check").at("potential_rel_l2").get<double>(), 3e-7);
  EXPECT_EQ(json::parse(place.read("yukawa.json")).at("lambda"), 3.0);
  EXPECT_TRUE(json::parse(place.read("yukawa.json")).at("check").at("gradient_rel_l2").is_null());
  EXPECT_EQ(read_numbers(place.path("flow.h5"), "/results/potentials").size(), 6000U);
}

TEST_F(Program, InfoShowsTheTreeOfAnEvaluation) {
  generate("--distribution plummer --num-points 3000 --seed 1 --output points.h5");
  const std::string text = run("info points.h5 --points-per-leaf 20 --json info.json", 2);
  run("evaluate points.h5 --points-per-leaf 20 --json evaluate.json", 3);
  const json info = json::parse(place.read("info.json"));
  const json evaluate = json::parse(place.read("evaluate.json"));
  for (const char* name : {"tree_checksum", "num_leaves", "num_octants", "depth", "lists"})
    EXPECT_EQ(info.at(name), evaluate.at(name)) << name;
  EXPECT_TRUE(info.at("evaluate_seconds").is_null());
  EXPECT_TRUE(info.at("check").is_null());
  EXPECT_GT(info.at("memory_estimate_bytes").get<double>(), 0.0);
  EXPECT_NE(text.find("estimated memory"), std::string::npos);
}

TEST_F(Program, FewPointsAndNone) {
  for (const int num_points : {0, 1, 2}) {
    const std::string file = std::to_string(num_points) + ".h5";
    generate("--distribution cube --num-points " + std::to_string(num_points) + " --output " + file, 3);
    run("evaluate " + file + " --gradient --check 10 --output results.h5 --json report.json", 3);
    EXPECT_EQ(json::parse(place.read("report.json")).at("num_targets"), num_points);
    EXPECT_EQ(read_numbers(place.path("results.h5"), "/results/potentials").size(),
              static_cast<std::size_t>(num_points));
  }
}

TEST_F(Program, ExitsWith4WhenTheCheckFindsMoreThanIsTolerated) {
  generate("--distribution cube --num-points 3000 --charges signed --output points.h5");
  const std::string command = "evaluate points.h5 --order 4 --gradient --json report.json --output results.h5";
  run(command + " --check-tolerance 1e-2 --check 100");
  const double error = json::parse(place.read("report.json")).at("check").at("gradient_rel_l2").get<double>();
  for (const int num_ranks : {0, 2}) {
    const RunResult result = place.run(command + " --check-tolerance " + std::to_string(0.5 * error), num_ranks);
    EXPECT_EQ(result.exit_code, 4);
    ASSERT_FALSE(result.errors.empty()) << result.standard_error;
    // After warnings.
    EXPECT_NE(result.errors.back().find("the relative L2 error of the gradient is"), std::string::npos)
        << result.standard_error;
    const json check = json::parse(place.read("report.json")).at("check");
    EXPECT_EQ(check.at("num_targets"), 1000);
    EXPECT_LT(check.at("potential_rel_l2").get<double>(), 0.5 * error) << "the gradient's is above alone";
    EXPECT_EQ(read_numbers(place.path("results.h5"), "/results/potentials").size(), 3000U);
  }
}

TEST_F(Program, WarnsOfCoincidentPoints) {
  std::string rows;
  for (int i = 0; i < 50; ++i) rows += "0.25 0.5 0.75 1\n";
  rows += "0.75 0.5 0.25 1\n";
  place.write("points.txt", rows);
  const RunResult result = place.run("evaluate points.txt --points-per-leaf 10 --output results.h5");
  EXPECT_EQ(result.exit_code, 0);
  ASSERT_EQ(result.errors.size(), 1U) << result.standard_error;
  EXPECT_NE(result.errors[0].find("hold more than 10 points, the largest 50"), std::string::npos);
  // 50 coincident points see the other one only, at distance sqrt(1/2).
  const auto potentials = read_numbers(place.path("results.h5"), "/results/potentials");
  EXPECT_NEAR(potentials[0], std::sqrt(2.0) / (4.0 * M_PI), 6e-8);
  EXPECT_NEAR(potentials[50], 50.0 * std::sqrt(2.0) / (4.0 * M_PI), 3e-6);
}

TEST_F(Program, PetscReadsItsOptions) {
  generate("--distribution cube --num-points 1000 --output points.h5");
  const std::string text = run("evaluate points.h5 --points-per-leaf 50 -- -log_view", 2);
  EXPECT_NE(text.find("PETSc Performance Summary"), std::string::npos);
  // Names that fill their column or less, so that the numbers stay below their titles.
  for (const char* name : {"NfP2P", "NfM2L", "NfTranslations", "NfCommunication"}) {
    const std::size_t begin = text.find(std::string("\n") + name + ' ');
    ASSERT_NE(begin, std::string::npos) << name;
    EXPECT_EQ(text[begin + 17], ' ') << name;
    EXPECT_NE(text.substr(begin + 18, 7).find_first_of("0123456789"), std::string::npos) << name;
  }
}

TEST_F(Program, HelpAndVersion) {
  EXPECT_NE(run("--help", 2).find("Usage: nearfar"), std::string::npos);
  EXPECT_NE(run("evaluate --help").find("--points-per-leaf"), std::string::npos);
  EXPECT_NE(run("--version").find("PETSc:"), std::string::npos);
}

/// Sets a variable for the programs that are started.
struct Variable {
  explicit Variable(const std::string& value) { setenv("NEARFAR_SIMD", value.c_str(), 1); }
  ~Variable() { before.empty() ? unsetenv("NEARFAR_SIMD") : setenv("NEARFAR_SIMD", before.c_str(), 1); }
  std::string before = std::getenv("NEARFAR_SIMD") == nullptr ? "" : std::getenv("NEARFAR_SIMD");
};

TEST_F(Program, TakesTheVectorInstructionsAskedForOrSaysWhyNot) {
  const bool has_levels = std::string(instruction_set()).starts_with("x86-64-v");
  for (const std::string level : {"v2", "v3", "v4", "v5"}) {
    const Variable variable(level);
    const RunResult result = place.run("--version", level == "v5" ? 2 : 0);
    if (result.exit_code == 0) {
      EXPECT_TRUE(has_levels && level != "v5") << level;
      EXPECT_NE(result.output.find("SIMD:     x86-64-" + level + " ("), std::string::npos) << result.output;
    } else {
      EXPECT_EQ(result.exit_code, 1) << level;
      EXPECT_FALSE(has_levels && level == "v2");
      ASSERT_EQ(result.errors.size(), 1U) << result.standard_error;
      EXPECT_TRUE(result.errors[0].starts_with("nearfar: NEARFAR_SIMD=" + level + ": th")) << result.errors[0];
    }
  }
}

struct BadInput {
  const char* arguments;
  int exit_code;
  const char* sentence;       ///< part of what must be said
  bool on_ranks_too = false;  ///< also under mpirun: where ranks have something to agree on
};

const std::string overlong_name = "evaluate points.h5 --json o.json --output " + std::string(300, 'a') + ".h5";

const BadInput bad_inputs[] = {
    {"", 1, "subcommand"},
    {"evalute points.h5", 1, "did you mean evaluate?"},
    {"evaluate points.h5 --ordr 4", 1, "unknown option --ordr; did you mean --order?", true},
    {"evaluate points.h5 --order 1 --output o.h5 --json o.json", 1, "order", true},
    {"evaluate points.h5 --order 17 --output o.h5", 1, "order"},
    {"evaluate points.h5 --order 2 --tolerance 1e-12 --output o.h5", 1, "above the tolerance 1e-12: give order 14",
     true},
    {"info points.h5 --precision mixed --tolerance 1e-12", 1, "mixed precision has errors of up to 3e-07"},
    {"evaluate points.h5 --max-memory 100K --output o.h5", 1, "above the limit of 100.00 KiB", true},
    {"evaluate points.h5 --points-per-leaf 0", 1, "leaf"},
    {"evaluate points.h5 --repeat 0", 1, "--repeat"},
    {"evaluate points.h5 --check -1", 1, "--check"},
    {"evaluate points.h5 --check-tolerance -1", 1, "--check-tolerance must not be negative"},
    {"evaluate points.h5 --kernel laplac", 1, "did you mean laplace?", true},
    {"evaluate points.h5 --lambda 2", 1, "the laplace kernel has no parameter 'lambda'"},
    {"evaluate points.h5 --kernel yukawa --lambda -2", 1, "lambda"},
    {"evaluate points.h5 --output points.h5", 1, "would be overwritten", true},
    {"evaluate points.h5 --json ../work/points.h5", 1, "would be overwritten"},
    {"evaluate points.h5 --output o.h5 --json o.h5", 1, "would be overwritten"},
    {"generate --distribution cube --num-points -9 --output o.h5", 1, "--num-points"},
    {"generate --distribution cube --num-points 1e14 --output o.h5", 1, "--num-points"},
    {"generate --distribution cube --num-points 9 --components 0 --output o.h5", 1, "--components"},
    {"generate --distribution cube --num-points 9 --seed -1 --output o.h5", 1, "--seed"},
    {"generate --distribution cube --num-points 9 --output missing/o.h5", 2, "missing", true},
    {overlong_name.c_str(), 2, "File name too long", true},
    {"evaluate missing.h5 --output o.h5 --json o.json", 2, "missing.h5", true},
    {"evaluate points.h5 --output missing/o.h5", 2, "missing"},
    {"evaluate points.h5 --json missing/o.json", 2, "missing", true},
    {"evaluate . --output o.h5", 2, "directory"},
    {"evaluate text.h5 --output o.h5", 2, "text.h5", true},
    {"evaluate nan.txt --output o.h5 --json o.json", 2, "nan.txt", true},
    {"evaluate points.h5 --kernel stokeslet --output o.h5", 2, "source_densities", true},
    {"info points.h5 --order 1 --json o.json", 1, "order"},
    {"evaluate points.h5 --output ''", 1, "the argument after --output is empty", true},
    {"evaluate points.h5 --json=", 1, "--json= is followed by nothing"},
    {"evaluate empty.txt --output o.h5", 2, "empty.txt' holds no points", true},
    {"evaluate dangling.h5 --output o.h5", 2, "the link '/particle_data/targets' leads to '/nowhere'", true},
    {"evaluate points.h5 -- -options_file missing", 1, "PETSc does not accept the options", true},
};

TEST_F(Program, BadInputEndsWithOneLineAndLeavesNothing) {
  generate("--distribution cube --num-points 500 --output points.h5");
  place.write("text.h5", "this is not HDF5\n");
  place.write("nan.txt", "0 0 0 1\n1 nan 0 1\n");
  place.write("empty.txt", "# x y z q\n");
  generate("--distribution cube --num-points 500 --output dangling.h5");
  testing_support::add_dangling_link(place.path("dangling.h5"), "/particle_data/targets");
  const auto files = place.files();
  const std::string points = place.read("points.h5");
  for (const auto& [arguments, exit_code, sentence, on_ranks_too] : bad_inputs) {
    for (const int num_ranks : {0, 3}) {
      if (num_ranks > 0 && !on_ranks_too) continue;
      const RunResult result = place.run(arguments, num_ranks);
      EXPECT_EQ(result.exit_code, exit_code) << arguments;
      ASSERT_EQ(result.errors.size(), 1U) << arguments << '\n' << result.standard_error;
      EXPECT_NE(result.errors[0].find(sentence), std::string::npos) << arguments << '\n' << result.errors[0];
      const bool petsc_prints_too = std::string(sentence).starts_with("PETSc");
      if (num_ranks == 0 && !petsc_prints_too) {
        EXPECT_EQ(result.standard_error, result.errors[0] + "\n") << arguments;
      }
      EXPECT_EQ(place.files(), files) << arguments;
    }
  }
  EXPECT_EQ(place.read("points.h5"), points);
}

}
}
