// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/catalog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
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
  EXPECT_NE(message_of("laplce").find("did you mean 'laplace'"), std::string::npos);
  EXPECT_NE(message_of("Yukava").find("did you mean 'yukawa'"), std::string::npos);
  EXPECT_NE(message_of("stokes").find("did you mean 'stokeslet'"), std::string::npos);
  EXPECT_NE(message_of("").find("The kernels are: "), std::string::npos);
}

TEST(Catalog, YukawaRefusesBadLambda) {
  for (const double lambda :
       {-1.0, -1e-300, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    EXPECT_THROW((void)make_kernel("yukawa", {.lambda = lambda}), UsageError) << lambda;
  EXPECT_NO_THROW((void)make_kernel("yukawa", {.lambda = 0.0}));
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
