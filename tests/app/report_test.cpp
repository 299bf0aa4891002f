// SPDX-License-Identifier: BSD-3-Clause
#include "app/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "app/text.hpp"

namespace nearfar::app {
namespace {

RunSummary example() {
  RunSummary summary;
  summary.version = "1.2.3";
  summary.input = "points.h5";
  summary.kernel = {"laplace", {"charge"}, {"potential"}, {}};
  summary.options.order = 8;
  summary.options.points_per_leaf = 150;
  summary.gradient = true;
  summary.num_ranks = 3;
  summary.num_threads = 4;
  summary.load = {3, 4, 16, 4};
  summary.tree.num_sources = 2000;
  summary.tree.num_targets = 1000;
  summary.tree.num_leaves = 70;
  summary.tree.num_octants = 90;
  summary.tree.depth = 2;
  summary.tree.checksum = 0x12abU;
  summary.tree.u = {10.5, 13.25, 40};
  summary.tree.octants_per_level = {1, 8, 81};
  summary.setup_seconds = 2.0;
  summary.setup_phases = {{"partition", {0.25, 0.5, 0.75}, 0.0, 1.0}, {"tree", {0.1, 0.2, 0.3}, 0.0, 0.5}};
  summary.setup_threads = {0.125, {4.0, 6.0}};
  summary.evaluate_seconds = {4.0, 1.0, 2.0};
  summary.evaluation_threads = ThreadForecast{0.004, {14.5, 45.0}};
  summary.phases = {{"P2P", {0.5, 1.0, 1.5}, 2e9, 0.9}, {"M2L", {0.25, 0.25, 0.25}, 1e9, 0.8}};
  summary.check = SampledError{500, 1.5e-7, 2.5e-6, 3.5e-5, {}, 0.5e-7, 1.5e-6};
  summary.memory = {1024.0 * 1024.0, 3.0 * 1024.0 * 1024.0};
  return summary;
}

TEST(Report, MedianOfOddAndEvenCounts) {
  EXPECT_EQ(median({4.0, 1.0, 2.0}), 2.0);
  EXPECT_EQ(median({4.0, 1.0, 2.0, 8.0}), 3.0);
  EXPECT_EQ(median({7.0}), 7.0);
  EXPECT_EQ(median({}), 0.0);
}

TEST(Report, PhasesKeepTheirOrderAndTimes) {
  const PhaseTimes times{{"P2P", {2.0, 3.0, 0.0, 0.5}}, {"extra", {0.5, 0.5}}};
  const auto phases = summarize_phases(MPI_COMM_SELF, times, {"P2M", "P2P"}, 2);
  ASSERT_EQ(phases.size(), 3U);
  EXPECT_EQ(phases[0].name, "P2M");
  EXPECT_EQ(phases[0].seconds.max, 0.0);
  EXPECT_EQ(phases[0].cpu_fraction, 0.0);
  EXPECT_EQ(phases[1].name, "P2P");
  EXPECT_EQ(phases[1].seconds.min, 2.0);
  EXPECT_EQ(phases[1].seconds.mean, 2.0);
  EXPECT_EQ(phases[1].seconds.max, 2.0);
  EXPECT_EQ(phases[1].cpu_fraction, 0.75) << "3 seconds of work on 2 threads in 2 seconds";
  EXPECT_EQ(phases[1].serial_share, 0.25);
  EXPECT_EQ(phases[2].name, "extra");
}

TEST(Report, JsonHoldsTheNumbers) {
  const nlohmann::json json = to_json(example());
  EXPECT_EQ(json.at("version"), "1.2.3");
  EXPECT_EQ(json.at("ranks"), 3);
  EXPECT_EQ(json.at("threads"), 4);
  EXPECT_EQ(json.at("threads_forecast").at("setup"),
            nlohmann::json({{"serial_share", 0.125}, {"speedup_16", 4.0}, {"speedup_64", 6.0}}));
  EXPECT_EQ(json.at("threads_forecast").at("evaluation").at("speedup_64"), 45.0);
  RunSummary of_tree = example();
  of_tree.evaluation_threads.reset();
  EXPECT_TRUE(to_json(of_tree).at("threads_forecast").at("evaluation").is_null());
  EXPECT_EQ(json.at("num_sources"), 2000);
  EXPECT_EQ(json.at("num_targets"), 1000);
  EXPECT_EQ(json.at("order"), 8);
  EXPECT_EQ(json.at("points_per_leaf"), 150);
  EXPECT_EQ(json.at("depth"), 2);
  EXPECT_EQ(json.at("num_leaves"), 70);
  EXPECT_EQ(json.at("num_octants"), 90);
  EXPECT_EQ(json.at("tree_checksum"), "00000000000012ab");
  EXPECT_EQ(json.at("octants_per_level"), nlohmann::json({1, 8, 81}));
  EXPECT_EQ(json.at("lists").at("U"), nlohmann::json({{"mean", 10.5}, {"max", 40}, {"mean_of_leaves", 13.25}}));
  EXPECT_EQ(json.at("setup_seconds"), nlohmann::json({{"total", 2.0}, {"partition", 0.75}, {"tree", 0.3}}));
  EXPECT_EQ(json.at("evaluate_seconds").at("first"), 4.0);
  EXPECT_EQ(json.at("evaluate_seconds").at("min"), 1.0);
  EXPECT_EQ(json.at("evaluate_seconds").at("median"), 2.0);
  EXPECT_EQ(
      json.at("phases").at("P2P"),
      nlohmann::json(
          {{"min", 0.5}, {"mean", 1.0}, {"max", 1.5}, {"flops", 2e9}, {"busy_fraction", 0.9}, {"serial_share", 0.0}}));
  EXPECT_EQ(json.at("check").at("num_targets"), 500);
  EXPECT_EQ(json.at("check").at("potential_rel_l2"), 1.5e-7);
  EXPECT_EQ(json.at("check").at("potential_rel_max"), 2.5e-6);
  EXPECT_EQ(json.at("check").at("potential_abs_l2"), 0.5e-7);
  EXPECT_EQ(json.at("check").at("gradient_rel_l2"), 3.5e-5);
  EXPECT_EQ(json.at("check").at("gradient_abs_l2"), 1.5e-6);
  EXPECT_EQ(json.at("peak_rss_bytes"), nlohmann::json({{"max", 1048576}, {"sum", 3145728}}));
}

TEST(Report, JsonSaysNullForWhatWasNotAsked) {
  RunSummary summary = example();
  summary.gradient = false;
  EXPECT_TRUE(to_json(summary).at("check").at("gradient_rel_l2").is_null());
  summary.check.reset();
  summary.evaluate_seconds.clear();
  EXPECT_TRUE(to_json(summary).at("check").is_null());
  EXPECT_TRUE(to_json(summary).at("evaluate_seconds").is_null());
}

TEST(Report, JsonHoldsTheChoiceAndTheErrorOfEachField) {
  RunSummary summary = example();
  EXPECT_EQ(to_json(summary).at("lambda"), 1.0);
  EXPECT_EQ(to_json(summary).at("check").at("fields"),
            nlohmann::json({{"potential", {{"rel_l2", 1.5e-7}, {"rel_max", 2.5e-6}, {"abs_l2", 0.5e-7}}}}));
  summary.kernel = {"yukawa", {"dipole", "charge"}, {"hessian", "gradient"}, {{"lambda", 3.0}}};
  summary.check->fields = {{"hessian", 4e-5, 5e-5, 2e-5}, {"gradient", 6e-5, 7e-5, 3e-5}};

  const nlohmann::json json = to_json(summary);

  EXPECT_EQ(json.at("kernel"), "yukawa");
  EXPECT_EQ(json.at("source_kind"), nlohmann::json({"dipole", "charge"}));
  EXPECT_EQ(json.at("fields"), nlohmann::json({"hessian", "gradient"}));
  EXPECT_EQ(json.at("parameters"), nlohmann::json({{"lambda", 3.0}}));
  EXPECT_EQ(json.at("lambda"), 3.0);
  EXPECT_EQ(json.at("check").at("fields"),
            nlohmann::json({{"hessian", {{"rel_l2", 4e-5}, {"rel_max", 5e-5}, {"abs_l2", 2e-5}}},
                            {"gradient", {{"rel_l2", 6e-5}, {"rel_max", 7e-5}, {"abs_l2", 3e-5}}}}));
  EXPECT_EQ(json.at("check").at("potential_rel_l2"), 4e-5) << "of the first field";
  EXPECT_EQ(json.at("check").at("potential_rel_max"), 5e-5);
  EXPECT_EQ(json.at("check").at("gradient_rel_l2"), 6e-5);
  EXPECT_EQ(json.at("check").at("gradient_abs_l2"), 3e-5);
}

TEST(Report, TableNamesTheChoiceAndTheErrorOfEachField) {
  RunSummary summary = example();
  EXPECT_NE(table(summary).find("\nsource kind charge; fields potential with gradients\n"), std::string::npos);
  summary.kernel = {"made_up", {"stresslet", "force"}, {"velocity", "pressure"}, {{"mu", 0.5}, {"nu", 1e-3}}};
  summary.gradient = false;
  summary.check->fields = {{"velocity", 1e-5, 2e-5}, {"pressure", 3e-5, 4e-5}};
  const std::string text = table(summary);
  EXPECT_NE(text.find("kernel made_up (mu 0.5, nu 0.001)\nsource kind stresslet, force; fields velocity, pressure\n"),
            std::string::npos);
  EXPECT_NE(text.find("at 500 targets: velocity 1.00e-05 (relative L2), 2.00e-05 (maximum), pressure 3.00e-05 "
                      "(relative L2), 4.00e-05 (maximum)\n"),
            std::string::npos);
}

/// The words of the first line of `text` that begins with `start`.
std::vector<std::string> words_of_line(const std::string& text, const std::string& start) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (!words.empty() && words[0] == start) return words;
  }
  return {};
}

