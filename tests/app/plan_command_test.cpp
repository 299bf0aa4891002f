// SPDX-License-Identifier: BSD-3-Clause
// `nearfar plan`, `nearfar calibrate` and --rebalance, from outside.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "app/machine.hpp"
#include "app/run_program.hpp"
#include "nearfar/error.hpp"
#include "support/sanitizers.hpp"

namespace nearfar {
namespace {

using nlohmann::json;
using testing_support::RunResult;
using testing_support::Workplace;

class PlanCommand : public testing::Test {
 protected:
  void run(const std::string& arguments, int num_ranks = 0) const {
    const RunResult result = place.run(arguments, num_ranks);
    EXPECT_EQ(result.exit_code, 0) << arguments << '\n' << result.standard_error;
  }
  /// The sentence of a run that fails with this exit code.
  std::string complaint(const std::string& arguments, int exit_code, int num_ranks = 0) const {
    const RunResult result = place.run(arguments, num_ranks);
    EXPECT_EQ(result.exit_code, exit_code) << arguments;
    EXPECT_EQ(result.errors.size(), 1U) << result.standard_error;
    return result.errors.empty() ? "" : result.errors.front();
  }
  json report(const std::string& name) const { return json::parse(place.read(name)); }

  Workplace place;
};

TEST_F(PlanCommand, CountsWhatARunCounts) {
  for (const std::string distribution : {"cube", "sphere"}) {
    run("generate --distribution " + distribution + " --num-points 20000 --output points.h5");
    run("evaluate points.h5 --order 6 --points-per-leaf 40 --json real.json", 4);
    run("plan points.h5 --order 6 --points-per-leaf 40 --ranks 4 --json file.json");
    run("plan --distribution " + distribution +
        " --num-points 20000 --order 6 --points-per-leaf 40 --ranks 4 --json plan.json");
    const json real = report("real.json"), plan = report("plan.json");
    EXPECT_EQ(plan.at("communication"), real.at("communication"));
    EXPECT_EQ(report("file.json").at("communication"), real.at("communication"));
    EXPECT_EQ(plan.at("tree_checksum"), real.at("tree_checksum"));
    EXPECT_NEAR(plan.at("imbalance").get<double>(), real.at("imbalance").at("predicted").get<double>(), 1e-9);
#ifndef NEARFAR_WATCHED_MEMORY  // whose memory is no part of the prediction
    const auto memory = real.at("peak_rss_bytes").at("max").get<double>();
    EXPECT_NEAR(plan.at("memory_bytes").at("max").get<double>(), memory, 0.2 * memory);
#endif
  }
}

TEST_F(PlanCommand, AddsTheCallersArraysAndTheProcessToTheMemory) {
  place.write("machine.json", R"({"process_bytes": 1e6})");
  for (const auto& [kernel, components, bytes_per_point] :
       {std::tuple{"laplace", "1", 8 * (3 + 1 + 1)}, {"stokeslet", "3", 8 * (3 + 3 + 3)}}) {
    const std::string options = std::string(" --order 4 --points-per-leaf 50 --kernel ") + kernel;
    run(std::string("generate --distribution cube --num-points 3000 --components ") + components + " --output a.h5");
    run("info a.h5 --json info.json" + options);
    run("plan a.h5 --ranks 1 --machine machine.json --json plan.json" + options);
    EXPECT_EQ(report("plan.json").at("memory_bytes").at("max").get<double>(),
              report("info.json").at("memory_estimate_bytes").get<double>() + 3000 * bytes_per_point + 1e6)
        << kernel;
  }
}

TEST_F(PlanCommand, ScalesWhatItSimulates) {
  run("plan --distribution cube --num-points 4e5 --ranks 64 --order 5 --points-per-leaf 48 --json whole.json");
  run("plan --distribution cube --num-points 4e5 --ranks 64 --order 5 --points-per-leaf 48 --simulate 5e4 "
      "--json part.json");
  const json whole = report("whole.json"), part = report("part.json");
  EXPECT_EQ(part.at("num_simulated"), 50000);
  EXPECT_EQ(whole.at("num_simulated"), 400000);
  const auto expect_near = [&](const char* group, const char* name, double tolerance) {
    const double a = part.at(group).at(name).at("mean"), b = whole.at(group).at(name).at("mean");
    EXPECT_NEAR(a, b, tolerance * b) << name;
  };
  expect_near("phases", "P2P", 0.1);
  expect_near("phases", "M2L", 0.27);  // fewer points per leaf spread more, and pairs of few children cost more
  expect_near("communication", "bytes", 0.15);
  expect_near("communication", "ghost_multipoles", 0.15);
  expect_near("communication", "messages", 0.15);
  const double memory = whole.at("memory_bytes").at("max");
  EXPECT_NEAR(part.at("memory_bytes").at("max").get<double>(), memory, 0.2 * memory);
}

/// Work differs between ranks as it does where each has all its points, however few stand for them.
TEST_F(PlanCommand, ImbalanceDoesNotDependOnTheNumberSimulated) {
  for (const std::string distribution : {"cube", "sphere"})
    for (const std::string simulated : {"2e4", "1e5"}) {
      run("plan --distribution " + distribution + " --num-points 1e8 --ranks 1000 --order 4 --points-per-leaf 100 " +
          "--root-scale 1 --simulate " + simulated + " --json plan.json");
      const json plan = report("plan.json");
      EXPECT_LT(plan.at("imbalance").get<double>(), 1.05) << distribution << ' ' << simulated;
      // Points of random order go to all other ranks, over relays on 32 columns of 31 or 32 ranks: two steps of two
      // ways each, for charges and for potentials.
      EXPECT_NEAR(plan.at("communication").at("caller_messages").at("mean").get<double>(), 2 * 4 * 31, 8);
      EXPECT_EQ(plan.at("communication").at("caller_messages"), plan.at("caller_order").at("random_messages"));
      EXPECT_LT(plan.at("caller_order").at("tree_messages").at("max").get<double>(), 40.0);
    }
}

/// Each rank sends to all others of its node, and to one rank of each other node, and gets as much: charges,
/// potentials.
TEST_F(PlanCommand, SendsPointsWithinNodesFirst) {
  run("plan --distribution cube --num-points 1e8 --ranks 1000 --ranks-per-node 100 --order 4 --points-per-leaf 100 "
      "--root-scale 1 --simulate 2e4 --json plan.json");
  const json messages = report("plan.json").at("communication").at("caller_messages");
  EXPECT_EQ(messages.at("min"), 2 * 2 * (99 + 9));
  EXPECT_EQ(messages.at("max"), 2 * 2 * (99 + 9));
}

/// In the order of the tree points stay, or go to ranks nearby.
TEST_F(PlanCommand, KnowsSortedPoints) {
  const std::string options = " --order 4 --points-per-leaf 40 --root-scale 1 --json ";
  run("generate --distribution plummer --num-points 20000 --sort --output points.h5");
  run("evaluate points.h5" + options + "real.json", 4);
  run("plan --distribution plummer --num-points 20000 --ranks 4 --sort" + options + "plan.json");
  EXPECT_EQ(report("plan.json").at("communication"), report("real.json").at("communication"));
}

/// Leaves hold too few points for each of the simulated ones to stand for all that are left out.
TEST_F(PlanCommand, ScalesWhatIsLeftOut) {
  run("plan --distribution cube --num-points 4e5 --ranks 8 --order 5 --points-per-leaf 16 --json whole.json");
  run("plan --distribution cube --num-points 4e5 --ranks 8 --order 5 --points-per-leaf 16 --simulate 8e3 "
      "--json part.json");
  const json whole = report("whole.json"), part = report("part.json");
  const auto ratio = [&](const char* group, const char* name) {
    return part.at(group).at(name).at("mean").get<double>() / whole.at(group).at(name).at("mean").get<double>();
  };
  EXPECT_NEAR(ratio("phases", "P2M"), 1.0, 0.25);
  EXPECT_NEAR(ratio("phases", "M2L"), 1.0, 0.43);
  EXPECT_NEAR(ratio("phases", "P2P"), 1.0, 0.35);
  EXPECT_NEAR(ratio("communication", "bytes"), 1.0, 0.1);
}

TEST_F(PlanCommand, TakesTheMachineThatWasMeasured) {
  run("calibrate --order 4 --num-points 5000 --json machine.json", 2);
  const json machine = report("machine.json");
  EXPECT_GT(machine.at("factors").at("P2P").get<double>(), 0.0);
  EXPECT_GT(machine.at("latency_seconds").get<double>(), 0.0);
  EXPECT_TRUE(machine.at("network_measured").get<bool>());
  run("plan --distribution cube --num-points 1e5 --ranks 16 --order 4 --machine machine.json --json measured.json");
  place.write("slow.json", R"({"factors": {"P2P": 1e3}, "latency_seconds": 1.0})");
  run("plan --distribution cube --num-points 1e5 --ranks 16 --order 4 --machine slow.json --json slow_plan.json");
  run("plan --distribution cube --num-points 1e5 --ranks 16 --order 4 --json stored.json");
  const json slow = report("slow_plan.json"), stored = report("stored.json");
  EXPECT_NEAR(slow.at("phases").at("P2P").at("mean").get<double>(),
              1e3 * stored.at("phases").at("P2P").at("mean").get<double>(), 1e-9);
  EXPECT_GT(slow.at("phases").at("ghosts").at("max").get<double>(),
            slow.at("communication").at("messages").at("max").get<double>());
  const double factor = machine.at("factors").at("P2P");
  EXPECT_NEAR(report("measured.json").at("phases").at("P2P").at("mean").get<double>(),
              factor * stored.at("phases").at("P2P").at("mean").get<double>(), 1e-9);
}

TEST(Machine, FactorsAreMeasuredOverPredicted) {
  const std::map<std::string, double> measured{{"P2P", 3.0}, {"M2L", 0.5}, {"X", 1.0}};
  const std::map<std::string, double> predicted{{"P2P", 2.0}, {"M2L", 2.0}, {"M2P", 1e-7}};
  const std::map<std::string, double> expected{{"P2P", 1.5}, {"M2L", 0.25}};
  EXPECT_EQ(app::time_factors(measured, predicted), expected);
}

TEST(Machine, AMessageTakesHalfOfItsRoundTrip) {
  app::Machine machine;
  app::set_network(machine, 4e-6, 0.5, 1e9);
  EXPECT_EQ(machine.latency_seconds, 2e-6);
  EXPECT_EQ(machine.bandwidth_bytes_per_second, 4e9);
  EXPECT_TRUE(machine.network_measured);
}

TEST_F(PlanCommand, SaysWhatIsWrong) {
  EXPECT_NE(complaint("plan --ranks 4", 1).find("a file of particles, or --distribution"), std::string::npos);
  EXPECT_NE(complaint("plan --distribution cube --ranks 4", 1).find("--num-points"), std::string::npos);
  EXPECT_NE(complaint("plan --distribution cube --num-points 10 --ranks 0", 1).find("--ranks"), std::string::npos);
  EXPECT_NE(complaint("plan --distribution cube --num-points 10 --ranks 2", 1, 2).find("one rank"), std::string::npos);
  EXPECT_NE(complaint("plan nowhere.h5 --ranks 2", 2).find("nowhere.h5"), std::string::npos);
  EXPECT_NE(complaint("plan --distribution cube --num-points 10 --ranks 2 --machine .", 2).find("is a directory"),
            std::string::npos);
  EXPECT_NE(complaint("plan --distribution cube --num-points 10 --ranks 2 --machine no.json", 2).find("no.json"),
            std::string::npos);
  EXPECT_NE(complaint("calibrate --num-points 3", 1).find("--num-points"), std::string::npos);
  for (const char* text :
       {"", "[1]", R"({"latency_seconds": -1})", R"({"factors": {"P2P": "x"}})", R"({"speed": 1})"}) {
    place.write("machine.json", text);
    EXPECT_NE(complaint("plan --distribution cube --num-points 10 --ranks 2 --machine machine.json", 2)
                  .find("machine file 'machine.json'"),
              std::string::npos)
        << text;
  }
}

TEST_F(PlanCommand, RebalancesAndGoesOn) {
  run("generate --distribution plummer --num-points 20000 --output points.h5");
  run("evaluate points.h5 --order 5 --json usual.json", 3);
  run("evaluate points.h5 --order 5 --rebalance --check 100 --json report.json", 3);
  EXPECT_TRUE(report("usual.json").at("imbalance").at("before_rebalancing").is_null());
  // How much it gains depends on clocks.
  for (const char* name : {"predicted", "measured", "before_rebalancing"})
    EXPECT_GE(report("report.json").at("imbalance").at(name).get<double>(), 1.0) << name;
  EXPECT_LT(report("report.json").at("check").at("potential_rel_l2").get<double>(), 1e-5);
}

}
}
