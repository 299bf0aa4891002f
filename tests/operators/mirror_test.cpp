// SPDX-License-Identifier: BSD-3-Clause
#include "operators/mirror.hpp"

#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

TEST(Mirror, SymmetryOfKernelsIsFound) {
  for (const char* name : {"laplace", "yukawa", "stokeslet", "dipole", "one"})
    EXPECT_TRUE(is_mirror_symmetric(kernel_of(name))) << name;
  EXPECT_FALSE(is_mirror_symmetric(kernel_of("oblique")));
}

TEST(Mirror, SmallObliquenessIsSeen) {
  const Kernel laplace = kernel_of("laplace"), oblique = kernel_of("oblique");
  for (const double share : {1e-3, 1e-9, 1e-12}) {
    Kernel mixed = laplace;
    mixed.add_sums = [=](PairSum sum) {
      laplace.add_sums(sum);
      sum.factor *= share;
      oblique.add_sums(sum);
    };
    EXPECT_FALSE(is_mirror_symmetric(mixed)) << share;
  }
}

TEST(Mirror, ImagesHaveNegativeCoordinates) {
  for (const int points_per_edge : {2, 5}) {
    const Surface surface = make_surface(points_per_edge, 1.05);
    for (int axes = 0; axes < 8; ++axes) {
      const std::vector<int> images = mirror_images(surface, axes);
      for (std::size_t i = 0; i < images.size(); ++i) {
        EXPECT_EQ(surface.x[usize(images[i])], axes & 1 ? -surface.x[i] : surface.x[i]);
        EXPECT_EQ(surface.y[usize(images[i])], axes & 2 ? -surface.y[i] : surface.y[i]);
        EXPECT_EQ(surface.z[usize(images[i])], axes & 4 ? -surface.z[i] : surface.z[i]);
      }
    }
  }
}

}
}
