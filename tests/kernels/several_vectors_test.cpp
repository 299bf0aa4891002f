// SPDX-License-Identifier: BSD-3-Clause
// Sums of several charge vectors side by side against sums of each of them, for every source kind and field.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "base/types.hpp"
#include "nearfar/families.hpp"

namespace nearfar {
namespace {

constexpr Index num_points = 90;
constexpr IndexRange targets{20, 53}, one_sided{0, 31}, mutual{60, 90};

/// Results of all points, [point][result], of sums over some sources and of sums both ways.
[[nodiscard]] std::vector<double> sums_of(const Kernel& kernel, const std::vector<double>& charges, Digits digits) {
  std::mt19937_64 random(8);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  std::vector<double> coordinates(3 * usize(num_points));
  for (double& coordinate : coordinates) coordinate = uniform(random);
  const double *x = coordinates.data(), *y = x + num_points, *z = y + num_points;
  const auto dim = usize(kernel.target_dim);
  std::vector<double> results(dim * usize(num_points));
  kernel.add_sums({.targets = {x + targets.begin, y + targets.begin, z + targets.begin},
                   .num_targets = targets.size(),
                   .sources = {x, y, z},
                   .charges = charges.data(),
                   .source_ranges = {&one_sided, 1},
                   .first_own = targets.begin,
                   .mutual_ranges = {&mutual, 1},
                   .digits = digits,
                   .potentials = results.data() + dim * usize(targets.begin)});
  return results;
}

void expect_the_same(const Kernel& one, const Kernel& several, Digits digits, const std::string& what) {
  const auto columns = usize(one.source_dim), rows = usize(one.target_dim), count = usize(several.source_dim) / columns;
  ASSERT_GT(count, 1U) << what;
  ASSERT_EQ(usize(several.target_dim), count * rows) << what;
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  std::vector<double> together(usize(num_points) * columns * count);
  for (double& charge : together) charge = uniform(random);
  const std::vector<double> found = sums_of(several, together, digits);
  for (std::size_t v = 0; v < count; ++v) {
    std::vector<double> alone(usize(num_points) * columns);
    for (std::size_t i = 0; i < alone.size(); ++i)
      alone[i] = together[(i / columns * count + v) * columns + i % columns];
    const std::vector<double> expected = sums_of(one, alone, Digits::all);
    double error = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double difference = found[(i / rows * count + v) * rows + i % rows] - expected[i];
      error = std::hypot(error, difference);
      norm = std::hypot(norm, expected[i]);
    }
    EXPECT_LE(error, (digits == Digits::all ? 1e-13 : 1e-5) * norm) << what << ", vector " << v;
  }
}

TEST(SeveralVectors, HaveTheSumsOfEachForAllKindsAndFields) {
  for (const FamilyDescription& family : kernel_families())
    for (const auto& kind : family.source_kinds)
      for (const auto& field : family.fields) {
        const Kernel kernel = make_kernel(KernelChoice{family.name, {kind.quantity.name}, {field.quantity.name}, {}});
        const std::string what = family.name + ": " + kind.quantity.name + " to " + field.quantity.name;
        ASSERT_TRUE(kernel.several) << what;
        for (const int num_vectors : {3, 8})
          for (const Digits digits : {Digits::all, Digits::seven})
            expect_the_same(kernel, kernel.several(num_vectors, false), digits, what);
      }
}

}
}
