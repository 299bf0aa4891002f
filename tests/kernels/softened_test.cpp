// SPDX-License-Identifier: BSD-3-Clause
// Softened kernels: what they tend to near and far, and that a point does not act on itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nearfar/families.hpp"
#include "support/direct_fields.hpp"
#include "support/pair_matrix.hpp"

namespace nearfar {
namespace {

constexpr double pi = std::numbers::pi;

/// At a distance along no axis.
[[nodiscard]] std::vector<double> at_distance(const KernelChoice& choice, double distance) {
  const Place target{{distance * 0.6, distance * 0.48, distance * 0.64}, {0.0, 0.0, 1.0}}, source{{}, {0.0, 0.0, 1.0}};
  return matrix_of(make_kernel(choice), target, source);
}

[[nodiscard]] KernelChoice softened(const char* name, const char* parameter, double length) {
  return {name, {}, {}, {{parameter, length}}};
}

TEST(Softened, PotentialsAreFiniteAtSmallDistances) {
  constexpr double length = 0.3;
  EXPECT_NEAR(at_distance(softened("plummer", "epsilon", length), 1e-8)[0], 1.0 / (4.0 * pi * length), 1e-15);
  EXPECT_NEAR(at_distance(softened("gaussian", "s", length), 1e-9)[0], 1.0 / (2.0 * std::pow(pi, 1.5) * length), 1e-15);
  const auto flow = at_distance(softened("regularized_stokeslet", "epsilon", length), 1e-9);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(flow[i], i % 4 == 0 ? 1.0 / (4.0 * pi * length) : 0.0, 1e-15) << i;
}

/// All kinds and fields at distances about as long as the softening, where the oracle knows nothing of these formulas.
TEST(Softened, MatricesAreThoseOfTheDefinitions) {
  for (const FamilyDescription& family : kernel_families()) {
    if (family.has_measured_errors || family.parameters.size() != 1 || family.parameters[0].unit != "length") continue;
    for (const QuantityDescription& kind : family.source_kinds) {
      for (const QuantityDescription& field : family.fields) {
        const KernelChoice choice{
            family.name, {kind.quantity.name}, {field.quantity.name}, {{family.parameters[0].name, 0.5}}};
        for (const double distance : {1e-3, 0.2, 0.45, 0.49, 0.51, 0.7, 1.3, 3.0}) {
          const PointPair pair{
              {0.6 * distance, 0.48 * distance, 0.64 * distance}, {}, {0.0, 0.6, 0.8}, {0.8, 0.0, -0.6}};
          const auto exact = direct_block(choice, pair);
          const auto values =
              matrix_of(make_kernel(choice), {pair.target, pair.target_normal}, {{}, pair.source_normal});
          ASSERT_EQ(values.size(), exact.size());
          double largest = 0.0;
          for (const double entry : exact) largest = std::max(largest, std::abs(entry));
          for (std::size_t i = 0; i < exact.size(); ++i)
            EXPECT_NEAR(values[i], exact[i], 1e-13 * largest) << name_of(choice) << ' ' << distance << ' ' << i;
        }
      }
    }
  }
}

TEST(Softened, PointsDoNotActOnThemselves) {
  for (const auto& choice : {softened("plummer", "epsilon", 0.3), softened("gaussian", "s", 0.3),
                             softened("regularized_stokeslet", "epsilon", 0.3), softened("rpy", "a", 0.3)})
    for (const double entry : at_distance(choice, 0.0)) EXPECT_EQ(entry, 0.0) << choice.name;
}

TEST(Softened, SpheresThatOverlapAreThoseOfRotneAndPrager) {
  constexpr double a = 0.5;
  for (const double r : {1e-9, 0.4, 0.9999999, 1.0000001, 3.0}) {
    const auto values = at_distance(softened("rpy", "a", a), r);
    const double e[3] = {0.6, 0.48, 0.64};
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        const double delta = i == j ? 1.0 : 0.0;
        const double exact =
            r < 2.0 * a ? ((1.0 - 9.0 * r / (32.0 * a)) * delta + 3.0 * r / (32.0 * a) * e[i] * e[j]) / (6.0 * pi * a)
                        : ((1.0 + 2.0 * a * a / (3.0 * r * r)) * delta + (1.0 - 2.0 * a * a / (r * r)) * e[i] * e[j]) /
                              (8.0 * pi * r);
        EXPECT_NEAR(values[3 * i + j], exact, 1e-15) << r << ' ' << i << ' ' << j;
      }
    }
  }
}

TEST(Softened, KernelsTendToThoseOfPoints) {
  for (const char* field : {"potential", "gradient", "hessian"}) {
    for (const char* kind : {"charge", "vector_dipole"}) {
      const auto exact = at_distance({"laplace", {kind}, {field}, {}}, 0.7);
      for (const auto& [name, parameter] : {std::pair{"plummer", "epsilon"}, std::pair{"gaussian", "s"}}) {
        const auto values = at_distance({name, {kind}, {field}, {{parameter, 0.0}}}, 0.7);
        for (std::size_t i = 0; i < exact.size(); ++i)
          EXPECT_NEAR(values[i], exact[i], 1e-14 * std::abs(exact[i]) + 1e-15) << name << ' ' << kind << ' ' << field;
      }
    }
  }
  const auto flow = at_distance({"stokeslet", {}, {}, {}}, 0.7),
             values = at_distance(softened("regularized_stokeslet", "epsilon", 0.0), 0.7);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(values[i], flow[i], 1e-15);
  // Spread charges act like points from six radii on.
  EXPECT_NEAR(at_distance(softened("gaussian", "s", 0.1), 0.6)[0], 1.0 / (4.0 * pi * 0.6), 1e-15);
  EXPECT_LT(at_distance(softened("gaussian", "s", 0.3), 0.6)[0], 0.996 / (4.0 * pi * 0.6));
}

}
}
