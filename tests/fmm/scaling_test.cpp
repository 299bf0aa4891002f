// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/scaling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nearfar {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Scaling, FindsTheLargestOfEachVector) {
  // Two vectors of two components in three rows.
  const std::vector<double> values{1.0, -2.0, 1e200, 0.0, -7.0, 0.5, 3.0, -1e300, 0.0, 6.0, 5.0, 5.0};
  const Magnitudes found = magnitudes_of(values, 2, std::array{0, 0});
  EXPECT_EQ(found.largest, (std::vector<double>{7.0, 1e300}));
  EXPECT_TRUE(found.finite);
  EXPECT_EQ(magnitudes_of({}, 3, std::array{0}).largest, std::vector<double>(3, 0.0));
}

TEST(Scaling, SeesNumbersThatAreNotFiniteAmongManyOthers) {
  for (const double bad : {nan, HUGE_VAL, -HUGE_VAL})
    for (const std::size_t place : {0U, 4999U, 9999U}) {
      std::vector<double> values(10000, 1.0);
      EXPECT_TRUE(magnitudes_of(values, 1, std::array{0}).finite);
      values[place] = bad;
      EXPECT_FALSE(magnitudes_of(values, 1, std::array{0}).finite) << bad << ' ' << place;
      EXPECT_FALSE(magnitudes_of(values, 5, std::array{0, 0}).finite) << bad << ' ' << place;
    }
  EXPECT_TRUE(magnitudes_of(std::vector<double>{std::numeric_limits<double>::max()}, 1, std::array{0}).finite);
}

TEST(Scaling, LeavesWhatIsOfTheOrderOfOne) {
  for (const double x : {0.0, 1.0, 3e-5, 1e5}) EXPECT_EQ(exponent_of(x), 0) << x;
  EXPECT_EQ(exponent_of(std::ldexp(1.5, 17)), 17);
  EXPECT_EQ(exponent_of(std::ldexp(1.0, -17)), -17);
  EXPECT_EQ(exponent_of(std::numeric_limits<double>::denorm_min()), -1074);
  EXPECT_EQ(exponent_of(std::numeric_limits<double>::max()), 1023);
}

TEST(Scaling, MultipliesEachVectorByItsPower) {
  std::vector<double> values{1.0, 3.0, 1e-300, 5.0, 7.0, 1e-300};  // two rows of three vectors
  multiply_by_powers_of_two(values, std::array{2, 0, 1000}, std::array{1});
  const double tiny = std::ldexp(1e-300, 1001);
  EXPECT_EQ(values, (std::vector<double>{8.0, 6.0, tiny, 40.0, 14.0, tiny}));
}

TEST(Scaling, AddsThePowersOfVectorsAndComponents) {
  std::vector<double> values{1.0, 3.0, 5.0, 7.0, 1.0, 1.0, 1.0, 1.0};  // two rows of two vectors of two components
  multiply_by_powers_of_two(values, std::array{1, 3}, std::array{0, -1});
  EXPECT_EQ(values, (std::vector<double>{2.0, 3.0, 40.0, 28.0, 2.0, 1.0, 8.0, 4.0}));
}

/// K(2 r) = K(r) / 2 for 1/r, and the slope is a quarter; components of degree -1 have one power more.
TEST(Scaling, ResultsHaveThePowersOfTheKernelAndOfItsDerivatives) {
  Kernel kernel = make_kernel("laplace");
  EXPECT_EQ(result_exponents(kernel, 1, 5), std::vector{-5});
  EXPECT_EQ(result_exponents(kernel, 3, 5), (std::vector{-10, -10, -10}));
  kernel.target_dim = 2;
  kernel.target_components = {{0, 0}, {-1, 0}};
  EXPECT_EQ(result_exponents(kernel, 1, 5), (std::vector{-5, -10}));
  EXPECT_EQ(result_exponents(kernel, 3, 5), (std::vector{-10, -10, -10, -15, -15, -15}));
}

TEST(Scaling, MagnitudesCountComponentsTimesTheirPowers) {
  const std::vector<double> values{1.0, 3.0, 5.0, 7.0, 2.0, 1.0, 1.0, 1.0};
  EXPECT_EQ(magnitudes_of(values, 2, std::array{0, -2}).largest, (std::vector<double>{2.0, 5.0}));
  EXPECT_EQ(magnitudes_of(values, 2, std::array{0, 3}).largest, (std::vector<double>{24.0, 56.0}));
}

}
}
