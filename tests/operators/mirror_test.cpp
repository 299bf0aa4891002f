// SPDX-License-Identifier: BSD-3-Clause
#include "operators/mirror.hpp"

#include "operators/kernel_matrix.hpp"
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

// The kernel between a surface and a smaller one inside it, off the middle, is not symmetric in itself.
TEST(Mirror, MatrixIsThatOfTheMirroredSurfaces) {
  for (const char* name : {"laplace", "stokeslet"}) {
    const Kernel kernel = kernel_of(name);
    const Surface outside = make_surface(4, 2.0);
    const auto inside = [](int axes) {
      Surface surface = make_surface(4, 0.5);
      for (double& x : surface.x) x += axes & 1 ? 0.5 : -0.5;
      for (double& y : surface.y) y += axes & 2 ? 0.25 : -0.25;
      for (double& z : surface.z) z += axes & 4 ? 0.125 : -0.125;
      return surface;
    };
    const Matrix first = kernel_matrix(kernel, outside, inside(0));
    for (int axes = 0; axes < 8; ++axes) {
      const Matrix exact = kernel_matrix(kernel, outside, inside(axes));
      const Matrix computed = mirrored(first, outside, odd_axes_of_sources(kernel), axes);
      for (std::size_t i = 0; i < exact.entries.size(); ++i)
        ASSERT_NEAR(computed.entries[i], exact.entries[i], 1e-15) << name << axes;
    }
  }
}

}
}
