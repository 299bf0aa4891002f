// SPDX-License-Identifier: BSD-3-Clause
// `nearfar generate --sort`.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/run_program.hpp"

namespace nearfar {
namespace {

using testing_support::read_numbers;
using testing_support::Workplace;

class Generate : public testing::Test {
 protected:
  void run(const std::string& arguments, int num_ranks = 0) const {
    const auto result = place.run(arguments, num_ranks);
    EXPECT_EQ(result.exit_code, 0) << arguments << '\n' << result.standard_error;
  }
  /// x y z q nx ny nz of each point.
  std::vector<std::array<double, 7>> rows(const std::string& file) const {
    const auto read = [&](const char* name) { return read_numbers(place.path(file), name); };
    const auto points = read("/particle_data/sources"), charges = read("/particle_data/source_densities"),
               normals = read("/particle_data/source_normals");
    std::vector<std::array<double, 7>> all(charges.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i][3] = charges[i];
      for (std::size_t axis = 0; axis < 3; ++axis) {
        all[i][axis] = points[3 * i + axis];
        all[i][4 + axis] = normals[3 * i + axis];
      }
    }
    return all;
  }
  static double mean_step(const std::vector<std::array<double, 7>>& points) {
    double sum = 0.0;
    for (std::size_t i = 1; i < points.size(); ++i)
      sum +=
          std::hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1], points[i][2] - points[i - 1][2]);
    return sum / static_cast<double>(points.size());
  }

  Workplace place;
};

TEST_F(Generate, SortedPointsAreTheSameOnesAlongTheCurveOfATree) {
  const std::string options = "generate --distribution sphere --num-points 5000 --charges signed --normals --seed 3";
  run(options + " --output plain.h5");
  run(options + " --sort --output sorted.h5");
  run(options + " --sort --output of_three.h5", 3);
  auto plain = rows("plain.h5"), sorted = rows("sorted.h5");
  EXPECT_EQ(rows("of_three.h5"), sorted);
  EXPECT_LT(mean_step(sorted), 0.07 * mean_step(plain));
  std::sort(plain.begin(), plain.end());
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, plain);
}

TEST_F(Generate, SortedPointsStayOnTheRanksThatReadThem) {
  const auto bytes_of = [&](const std::string& option) {
    run("generate --distribution sphere --num-points 20000" + option + " --output points.h5");
    run("evaluate points.h5 --json report.json", 3);
    const auto report = nlohmann::json::parse(place.read("report.json"));
    return report["communication"]["caller_bytes"]["max"].get<double>();
  };
  EXPECT_LT(bytes_of(" --sort"), 0.2 * bytes_of(""));
}

TEST_F(Generate, NoPointsAreSortedToo) {
  run("generate --distribution cube --num-points 0 --sort --output none.h5", 2);
}

}
}
