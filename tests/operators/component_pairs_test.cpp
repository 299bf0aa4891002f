// SPDX-License-Identifier: BSD-3-Clause
#include "operators/component_pairs.hpp"

#include <gtest/gtest.h>

#include "nearfar/families.hpp"
#include "operators/m2l_support.hpp"
#include "operators/mirror.hpp"
#include "support/test_kernels.hpp"

namespace nearfar::m2l_test {
namespace {

using Entries = std::vector<int>;
using Signs = std::vector<double>;

ComponentPairs pairs_of(PointKernel point_kernel, int source_dim, int target_dim) {
  return find_component_pairs(make_test_kernel(point_kernel, source_dim, target_dim));
}

TEST(ComponentPairs, TransposedEntriesAreOne) {
  EXPECT_EQ(pairs_of(laplace, 1, 1).entries, Entries{0});
  EXPECT_EQ(pairs_of(dipole, 3, 1).entries, (Entries{0, 1, 2}));
  for (const Kernel& kernel : {make_kernel("stokeslet"), make_test_kernel(stokeslet, 3, 3)}) {
    const ComponentPairs pairs = find_component_pairs(kernel);
    EXPECT_EQ(pairs.entries, (Entries{0, 1, 2, 1, 3, 4, 2, 4, 5}));
    EXPECT_EQ(pairs.source_signs, (Signs{1, 1, 1}));
    EXPECT_EQ(pairs.num_entries, 6);
    EXPECT_EQ(pairs.num_products(), 9);
  }
}

TEST(ComponentPairs, ASinkHasNoPressureAndTheOppositeSign) {
  for (const Kernel& kernel : {stokes_kernel(), make_test_kernel(stokes, 4, 4)}) {
    const ComponentPairs pairs = find_component_pairs(kernel);
    EXPECT_EQ(pairs.entries, (Entries{0, 1, 2, 3, 1, 4, 5, 6, 2, 5, 7, 8, 3, 6, 8, -1}));
    EXPECT_EQ(pairs.source_signs, (Signs{1, 1, 1, -1}));
    EXPECT_EQ(pairs.num_products(), 15);
  }
}

TEST(ComponentPairs, EntriesThatAreZeroAreLeftOut) {
  EXPECT_EQ(pairs_of(uncoupled, 3, 3).entries, (Entries{0, -1, -1, -1, 1, -1, -1, -1, 2}));
  const ComponentPairs pairs = pairs_of(silent, 1, 2);
  EXPECT_TRUE(pairs.is_reached(0));
  EXPECT_FALSE(pairs.is_reached(1));
  EXPECT_EQ(find_component_pairs(make_kernel("yukawa", {.lambda = 1e6})).num_entries, 0);
}

TEST(ComponentPairs, OfAVectorPotentialAreThree) {
  const Kernel kernel = make_kernel("biot_savart");
  const ComponentPairs pairs = find_component_pairs(kernel.of_expansions());
  EXPECT_EQ(pairs.entries, (Entries{0, -1, -1, -1, 0, -1, -1, -1, 0}));
  EXPECT_EQ(pairs.num_products(), 3);
  EXPECT_TRUE(is_mirror_symmetric(kernel.of_expansions()));
}

TEST(ComponentPairs, WavesHaveTwoEntriesAndFourProducts) {
  const auto of_wavenumber = [](double k) {
    return find_component_pairs(make_kernel(KernelChoice{"helmholtz", {}, {}, {{"k", k}}}));
  };
  const ComponentPairs pairs = of_wavenumber(2.0);
  EXPECT_EQ(pairs.entries, (Entries{0, 1, 1, 0}));
  EXPECT_EQ(pairs.opposite, (std::vector{false, false, false, true}));
  EXPECT_EQ(pairs.num_entries, 2);
  EXPECT_EQ(pairs.num_products(), 4);
  EXPECT_EQ(of_wavenumber(0.0).entries, (Entries{0, -1, -1, 0}));
}

/// Zero where a coordinate is, where two of them are equal or opposite, and at the distance 3.
void special(const double* r, const double* charge, double* potential) {
  const double x = r[0] * r[0], y = r[1] * r[1], z = r[2] * r[2];
  potential[0] += 1e-30 * charge[0] * r[0] * r[1] * r[2] * (x - y) * (y - z) * (z - x) * (x + y + z - 9.0);
}

TEST(ComponentPairs, ZerosAtSpecialPointsAreNoZeroEntries) { EXPECT_EQ(pairs_of(special, 1, 1).num_entries, 1); }

/// K_12 and K_21 differ, by little.
void lopsided(const double* r, const double* charge, double* potential) {
  laplace(r, charge, potential + 1);
  const double more = (1.0 + 1e-12) * charge[1];
  laplace(r, &more, potential);
}

TEST(ComponentPairs, EntriesThatDifferStayApart) {
  EXPECT_EQ(pairs_of(lopsided, 2, 2).entries, (Entries{-1, 0, 1, -1}));
}

}
}
