// SPDX-License-Identifier: BSD-3-Clause
#include "operators/kernel_matrix.hpp"

#include "operators/operators_support.hpp"

namespace nearfar {
namespace {

double product_of_polynomials(int a, int b, int c, const PointSet& points, std::size_t i) {
  return std::cos(a * std::acos(points.x[i])) * std::cos(b * std::acos(points.y[i])) *
         std::cos(c * std::acos(points.z[i]));
}

PointSet points_in_box() { return {{0.3, -0.9, 1.0}, {-0.2, 0.8, 1.0}, {0.7, 0.1, -1.0}}; }

/// Largest difference of two matrices relative to the largest entry.
double difference(const Matrix& computed, const Matrix& exact) {
  EXPECT_EQ(computed.rows, exact.rows);
  EXPECT_EQ(computed.columns, exact.columns);
  double largest = 0.0, error = 0.0;
  for (std::size_t i = 0; i < exact.entries.size(); ++i) {
    largest = std::max(largest, std::abs(exact.entries[i]));
    error = std::max(error, std::abs(computed.entries[i] - exact.entries[i]));
  }
  return error / largest;
}

TEST(KernelMatrix, LeavesOutTheScale) {
  const PointSet targets{{3.0, 0.0}, {0.0, 0.0}, {4.0, 2.0}}, sources{{0.0}, {0.0}, {0.0}};
  const Matrix matrix = kernel_matrix(make_kernel("laplace"), targets, sources);
  EXPECT_DOUBLE_EQ(matrix(0, 0), 0.2);
  EXPECT_DOUBLE_EQ(matrix(1, 0), 0.5);
}

// The dipole kernel has three components of charges and one of potentials, so that mixed-up orders show.
TEST(KernelMatrix, SeriesOfSourcesSumUpToTheKernel) {
  for (const auto& [name, bound] :
       {std::pair("laplace", 3e-9), std::pair("dipole", 5e-8), std::pair("oblique", 1e-8)}) {
    const Kernel kernel = kernel_of(name);
    const PointSet inside = points_in_box();
    const Surface outer = make_surface(4, outer_radius);
    const PolynomialBasis basis(150);
    const Matrix series = source_series(kernel, outer, basis);

    Matrix polynomials(kernel.source_dim * basis.size, inside.size() * kernel.source_dim);
    for (int i = 0; i < inside.size(); ++i)
      for (int j = 0, term = 0; j < kernel.source_dim; ++j)
        basis.for_each_term([&](int a, int b, int c) {
          polynomials(term++, i * kernel.source_dim + j) = product_of_polynomials(a, b, c, inside, usize(i));
        });
    EXPECT_LT(difference(product(series, polynomials), kernel_matrix(kernel, outer, inside)), bound) << name;
  }
}

TEST(KernelMatrix, SeriesOfTargetsSumUpToTheKernel) {
  for (const auto& [name, bound] :
       {std::pair("laplace", 3e-9), std::pair("dipole", 5e-8), std::pair("oblique", 1e-8)}) {
    const Kernel kernel = kernel_of(name);
    const PointSet inside = points_in_box();
    const Surface outer = make_surface(4, outer_radius);
    const PolynomialBasis basis(150);
    const Matrix series = target_series(kernel, outer, basis);

    Matrix polynomials(inside.size() * kernel.target_dim, kernel.target_dim * basis.size);
    for (int i = 0; i < inside.size(); ++i)
      for (int j = 0, term = 0; j < kernel.target_dim; ++j)
        basis.for_each_term([&](int a, int b, int c) {
          polynomials(i * kernel.target_dim + j, term++) = product_of_polynomials(a, b, c, inside, usize(i));
        });
    EXPECT_LT(difference(product(polynomials, series), kernel_matrix(kernel, inside, outer)), bound) << name;
  }
}

}
}
