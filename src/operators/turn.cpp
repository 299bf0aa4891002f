// SPDX-License-Identifier: BSD-3-Clause
#include "operators/turn.hpp"

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"
#include "operators/kernel_matrix.hpp"

namespace nearfar {
namespace {

/// Components along one axis become those along the next, in their order where there are several; empty where there
/// are none, or where units differ.
[[nodiscard]] std::vector<int> turned_by_axes(const OddAxes& odd_axes, const std::vector<Component>& components) {
  std::vector<int> turned;
  std::vector<bool> taken(odd_axes.size(), false);
  for (std::size_t i = 0; i < odd_axes.size(); ++i) {
    const auto fits = [&](std::size_t j) {
      return !taken[j] && odd_axes[j] == turned_axes(odd_axes[i]) &&
             (components.empty() || components[i].degree == components[j].degree);
    };
    std::size_t j = 0;
    while (j < odd_axes.size() && !fits(j)) ++j;
    if (j == odd_axes.size()) return {};
    taken[j] = true;
    turned.push_back(static_cast<int>(j));
  }
  return turned;
}

/// Of a point, applied that often.
[[nodiscard]] int turned_number(int number, int times, const std::vector<int>& turned) {
  for (int i = 0; i < times; ++i) number = turned[usize(number)];
  return number;
}

/// From what turning makes of points.
[[nodiscard]] TurnedValues values_of(const std::vector<int>& turned_points, const std::vector<int>& components) {
  TurnedValues values;
  const int dim = size_of(components);
  for (int point = 0; point < size_of(turned_points); ++point) {
    for (const int component : components) values.turned.push_back(turned_points[usize(point)] * dim + component);
    if (point > turned_points[usize(point)] || point > turned_number(point, 2, turned_points)) continue;
    values.first_points.push_back(point);
    for (int component = 0; component < dim; ++component) values.first_numbers.push_back(point * dim + component);
  }
  return values;
}

/// Where nothing turns.
[[nodiscard]] std::vector<int> numbers_to(int count) {
  std::vector<int> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(i);
  return numbers;
}

[[nodiscard]] std::vector<int> turned_points(const Surface& surface) {
  std::vector<int> turned;
  for (const auto& [x, y, z] : surface.grid) {
    const auto found = std::lower_bound(surface.grid.begin(), surface.grid.end(), std::array{z, x, y});
    turned.push_back(static_cast<int>(found - surface.grid.begin()));
  }
  return turned;
}

}

TurnedComponents turned_components(const Kernel& kernel) {
  TurnedComponents turned{turned_by_axes(odd_axes_of_sources(kernel), kernel.source_components),
                          turned_by_axes(odd_axes_of_targets(kernel), kernel.target_components)};
  if (turned.sources.empty() || turned.targets.empty()) return {};
  const PointSet origin{{0.0}, {0.0}, {0.0}};
  // Distances as between the points of operators, in no special direction.
  const PointSet points{{2.3, -0.7, 0.4}, {1.1, -3.3, 0.9}, {-0.2, 1.7, 2.1}};
  const Matrix before = kernel_matrix(kernel, points, origin);
  const Matrix after = kernel_matrix(kernel, {points.z, points.x, points.y}, origin);
  double largest = 0.0;
  for (const double value : before.entries) largest = std::max(largest, std::abs(value));
  for (int row = 0; row < before.rows; ++row) {
    const int i = row % kernel.target_dim, turned_row = row - i + turned.targets[usize(i)];
    for (int j = 0; j < before.columns; ++j)
      if (!(std::abs(after(turned_row, turned.sources[usize(j)]) - before(row, j)) <= 1e-14 * largest)) return {};
  }
  return turned;
}

TurnedValues turned_values(const Surface& surface, int num_components, const std::vector<int>& components) {
  if (components.empty()) return values_of(numbers_to(surface.size()), numbers_to(num_components));
  return values_of(turned_points(surface), components);
}

TurnedValues turned_rows(const MirrorLayout& layout, const Surface& surface, const std::vector<int>& components) {
  const int dim = size_of(layout.odd_axes);
  if (components.empty()) return values_of(numbers_to(layout.octant.size()), numbers_to(dim));
  const std::vector<int> on_surface = turned_points(surface);
  std::vector<int> octant_point(usize(surface.size()), -1), turned;
  const auto surface_point = [&](int point) { return layout.images[usize(point * dim)][0] / dim; };
  for (int point = 0; point < layout.octant.size(); ++point) octant_point[usize(surface_point(point))] = point;
  for (int point = 0; point < layout.octant.size(); ++point)
    turned.push_back(octant_point[usize(on_surface[usize(surface_point(point))])]);
  return values_of(turned, components);
}

std::vector<int> turned_terms(const PolynomialBasis& basis, const std::vector<int>& components) {
  std::vector<std::array<int, 3>> terms;
  basis.for_each_term([&](int a, int b, int c) { terms.push_back({a, b, c}); });
  std::vector<int> turned;
  for (const int component : components) {
    for (const auto& [a, b, c] : terms) {
      const auto found = std::lower_bound(terms.begin(), terms.end(), std::array{c, a, b});
      turned.push_back(component * basis.size + static_cast<int>(found - terms.begin()));
    }
  }
  return turned;
}

FirstBlock first_block(int block) noexcept {
  FirstBlock first{block, 0};
  for (int times = 1; times < 3; ++times)
    if (const int other = turned_axes(block, 3 - times); other < first.block) first = {other, times};
  return first;
}

std::vector<int> places_after(int times, const std::vector<int>& from, const std::vector<int>& to,
                              const std::vector<int>& turned) {
  std::vector<int> places;
  for (const int number : from) {
    const auto found = std::lower_bound(to.begin(), to.end(), turned_number(number, times, turned));
    places.push_back(static_cast<int>(found - to.begin()));
  }
  return places;
}

Matrix permuted(const Matrix& matrix, const std::vector<int>& rows, const std::vector<int>& columns) {
  Matrix result(matrix.rows, matrix.columns);
  for (int j = 0; j < matrix.columns; ++j)
    for (int i = 0; i < matrix.rows; ++i) result(rows[usize(i)], columns[usize(j)]) = matrix(i, j);
  return result;
}

std::vector<Matrix> with_turned_columns(const std::vector<Matrix>& parts, const MirrorLayout& layout,
                                        const TurnedValues& rows, const TurnedValues& columns) {
  if (columns.first_numbers.size() == columns.turned.size()) return parts;
  std::vector<Matrix> results(parts.size());
  parallel_tasks(size_of(parts), [&](int block) {
    const std::vector<int>& members = layout.members[usize(block)];
    Matrix& result = results[usize(block)] = Matrix(size_of(members), size_of(columns.turned));
    for (int times = 2; times >= 0; --times) {
      const int source = turned_axes(block, 3 - times);
      const Matrix& part = parts[usize(source)];
      const std::vector<int> places = places_after(times, layout.members[usize(source)], members, rows.turned);
      for (int j = 0; j < part.columns; ++j) {
        const int column = turned_number(columns.first_numbers[usize(j)], times, columns.turned);
        for (int i = 0; i < part.rows; ++i) result(places[usize(i)], column) = part(i, j);
      }
    }
  });
  return results;
}

}
