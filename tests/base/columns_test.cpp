// SPDX-License-Identifier: BSD-3-Clause
#include "base/columns.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace nearfar {
namespace {

/// Three vectors of two components in four rows; entry = 100 row + 10 vector + component.
double entry(int row, int vector, int component) { return 100.0 * row + 10.0 * vector + component; }

std::vector<double> by_rows() {
  std::vector<double> values;
  for (int row = 0; row < 4; ++row)
    for (int vector = 0; vector < 3; ++vector)
      for (int k = 0; k < 2; ++k) values.push_back(entry(row, vector, k));
  return values;
}

TEST(Columns, CopyFromRowsToVectorsWithGaps) {
  const std::vector<double> rows = by_rows();
  constexpr int stride = 11;
  std::vector<double> vectors(3 * stride, -1.0);
  const Columns<double> to{vectors.data(), 2, 2, stride};
  for (std::size_t row = 0; row < 4; ++row) copy_row(interleaved(rows.data(), 3, 2), row, to, row, 3);
  for (int vector = 0; vector < 3; ++vector) {
    for (int row = 0; row < 4; ++row)
      for (int k = 0; k < 2; ++k)
        EXPECT_EQ(vectors[static_cast<std::size_t>(vector * stride + 2 * row + k)], entry(row, vector, k));
    for (int gap = 8; gap < stride; ++gap) EXPECT_EQ(vectors[static_cast<std::size_t>(vector * stride + gap)], -1.0);
  }
}

TEST(Columns, AddSomeVectorsToOthers) {
  const std::vector<double> rows = by_rows();
  std::vector<double> sums(4 * 4 * 2, 1000.0);
  for (std::size_t row = 0; row < 4; ++row)
    copy_row<true>(interleaved(rows.data(), 3, 2).from(1), row, interleaved(sums.data(), 4, 2).from(2), 3 - row, 2);
  for (int row = 0; row < 4; ++row)
    for (int vector = 0; vector < 4; ++vector)
      for (int k = 0; k < 2; ++k)
        EXPECT_EQ(sums[static_cast<std::size_t>((row * 4 + vector) * 2 + k)],
                  1000.0 + (vector < 2 ? 0.0 : entry(3 - row, vector - 1, k)));
}

TEST(Columns, AreDenseWhenRowsOfSoManyFollowOneAnother) {
  double value = 0.0;
  EXPECT_TRUE(interleaved(&value, 3, 2).is_dense(3));
  EXPECT_FALSE(interleaved(&value, 3, 2).is_dense(2));
  EXPECT_TRUE(interleaved(&value, 1, 3).is_dense(1));
  EXPECT_FALSE((Columns<double>{&value, 2, 2, 8}.is_dense(1)));
}

}
}
