// SPDX-License-Identifier: BSD-3-Clause
#include "operators/box_matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.hpp"
#include "operators/kernel_matrix.hpp"
#include "operators/oscillation.hpp"
#include "operators/panel.hpp"

namespace nearfar {
namespace {

/// Points that a task takes: enough for BLAS, few enough for all threads to have tasks.
constexpr int points_of_task = 24;

/// Singular values below this fraction of the largest say nothing about the field at this order, but make densities
/// large, of which sums in floats lose digits, and sums in doubles some as well. Laplace's error of one translation
/// tells where that is, for all kernels; of those that oscillate, at the order without phase. Measured: with a
/// fifteenth of it the sums of Laplace's kernel are as accurate as without a cut-off, and those of the Stokeslet are up
/// to ten times as accurate.
[[nodiscard]] double cutoff(int order, double phase) {
  const double laplace_error = 1.5e-6 * std::pow(5.7, 6 - order_without_phase(order, phase));
  return std::max(4.0 * std::numeric_limits<double>::epsilon(), laplace_error / 15.0);
}

/// Points of a child of a box, in units of the box's half width and from its centre.
PointSet in_child(PointSet points, int child) {
  const auto move = [child](std::vector<double>& coordinates, int axis) {
    const double centre = (child >> axis & 1) ? 0.5 : -0.5;
    for (double& coordinate : coordinates) coordinate = centre + 0.5 * coordinate;
  };
  move(points.x, 0);
  move(points.y, 1);
  move(points.z, 2);
  return points;
}

[[nodiscard]] int num_tasks(const PointSet& points) { return (points.size() + points_of_task - 1) / points_of_task; }

PointSet points_of(const PointSet& points, int task) {
  const auto first = std::ptrdiff_t{task} * points_of_task;
  const auto last = std::min(first + points_of_task, std::ptrdiff_t{points.size()});
  const auto part = [&](const std::vector<double>& x) { return std::vector(x.begin() + first, x.begin() + last); };
  return {part(points.x), part(points.y), part(points.z)};
}

/// Of the columns or rows of a task's points, in the matrix of all.
void copy_columns(const Matrix& part, int first, Matrix& to) {
  std::copy(part.entries.begin(), part.entries.end(), to.entries.begin() + std::ptrdiff_t{first} * to.rows);
}
void copy_rows(const Matrix& part, int first, Matrix& to) {
  for (int j = 0; j < part.columns; ++j)
    for (int i = 0; i < part.rows; ++i) to(first + i, j) = part(i, j);
}

/// Rows and columns of a matrix, times factors of the rows.
Matrix submatrix(const Matrix& matrix, const std::vector<int>& rows, const std::vector<int>& columns,
                 const MirrorLayout& layout) {
  Matrix result(size_of(rows), size_of(columns));
  for (int i = 0; i < result.rows; ++i) {
    const double weight = layout.weight(rows[usize(i)]);
    for (int j = 0; j < result.columns; ++j) result(i, j) = weight * matrix(rows[usize(i)], columns[usize(j)]);
  }
  return result;
}

/// A pseudo-inverse for panels: BLAS may not know the processor, these products do.
class PanelInverse {
 public:
  PanelInverse() = default;
  explicit PanelInverse(const PseudoInverse& inverse) : left_(inverse.left), right_(inverse.right) {}
  /// One factor after the other: they are large, what both make of a smooth field is not.
  [[nodiscard]] Matrix times(const Matrix& values) const;

 private:
  PanelMatrix left_, right_;
};

Matrix PanelInverse::times(const Matrix& values) const {
  const auto room = [](int rows) { return AlignedVector<double>(usize(rows) * panel_width, 0.0); };
  auto panel = room(right_.columns()), between = room(right_.padded_rows()), product = room(left_.padded_rows());
  Matrix result(left_.rows(), values.columns);
  for (int first = 0; first < values.columns; first += panel_width) {
    const int count = std::min(panel_width, values.columns - first);
    for (int i = 0; i < values.rows; ++i)
      for (int j = 0; j < count; ++j) panel[usize(i * panel_width + j)] = values(i, first + j);
    multiply(right_, panel.data(), between.data());
    multiply(left_, between.data(), product.data());
    for (int i = 0; i < result.rows; ++i)
      for (int j = 0; j < count; ++j) result(i, first + j) = product[usize(i * panel_width + j)];
  }
  return result;
}

class Builder {
 public:
  Builder(const Kernel& kernel, TreePass pass, const BoxSurfaces& surfaces, const PolynomialBasis& basis,
          bool symmetric)
      : kernel_(kernel), upward_(pass == TreePass::upward), surfaces_(surfaces), basis_(basis) {
    const OddAxes of_sources = odd_axes_of_sources(kernel), of_targets = odd_axes_of_targets(kernel);
    inner_ = MirrorLayout(surfaces.inner, upward_ ? of_sources : of_targets, symmetric);
    of_children_ = MirrorLayout(surfaces.inner_of_children, inner_.odd_axes, symmetric);
    outer_ = MirrorLayout(surfaces.outer, upward_ ? of_targets : of_sources, symmetric);
  }
  BoxMatrices build(bool with_children);

