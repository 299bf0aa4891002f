// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/simd.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace nearfar {
namespace {

using simd::Vec;

TEST(Simd, LoadAndStoreWorkAtAnyAddress) {
  double from[simd::width + 1], to[simd::width + 1] = {};
  for (int i = 0; i <= simd::width; ++i) from[i] = 1.5 * i;

  simd::store(to + 1, simd::load<Vec>(from + 1) + simd::broadcast<Vec>(2.0));

  EXPECT_EQ(to[0], 0.0);
  for (int i = 1; i <= simd::width; ++i) EXPECT_EQ(to[i], 1.5 * i + 2.0);
}

template <class V>
void check_rsqrt(double bound) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-37.0, 38.0);
  double worst = 0.0;
  for (int i = 0; i < 200000; ++i) {
    const double r2 = std::pow(10.0, exponent(random));
    double y[simd::Traits<V>::lanes];
    simd::store(y, simd::rsqrt(simd::broadcast<V>(r2)));
    for (const double value : y)
      worst = std::max(worst, static_cast<double>(std::abs(value * std::sqrt(static_cast<long double>(r2)) - 1.0L)));
  }
  EXPECT_LT(worst, bound);
}

TEST(Simd, RsqrtIsAccurateToRounding) {
  check_rsqrt<Vec>(5e-16);
  check_rsqrt<double>(5e-16);
}

TEST(Simd, RsqrtOfZeroIsZeroInItsLaneAlone) {
  double r2[simd::width], y[simd::width];
  for (int zero = 0; zero < simd::width; ++zero) {
    for (int i = 0; i < simd::width; ++i) r2[i] = i == zero ? 0.0 : 4.0;
    simd::store(y, simd::rsqrt(simd::load<Vec>(r2)));
    for (int i = 0; i < simd::width; ++i) EXPECT_EQ(y[i], i == zero ? 0.0 : 0.5);
  }
  EXPECT_EQ(simd::rsqrt(0.0), 0.0);
}

TEST(Simd, RsqrtOfTinySquaresIsFinite) {
  for (const double r2 : {5e-324, 1e-310, 1e-100, 1e-45, 1e-38, 1.1e-38, 1.2e-38}) {
    double y[simd::width];
    simd::store(y, simd::rsqrt(simd::broadcast<Vec>(r2)));
    for (const double value : y) EXPECT_TRUE(std::isfinite(value)) << r2;
  }
}

template <class V>
void check_exp(double bound) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> magnitude(-12.0, std::log10(707.0));
  double worst = 0.0;
  for (int i = 0; i < 200000; ++i) {
    const double x = -std::pow(10.0, magnitude(random));
    double y[simd::Traits<V>::lanes];
    simd::store(y, simd::exp(simd::broadcast<V>(x)));
    const long double exact = std::exp(static_cast<long double>(x));
    for (const double value : y) worst = std::max(worst, static_cast<double>(std::abs(value / exact - 1.0L)));
  }
  EXPECT_LT(worst, bound);
}

TEST(Simd, ExpIsAccurateToRounding) {
  check_exp<Vec>(8e-16);
  check_exp<double>(8e-16);
}

TEST(Simd, ExpOfZeroIsOneAndUnderflowsToZero) {
  for (const auto& [x, expected] : {std::pair{0.0, 1.0},
                                    {-0.0, 1.0},
                                    {-709.0, 0.0},
                                    {-1e4, 0.0},
                                    {-1e300, 0.0},
                                    {-std::numeric_limits<double>::infinity(), 0.0}}) {
    double y[simd::width];
    simd::store(y, simd::exp(simd::broadcast<Vec>(x)));
    for (const double value : y) EXPECT_EQ(value, expected) << x;
    EXPECT_EQ(simd::exp(x), expected) << x;
  }
}

}
}
