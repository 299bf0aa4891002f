// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/costs.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/test_kernels.hpp"

namespace nearfar {
namespace {

/// All of the catalogue, and some that it does not know.
std::vector<Kernel> all_kernels() {
  std::vector<Kernel> kernels{one_kernel(), dipole_kernel()};
  for (const std::string& name : kernel_names()) kernels.push_back(make_kernel(name));
  return kernels;
}

TEST(Costs, PredictedErrorsAreThoseOfTheKernel) {
  Kernel kernel = make_kernel("laplace");
  kernel.single_error = 4e-3;
  for (int order = min_order; order <= max_order; ++order) {
    const double error = 3e-3 * order;
    kernel.errors[usize(order) - 2] = error;
    EXPECT_EQ(predicted_error(kernel, order, Precision::full), error);
    EXPECT_DOUBLE_EQ(predicted_error(kernel, order, Precision::mixed), std::sqrt(error * error + 1.6e-5));
  }
}

TEST(Costs, ErrorsFallWithTheOrder) {
  for (const Kernel& kernel : all_kernels())
    for (int order = min_order + 1; order <= max_order; ++order) {
      const double before = predicted_error(kernel, order - 1, Precision::full), rounding = 2e-13;
      EXPECT_LE(predicted_error(kernel, order, Precision::full), before) << kernel.name << ' ' << order;
      if (before > rounding) {
        EXPECT_LT(predicted_error(kernel, order, Precision::full), before) << kernel.name << ' ' << order;
      }
      EXPECT_GE(predicted_error(kernel, order, Precision::mixed), predicted_error(kernel, order, Precision::full));
    }
}

/// The digits that sums of a kind keep, as kernel.hpp states them, are finer than the error of the expansions.
TEST(Costs, DigitsOfTheNearFieldAreHiddenByTheExpansions) {
  const auto error_of = [](Digits digits) {
    return digits == Digits::all ? 1e-15 : digits == Digits::ten ? 2e-10 : digits == Digits::seven ? 2e-7 : 4e-7;
  };
  for (const Kernel& kernel : all_kernels()) {
    if (kernel.errors == unknown_errors) continue;
    for (int order = min_order; order <= max_order; ++order) {
      const Digits full = near_field_digits(kernel, order, Precision::full);
      const Digits mixed = near_field_digits(kernel, order, Precision::mixed);
      EXPECT_TRUE(full == Digits::all || full == Digits::ten);
      EXPECT_LT(error_of(full), 0.2 * predicted_error(kernel, order, Precision::full) + 1e-15) << kernel.name << order;
      EXPECT_TRUE(mixed == Digits::seven || mixed == Digits::seven_of_length);
      EXPECT_LT(error_of(mixed), 2.0 * predicted_error(kernel, order, Precision::mixed)) << kernel.name << order;
    }
  }
  EXPECT_EQ(near_field_digits(make_kernel("laplace"), 4, Precision::mixed), Digits::seven_of_length);
  EXPECT_EQ(near_field_digits(make_kernel("laplace"), 7, Precision::mixed), Digits::seven);
  EXPECT_EQ(near_field_digits(make_kernel("laplace"), 8, Precision::full), Digits::ten);
  EXPECT_EQ(near_field_digits(make_kernel("laplace"), 12, Precision::full), Digits::all);
}

TEST(Costs, GrowWithTheOrder) {
  for (const Kernel& kernel : all_kernels())
    for (const Precision precision : {Precision::full, Precision::mixed})
      for (int order = min_order + 1; order <= max_order; ++order) {
        const Costs low = estimate_costs(kernel, order - 1, precision), high = estimate_costs(kernel, order, precision);
        EXPECT_GE(high.pair, low.pair) << "more digits";
        EXPECT_GT(high.family_pair, low.family_pair);
        EXPECT_GT(high.octant_pair, low.octant_pair);
        EXPECT_GT(high.transform, low.transform);
        EXPECT_GT(high.translation, low.translation);
        EXPECT_GT(high.leaf, low.leaf);
        EXPECT_GT(high.source_point, low.source_point);
        EXPECT_GT(high.target_point, low.target_point);
        EXPECT_GT(low.pair, 0.0);
      }
}

/// Single precision halves what M2L and the near field take, or nearly so, and nothing else.
TEST(Costs, AreLowerInMixedPrecision) {
  for (const Kernel& kernel : all_kernels())
    for (int order = min_order; order <= max_order; ++order) {
      const Costs full = estimate_costs(kernel, order, Precision::full);
      const Costs mixed = estimate_costs(kernel, order, Precision::mixed);
      for (const auto part : {&Costs::pair, &Costs::family_pair, &Costs::octant_pair, &Costs::transform}) {
        EXPECT_LT(mixed.*part, 0.7 * full.*part);
        EXPECT_GT(mixed.*part, 0.3 * full.*part);
      }
      for (const auto part : {&Costs::translation, &Costs::leaf, &Costs::source_point, &Costs::target_point})
        EXPECT_EQ(mixed.*part, full.*part);
    }
}

/// Of 8 x 8 pairs of children, a family shares the work by sibling Karatsuba: 27 products, which take as long as 20
/// where each pair waits for memory.
TEST(Costs, FamiliesAreCheaperThanTheirPairs) {
  for (const Kernel& kernel : all_kernels()) {
    const Costs costs = estimate_costs(kernel, 6, Precision::full);
    EXPECT_DOUBLE_EQ(costs.family_pair, 20.0 * costs.octant_pair);
  }
}

TEST(Costs, ComponentsMultiply) {
  const Costs one = estimate_costs(make_kernel("laplace"), 6, Precision::full);
  const Costs nine = estimate_costs(make_kernel("stokeslet"), 6, Precision::full);
  EXPECT_DOUBLE_EQ(nine.family_pair, 9.0 * one.family_pair);
  EXPECT_DOUBLE_EQ(nine.translation, 9.0 * one.translation);
  EXPECT_DOUBLE_EQ(nine.transform, 3.0 * one.transform);
}

TEST(Costs, VectorsShareTheDistances) {
  for (Kernel kernel : all_kernels()) {
    EXPECT_EQ(cost_beside_others(kernel, 1), 1.0);
    double before = 1.0;
    for (int num_vectors = 2; num_vectors < 40; ++num_vectors) {
      const double cost = cost_beside_others(kernel, num_vectors);
      EXPECT_LE(cost, before) << kernel.name << ' ' << num_vectors;
      EXPECT_GE(cost * num_vectors, 1.0) << "all of them take no less than one";
      before = cost;
    }
    if (kernel.several) {
      EXPECT_LT(before, 0.9) << kernel.name;
    }
    kernel.several = {};
    EXPECT_EQ(cost_beside_others(kernel, 8), 1.0) << "each computes its own distances";
  }
}

/// A surface of order p has p^3 - (p - 2)^3 points: the points of a p x p x p grid that are not inside. Sums over them
/// keep all digits.
TEST(Costs, DirectSumsReplaceSumsOverSurfacePointsThatCostMore) {
  const Kernel kernel = make_kernel("laplace");
  for (int p = min_order; p <= max_order; ++p) {
    const Index surface = p * p * p - (p - 2) * (p - 2) * (p - 2);
    const Options full{.order = p, .precision = Precision::full};
    const auto limit = [&](const Options& options, int weight = 1) { return direct_limit(kernel, options, weight); };
    if (near_field_digits(kernel, p, Precision::full) == Digits::all) {
      EXPECT_EQ(limit(full), surface);
    } else {
      EXPECT_EQ(limit(full), static_cast<Index>(36.0 / 32.5 * surface));
    }
    EXPECT_EQ(direct_limit(make_kernel("stokeslet"), {.order = 4}), limit({.order = 4})) << "whatever the components";
    EXPECT_EQ(limit(full, 7), limit(full) / 7) << "each point stands for seven";
    EXPECT_GT(limit({.order = p, .precision = Precision::mixed}), static_cast<Index>(1.6 * surface));
    const Options beside{.order = p, .precision = Precision::full, .num_vectors = 8};
    EXPECT_NEAR(limit(beside), limit(full) / cost_beside_others(kernel, 8), 5.0) << "direct sums alone get cheaper";
    EXPECT_GT(limit(beside), 2 * surface);
  }
}

}
}