TEST(Report, TableHoldsTheNumbers) {
  const std::string text = table(example());
  using Words = std::vector<std::string>;
  EXPECT_EQ(words_of_line(text, "U"), (Words{"U", "10.5", "13.2", "40"}));
  // Shares are those of the last evaluation's 2 seconds, and of the set-up's 2 seconds.
  EXPECT_EQ(words_of_line(text, "P2P"), (Words{"P2P", "0.5000", "1.0000", "1.5000", "50.0%", "90.0%"}));
  EXPECT_EQ(words_of_line(text, "partition"), (Words{"partition", "0.2500", "0.5000", "0.7500", "25.0%", "100.0%"}));
  EXPECT_EQ(words_of_line(text, "other"), (Words{"other", "1.3000", "65.0%"}));
  EXPECT_NE(text.find("first 4.0000 s, fastest 1.0000 s, median 2.0000 s, 2000000.0 ns per target"), std::string::npos);
  EXPECT_NE(text.find("at 500 targets: potential 1.50e-07 (relative L2), 2.50e-06 (maximum), 5.00e-08 (of sums of "
                      "|K q|), gradient 3.50e-05 (relative L2), 1.50e-06 (of sums of |K q|)\n"),
            std::string::npos);
  EXPECT_NE(text.find("peak memory: 1.00 MiB on the fullest rank, 3.00 MiB in all"), std::string::npos);
}

