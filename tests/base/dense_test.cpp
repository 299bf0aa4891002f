// SPDX-License-Identifier: BSD-3-Clause
#include "base/dense.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <tuple>

namespace nearfar {
namespace {

Matrix random_matrix(int rows, int columns, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  Matrix a(rows, columns);
  for (double& entry : a.entries) entry = uniform(random);
  return a;
}

Matrix naive_product(const Matrix& a, const Matrix& b) {
  Matrix c(a.rows, b.columns);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < b.columns; ++j)
      for (int k = 0; k < a.columns; ++k) c(i, j) += a(i, k) * b(k, j);
  return c;
}

double largest_difference(const Matrix& a, const Matrix& b) {
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.columns, b.columns);
  double difference = 0.0;
  for (std::size_t i = 0; i < a.entries.size(); ++i)
    difference = std::max(difference, std::abs(a.entries[i] - b.entries[i]));
  return difference;
}

/// A matrix of that rank, with singular values of similar size.
Matrix matrix_of_rank(int rows, int columns, int rank) {
  return naive_product(random_matrix(rows, rank, 1), random_matrix(rank, columns, 2));
}

/// The four conditions of Moore and Penrose, which only the pseudo-inverse fulfils.
double moore_penrose_defect(const Matrix& a, const PseudoInverse& inverse) {
  const Matrix x = naive_product(inverse.left, inverse.right);
  const Matrix ax = naive_product(a, x), xa = naive_product(x, a);
  return std::max({largest_difference(naive_product(ax, a), a), largest_difference(naive_product(xa, x), x),
                   largest_difference(transposed(ax), ax), largest_difference(transposed(xa), xa)});
}

TEST(Dense, TransposeSwapsRowsAndColumns) {
  const Matrix a = random_matrix(3, 5, 1);
  const Matrix b = transposed(a);
  ASSERT_EQ(b.rows, 5);
  ASSERT_EQ(b.columns, 3);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 5; ++j) EXPECT_EQ(a(i, j), b(j, i));
}

TEST(Dense, ProductMatchesTheDefinition) {
  const Matrix a = random_matrix(17, 9, 1), b = random_matrix(9, 23, 2);
  EXPECT_LT(largest_difference(product(a, b), naive_product(a, b)), 4e-15);
}

TEST(Dense, ProductRefusesShapesThatDoNotFit) {
  EXPECT_THROW((void)product(Matrix(2, 3), Matrix(2, 3)), std::invalid_argument);
}

TEST(Dense, EmptySumsAreZero) {
  const Matrix c = product(Matrix(2, 0), Matrix(0, 3));
  for (const double entry : c.entries) EXPECT_EQ(entry, 0.0);
}

/// The rows of the inverse, from columns, times the matrix.
Matrix times_matrix(const Matrix& rows, const Matrix& a) { return naive_product(transposed(rows), a); }

TEST(Dense, RowsOfInverseTimesTheMatrixAreThoseOfTheIdentity) {
  const int n = 12;
  for (const double unit : {1.0, 1e9}) {
    Matrix a = random_matrix(n, n, 5);
    // Rows and columns in units that differ: no row counts as zero.
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) a(i, j) *= (i % 2 == 0 ? 1.0 : unit) * (j % 3 == 0 ? 1.0 : unit);
    for (const int count : {0, 5, n}) {
      const std::optional<Matrix> rows = rows_of_inverse(a, count);
      ASSERT_TRUE(rows) << unit;
      EXPECT_EQ(rows->columns, count);
      const Matrix identity = times_matrix(*rows, a);
      for (int i = 0; i < count; ++i)
        for (int j = 0; j < n; ++j) {
          const double scale = (i % 3 == 0 ? 1.0 : unit) / (j % 3 == 0 ? 1.0 : unit);
          EXPECT_NEAR(identity(i, j) * scale, i == j ? 1.0 : 0.0, 1e-13) << unit << ' ' << i << ' ' << j;
        }
    }
  }
}

TEST(Dense, SingularMatricesHaveNoRowsOfInverse) {
  EXPECT_FALSE(rows_of_inverse(matrix_of_rank(8, 8, 7), 3));
  Matrix a = random_matrix(8, 8, 6);
  for (int j = 0; j < 8; ++j) a(5, j) = a(2, j);
  EXPECT_FALSE(rows_of_inverse(a, 8));
  for (int j = 0; j < 8; ++j) a(5, j) = 0.0;
  EXPECT_FALSE(rows_of_inverse(a, 8));
  EXPECT_THROW((void)rows_of_inverse(Matrix(2, 3), 1), std::invalid_argument);
}

