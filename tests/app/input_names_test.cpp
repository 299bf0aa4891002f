// SPDX-License-Identifier: BSD-3-Clause
// --sources, --charges and the like: a file of another program gives the results of the same particles in a file of
// ours.
#include <gtest/gtest.h>

#include "app/run_program.hpp"
#include "io/particle_datasets.hpp"

namespace nearfar {
namespace {

using testing_support::OddDataset;
using testing_support::read_numbers;
using testing_support::Workplace;
using testing_support::write_odd_file;

class InputNamesOfTheProgram : public testing::Test {
 protected:
  InputNamesOfTheProgram() {
    run("generate --distribution sphere --num-points 1500 --charges signed --output points.h5");
    points = read_numbers(place.path("points.h5"), "/particle_data/sources");
    charges = read_numbers(place.path("points.h5"), "/particle_data/source_densities");
    run("evaluate points.h5 --output results.h5");
    potentials = read_numbers(place.path("results.h5"), "/results/potentials");
  }
  void run(const std::string& arguments) const {
    const auto result = place.run(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments << '\n' << result.standard_error;
  }
  void expect_refusal(const std::string& arguments, const std::string& part, int exit_code) const {
    const auto result = place.run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << arguments;
    EXPECT_NE(result.standard_error.find(part), std::string::npos) << result.standard_error;
  }

  Workplace place;
  std::vector<double> points, charges, potentials;
};

TEST_F(InputNamesOfTheProgram, GiveTheSameResults) {
  OddDataset first{
      .name = "/PartType0/Coordinates", .extents = {600, 3}, .values = {points.begin(), points.begin() + 1800}};
  OddDataset second{
      .name = "/PartType1/Coordinates", .extents = {900, 3}, .values = {points.begin() + 1800, points.end()}};
  OddDataset masses{.name = "/Masses", .extents = {1500}, .values = charges};
  OddDataset targets{.name = "/probes", .extents = {1, 3}, .values = {points[0], points[1], points[2]}};
  write_odd_file(place.path("snapshot.h5"), {first, second, masses, targets});
  const std::string sources = " snapshot.h5 --sources PartType0/Coordinates,PartType1/Coordinates";

  run("evaluate" + sources + " --charges Masses --output other.h5");
  EXPECT_EQ(read_numbers(place.path("other.h5"), "/results/potentials"), potentials);
  run("evaluate" + sources + " --charges Masses --targets probes --order 8 --output other.h5");
  const std::vector<double> probed = read_numbers(place.path("other.h5"), "/results/potentials");
  ASSERT_EQ(probed.size(), 1u);
  EXPECT_NEAR(probed[0], potentials[0], 1e-5 * std::abs(potentials[0]));
  run("info" + sources + " --charges 1.5");
  run("plan" + sources + " --charges 1.5 --ranks 2");
}

TEST_F(InputNamesOfTheProgram, ColumnsOfText) {
  std::string text = "charge,x,y,z\n";
  for (std::size_t i = 0; i < charges.size(); ++i) {
    char line[200];
    std::snprintf(line, sizeof line, "%.17g,%.17g,%.17g,%.17g\n", charges[i], points[3 * i], points[3 * i + 1],
                  points[3 * i + 2]);
    text += line;
  }
  testing_support::write_text_file(place.path("points.csv"), text);
  run("evaluate points.csv --sources x,y,z --charges charge --output other.h5");
  EXPECT_EQ(read_numbers(place.path("other.h5"), "/results/potentials"), potentials);
}

TEST_F(InputNamesOfTheProgram, BadNamesAreRefused) {
  expect_refusal("evaluate points.h5 --sources particle_data/sources,", "a name is missing in", 1);
  expect_refusal("evaluate points.h5 --sources nothing", "dataset '/nothing': missing", 2);
  expect_refusal("evaluate points.h5 --charges nan", "not finite", 1);
  expect_refusal("evaluate points.h5 --kernel stokes --charges 1", "one strength a source, not with 3", 1);
  expect_refusal("plan --distribution cube --num-points 100 --ranks 2 --charges 1", "not of a --distribution", 1);
}

}
}
