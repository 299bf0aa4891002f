// SPDX-License-Identifier: BSD-3-Clause
#include "operators/screening.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "geometry/morton.hpp"

namespace nearfar {
namespace {

TEST(Screening, LeavesOutLevelsWhoseFarFieldIsBelowTheTolerance) {
  for (const double tolerance : {1e-3, 1e-6, 1e-12})
    for (const double screening : {0.1, 10.0, 300.0, 1e4}) {
      const int first = first_far_level(screening, tolerance);
      EXPECT_LT(2.0 * screening * std::pow(0.5, first), std::log(1.0 / tolerance) + 3.0) << screening;
      if (first > 2) {
        EXPECT_GT(2.0 * screening * std::pow(0.5, first - 1), std::log(1.0 / tolerance) + 2.9) << screening;
      }
    }
}

TEST(Screening, LeavesOutAllLevelsWhereItIsStrongerThanAnyBoxIsSmall) {
  EXPECT_EQ(first_far_level(1e14, 1e-6), max_depth + 1);
  EXPECT_EQ(first_far_level(1e30, 1e-12), max_depth + 1);
}

TEST(Screening, LeavesOutNothingWithoutAToleranceOrWithoutScreening) {
  EXPECT_EQ(first_far_level(1e4, 0.0), 2);
  EXPECT_EQ(first_far_level(0.0, 1e-1), 2);
  for (const Screened what : {Screened::matrices, Screened::m2l}) {
    EXPECT_FALSE(is_negligible(1e-200, what, 0.0));
    EXPECT_FALSE(is_negligible(0.0, what, 1e-1)) << "nothing is to be simplified";
  }
}

TEST(Screening, CountsSquaredInAllButM2L) {
  EXPECT_TRUE(is_negligible(3e-4, Screened::matrices, 1e-6));
  EXPECT_FALSE(is_negligible(4e-4, Screened::matrices, 1e-6));
  EXPECT_TRUE(is_negligible(1e-8, Screened::m2l, 1e-6));
  EXPECT_FALSE(is_negligible(2e-8, Screened::m2l, 1e-6));
}

}
}
