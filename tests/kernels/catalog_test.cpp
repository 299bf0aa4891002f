// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/catalog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "nearfar/error.hpp"

namespace nearfar {
namespace {

std::string message_of(std::string_view name) {
  try {
    (void)make_kernel(name);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Catalog, KnowsItsKernelsByName) {
  const auto names = kernel_names();

  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const char* expected : {"laplace", "yukawa", "stokeslet"})
    EXPECT_EQ(std::count(names.begin(), names.end(), expected), 1) << expected;
  for (const auto& name : names) EXPECT_EQ(make_kernel(name).name, name);
}

TEST(Catalog, UnknownNameSuggestsTheNearest) {
  EXPECT_NE(message_of("laplce").find("did you mean laplace"), std::string::npos);
  EXPECT_NE(message_of("Yukava").find("did you mean yukawa"), std::string::npos);
  EXPECT_NE(message_of("stokeslets").find("did you mean stokeslet"), std::string::npos);
  EXPECT_NE(message_of("").find("The kernels are: "), std::string::npos);
}

TEST(Catalog, YukawaRefusesBadLambda) {
  for (const double lambda :
       {-1.0, -1e-300, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    EXPECT_THROW((void)make_kernel("yukawa", {.lambda = lambda}), UsageError) << lambda;
  EXPECT_NO_THROW((void)make_kernel("yukawa", {.lambda = 0.0}));
}

TEST(Catalog, EqualKernelsAloneHaveEqualIdentities) {
  std::set<std::string> identities;
  for (const auto& name : kernel_names()) {
    const Kernel kernel = make_kernel(name);
    EXPECT_FALSE(kernel.identity.empty()) << name;
    EXPECT_TRUE(identities.insert(kernel.identity).second) << name;
    EXPECT_EQ(make_kernel(name).identity, kernel.identity) << name;
    EXPECT_EQ(kernel.in_units_of(1.0).identity, kernel.identity) << name;
    EXPECT_EQ(kernel.in_units_of(0.3).identity == kernel.identity, kernel.homogeneous) << name;
    if (kernel.several) {
      EXPECT_EQ(kernel.several(4, false).identity, "") << name;
    }
  }
}

TEST(Catalog, IdentitiesTellLengthsApartToTheLastBit) {
  const auto identity = [](double lambda) { return make_kernel("yukawa", {.lambda = lambda}).identity; };
  const auto identity_in_units_of = [](double lambda, double length) {
    return make_kernel("yukawa", {.lambda = lambda}).in_units_of(length).identity;
  };

  EXPECT_EQ(identity(0.1), identity(0.1));
  for (const double lambda : {0.0, 1e-300, 0.1, 1.0, 1e300})
    EXPECT_NE(identity(lambda), identity(std::nextafter(lambda, 2e300))) << lambda;
  EXPECT_EQ(identity_in_units_of(0.3, 0.5), identity_in_units_of(0.6, 0.25));
  EXPECT_EQ(identity_in_units_of(0.3, 0.7), identity(0.3 * 0.7));
  EXPECT_NE(identity_in_units_of(0.3, 0.5), identity_in_units_of(0.3, 0.25));
  const Kernel twice = make_kernel("yukawa", {.lambda = 0.3}).in_units_of(0.5).in_units_of(0.5);
  EXPECT_EQ(twice.identity, identity(0.075));
}

TEST(Catalog, PropertiesAreThoseOfTheFormulas) {
  const Kernel laplace = make_kernel("laplace"), yukawa = make_kernel("yukawa"), stokeslet = make_kernel("stokeslet");

  EXPECT_NEAR(laplace.scale * 12.566370614359172, 1.0, 1e-15);
  EXPECT_NEAR(yukawa.scale * 12.566370614359172, 1.0, 1e-15);
  EXPECT_NEAR(stokeslet.scale * 25.132741228718345, 1.0, 1e-15);
  EXPECT_TRUE(laplace.homogeneous && stokeslet.homogeneous && !yukawa.homogeneous);
  EXPECT_EQ(stokeslet.source_dim * 10 + stokeslet.target_dim, 33);
  EXPECT_EQ(laplace.source_dim * 10 + laplace.target_dim, 11);
}

}
}
