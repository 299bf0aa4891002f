// SPDX-License-Identifier: BSD-3-Clause
#include "operators/panel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/types.hpp"

namespace nearfar {
namespace {

TEST(PanelMatrix, ProductMatchesTheDefinitionForAllShapes) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  for (const auto& [rows, columns] : {std::pair{1, 1}, {5, 3}, {6, 7}, {7, 6}, {12, 12}, {13, 1}, {56, 152}, {25, 0}}) {
    Matrix a(rows, columns);
    for (double& entry : a.entries) entry = uniform(random);
    const PanelMatrix packed(a);
    ASSERT_GE(packed.padded_rows(), rows);
    AlignedVector<double> x(usize(columns) * panel_width), y(usize(packed.padded_rows()) * panel_width);
    for (double& entry : x) entry = uniform(random);
    for (double& entry : y) entry = uniform(random);
    const AlignedVector<double> before = y;

    packed.multiply_add(x.data(), y.data());

    for (int i = 0; i < packed.padded_rows(); ++i) {
      for (int box = 0; box < panel_width; ++box) {
        const std::size_t k = usize(i * panel_width + box);
        double expected = before[k];
        for (int j = 0; i < rows && j < columns; ++j) expected += a(i, j) * x[usize(j * panel_width + box)];
        EXPECT_NEAR(y[k], expected, 1e-14) << rows << " x " << columns << " at " << i << ", " << box;
      }
    }
  }
}

TEST(PanelMatrix, AnEmptyMatrixDoesNothing) {
  const PanelMatrix empty;
  EXPECT_EQ(empty.rows(), 0);
  EXPECT_EQ(empty.padded_rows(), 0);
  empty.multiply_add(nullptr, nullptr);
}

}
}
