// SPDX-License-Identifier: BSD-3-Clause
// Where the program writes, and what it refuses to write to, from outside.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/run_program.hpp"

namespace nearfar {
namespace {

using testing_support::read_numbers;
using testing_support::RunResult;
using testing_support::Workplace;

class Output : public testing::Test {
 protected:
  void run(const std::string& arguments, int num_ranks = 0) const {
    const RunResult result = place.run(arguments, num_ranks);
    EXPECT_EQ(result.exit_code, 0) << arguments << '\n' << result.standard_error;
  }

  Workplace place;
};

struct Command {
  const char* arguments;  ///< whose output is a named pipe
  bool on_ranks_too = false;
};

const Command commands[] = {
    {"generate --distribution cube --num-points 10 --output pipe"},
    {"evaluate points.h5 --output pipe", true},
    {"evaluate points.h5 --json pipe", true},
    {"evaluate points.h5 --vtk prefix"},
    {"info points.h5 --json pipe"},
    {"info points.h5 --vtk prefix"},
    {"plan points.h5 --ranks 2 --json pipe"},
    {"calibrate --num-points 1000 --json pipe"},
};

TEST_F(Output, IsNoPipe) {
  run("generate --distribution cube --num-points 100 --output points.h5");
  ASSERT_EQ(mkfifo(place.path("pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("pipe", place.path("prefix_octree.hdf"));
  const auto files = place.files();
  for (const auto& [arguments, on_ranks_too] : commands) {
    for (const int num_ranks : {0, 2}) {
      if (num_ranks > 0 && !on_ranks_too) continue;
      const RunResult result = place.run(arguments, num_ranks);
      EXPECT_EQ(result.exit_code, 2) << arguments;
      ASSERT_EQ(result.errors.size(), 1U) << arguments << '\n' << result.standard_error;
      EXPECT_NE(result.errors[0].find("is a named pipe and cannot be replaced; choose another name"), std::string::npos)
          << arguments << '\n'
          << result.errors[0];
      EXPECT_EQ(place.files(), files) << arguments;
      EXPECT_TRUE(std::filesystem::is_fifo(place.path("pipe"))) << arguments;
    }
  }
}

TEST_F(Output, FollowsSymbolicLinks) {
  std::filesystem::create_directory(place.path("elsewhere"));
  for (const char* name : {"points.h5", "results.h5", "report.json", "prefix_octree.hdf", "prefix_particles.hdf"})
    std::filesystem::create_symlink(std::string("elsewhere/") + name, place.path(name));
  run("generate --distribution cube --num-points 100 --output points.h5");
  for (int i = 0; i < 2; ++i)  // new files first, then their replacements
    run("evaluate points.h5 --output results.h5 --json report.json --vtk prefix", 2);
  for (const std::string& name : place.files()) {
    if (name == "elsewhere") continue;
    EXPECT_TRUE(std::filesystem::is_symlink(place.path(name))) << name;
    EXPECT_TRUE(std::filesystem::is_regular_file(place.path("elsewhere/" + name))) << name;
  }
  EXPECT_EQ(read_numbers(place.path("elsewhere/results.h5"), "/results/potentials").size(), 100U);
}

TEST_F(Output, MayBeginWithACopyOfTheInput) {
  run("generate --distribution cube --num-points 100 --output points.h5");
  run("evaluate points.h5 --copy-input --output results.h5", 2);
  EXPECT_EQ(read_numbers(place.path("results.h5"), "/particle_data/sources"),
            read_numbers(place.path("points.h5"), "/particle_data/sources"));
}

TEST_F(Output, NeverReplacesAnotherThroughALink) {
  run("generate --distribution cube --num-points 100 --output points.h5");
  std::filesystem::create_symlink("points.h5", place.path("link.h5"));
  std::filesystem::create_symlink("new.h5", place.path("link_to_new.h5"));
  for (const char* arguments :
       {"evaluate points.h5 --output link.h5", "evaluate points.h5 --output new.h5 --json link_to_new.h5"}) {
    const RunResult result = place.run(arguments);
    EXPECT_EQ(result.exit_code, 1) << arguments;
    EXPECT_NE(result.standard_error.find("would be overwritten"), std::string::npos) << result.standard_error;
  }
  EXPECT_FALSE(std::filesystem::exists(place.path("new.h5")));
}

TEST_F(Output, ThatReachesTheLimitOfAFileIsAFailedWrite) {
  run("generate --distribution cube --num-points 1e6 --output points.h5");
  place.limit_file_size(30'000'000);
  for (const int num_ranks : {0, 2}) {
    const RunResult generated = place.run("generate --distribution cube --num-points 1e6 --output more.h5", num_ranks);
    EXPECT_EQ(generated.exit_code, 2) << generated.standard_error;
    ASSERT_EQ(generated.errors.size(), 1U) << generated.standard_error;
    EXPECT_NE(generated.errors[0].find("File too large"), std::string::npos) << generated.errors[0];
  }
  for (const char* output : {"--output results.h5", "--vtk prefix"}) {
    const RunResult evaluated =
        place.run(std::string("evaluate points.h5 --order 2 --gradient --json report.json ") + output, 0, 2);
    EXPECT_EQ(evaluated.exit_code, 2) << evaluated.standard_error;
    EXPECT_EQ(evaluated.output, "") << "the room is asked for before the evaluation";
    EXPECT_EQ(place.files(), std::vector<std::string>{"points.h5"});
  }
}

}
}