 private:
  /// Rows are values at outer points, columns those at inner points.
  [[nodiscard]] Matrix field(const PointSet& outer, const PointSet& inner) const {
    return upward_ ? kernel_matrix(kernel_, outer, inner) : transposed(kernel_matrix(kernel_, inner, outer));
  }
  [[nodiscard]] Matrix series(const PointSet& outer) const {
    return upward_ ? source_series(kernel_, outer, basis_) : transposed(target_series(kernel_, outer, basis_));
  }
  void sample(Matrix& of_inner, Matrix& of_terms) const;
  [[nodiscard]] std::vector<PanelInverse> invert(const Matrix& of_inner) const;
  [[nodiscard]] Matrix leaf_block(const PanelInverse& inverse, const Matrix& of_terms, int block) const;
  [[nodiscard]] std::vector<Matrix> child_columns(const std::vector<PanelInverse>& inverses,
                                                  const PointSet& points) const;
  [[nodiscard]] double child_factor(int component) const;

  const Kernel& kernel_;
  const bool upward_;
  const BoxSurfaces& surfaces_;
  const PolynomialBasis& basis_;
  MirrorLayout inner_, of_children_, outer_;
};

/// The kernel where symmetry does not tell it: between all of the outer surface and an octant of the inner one, and
/// between an octant of the outer surface and the polynomials.
void Builder::sample(Matrix& of_inner, Matrix& of_terms) const {
  const int inner_components = size_of(inner_.odd_axes), outer_components = size_of(outer_.odd_axes);
  of_inner = Matrix(outer_.size, inner_.rows());
  of_terms = Matrix(outer_.rows(), inner_components * basis_.size);
  const int inner_tasks = num_tasks(inner_.octant), outer_tasks = num_tasks(outer_.octant);
  parallel_tasks(outer_tasks + inner_tasks, [&](int task) {
    if (task < outer_tasks) {
      copy_rows(series(points_of(outer_.octant, task)), task * points_of_task * outer_components, of_terms);
    } else {
      const int part = task - outer_tasks;
      copy_columns(field(surfaces_.outer, points_of(inner_.octant, part)), part * points_of_task * inner_components,
                   of_inner);
    }
  });
}

std::vector<PanelInverse> Builder::invert(const Matrix& of_inner) const {
  const std::vector<Matrix> rows = split_rows(outer_, of_inner);
  std::vector<Matrix> blocks;
  for (std::size_t block = 0; block < rows.size(); ++block) {
    Matrix& own = blocks.emplace_back(rows[block].rows, size_of(inner_.members[block]));
    for (int j = 0; j < own.columns; ++j) {
      const int column = inner_.members[block][usize(j)];
      for (int i = 0; i < own.rows; ++i) own(i, j) = inner_.weight(column) * rows[block](i, column);
    }
  }
  const std::vector<PseudoInverse> inverses =
      pseudo_inverses(blocks, cutoff(surfaces_.inner.points_per_edge, kernel_.wavenumber));
  return {inverses.begin(), inverses.end()};
}

Matrix Builder::leaf_block(const PanelInverse& inverse, const Matrix& of_terms, int block) const {
  const Matrix own =
      submatrix(of_terms, outer_.members[usize(block)], terms_of_blocks(inner_, basis_)[usize(block)], outer_);
  return inverse.times(own);
}

/// Values of a child are in its own units.
double Builder::child_factor(int component) const {
  const auto& components = upward_ ? kernel_.source_components : kernel_.target_components;
  const int degree = components.empty() ? 0 : components[usize(component)].degree;
  return std::ldexp(1.0, upward_ ? degree : kernel_.degree + degree);
}

std::vector<Matrix> Builder::child_columns(const std::vector<PanelInverse>& inverses, const PointSet& points) const {
  Matrix values = field(surfaces_.outer, points);
  const int components = size_of(inner_.odd_axes);
  for (int column = 0; column < values.columns; ++column) {
    const double factor = child_factor(column % components);
    for (int row = 0; row < values.rows; ++row) values(row, column) *= factor;
  }
  std::vector<Matrix> blocks = split_rows(outer_, values);
  for (std::size_t block = 0; block < blocks.size(); ++block) blocks[block] = inverses[block].times(blocks[block]);
  return blocks;
}

BoxMatrices Builder::build(bool with_children) {
  Matrix of_inner, of_terms;
  sample(of_inner, of_terms);
  const std::vector<PanelInverse> inverses = invert(of_inner);
  BoxMatrices result;
  result.leaf.resize(inverses.size());
  const bool mirrored = inner_.num_blocks == 8;
  for (std::size_t i = 0; with_children && i < 8; ++i)
    result.children.emplace_back(mirrored ? size_of(inner_.members[i]) : inner_.size, of_children_.size);
  const int num_children = !with_children ? 0 : mirrored ? 1 : 8;
  const int tasks_of_child = num_tasks(surfaces_.inner_of_children);
  parallel_tasks(inner_.num_blocks + num_children * tasks_of_child, [&](int task) {
    if (task < inner_.num_blocks) {
      result.leaf[usize(task)] = leaf_block(inverses[usize(task)], of_terms, task);
      return;
    }
    const int child = (task - inner_.num_blocks) / tasks_of_child, part = (task - inner_.num_blocks) % tasks_of_child;
    const std::vector<Matrix> blocks =
        child_columns(inverses, in_child(points_of(surfaces_.inner_of_children, part), child));
    const int first = part * points_of_task * size_of(inner_.odd_axes);
    for (std::size_t i = 0; i < blocks.size(); ++i)
      copy_columns(blocks[i], first, result.children[mirrored ? i : usize(child)]);
  });
  result.inner = std::move(inner_);
  result.of_children = std::move(of_children_);
  return result;
}

}

BoxMatrices make_box_matrices(const Kernel& kernel, TreePass pass, const BoxSurfaces& surfaces,
                              const PolynomialBasis& basis, bool symmetric, bool with_children) {
  return Builder(kernel, pass, surfaces, basis, symmetric).build(with_children);
}

}
