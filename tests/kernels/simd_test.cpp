// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/formula/simd.hpp"

#include <gtest/gtest.h>

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

}
}
