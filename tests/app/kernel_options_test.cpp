// SPDX-License-Identifier: BSD-3-Clause
#include "app/kernel_options.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace nearfar::app {
namespace {

TEST(KernelOptions, ACompletedChoiceMakesTheSameKernel) {
  for (const std::string& name : kernel_names()) {
    const Kernel kernel = make_kernel(KernelChoice{.name = name});
    const KernelChoice choice = completed({.name = name}, kernel);
    const FamilyDescription family = family_named(name);
    EXPECT_EQ(choice.source_kinds, std::vector<std::string>{family.source_kinds.front().quantity.name});
    EXPECT_EQ(choice.fields, std::vector<std::string>{family.fields.front().quantity.name});
    EXPECT_EQ(choice.parameters.size(), family.parameters.size());
    for (const Parameter& parameter : family.parameters)
      EXPECT_EQ(choice.parameters.at(parameter.name), parameter.default_value);
    EXPECT_EQ(make_kernel(choice).identity, kernel.identity);
  }
}

TEST(KernelOptions, WhatWasChosenStays) {
  const KernelChoice choice{"yukawa", {"dipole", "charge"}, {"hessian"}, {{"lambda", 0.1}}};
  const KernelChoice all = completed(choice, make_kernel(choice));
  EXPECT_EQ(all.source_kinds, choice.source_kinds);
  EXPECT_EQ(all.fields, choice.fields);
  EXPECT_EQ(all.parameters, choice.parameters);
}

TEST(KernelOptions, Words) {
  EXPECT_EQ(kernel_text({"a", {}, {}, {}}), "a");
  EXPECT_EQ(kernel_text({"a", {}, {}, {{"mu", 1e-3}, {"nu", 0.5}}}), "a (mu 0.001, nu 0.5)");
  EXPECT_EQ(parameters_text({"a", {}, {}, {{"mu", 0.1}, {"nu", 2.0}}}), "mu=0.10000000000000001,nu=2");
  EXPECT_EQ(parameters_text({"a", {}, {}, {}}), "");
  EXPECT_EQ(lambda_of({"a", {}, {}, {{"lambda", 0.1}}}), 0.1);
  EXPECT_EQ(lambda_of({"a", {}, {}, {}}), 1.0);
  EXPECT_EQ(to_json({"a", {"b"}, {"c", "d"}, {}}),
            nlohmann::json({{"source_kind", {"b"}}, {"fields", {"c", "d"}}, {"parameters", nlohmann::json::object()}}));
}

}
}
