// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/contraction.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace nearfar {
namespace {

TEST(Contractions, OfSeveralVectorsHaveTheNormalOfTheirPoint) {
  const std::array contractions{Contraction{.from = 1, .to = 0, .axis = 2, .coefficient = 2.0},
                                Contraction{.from = 0, .to = 0}};
  const std::vector<double> normals{1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
  const std::vector<double> from{1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0};  // 2 points, 2 vectors, 2 components
  std::vector<double> to(4, -1.0);
  contract(contractions, normals.data(), 2, 2, {from.data(), 2}, {to.data(), 1});
  EXPECT_EQ(to, (std::vector{61.0, 122.0, 363.0, 484.0}));
}

}
}
