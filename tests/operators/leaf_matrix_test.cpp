// SPDX-License-Identifier: BSD-3-Clause
#include "operators/leaf_matrix.hpp"

#include <algorithm>

#include "operators/kernel_matrix.hpp"
#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

/// A stand-in for P2M with all the symmetry it has: the field of the polynomials on the inner surface of a larger box.
Matrix field_of_terms(const Kernel& kernel, const Surface& inner, const PolynomialBasis& basis) {
  PointSet larger = inner;
  for (auto* axis : {&larger.x, &larger.y, &larger.z})
    for (double& coordinate : *axis) coordinate *= 2.5;
  return source_series(kernel, larger, basis);
}

AlignedVector<double> random_panel(int rows) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> number(-1.0, 1.0);
  AlignedVector<double> panel(usize(rows) * panel_width);
  for (double& value : panel) value = number(random);
  return panel;
}

struct LeafMatrixCase {
  const char* kernel;
  int order;
  bool mirrored;
};

class LeafMatrices : public testing::TestWithParam<LeafMatrixCase> {
 protected:
  void SetUp() override {
    kernel = kernel_of(GetParam().kernel);
    inner = make_surface(GetParam().order, inner_radius);
    matrix = field_of_terms(kernel, inner, basis);
  }
  [[nodiscard]] LeafMatrix make(LeafMatrix::Direction direction) const {
    const MirrorLayout layout(inner, odd_axes_of_targets(kernel), GetParam().mirrored);
    const std::vector<Matrix> rows = split_rows(layout, matrix);
    const std::vector<std::vector<int>> terms = terms_of_blocks(layout, basis);
    std::vector<Matrix> blocks;
    for (std::size_t block = 0; block < rows.size(); ++block) {
      Matrix& own = blocks.emplace_back(rows[block].rows, size_of(terms[block]));
      for (int j = 0; j < own.columns; ++j)
        for (int i = 0; i < own.rows; ++i) own(i, j) = rows[block](i, terms[block][usize(j)]);
    }
    return LeafMatrix(layout, basis, blocks, direction);
  }
  Kernel kernel;
  Surface inner;
  PolynomialBasis basis{20};
  Matrix matrix;
};

TEST_P(LeafMatrices, ToTheSurfaceIsTheProduct) {
  const LeafMatrix blocks = make(LeafMatrix::Direction::to_surface);
  const AlignedVector<double> terms = random_panel(matrix.columns);
  AlignedVector<double> panel(usize(blocks.panel_rows()) * panel_width, 0.0), work(panel.size(), 1e9);
  for (std::size_t term = 0; term < usize(matrix.columns); ++term)
    for (std::size_t box = 0; box < panel_width; ++box)
      panel[usize(blocks.places()[term]) * panel_width + box] = terms[term * panel_width + box];
  blocks.apply(panel.data(), work.data());

  double error = 0.0;
  for (int row = 0; row < matrix.rows; ++row) {
    for (std::size_t box = 0; box < panel_width; ++box) {
      double exact = 0.0;
      for (int term = 0; term < matrix.columns; ++term)
        exact += matrix(row, term) * terms[usize(term) * panel_width + box];
      error = std::max(error, std::abs(panel[usize(row) * panel_width + box] - exact));
    }
  }
  EXPECT_LT(error, 8e-15);
}

TEST_P(LeafMatrices, FromTheSurfaceIsTheProductWithTheTranspose) {
  const LeafMatrix blocks = make(LeafMatrix::Direction::from_surface);
  const AlignedVector<double> values = random_panel(matrix.rows);
  AlignedVector<double> panel(usize(blocks.panel_rows()) * panel_width, 1e9), work(panel.size(), 1e9);
  std::copy(values.begin(), values.end(), panel.begin());
  blocks.apply(panel.data(), work.data());

  double error = 0.0;
  for (int term = 0; term < matrix.columns; ++term) {
    for (std::size_t box = 0; box < panel_width; ++box) {
      double exact = 0.0;
      for (int row = 0; row < matrix.rows; ++row) exact += matrix(row, term) * values[usize(row) * panel_width + box];
      error = std::max(error, std::abs(panel[usize(blocks.places()[usize(term)]) * panel_width + box] - exact));
    }
  }
  EXPECT_LT(error, 8e-15);
}

TEST_P(LeafMatrices, BlocksSaveWork) {
  const double dense = 2.0 * matrix.rows * matrix.columns;
  const double flops = make(LeafMatrix::Direction::to_surface).flops();
  if (GetParam().mirrored)
    EXPECT_LT(flops, 0.3 * dense);
  else
    EXPECT_EQ(flops, dense);
}

INSTANTIATE_TEST_SUITE_P(Operators, LeafMatrices,
                         testing::Values(LeafMatrixCase{"laplace", 4, true}, LeafMatrixCase{"laplace", 5, true},
                                         LeafMatrixCase{"yukawa", 2, true}, LeafMatrixCase{"stokeslet", 4, true},
                                         LeafMatrixCase{"stokeslet", 5, true}, LeafMatrixCase{"oblique", 4, false}),
                         [](const auto& test) {
                           return std::string(test.param.kernel) + std::to_string(test.param.order);
                         });

}
}
