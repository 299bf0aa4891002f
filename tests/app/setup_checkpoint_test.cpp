// SPDX-License-Identifier: BSD-3-Clause
// --save-setup and --load-setup, from outside.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/run_program.hpp"

namespace nearfar {
namespace {

using nlohmann::json;
using testing_support::RunResult;
using testing_support::Workplace;

class SetupCheckpoint : public testing::Test {
 protected:
  void run(const std::string& arguments, int num_ranks = 0) const {
    const RunResult result = place.run(arguments, num_ranks);
    EXPECT_EQ(result.exit_code, 0) << arguments << '\n' << result.standard_error;
  }
  /// One sentence, with this in it.
  void expect_refused(const std::string& arguments, int exit_code, const std::string& sentence, int num_ranks) const {
    const RunResult result = place.run(arguments, num_ranks);
    EXPECT_EQ(result.exit_code, exit_code) << arguments;
    ASSERT_EQ(result.errors.size(), 1U) << arguments << '\n' << result.standard_error;
    EXPECT_NE(result.errors[0].find(sentence), std::string::npos) << result.errors[0];
  }
  json report(const std::string& name) const { return json::parse(place.read(name)); }

  Workplace place;
};

/// The cuts of a rebalancing are those that only the file has.
TEST_F(SetupCheckpoint, GivesTheSameResultsBitForBit) {
  run("generate --distribution plummer --num-points 6000 --output points.h5");
  const std::string evaluate = "evaluate points.h5 --kernel yukawa --gradient ";
  for (const int num_ranks : {1, 3}) {
    run(evaluate + "--tolerance 1e-4 --rebalance --save-setup setup.h5 --output a.h5 --json a.json", num_ranks);
    run(evaluate + "--load-setup setup.h5 --save-setup again.h5 --output b.h5 --json b.json", num_ranks);
    EXPECT_EQ(place.read("a.h5"), place.read("b.h5"));
    EXPECT_EQ(place.read("setup.h5"), place.read("again.h5"));
    EXPECT_EQ(report("a.json").at("communication"), report("b.json").at("communication"));
    EXPECT_EQ(report("a.json").at("tolerance"), report("b.json").at("tolerance"));
  }
  // On other numbers of ranks the tree is the same, and cut anew.
  run(evaluate + "--load-setup setup.h5 --check 200 --json c.json", 2);
  for (const char* name : {"tree_checksum", "order", "points_per_leaf", "root_scale", "precision"})
    EXPECT_EQ(report("a.json").at(name), report("c.json").at(name)) << name;
  EXPECT_LT(report("c.json").at("check").at("potential_rel_l2").get<double>(), 1e-4);
}

TEST_F(SetupCheckpoint, RefusesStaleAndForeignFiles) {
  for (const std::string seed : {"1", "2"})
    run("generate --distribution cube --num-points 500 --seed " + seed + " --output points" + seed + ".h5");
  run("evaluate points1.h5 --order 4 --save-setup setup.h5");
  run("generate --distribution cube --num-points 500 --sort --seed 1 --output sorted.h5", 2);
  run("evaluate sorted.h5 --load-setup setup.h5", 2);
  place.write("text.h5", "not HDF5");
  const auto files = place.files();
  for (const int num_ranks : {0, 2}) {
    expect_refused("evaluate points2.h5 --load-setup setup.h5", 2, "was saved for other points", num_ranks);
    expect_refused("evaluate points1.h5 --kernel yukawa --load-setup setup.h5", 2, "another kernel", num_ranks);
    expect_refused("evaluate points1.h5 --load-setup points2.h5", 2, "holds no set-up", num_ranks);
    expect_refused("evaluate points1.h5 --load-setup nowhere.h5", 2, "nowhere.h5", num_ranks);
    expect_refused("evaluate points1.h5 --load-setup text.h5", 2, "text.h5", num_ranks);
    expect_refused("evaluate points1.h5 --order 5 --load-setup setup.h5", 1, "--load-setup brings", num_ranks);
    expect_refused("evaluate points1.h5 --load-setup setup.h5 --save-setup setup.h5", 1, "setup.h5", num_ranks);
  }
  EXPECT_EQ(place.files(), files);
}

}
}
