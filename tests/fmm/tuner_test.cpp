// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/tuner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "fmm/costs.hpp"
#include "fmm/densities.hpp"
#include "nearfar/error.hpp"
#include "nearfar/families.hpp"

namespace nearfar {
namespace {

TEST(Tuner, SmallerTolerancesAskForHigherOrders) {
  const Kernel kernel = make_kernel("laplace");
  int before = 0;
  for (double tolerance = 1e-2; tolerance > 5e-13; tolerance /= 10) {
    const Options chosen = choose_accuracy({.tolerance = tolerance}, kernel);
    EXPECT_GT(chosen.order, before) << tolerance;
    EXPECT_LE(predicted_error(kernel, chosen.order, chosen.precision), tolerance);
    before = chosen.order;
  }
  EXPECT_LE(before, 14);
}

TEST(Tuner, HarderKernelsGetHigherOrders) {
  for (const double tolerance : {1e-3, 1e-5, 1e-7, 1e-9})
    EXPECT_GE(choose_accuracy({.tolerance = tolerance}, make_kernel("stokeslet")).order,
              choose_accuracy({.tolerance = tolerance}, make_kernel("laplace")).order);
  EXPECT_GT(choose_accuracy({.tolerance = 1e-9}, make_kernel("stokeslet")).order,
            choose_accuracy({.tolerance = 1e-9}, make_kernel("laplace")).order);
}

// Errors are measured, and orders are no higher than they ask for: each one more costs time and memory.
TEST(Tuner, OrdersOfTheStokesletAreThoseMeasured) {
  const Kernel kernel = make_kernel("stokeslet");
  const Options coarse = choose_accuracy({.tolerance = 1e-6}, kernel);
  EXPECT_EQ(coarse.order, 8);
  EXPECT_EQ(coarse.precision, Precision::mixed);
  EXPECT_EQ(choose_accuracy({.tolerance = 1e-8}, kernel).order, 10);
}

TEST(Tuner, MixedPrecisionIsForTolerancesThatItHolds) {
  const Kernel kernel = make_kernel("laplace");
  EXPECT_EQ(choose_accuracy({.tolerance = 1e-3}, kernel).precision, Precision::mixed);
  EXPECT_EQ(choose_accuracy({.tolerance = 1e-6}, kernel).precision, Precision::mixed);
  EXPECT_EQ(choose_accuracy({.tolerance = 2e-7}, kernel).precision, Precision::full);
  EXPECT_EQ(choose_accuracy({.tolerance = 1e-3, .precision = Precision::full}, kernel).precision, Precision::full);
}

std::string complaint(const Options& options, const Kernel& kernel, double side = 0.0) {
  try {
    (void)choose_accuracy(options, kernel, side);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Tuner, OrdersThatCannotKeepTheToleranceAreRefused) {
  const Kernel laplace = make_kernel("laplace");
  for (int order = min_order; order < max_order; ++order) {
    const double error = laplace.errors[static_cast<std::size_t>(order - min_order)];
    if (error > 1e-12 && error < 0.1) {
      EXPECT_EQ(complaint({.tolerance = 1.001 * error, .order = order}, laplace), "") << order;
      EXPECT_NE(complaint({.tolerance = 0.999 * error, .order = order}, laplace)
                    .find("give order " + std::to_string(order == min_order ? min_order + 1 : order + 1)),
                std::string::npos)
          << order;
    }
  }
  // What is named is what a tolerance alone chooses, for waves too.
  const Kernel waves = make_kernel(KernelChoice{"helmholtz", {}, {}, {{"k", 40.0}}});
  const int chosen = choose_accuracy({.tolerance = 1e-7}, waves, 1.0).order;
  EXPECT_GT(chosen, choose_accuracy({.tolerance = 1e-7}, waves, 0.1).order);
  EXPECT_NE(complaint({.tolerance = 1e-7, .order = 4}, waves, 1.0).find("give order " + std::to_string(chosen)),
            std::string::npos);
  EXPECT_EQ(complaint({.tolerance = 1e-7, .order = chosen}, waves, 1.0), "");
  EXPECT_NE(complaint({.tolerance = 1e-7, .order = chosen - 1}, waves, 1.0), "");
  // Nothing is more accurate than the highest order, alone or not.
  const Kernel hard = make_kernel(KernelChoice{"elasticity", {"double_layer"}, {"stress"}, {}});
  EXPECT_GT(hard.errors.back(), 1e-12);
  for (const int order : {0, max_order})
    EXPECT_NE(complaint({.tolerance = 1e-12, .order = order}, hard).find("order 16, the highest, has errors of up to"),
              std::string::npos);
  EXPECT_EQ(complaint({.tolerance = 1.001 * hard.errors.back(), .order = max_order}, hard), "");
  EXPECT_NE(complaint({.tolerance = 1e-12, .order = max_order - 1}, hard).find("give one of the two alone"),
            std::string::npos);
}

TEST(Tuner, MixedPrecisionThatCannotKeepTheToleranceIsRefused) {
  const Kernel kernel = make_kernel("laplace");
  const auto mixed = [](double tolerance, int order = 0) {
    return Options{.tolerance = tolerance, .order = order, .precision = Precision::mixed};
  };
  EXPECT_NE(complaint(mixed(1e-12), kernel).find("mixed precision has errors of up to 3e-07"), std::string::npos);
  EXPECT_NE(complaint(mixed(0.99 * kernel.single_error), kernel), "");
  EXPECT_EQ(complaint(mixed(1e-6), kernel), "");
  EXPECT_EQ(complaint(mixed(0.0, 12), kernel), "") << "no tolerance is given";
  // Where no order makes up for single precision, it does not raise the order.
  const Kernel dipoles = make_kernel(KernelChoice{"laplace", {"dipole"}, {}, {}});
  ASSERT_GT(dipoles.single_error, 1e-6);
  EXPECT_EQ(choose_accuracy(mixed(0.0), dipoles).order, choose_accuracy({}, dipoles).order);
  // Order 7 alone has 3.3e-7, and 4.5e-7 with the errors of mixed precision.
  EXPECT_EQ(choose_accuracy({.tolerance = 4e-7}, kernel).order, 7);
  EXPECT_EQ(choose_accuracy(mixed(4e-7), kernel).order, 8);
  EXPECT_EQ(complaint(mixed(5e-7, 7), kernel), "");
  EXPECT_NE(complaint(mixed(4e-7, 7), kernel).find("give order 8"), std::string::npos);
}

/// Options that a plan reports can be given to another one.
TEST(Tuner, WhatWasChosenIsNotRefused) {
  for (const char* name : {"laplace", "stokes", "yukawa", "biot_savart"})
    for (double tolerance = 0.1; tolerance > 5e-13; tolerance *= 0.3) {
      const Kernel kernel = make_kernel(name);
      const Options chosen = choose_accuracy({.tolerance = std::max(tolerance, 1e-12)}, kernel);
      EXPECT_EQ(complaint(chosen, kernel), "") << name << ' ' << tolerance;
    }
}

TEST(Tuner, WhatIsGivenStays) {
  const Kernel kernel = make_kernel("laplace");
  const Options by_order = choose_accuracy({.order = 5}, kernel);
  EXPECT_EQ(by_order.order, 5);
  EXPECT_EQ(by_order.tolerance, 0.0);
  EXPECT_EQ(by_order.precision, Precision::full);
  EXPECT_EQ(choose_accuracy({.tolerance = 1e-4, .order = 9}, kernel).order, 9);
  EXPECT_EQ(choose_accuracy({}, kernel).tolerance, default_tolerance);

  const std::vector<PointKey> sample{1, 2, 3};
  const Options tree = choose_tree(
      {.order = 6, .points_per_leaf = 37, .root_scale = 1.25, .precision = Precision::full}, kernel, sample, 1);
  EXPECT_EQ(tree.points_per_leaf, 37);
  EXPECT_EQ(tree.root_scale, 1.25);
}

/// Keys of uniform points in a root cube of scale 1.
std::vector<PointKey> uniform_sample(int size) {
  std::mt19937_64 random(2);
  std::vector<PointKey> keys(usize(size));
  for (auto& key : keys) key = random() >> 1;
  std::sort(keys.begin(), keys.end());
  return keys;
}

/// For n points in a leaf the model is 27 n pair + c / n, which is least at sqrt(c / (27 pair)): the root's scale has
/// to bring leaves there whatever the number of points, or close to there where the faces of the cube would cut leaves.
TEST(Tuner, LeavesOfUniformPointsHaveTheBestSizeForAnyNumberOfPoints) {
  const Kernel kernel = make_kernel("laplace");
  const auto sample = uniform_sample(10000);
  const Options options = choose_accuracy({.tolerance = 3e-6}, kernel);
  const Costs costs = estimate_costs(kernel, options.order, options.precision);
  const double of_octant = ((costs.transform + 2.0 * costs.translation) + costs.family_pair * 26.0 / 8.0) * 8.0 / 7.0 +
                           2.0 * costs.leaf + costs.near_leaf;
  const double best = std::sqrt(of_octant / (27.0 * costs.pair));
  for (double points = 1e5; points < 1e7; points *= 1.3) {
    const Options chosen = choose_tree(options, kernel, sample, points / 10000.0);
    double side = chosen.root_scale;
    while (points * std::pow(side, 3) > chosen.points_per_leaf) side /= 2;
    const double leaf = points * std::pow(side, 3);
    EXPECT_GT(leaf, best / 1.7) << points;
    EXPECT_LT(leaf, best * 1.7) << points;
  }
}

/// Where points are corners of octants, errors are several times as large as elsewhere. The sides of root cubes are
/// rounded up, so that most grids are a little smaller than the cube.
TEST(Tuner, RegularGridsAreNotOnTheFacesOfOctants) {
  const Kernel kernel = make_kernel("laplace");
  for (const double spacing : {1.0 / 32, 1.0 / 32.0625, 1.0 / 32.124, 1.0 / 35}) {
    const bool on_faces = spacing > 1.0 / 33;
    std::vector<PointKey> keys;
    const auto cell = [&](int i) {
      const auto last = (GridPosition::value_type{1} << max_depth) - 1;
      return std::min(last, static_cast<GridPosition::value_type>(std::ldexp(i * spacing, max_depth)));
    };
    for (int i = 0; i < 33 * 33 * 33; ++i)
      keys.push_back(first_point(octant_key({cell(i % 33), cell(i / 33 % 33), cell(i / (33 * 33))}, max_depth)));
    std::sort(keys.begin(), keys.end());
    for (const int size : {0, 100}) {
      const Options chosen = choose_tree({.tolerance = 1e-9, .points_per_leaf = size}, kernel, keys, 1.0);
      EXPECT_TRUE(!on_faces || chosen.root_scale > 1.05) << spacing << ' ' << size;
    }
  }
}

/// Of one leaf with as many around it as touch it: 2 others on a curve, 8 on a surface, 26 in a volume.
TEST(Tuner, DirectSumsGoOverTheNeighboursThatPointsOfADimensionHave) {
  Costs costs;
  costs.pair = 1.0;
  for (const auto& [dimension, leaves] : {std::pair{1.0, 3.0}, {2.0, 9.0}, {3.0, 27.0}}) {
    const Density density{100.0, dimension, std::log2(100.0) / dimension};
    EXPECT_NEAR(cost_of_densities({&density, 1}, costs, 1e4, 1.0), leaves * 100.0 * 100.0, 1e-6) << dimension;
  }
}

TEST(Tuner, NoPointsAndOnePointAreFine) {
  const Options options = choose_accuracy({}, make_kernel("laplace"));
  for (const auto& sample : {std::vector<PointKey>{}, std::vector<PointKey>{7}, std::vector<PointKey>(500, 7)}) {
    const Options chosen = choose_tree(options, make_kernel("laplace"), sample, 10.0);
    EXPECT_GT(chosen.points_per_leaf, 0);
    EXPECT_GE(chosen.root_scale, 1.0);
    EXPECT_LE(chosen.root_scale, 2.0);
  }
}

Kernel waves(double k) { return make_kernel(KernelChoice{"helmholtz", {}, {}, {{"k", k}}}); }

TEST(Tuner, WavesGetHigherOrdersTheLargerTheDomain) {
  const auto order = [](double k, double side, double tolerance) {
    return choose_accuracy({.tolerance = tolerance}, waves(k), side).order;
  };
  EXPECT_EQ(order(0.0, 1.0, 1e-5), 6);
  EXPECT_EQ(order(8.0, 1.0, 1e-5), 6);
  EXPECT_EQ(order(16.0, 1.0, 1e-5), 7);
  EXPECT_EQ(order(64.0, 1.0, 1e-5), 11);
  EXPECT_EQ(order(0.0, 1.0, 1e-9), 10);
  EXPECT_EQ(order(16.0, 1.0, 1e-9), 10);
  EXPECT_EQ(order(64.0, 1.0, 1e-9), 14);
  EXPECT_EQ(order(32.0, 1.0, 1e-5), order(16.0, 2.0, 1e-5));
  EXPECT_EQ(choose_accuracy({.order = 5}, waves(64.0), 1.0).order, 5);
  EXPECT_THROW((void)choose_accuracy({.order = 5}, waves(64.1), 1.0), UsageError);
  EXPECT_THROW((void)choose_accuracy({.tolerance = 1e-12}, waves(64.0), 1.0), UsageError);
}

TEST(Tuner, RootCubesOfWavesStayInTheRange) {
  const auto sample = uniform_sample(10000);
  for (const double k : {20.0, 50.0, 64.0}) {
    const Options chosen = choose_tree({.tolerance = 1e-4}, waves(k), sample, 10.0, 1.0);
    EXPECT_LE(k * chosen.root_scale, 64.0) << k;
    EXPECT_EQ(chosen.order, choose_accuracy({.tolerance = 1e-4}, waves(k), chosen.root_scale).order) << k;
  }
}

/// Sorted keys of points with that many random coordinates; the others are the same for all.
[[nodiscard]] std::vector<PointKey> keys_of_dimension(int dimension, std::size_t count) {
  std::mt19937_64 random(11);
  std::vector<PointKey> keys;
  while (keys.size() < count) {
    std::array<std::uint64_t, 3> cell{0x2aaaaaaaaaa, 0x15555555555, 0x2aaaaaaaaaa};
    for (int axis = 0; axis < dimension; ++axis) cell[usize(axis)] = random() >> (64 - max_depth);
    keys.push_back(first_point(octant_key(cell, max_depth)));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

TEST(Tuner, SeesTheDimensionOfPoints) {
  for (const int dimension : {1, 2, 3}) {
    double points = 0.0, sum = 0.0;
    for (const Density& density : find_densities(keys_of_dimension(dimension, 4000), 10.0)) {
      points += density.points;
      sum += density.points * density.dimension;
    }
    EXPECT_NEAR(points, 40000.0, 1e-6);
    EXPECT_NEAR(sum / points, dimension, 0.15);
  }
}

}
}
