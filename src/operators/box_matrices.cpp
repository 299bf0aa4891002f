// SPDX-License-Identifier: BSD-3-Clause
#include "operators/box_matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/parallel.hpp"
#include "operators/kernel_matrix.hpp"
#include "operators/oscillation.hpp"
#include "operators/panel.hpp"
#include "operators/turn.hpp"

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

PointSet points_at(const PointSet& points, const std::vector<int>& numbers) {
  const auto part = [&](const std::vector<double>& x) {
    std::vector<double> result;
    for (const int number : numbers) result.push_back(x[usize(number)]);
    return result;
  };
  return {part(points.x), part(points.y), part(points.z)};
}

/// Of the columns of a task's points, in the matrix of all.
void copy_columns(const Matrix& part, int first, Matrix& to) {
  std::copy(part.entries.begin(), part.entries.end(), to.entries.begin() + std::ptrdiff_t{first} * to.rows);
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
    const TurnedComponents turned = symmetric ? turned_components(kernel) : TurnedComponents{};
    const std::vector<int>& of_inner = upward_ ? turned.sources : turned.targets;
    turns_ = !of_inner.empty();
    inner_rows_ = turned_rows(inner_, surfaces.inner, of_inner);
    outer_rows_ = turned_rows(outer_, surfaces.outer, upward_ ? turned.targets : turned.sources);
    child_values_ = turned_values(surfaces.inner_of_children, size_of(inner_.odd_axes), of_inner);
    turned_terms_ = turned_terms(basis, of_inner);
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
  /// Blocks that are not turns of others.
  [[nodiscard]] bool is_first(int block) const noexcept { return !turns_ || first_block(block).times == 0; }
  void turn_leaf_blocks(std::vector<Matrix>& blocks) const;

  const Kernel& kernel_;
  const bool upward_;
  const BoxSurfaces& surfaces_;
  const PolynomialBasis& basis_;
  MirrorLayout inner_, of_children_, outer_;
  bool turns_ = false;
  TurnedValues inner_rows_, outer_rows_, child_values_;
  std::vector<int> turned_terms_;  ///< of the inner components
};

/// The kernel where symmetry does not tell it: between all of the outer surface and points of an octant of the inner
/// one, and between an octant of the outer surface and the polynomials.
void Builder::sample(Matrix& of_inner, Matrix& of_terms) const {
  const PointSet inner = points_at(inner_.octant, inner_rows_.first_points),
                 outer = points_at(outer_.octant, outer_rows_.first_points);
  of_inner = Matrix(outer_.size, size_of(inner_rows_.first_numbers));
  of_terms = Matrix(outer_.rows(), size_of(inner_.odd_axes) * basis_.size);
  const int inner_tasks = num_tasks(inner), outer_tasks = num_tasks(outer);
  parallel_tasks(outer_tasks + inner_tasks, [&](int task) {
    if (task >= outer_tasks) {
      const int first = (task - outer_tasks) * points_of_task * size_of(inner_.odd_axes);
      return copy_columns(field(surfaces_.outer, points_of(inner, task - outer_tasks)), first, of_inner);
    }
    const Matrix part = series(points_of(outer, task));
    const int first = task * points_of_task * size_of(outer_.odd_axes);
    for (int i = 0; i < part.rows; ++i) {
      int row = outer_rows_.first_numbers[usize(first + i)];
      std::vector<int> columns(usize(part.columns));
      std::iota(columns.begin(), columns.end(), 0);
      for (int times = 0; times < (turns_ ? 3 : 1); ++times) {
        for (int j = 0; j < part.columns; ++j) of_terms(row, columns[usize(j)]) = part(i, j);
        if (!turns_) break;
        row = outer_rows_.turned[usize(row)];
        for (int& column : columns) column = turned_terms_[usize(column)];
      }
    }
  });
}

