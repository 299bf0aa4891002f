// SPDX-License-Identifier: BSD-3-Clause
// Operators that are made from turns of others are tested with all others: box_matrices_test.cpp.
#include "operators/turn.hpp"

#include <gmock/gmock.h>

#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

TEST(Turn, SymmetryOfKernelsIsFound) {
  for (const char* name : {"laplace", "yukawa", "stokeslet", "stokes", "dipole", "helmholtz"})
    EXPECT_FALSE(turned_components(kernel_of(name)).sources.empty()) << name;
  for (const char* name : {"oblique", "stretched"})
    EXPECT_TRUE(turned_components(kernel_of(name)).sources.empty()) << name;
}

TEST(Turn, TakesAVectorAlongXToOneAlongY) {
  const TurnedComponents turned = turned_components(kernel_of("stokes"));
  EXPECT_THAT(turned.sources, testing::ElementsAre(1, 2, 0, 3)) << "a force and a sink";
  EXPECT_THAT(turned.targets, testing::ElementsAre(1, 2, 0, 3)) << "a velocity and a pressure";
}

TEST(Turn, OfPointsIsOnTheSurface) {
  const Surface surface = make_surface(5, 1.05);
  const TurnedValues values = turned_values(surface, 1, {0});
  std::size_t on_the_diagonal = 0;
  for (std::size_t i = 0; i < values.turned.size(); ++i) {
    const auto& [x, y, z] = surface.grid[i];
    EXPECT_EQ(surface.grid[usize(values.turned[i])], (std::array{z, x, y}));
    if (x == y && y == z) ++on_the_diagonal;
  }
  EXPECT_EQ(on_the_diagonal, 2U);
  EXPECT_EQ(3 * values.first_points.size(), usize(surface.size()) + 2 * on_the_diagonal);
}

TEST(Turn, EveryBlockIsATurnOfOneOfFour) {
  for (int block = 0; block < 8; ++block) {
    const FirstBlock first = first_block(block);
    EXPECT_EQ(turned_axes(first.block, first.times), block);
    EXPECT_THAT(first.block, testing::AnyOf(0, 1, 3, 7));
  }
}

}
}
