// SPDX-License-Identifier: BSD-3-Clause
// Measured errors of expansions against those in the tables of the catalogue.
#include "operators/probe.hpp"

#include <gtest/gtest.h>

#include "nearfar/families.hpp"
#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

TEST(ProbeOfExpansions, FindsTheErrorsOfTheTables) {
  for (const char* name : {"laplace", "stokeslet"}) {
    const Kernel kernel = make_kernel(name);
    for (const int order : {4, 6, 8}) {
      const auto operators = make_operators(kernel, order, 1.0, 0);
      const ExpansionErrors errors = probe_expansions(*operators.front(), kernel);
      const double bound = kernel.errors[usize(order - min_order)];
      EXPECT_LT(std::max(errors.m2p, errors.m2l), 3 * bound) << name << ' ' << order;
      EXPECT_GT(std::max(errors.m2p, errors.m2l), bound / 3) << name << ' ' << order;
      EXPECT_LT(errors.single, 3.0 * kernel.single_error) << name << ' ' << order;
      EXPECT_GT(errors.single, 1e-9) << name << ' ' << order;
    }
  }
}

TEST(ProbeOfExpansions, SeesTheNearFieldToo) {
  const Kernel kernel = make_kernel("yukawa", {.lambda = 30.0});
  const auto operators = make_operators(kernel, 6, 1.0, 0);
  const ExpansionErrors errors = probe_expansions(*operators.front(), kernel);
  EXPECT_LT(errors.m2l, 1e-6) << "nothing of a strongly screened far field is seen beside the near field";
}

}
}