std::vector<PanelInverse> Builder::invert(const Matrix& of_inner) const {
  const std::vector<Matrix> rows = with_turned_columns(split_rows(outer_, of_inner), outer_, outer_rows_, inner_rows_);
  std::vector<Matrix> blocks;
  for (int block = 0; block < size_of(rows); ++block) {
    if (!is_first(block)) continue;
    const std::vector<int>& members = inner_.members[usize(block)];
    Matrix& own = blocks.emplace_back(rows[usize(block)].rows, size_of(members));
    for (int j = 0; j < own.columns; ++j)
      for (int i = 0; i < own.rows; ++i)
        own(i, j) = inner_.weight(members[usize(j)]) * rows[usize(block)](i, members[usize(j)]);
  }
  const std::vector<PseudoInverse> of_first =
      pseudo_inverses(blocks, cutoff(surfaces_.inner.points_per_edge, kernel_.wavenumber));
  std::vector<PanelInverse> inverses;
  std::vector<std::size_t> place(rows.size());  // of a block among the first ones
  std::size_t num_first = 0;
  for (int block = 0; block < size_of(rows); ++block) {
    if (is_first(block)) {
      place[usize(block)] = num_first;
      inverses.emplace_back(of_first[num_first++]);
      continue;
    }
    const FirstBlock first = first_block(block);
    const PseudoInverse& inverse = of_first[place[usize(first.block)]];
    const auto places = [&](const MirrorLayout& layout, const TurnedValues& values) {
      return places_after(first.times, layout.members[usize(first.block)], layout.members[usize(block)], values.turned);
    };
    std::vector<int> same(usize(inverse.left.columns));
    std::iota(same.begin(), same.end(), 0);
    inverses.emplace_back(PseudoInverse{permuted(inverse.left, places(inner_, inner_rows_), same),
                                        permuted(inverse.right, same, places(outer_, outer_rows_))});
  }
  return inverses;
}

Matrix Builder::leaf_block(const PanelInverse& inverse, const Matrix& of_terms, int block) const {
  const Matrix own =
      submatrix(of_terms, outer_.members[usize(block)], terms_of_blocks(inner_, basis_)[usize(block)], outer_);
  return inverse.times(own);
}

void Builder::turn_leaf_blocks(std::vector<Matrix>& blocks) const {
  const auto terms = terms_of_blocks(inner_, basis_);
  for (int block = 0; block < size_of(blocks); ++block) {
    if (is_first(block)) continue;
    const FirstBlock first = first_block(block);
    const auto places = [&](const auto& lists, const std::vector<int>& turned) {
      return places_after(first.times, lists[usize(first.block)], lists[usize(block)], turned);
    };
    blocks[usize(block)] =
        permuted(blocks[usize(first.block)], places(inner_.members, inner_rows_.turned), places(terms, turned_terms_));
  }
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
    result.children.emplace_back(mirrored ? size_of(inner_.members[i]) : inner_.size,
                                 size_of(child_values_.first_numbers));
  const PointSet points = points_at(surfaces_.inner_of_children, child_values_.first_points);
  const int num_children = !with_children ? 0 : mirrored ? 1 : 8, tasks_of_child = num_tasks(points);
  parallel_tasks(inner_.num_blocks + num_children * tasks_of_child, [&](int task) {
    if (task < inner_.num_blocks) {
      if (is_first(task)) result.leaf[usize(task)] = leaf_block(inverses[usize(task)], of_terms, task);
      return;
    }
    const int child = (task - inner_.num_blocks) / tasks_of_child, part = (task - inner_.num_blocks) % tasks_of_child;
    const std::vector<Matrix> blocks = child_columns(inverses, in_child(points_of(points, part), child));
    const int first = part * points_of_task * size_of(inner_.odd_axes);
    for (std::size_t i = 0; i < blocks.size(); ++i)
      copy_columns(blocks[i], first, result.children[mirrored ? i : usize(child)]);
  });
  turn_leaf_blocks(result.leaf);
  if (turns_) result.children = with_turned_columns(result.children, inner_, inner_rows_, child_values_);
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
