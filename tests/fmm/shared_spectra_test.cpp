// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/translations.hpp"

#include <gtest/gtest.h>

#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

/// The spectra of a kernel for a tree of this depth, and how many were built for them.
template <class Scalar>
struct Made {
  Translations translations;
  std::int64_t count;
  Made(const Kernel& kernel, int order, double root_half_width, int depth) : count(-num_spectra_built()) {
    translations.order = order;
    translations.precision = std::is_same_v<Scalar, float> ? Precision::mixed : Precision::full;
    translations.make(kernel, {.side = 2.0 * root_half_width}, depth);
    count += num_spectra_built();
  }
  [[nodiscard]] const LevelSpectra<Scalar>& spectra() const {
    return std::get<LevelSpectra<Scalar>>(translations.spectra);
  }
};

TEST(SharedSpectra, EqualKernelsShareTheirSpectra) {
  const Kernel kernel = make_kernel("yukawa", {.lambda = 0.81});
  const Made<double> first(kernel, 3, 0.7, 4), second(kernel, 3, 0.7, 4), smaller_root(kernel, 3, 0.35, 3);
  EXPECT_EQ(first.count, 3);
  EXPECT_EQ(second.count, 0);
  EXPECT_EQ(second.spectra(), first.spectra());
  EXPECT_EQ(smaller_root.count, 0);
  EXPECT_EQ(smaller_root.spectra()[1], first.spectra()[2]);

  const Made<float> single(kernel, 3, 0.7, 4), single_again(kernel, 3, 0.7, 4);
  EXPECT_EQ(single.count, 3);
  EXPECT_EQ(single_again.count, 0);
}

TEST(SharedSpectra, OtherKernelsAndOrdersHaveTheirOwn) {
  const Made<float> first(make_kernel("yukawa", {.lambda = 0.82}), 3, 0.7, 3);
  EXPECT_EQ(Made<float>(make_kernel("yukawa", {.lambda = 0.83}), 3, 0.7, 3).count, 2);
  EXPECT_EQ(Made<float>(make_kernel("yukawa", {.lambda = 0.82}), 4, 0.7, 3).count, 2);
  const Made<float> laplace(make_kernel("laplace"), 3, 0.7, 3), stokeslet(make_kernel("stokeslet"), 3, 0.7, 3);
  EXPECT_EQ(laplace.count, 1);
  EXPECT_EQ(stokeslet.count, 1);
  EXPECT_EQ(laplace.spectra()[0], laplace.spectra()[1]);
}

TEST(SharedSpectra, KernelsWithoutIdentityShareNothing) {
  const Kernel kernel = without_identity(make_kernel("yukawa", {.lambda = 0.84}));
  const Made<double> first(kernel, 3, 0.7, 3), second(kernel, 3, 0.7, 3);
  EXPECT_EQ(first.count, 2);
  EXPECT_EQ(second.count, 2);
}

TEST(SharedSpectra, SpectraGoWithTheirLastUser) {
  const Kernel kernel = make_kernel("yukawa", {.lambda = 0.85});
  EXPECT_EQ(Made<double>(kernel, 3, 0.7, 2).count, 1);
  EXPECT_EQ(Made<double>(kernel, 3, 0.7, 2).count, 1);
}

}
}