TEST(Report, WarnsOfOverfullLeavesAndTooManyThreads) {
  RunSummary summary = example();
  EXPECT_TRUE(warnings(summary).empty());
  summary.tree.num_overfull_leaves = 2;
  summary.tree.largest_leaf = 999;
  summary.tree.num_piles = 2;
  const std::string leaves = "2 leaves at the depth limit hold more than 150 points, the largest 999: ";
  ASSERT_EQ(warnings(summary).size(), 1U);
  EXPECT_EQ(warnings(summary)[0], leaves + "coincident points");
  summary.tree.num_piles = 1;
  ASSERT_EQ(warnings(summary).size(), 1U);
  EXPECT_EQ(warnings(summary)[0], leaves +
                                      "1 of them coincident points, the others clusters 1e12 times smaller than the "
                                      "extent of all points, which are summed directly");
  summary.load = {5, 4, 16, 4};
  EXPECT_EQ(warnings(summary).size(), 2U);
  summary.load = {3, 4, 16, 1};
  ASSERT_EQ(warnings(summary).size(), 2U);
  EXPECT_NE(warnings(summary)[1].find("--bind-to none"), std::string::npos);
}

/// Of a field whose error exceeds the tolerance relative to what is left of the sums, but not to the sums of |K q|.
TEST(Report, WarnsWhereSumsCancel) {
  RunSummary summary = example();
  summary.options.tolerance = 1e-7;
  ASSERT_EQ(warnings(summary).size(), 1U) << "of the potential; the gradient's error is above 10 times the tolerance";
  EXPECT_EQ(
      warnings(summary)[0],
      "the potential cancels to about 3.3e-01 of the sums of |K q|: its error relative to these, 5.00e-08, keeps the "
      "tolerance; relative to what is left it is 1.50e-07");
  summary.options.tolerance = 2e-7;
  ASSERT_EQ(warnings(summary).size(), 1U);
  EXPECT_EQ(warnings(summary)[0].substr(0, 23), "the gradient cancels to");
  summary.options.tolerance = 1e-5;
  EXPECT_TRUE(warnings(summary).empty());
}

TEST(Report, PeakMemorySeesAnAllocation) {
  const double before = peak_memory(MPI_COMM_SELF).max;
  const std::vector<char> block(std::size_t{64} << 20, 1);
  const PeakMemory after = peak_memory(MPI_COMM_SELF);
  EXPECT_GT(after.max, 60e6);
  EXPECT_GE(after.max, before);
  EXPECT_EQ(after.max, after.sum);
  EXPECT_EQ(block.back(), 1);
}

TEST(Text, Pieces) {
  EXPECT_EQ(formatted("%s %d", std::string(300, 'x').c_str(), 7), std::string(300, 'x') + " 7");
  EXPECT_EQ(one_line("a\nb\r\nc\n\n"), "a; b; c");
  EXPECT_EQ(hexadecimal(0xfedcba9876543210U), "fedcba9876543210");
  EXPECT_EQ(joined({"a", "b", ""}, ", "), "a, b, ");
  EXPECT_EQ(joined({}, ","), "");
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
}

}
}
