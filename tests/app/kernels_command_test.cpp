// SPDX-License-Identifier: BSD-3-Clause
#include "app/kernels_command.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/run_program.hpp"

namespace nearfar::app {
namespace {

using nlohmann::json;
using testing_support::Workplace;

QuantityDescription described(const char* name, int count, const char* formula, const char* components) {
  QuantityDescription description;
  description.quantity.name = name;
  description.quantity.components = count;
  description.formula = formula;
  description.components = components;
  return description;
}

FamilyDescription made_up() {
  FamilyDescription family;
  family.name = "made_up";
  family.formula = "u = q / r^2";
  family.parameters = {{"nu", "Poisson's ratio", "1", -1.0, 0.5, 0.25}, {"mu", "stiffness", "Pa", 0.0, 1.7e308, 2.0}};
  family.source_kinds = {described("push", 3, "u = f", "x, y, z"), described("turn", 1, "u = t n", "t")};
  family.source_kinds.back().quantity.with_normals = true;
  family.fields = {described("motion", 3, "u", "x, y, z")};
  return family;
}

TEST(KernelsCommand, TextSaysEverything) {
  EXPECT_EQ(
      text_of({made_up()}),
      "Source kinds and fields with the number of their components. The first ones are taken unless --source-kind "
      "and\n--fields name others.\n"
      "\nmade_up\n"
      "  u = q / r^2\n"
      "  --parameter\n"
      "    nu                 Poisson's ratio, no unit, -1 to 0.5, 0.25 unless given\n"
      "    mu                 stiffness in Pa, 0 or more, 2 unless given\n"
      "  --source-kind\n"
      "    push               3  u = f\n"
      "                          in the order x, y, z\n"
      "    turn               1  u = t n\n"
      "                          needs normals of the sources\n"
      "  --fields\n"
      "    motion             3  u\n"
      "                          in the order x, y, z\n");
}

TEST(KernelsCommand, JsonSaysTheSame) {
  const json list = to_json(std::vector{made_up()}).at("families");
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].at("name"), "made_up");
  EXPECT_EQ(list[0].at("formula"), "u = q / r^2");
  EXPECT_EQ(list[0].at("parameters")[0], json({{"name", "nu"},
                                               {"meaning", "Poisson's ratio"},
                                               {"unit", "1"},
                                               {"least", -1.0},
                                               {"most", 0.5},
                                               {"default", 0.25}}));
  EXPECT_EQ(list[0].at("source_kinds")[0], json({{"name", "push"},
                                                 {"components", 3},
                                                 {"order", "x, y, z"},
                                                 {"formula", "u = f"},
                                                 {"with_normals", false},
                                                 {"default", true}}));
  EXPECT_EQ(list[0].at("source_kinds")[1].at("with_normals"), true);
  EXPECT_EQ(list[0].at("source_kinds")[1].at("default"), false);
  EXPECT_EQ(list[0].at("fields").size(), 1U);
}

TEST(KernelsCommand, ListsEveryFamilyWithAllItHas) {
  const Workplace place;
  const auto result = place.run("kernels --json kernels.json", 2);
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  const json list = json::parse(place.read("kernels.json"));
  const auto families = kernel_families();
  EXPECT_EQ(list, to_json(families));
  EXPECT_EQ(result.output, text_of(families));
  EXPECT_EQ(families.size(), kernel_names().size());
  EXPECT_EQ(place.run("kernels --json missing/kernels.json").exit_code, 2);
  EXPECT_EQ(place.run("kernels more").exit_code, 1);
}

}
}