TEST(Dense, MatricesThatAreNotFiniteHaveNoRowsOfInverse) {
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL})
    for (int j = 0; j < 4; ++j) {
      Matrix a = random_matrix(4, 4, 7);
      a(1, j) = bad;
      EXPECT_FALSE(rows_of_inverse(a, 4)) << bad << ' ' << j;
    }
}

TEST(Dense, PseudoInverseOfTallWideAndSquareMatrices) {
  for (const auto& [rows, columns] : {std::pair{20, 9}, {9, 20}, {12, 12}}) {
    const Matrix a = random_matrix(rows, columns, 3);
    EXPECT_LT(moore_penrose_defect(a, pseudo_inverse(a, 1e-14)), 3e-14) << rows << " x " << columns;
  }
}

TEST(Dense, PseudoInverseOfADeficientMatrix) {
  const Matrix a = matrix_of_rank(15, 11, 6);
  EXPECT_LT(moore_penrose_defect(a, pseudo_inverse(a, 1e-13)), 3e-14);
}

TEST(Dense, CutoffIsRelativeToTheLargestSingularValue) {
  Matrix a(3, 3);
  a(0, 0) = 1e5;
  a(1, 1) = 1.0;
  a(2, 2) = 1e-4;

  const PseudoInverse inverse = pseudo_inverse(a, 1e-7);
  const Matrix x = product(inverse.left, inverse.right);

  EXPECT_NEAR(x(0, 0), 1e-5, 1e-19);
  EXPECT_NEAR(x(1, 1), 1.0, 1e-14);
  EXPECT_EQ(x(2, 2), 0.0);
}

TEST(Dense, CutoffOfBlocksIsRelativeToTheLargestSingularValueOfAll) {
  std::vector<Matrix> blocks(3, Matrix(2, 2));
  blocks[0](0, 0) = 1e-4;
  blocks[0](1, 1) = 1.0;
  blocks[1](0, 0) = 1e5;
  blocks[2] = Matrix(0, 2);
  const std::vector<PseudoInverse> inverses = pseudo_inverses(blocks, 1e-7);
  EXPECT_EQ(inverses[0].left.columns, 1);
  EXPECT_NEAR(product(inverses[0].left, inverses[0].right)(1, 1), 1.0, 1e-14);
  EXPECT_NEAR(product(inverses[1].left, inverses[1].right)(0, 0), 1e-5, 1e-19);
  EXPECT_EQ(inverses[2].left.rows, 2);
  EXPECT_EQ(inverses[2].right.columns, 0);
}

TEST(Dense, PseudoInverseOfZeroIsZero) {
  const PseudoInverse inverse = pseudo_inverse(Matrix(4, 3), 1e-15);
  EXPECT_EQ(inverse.left.rows, 3);
  EXPECT_EQ(inverse.right.columns, 4);
  for (const double entry : inverse.left.entries) EXPECT_EQ(entry, 0.0);
  for (const double entry : inverse.right.entries) EXPECT_EQ(entry, 0.0);
}

TEST(Dense, PseudoInverseOfTinyNumbersIsFinite) {
  for (const double size : {1e-200, 1e-270, 1e-300, 5e-324}) {
    Matrix a = random_matrix(6, 4, 4);
    for (double& entry : a.entries) entry *= size;
    const PseudoInverse inverse = pseudo_inverse(a, 1e-15);
    for (const double entry : inverse.left.entries) EXPECT_TRUE(std::isfinite(entry));
    for (const double entry : inverse.right.entries) EXPECT_TRUE(std::isfinite(entry));
    const Matrix identity = product(inverse.left, product(inverse.right, a));
    EXPECT_NEAR(identity(2, 2), size > 1e-280 ? 1.0 : 0.0, 1e-14);
  }
}

TEST(NearlyNullVector, IsWhatTheMatrixMakesSmallest) {
  Matrix a(3, 3);  // units of 1, 2^40 and 2^-30, in which rows 0 and 2 are alike but for 1e-10
  for (const auto& [i, j, value] : {std::tuple{0, 0, 1.0}, {0, 2, 1.0}, {1, 1, 1.0}, {2, 0, 1.0}, {2, 2, 1.0 + 1e-10}})
    a(i, j) = std::ldexp(value, i == 1 ? 40 : i == 2 ? -30 : 0);
  EXPECT_TRUE(rows_of_inverse(a, 3));
  EXPECT_FALSE(rows_of_inverse(a, 3, 1e-9));
  const std::vector<double> vector = nearly_null_vector(a);
  ASSERT_EQ(vector.size(), 3U);
  EXPECT_NEAR(std::abs(vector[0]), std::sqrt(0.5), 1e-8);
  EXPECT_NEAR(vector[1], 0.0, 1e-8);
  EXPECT_NEAR(vector[2], -vector[0], 1e-8);
  a(0, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(nearly_null_vector(a).empty());
}

}
}
