// SPDX-License-Identifier: BSD-3-Clause
// Source kinds and fields of the executable, from outside.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/run_program.hpp"
#include "nearfar/families.hpp"

namespace nearfar {
namespace {

using nlohmann::json;
using testing_support::attribute_names;
using testing_support::has_object;
using testing_support::read_numbers;
using testing_support::RunResult;
using testing_support::text_attribute;
using testing_support::Workplace;

using Point = std::array<double, 3>;

class Kinds : public testing::Test {
 protected:
  std::string run(const std::string& arguments, int num_ranks = 0) const {
    const RunResult result = place.run(arguments, num_ranks);
    EXPECT_EQ(result.exit_code, 0) << arguments << '\n' << result.standard_error;
    return result.output;
  }
  json report(const std::string& name = "report.json") const { return json::parse(place.read(name)); }
  std::vector<double> result(const std::string& name) const {
    return read_numbers(place.path("results.h5"), "/results/" + name);
  }
  std::vector<double> particles(const std::string& name) const {
    return read_numbers(place.path("points.h5"), "/particle_data/" + name);
  }
  bool has_result(const std::string& name) const { return has_object(place.path("results.h5"), "/results/" + name); }

  Workplace place;
};

double inner(const Point& a, const Point& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Point row(const std::vector<double>& rows, std::size_t i) { return {rows[3 * i], rows[3 * i + 1], rows[3 * i + 2]}; }

/// u = -3 r (r.q) (r.n) / (4 pi r^5) and p = (q.n - 3 (r.q) (r.n) / r^2) / (2 pi r^3), summed one by one: u, then p.
std::array<double, 4> stresslet_sum(const Point& x, const std::vector<double>& sources, const std::vector<double>& q,
                                    const std::vector<double>& normals) {
  std::array<double, 4> sum{};
  for (std::size_t s = 0; s < sources.size() / 3; ++s) {
    const Point y = row(sources, s), strength = row(q, s), n = row(normals, s);
    const Point r{x[0] - y[0], x[1] - y[1], x[2] - y[2]};
    const double r2 = inner(r, r);
    if (r2 == 0.0) continue;
    const double rqn = inner(r, strength) * inner(r, n), r3 = r2 * std::sqrt(r2);
    for (std::size_t i = 0; i < 3; ++i) sum[i] -= 3.0 * r[i] * rqn / (4.0 * M_PI * r3 * r2);
    sum[3] += (inner(strength, n) - 3.0 * rqn / r2) / (2.0 * M_PI * r3);
  }
  return sum;
}

TEST_F(Kinds, StressletsFromAFileAreThoseOfTheFormula) {
  run("generate --distribution sphere --num-points 1500 --charges signed --components 3 --normals --output points.h5");
  run("evaluate points.h5 --kernel stokes --source-kind stresslet --fields velocity,pressure --order 6 "
      "--points-per-leaf 30 --output results.h5 --check 300 --json report.json",
      2);
  const json check = report().at("check");
  EXPECT_LT(check.at("fields").at("velocity").at("rel_l2").get<double>(), 1e-4);
  EXPECT_GT(check.at("fields").at("velocity").at("rel_l2").get<double>(), 0.0);
  EXPECT_LT(check.at("fields").at("pressure").at("rel_l2").get<double>(), 1e-4);
  EXPECT_EQ(check.at("potential_rel_l2"), check.at("fields").at("velocity").at("rel_l2"));
  const auto sources = particles("sources"), q = particles("source_densities"), normals = particles("source_normals");
  const auto velocity = result("velocity"), pressure = result("pressure");
  ASSERT_EQ(velocity.size(), 4500U);
  ASSERT_EQ(pressure.size(), 1500U);
  EXPECT_FALSE(has_result("potentials"));
  double error = 0.0, norm = 0.0, pressure_error = 0.0, pressure_norm = 0.0;
  for (std::size_t t = 0; t < 1500; t += 7) {
    const auto sum = stresslet_sum(row(sources, t), sources, q, normals);
    for (std::size_t i = 0; i < 3; ++i) {
      error += std::pow(velocity[3 * t + i] - sum[i], 2);
      norm += sum[i] * sum[i];
    }
    pressure_error += std::pow(pressure[t] - sum[3], 2);
    pressure_norm += sum[3] * sum[3];
  }
  EXPECT_LT(std::sqrt(error / norm), 1e-4);
  EXPECT_LT(std::sqrt(pressure_error / pressure_norm), 1e-4);
}

/// Fields that are zero, so that there is nothing to which an error could be relative.
bool vanishes(const std::string& kind, const std::string& field) {
  return (kind == "torque" && field == "pressure") || (kind == "sink" && (field == "pressure" || field == "vorticity"));
}

/// Every kind with every field of every family, through files, against direct sums.
TEST_F(Kinds, AllOfAllFamiliesPassTheirCheck) {
  for (const FamilyDescription& family : kernel_families()) {
    std::string fields;
    for (const auto& [field, formula, order] : family.fields) fields += (fields.empty() ? "" : ",") + field.name;
    for (const auto& [kind, formula, order] : family.source_kinds) {
      const std::string components = std::to_string(kind.components);
      run("generate --distribution ellipsoid --num-points 500 --charges signed --normals --components " + components +
          " --output points.h5");
      run("evaluate points.h5 --kernel " + family.name + " --source-kind " + kind.name + " --fields " + fields +
          " --points-per-leaf 20 --order 4 --check 100 --json report.json --output results.h5");
      for (const auto& [field, words, sequence] : family.fields) {
        EXPECT_EQ(result(field.name).size(), 500U * static_cast<unsigned>(field.components)) << field.name;
        if (vanishes(kind.name, field.name)) continue;
        EXPECT_LT(report().at("check").at("fields").at(field.name).at("rel_l2").get<double>(), 5e-2)
            << family.name << ' ' << kind.name << ' ' << field.name;
      }
    }
  }
}

TEST_F(Kinds, SeveralKindsAreTheSumOfEach) {
  run("generate --distribution cube --num-points 400 --charges signed --components 2 --normals --output points.h5");
  run("evaluate points.h5 --source-kind dipole,charge --order 10 --points-per-leaf 30 --output results.h5 --json "
      "report.json");
  EXPECT_EQ(report().at("source_kind"), json({"dipole", "charge"}));
  const auto both = result("potentials");
  const auto points = particles("sources"), strengths = particles("source_densities"), n = particles("source_normals");
  std::vector<double> sum(400, 0.0);
  for (const bool dipoles : {false, true}) {
    std::string rows;
    for (std::size_t i = 0; i < 400; ++i) {
      std::ostringstream line;
      line.precision(17);
      for (std::size_t axis = 0; axis < 3; ++axis) line << points[3 * i + axis] << ' ';
      line << strengths[2 * i + (dipoles ? 0 : 1)];
      for (std::size_t axis = 0; dipoles && axis < 3; ++axis) line << ' ' << n[3 * i + axis];
      rows += line.str() + '\n';
    }
    place.write("points.txt", rows);
    run(std::string("evaluate points.txt --order 10 --points-per-leaf 30 --output results.h5 --source-kind ") +
        (dipoles ? "dipole" : "charge"));
    const auto one = result("potentials");
    for (std::size_t i = 0; i < 400; ++i) sum[i] += one[i];
  }
  for (std::size_t i = 0; i < 400; ++i) EXPECT_NEAR(both[i], sum[i], 1e-7 * std::abs(sum[i]) + 1e-6) << i;
}

TEST_F(Kinds, DatasetsHaveTheirOldNamesUnlessFieldsAreNamed) {
  run("generate --distribution cube --num-points 300 --output points.h5");
  run("evaluate points.h5 --order 6 --precision full --gradient --output results.h5");
  const auto potentials = result("potentials"), gradients = result("gradients");
  EXPECT_EQ(text_attribute(place.path("results.h5"), "/results", "source_kind"), "charge");
  EXPECT_EQ(text_attribute(place.path("results.h5"), "/results", "fields"), "potential");
  run("evaluate points.h5 --order 6 --precision full --gradient --fields potential --output results.h5");
  EXPECT_EQ(result("potential"), potentials);
  EXPECT_EQ(result("gradient"), gradients);
  EXPECT_FALSE(has_result("potentials") || has_result("gradients"));
  run("evaluate points.h5 --kernel yukawa --parameter lambda=2.5 --order 6 --fields gradient,potential "
      "--output results.h5 --json report.json --check 10");
  EXPECT_EQ(result("gradient").size(), 900U);
  EXPECT_EQ(result("potential").size(), 300U);
  EXPECT_EQ(text_attribute(place.path("results.h5"), "/results", "fields"), "gradient,potential");
  EXPECT_EQ(text_attribute(place.path("results.h5"), "/results", "parameters"), "lambda=2.5");
  EXPECT_EQ(report().at("parameters"), json({{"lambda", 2.5}}));
  EXPECT_EQ(report().at("gradient"), true);
  EXPECT_EQ(report().at("check").at("gradient_rel_l2"), report().at("check").at("fields").at("gradient").at("rel_l2"));
}

TEST_F(Kinds, GradientIsTheFieldOfThatNameWhereNoneComesWithTheOthers) {
  run("generate --distribution cube --num-points 300 --output points.h5");
  run("evaluate points.h5 --fields hessian --gradient --check 10 --json report.json --output results.h5");
  EXPECT_EQ(report().at("fields"), json({"hessian", "gradient"}));
  EXPECT_EQ(result("gradient").size(), 900U);
  EXPECT_EQ(result("hessian").size(), 1800U);
  EXPECT_GT(report().at("check").at("gradient_rel_l2").get<double>(), 0.0);
}

TEST_F(Kinds, FieldsAndStrengthsAreArraysForParaview) {
  run("generate --distribution sphere --num-points 300 --components 6 --normals --output points.h5");
  run("evaluate points.h5 --kernel stokes --source-kind stresslet,force --fields velocity,pressure --vtk picture "
      "--order 3 --output results.h5",
      2);
  const auto array = [&](const char* name) {
    return read_numbers(place.path("picture_particles.hdf"), std::string("/VTKHDF/PointData/") + name);
  };
  EXPECT_EQ(array("velocity"), result("velocity"));
  EXPECT_EQ(array("pressure"), result("pressure"));
  EXPECT_EQ(array("stresslet").size(), 900U);
  EXPECT_EQ(array("force")[3], particles("source_densities")[9]);
}

TEST_F(Kinds, RebalancingInfoPlanAndCalibrateKnowThem) {
  run("generate --distribution sphere --num-points 2000 --components 3 --normals --output points.h5");
  const std::string choice = " --kernel stokes --source-kind stresslet --fields velocity,traction --order 4";
  run("evaluate points.h5" + choice + " --rebalance --check 50 --json report.json", 3);
  EXPECT_LT(report().at("check").at("fields").at("traction").at("rel_l2").get<double>(), 5e-2);
  EXPECT_NE(run("info points.h5" + choice + " --json report.json", 2)
                .find("source kind stresslet; fields velocity, traction"),
            std::string::npos);
  EXPECT_EQ(report().at("fields"), json({"velocity", "traction"}));
  run("plan points.h5 --ranks 4" + choice + " --json report.json");
  EXPECT_EQ(report().at("source_kind"), json({"stresslet"}));
  run("plan --distribution cube --num-points 3000 --ranks 4" + choice);
  run("calibrate --num-points 1000" + choice);
}

TEST_F(Kinds, GenerateWritesNormals) {
  const std::string options = "generate --distribution plummer --num-points 100 --seed 3 --normals --output ";
  run(options + "points.h5", 3);
  const auto normals = particles("source_normals");
  ASSERT_EQ(normals.size(), 300U);
  run(options + "points.h5");
  EXPECT_EQ(particles("source_normals"), normals) << "on any number of ranks";
  run("generate --distribution plummer --num-points 100 --seed 3 --output points.h5");
  EXPECT_FALSE(has_object(place.path("points.h5"), "/particle_data/source_normals"));
}

struct BadChoice {
  const char* options;
  int exit_code;
  const char* sentence;
  bool on_ranks_too = false;
};

const BadChoice bad_choices[] = {
    {"--source-kind dipole", 2, "dataset '/particle_data/source_normals': missing; a source kind of", true},
    {"--fields normal_derivative", 2, "dataset '/particle_data/target_normals': missing; a field of", true},
    {"--kernel stokes", 2, "source_densities': shape (500, 1) where (500, 3) is needed", true},
    {"--source-kind charge,vector_dipole", 2, "where (500, 4) is needed", true},
    {"--source-kind charg", 1, "the laplace kernel has no source kind 'charg'; did you mean charge?", true},
    {"--fields potentail", 1, "the laplace kernel has no field 'potentail'; did you mean potential?", true},
    {"--kernel stoke", 1, "there is no kernel 'stoke'; did you mean stokes?"},
    {"--parameter nu=1", 1, "the laplace kernel has no parameter 'nu'"},
    {"--kernel yukawa --parameter lamda=1", 1, "no parameter 'lamda'; did you mean lambda?", true},
    {"--kernel yukawa --parameter lambda=-1", 1, "lambda of the yukawa kernel is -1; give a finite number from 0",
     true},
    {"--kernel yukawa --parameter lambda=nan", 1, "lambda of the yukawa kernel is nan"},
    {"--kernel yukawa --parameter lambda", 1, "'lambda' is not a name, = and a number"},
    {"--kernel yukawa --parameter lambda=1 --lambda 1", 1, "lambda is given twice"},
    {"--source-kind charge,charge", 1, "the source kind 'charge' is named twice", true},
    {"--fields potential,gradient,potential", 1, "the field 'potential' is named twice"},
    {"--kernel stokes --gradient", 1, "the stokes kernel has no gradients for --gradient; choose from its --fields: "},
};

TEST_F(Kinds, ABadChoiceEndsWithOneLineAndLeavesNothing) {
  run("generate --distribution cube --num-points 500 --output points.h5");
  const auto files = place.files();
  for (const auto& [options, exit_code, sentence, on_ranks_too] : bad_choices) {
    for (const int num_ranks : {0, 3}) {
      if (num_ranks > 0 && !on_ranks_too) continue;
      const RunResult result =
          place.run(std::string("evaluate points.h5 --output o.h5 --json o.json --vtk o ") + options, num_ranks);
      EXPECT_EQ(result.exit_code, exit_code) << options;
      ASSERT_EQ(result.errors.size(), 1U) << options << '\n' << result.standard_error;
      EXPECT_NE(result.errors[0].find(sentence), std::string::npos) << options << '\n' << result.errors[0];
      EXPECT_EQ(place.files(), files) << options;
    }
  }
  for (const char* command : {"info points.h5 ", "plan points.h5 --ranks 2 ", "calibrate --num-points 1000 "}) {
    EXPECT_EQ(place.run(std::string(command) + "--fields potentail").exit_code, 1) << command;
    EXPECT_EQ(place.run(std::string(command) + "--parameter nu=1").exit_code, 1) << command;
  }
  EXPECT_EQ(place.run("info points.h5 --source-kind dipole").exit_code, 2);
  EXPECT_EQ(place.run("plan points.h5 --ranks 2 --source-kind dipole").exit_code, 2);
}

}
}
