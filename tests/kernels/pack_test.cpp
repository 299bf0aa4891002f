// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/formula/pack.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace nearfar {
namespace {

/// The values of f at a pack whose lanes are all x.
template <class P, class F>
std::array<typename P::Scalar, P::lanes> at_all_lanes(const F& f, double x) {
  std::array<typename P::Scalar, P::lanes> values;
  values.fill(static_cast<typename P::Scalar>(x));
  simd::store(values.data(), f(simd::load_pack<P>(values.data())));
  return values;
}
constexpr auto rsqrt = [](const auto& x) { return simd::rsqrt(x); };
constexpr auto exponential = [](const auto& x) { return simd::exp(x); };

template <class P>
class AnyPack : public testing::Test {
 public:
  using S = typename P::Scalar;
  static constexpr double rounding = std::numeric_limits<S>::epsilon();

  /// Largest relative error of f at x = sign 10^e, e in a range.
  template <class F, class Exact>
  static double worst(const F& f, const Exact& exact, double sign, double low, double high) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> exponent(low, high);
    double result = 0.0;
    for (int i = 0; i < 200000; ++i) {
      const S x = static_cast<S>(sign * std::pow(10.0, exponent(random)));
      for (const S value : at_all_lanes<P>(f, x))
        result = std::max(result, static_cast<double>(std::abs(value / exact(static_cast<long double>(x)) - 1.0L)));
    }
    return result;
  }
};
using Packs = testing::Types<simd::Pack<double, 1>, simd::Pack<double, 4>, simd::Pack<float, 1>, simd::Pack<float, 2>,
                             simd::Pack<double, 2, true>>;
TYPED_TEST_SUITE(AnyPack, Packs);

TYPED_TEST(AnyPack, ArithmeticIsThatOfItsLanes) {
  typename TestFixture::S a[TypeParam::lanes], b[TypeParam::lanes], c[TypeParam::lanes];
  for (int i = 0; i < TypeParam::lanes; ++i)
    a[i] = static_cast<typename TestFixture::S>(i + 1), b[i] = static_cast<typename TestFixture::S>(100 - i * i);
  const auto x = simd::load_pack<TypeParam>(a), y = simd::load_pack<TypeParam>(b);
  TypeParam z = (x + y) * (x - y) + 3.0;
  z += 2.0 * x;
  z -= (5.0 - y) * 0.5 - 1.0;
  simd::store(c, z);
  for (int i = 0; i < TypeParam::lanes; ++i)
    EXPECT_EQ(c[i], (a[i] + b[i]) * (a[i] - b[i]) + 3 + 2 * a[i] - ((5 - b[i]) / 2 - 1)) << i;
}

TYPED_TEST(AnyPack, RsqrtIsAccurateToItsDigits) {
  const bool single = sizeof(typename TypeParam::Scalar) == sizeof(float);
  const auto exact = [](long double r2) { return 1 / std::sqrt(r2); };
  const double worst = TestFixture::worst(rsqrt, exact, 1.0, single ? -12.0 : -37.0, 38.0);
  EXPECT_LT(worst, TypeParam::digits == 10 ? 1.4e-10 : 2.5 * TestFixture::rounding);
}

TYPED_TEST(AnyPack, RsqrtOfZeroIsZeroInItsLaneAlone) {
  for (int zero = 0; zero < TypeParam::lanes; ++zero) {
    typename TestFixture::S r2[TypeParam::lanes];
    for (int i = 0; i < TypeParam::lanes; ++i) r2[i] = i == zero ? 0 : 4;
    simd::store(r2, simd::rsqrt(simd::load_pack<TypeParam>(r2)));
    for (int i = 0; i < TypeParam::lanes; ++i) EXPECT_NEAR(r2[i], i == zero ? 0.0 : 0.5, i == zero ? 0.0 : 1e-7);
  }
}

TYPED_TEST(AnyPack, RsqrtOfTinySquaresIsFinite) {
  for (const double r2 : {5e-324, 1e-310, 1e-100, 1e-45, 1e-38, 1.1e-38, 1.2e-38, 9e-13, 9.2e-13})
    for (const auto value : at_all_lanes<TypeParam>(rsqrt, r2)) EXPECT_TRUE(std::isfinite(value)) << r2;
}

TYPED_TEST(AnyPack, ExpIsAccurateToRounding) {
  const bool single = sizeof(typename TypeParam::Scalar) == sizeof(float);
  const auto exact = [](long double x) { return std::exp(x); };
  EXPECT_LT(TestFixture::worst(exponential, exact, -1.0, -12.0, std::log10(single ? 86.9 : 707.0)),
            4.0 * TestFixture::rounding);
}

TYPED_TEST(AnyPack, ExpOfZeroIsOneAndUnderflowsToZero) {
  for (const auto& [x, expected] : {std::pair{0.0, 1.0},
                                    {-0.0, 1.0},
                                    {-709.0, 0.0},
                                    {-1e4, 0.0},
                                    {-1e300, 0.0},
                                    {-std::numeric_limits<double>::infinity(), 0.0}})
    for (const auto value : at_all_lanes<TypeParam>(exponential, x)) EXPECT_EQ(value, expected) << x;
}

TYPED_TEST(AnyPack, SinAndCosAreAccurateToRounding) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  double worst = 0.0;
  for (int i = 0; i < 200000; ++i) {
    // Small ones, and up to the product of wavenumber and distance in the largest domain and beyond.
    const auto x = static_cast<typename TestFixture::S>(uniform(random) * (i % 3 == 0   ? 1.0
                                                                           : i % 3 == 1 ? 111.0
                                                                                        : 800.0));
    for (const bool is_sin : {false, true}) {
      const auto f = [is_sin](const auto& at) {
        const auto both = simd::sincos(at);
        return is_sin ? both.sin : both.cos;
      };
      const long double exact = is_sin ? std::sin(static_cast<long double>(x)) : std::cos(static_cast<long double>(x));
      for (const auto value : at_all_lanes<TypeParam>(f, x))
        worst = std::max(worst, static_cast<double>(std::abs(value - exact)));
    }
  }
  EXPECT_LT(worst, 1.0 * TestFixture::rounding);
}

TYPED_TEST(AnyPack, SinAndCosOfZeroAreExact) {
  for (const auto value : at_all_lanes<TypeParam>([](const auto& x) { return simd::sincos(x).sin; }, 0.0))
    EXPECT_EQ(value, 0.0);
  for (const auto value : at_all_lanes<TypeParam>([](const auto& x) { return simd::sincos(x).cos; }, 0.0))
    EXPECT_EQ(value, 1.0);
}

}
}
