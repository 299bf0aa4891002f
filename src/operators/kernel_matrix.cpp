// SPDX-License-Identifier: BSD-3-Clause
#include "operators/kernel_matrix.hpp"

#include <cmath>
#include <numbers>

#include "operators/direct_sums.hpp"

namespace nearfar {
namespace {

/// Nodes along an axis beyond the degree + 1 that a series needs: terms of higher degree, which alias with those kept,
/// are small by then.
constexpr int extra_nodes = 1;

struct Nodes {
  std::vector<double> x;
  Matrix transform;  ///< (degree, node): values at the nodes -> coefficients of their series
};

/// The Chebyshev nodes, at which the polynomials are orthogonal.
Nodes make_nodes(int degree) {
  const int count = degree + 1 + extra_nodes;
  Nodes nodes{std::vector<double>(usize(count)), Matrix(degree + 1, count)};
  for (int i = 0; i < count; ++i) {
    const double angle = std::numbers::pi * (i + 0.5) / count;
    nodes.x[usize(i)] = std::cos(angle);
    for (int a = 0; a <= degree; ++a) nodes.transform(a, i) = (a == 0 ? 1.0 : 2.0) / count * std::cos(a * angle);
  }
  return nodes;
}

/// The transform of a square of nodes (y, z): rows are nodes [y][z], columns are coefficients [b][c].
Matrix transform_of_square(const Matrix& transform) {
  Matrix matrix(transform.columns * transform.columns, transform.rows * transform.rows);
  for (int row = 0; row < matrix.rows; ++row)
    for (int column = 0; column < matrix.columns; ++column)
      matrix(row, column) = transform(column / transform.rows, row / transform.columns) *
                            transform(column % transform.rows, row % transform.columns);
  return matrix;
}

/// The nodes with that x.
PointSet square_of_nodes(const Nodes& nodes, double x) {
  PointSet square;
  for (const double y : nodes.x) {
    for (const double z : nodes.x) {
      square.x.push_back(x);
      square.y.push_back(y);
      square.z.push_back(z);
    }
  }
  return square;
}

/// One component of values at the nodes of a square: every `components`-th column.
Matrix component_of(const Matrix& values, int component, int components) {
  Matrix result(values.rows, values.columns / components);
  for (int j = 0; j < result.columns; ++j)
    for (int i = 0; i < values.rows; ++i) result(i, j) = values(i, j * components + component);
  return result;
}

/// The series in the box of functions that values(square) gives at nodes, as a matrix with rows [function] and columns
/// [node][component]. Columns of the result are [component][term].
template <class Values>
Matrix make_series(const PolynomialBasis& basis, int num_functions, int components, const Values& values) {
  const Nodes nodes = make_nodes(basis.degree);
  const Matrix to_square = transform_of_square(nodes.transform);
  Matrix series(num_functions, components * basis.size);
  // Square by square, since the values at all nodes would need much more memory than the result.
  for (int i = 0; i < size_of(nodes.x); ++i) {
    const Matrix at_nodes = values(square_of_nodes(nodes, nodes.x[usize(i)]));
    int column = 0;
    for (int component = 0; component < components; ++component) {
      const Matrix square = product(component_of(at_nodes, component, components), to_square);
      basis.for_each_term([&](int a, int b, int c) {
        for (int row = 0; row < num_functions; ++row)
          series(row, column) += nodes.transform(a, i) * square(row, b * (basis.degree + 1) + c);
        ++column;
      });
    }
  }
  return series;
}

}

Matrix kernel_matrix(const Kernel& kernel, const PointSet& targets, const PointSet& sources) {
  Matrix matrix(targets.size() * kernel.target_dim, sources.size() * kernel.source_dim);
  std::vector<double> unit(usize(matrix.columns), 0.0);
  for (int column = 0; column < matrix.columns; ++column) {
    unit[usize(column)] = 1.0;
    const Index source = column / kernel.source_dim;
    const IndexRange range{source, source + 1};
    PairSum sum;
    sum.targets = targets.points();
    sum.num_targets = targets.size();
    sum.sources = sources.points();
    sum.source_ranges = {&range, 1};
    sum.charges = unit.data();
    sum.factor = 1.0 / kernel.scale;
    sum.potentials = &matrix(0, column);
    add_direct_sums(kernel, sum);
    unit[usize(column)] = 0.0;
  }
  return matrix;
}

Matrix source_series(const Kernel& kernel, const PointSet& targets, const PolynomialBasis& basis) {
  return make_series(basis, targets.size() * kernel.target_dim, kernel.source_dim,
                     [&](const PointSet& square) { return kernel_matrix(kernel, targets, square); });
}

Matrix target_series(const Kernel& kernel, const PointSet& sources, const PolynomialBasis& basis) {
  return transposed(
      make_series(basis, sources.size() * kernel.source_dim, kernel.target_dim,
                  [&](const PointSet& square) { return transposed(kernel_matrix(kernel, square, sources)); }));
}

}
