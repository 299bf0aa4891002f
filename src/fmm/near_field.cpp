// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/near_field.hpp"

#include <cmath>

#include "fmm/scaling.hpp"
#include "operators/kernel_matrix.hpp"

namespace nearfar {
namespace {

/// The caller's numbers on the way that all values of points take. They are exact as doubles.
[[nodiscard]] std::vector<double> travelling_numbers(const Engine& engine, Index num_caller_points) {
  const auto first = sum_below<GlobalIndex>(engine.communicator.get(), num_caller_points);
  std::vector<double> numbers(usize(num_caller_points));
  std::iota(numbers.begin(), numbers.end(), static_cast<double>(first));
  return numbers;
}

[[nodiscard]] std::vector<GlobalIndex> as_numbers(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

[[nodiscard]] PointSet points_of(const Coordinates& points, std::span<const IndexRange> ranges) {
  PointSet set;
  for (const IndexRange range : ranges) {
    set.x.insert(set.x.end(), points.x.begin() + range.begin, points.x.begin() + range.end);
    set.y.insert(set.y.end(), points.y.begin() + range.begin, points.y.begin() + range.end);
    set.z.insert(set.z.end(), points.z.begin() + range.begin, points.z.begin() + range.end);
  }
  return set;
}

}

std::vector<GlobalIndex> source_numbers(Engine& engine, Index num_caller_sources) {
  const std::vector<double> numbers = travelling_numbers(engine, num_caller_sources);
  std::vector<double> of_tree(usize(engine.interactions.num_sources));
  engine.points.caller_sources.to_tree(1, numbers.data(), of_tree.data());
  engine.interactions.ghost_sources.copy(1, of_tree.data(), of_tree.data());
  return as_numbers(of_tree);
}

std::vector<GlobalIndex> target_numbers(Engine& engine, Index num_caller_targets) {
  const std::vector<double> numbers = travelling_numbers(engine, num_caller_targets);
  std::vector<double> of_tree(usize(engine.points.num_targets));
  engine.points.target_map().to_tree(1, numbers.data(), of_tree.data());
  return as_numbers(of_tree);
}

void visit_near_field(Engine& e, Index num_caller_sources, Index num_caller_targets, bool with_values,
                      const std::function<void(const NearRow&)>& visit) {
  const std::vector<GlobalIndex> sources = source_numbers(e, num_caller_sources);
  const std::vector<GlobalIndex> targets = target_numbers(e, num_caller_targets);
  std::vector<GlobalIndex> numbers;
  for (Index t = 0; t < size_of(e.interactions.targets); ++t) {
    const std::span<const IndexRange> near = e.interactions.near[t];
    if (near.empty()) continue;
    numbers.clear();
    for (const IndexRange range : near)
      numbers.insert(numbers.end(), sources.begin() + range.begin, sources.begin() + range.end);
    const IndexRange own = e.target_range(e.interactions.targets[usize(t)]);
    Matrix values;
    if (with_values) {
      values = transposed(
          kernel_matrix(e.kernel, points_of(e.points.targets(), {&own, 1}), points_of(e.points.sources, near)));
      for (double& value : values.entries) value *= e.kernel.scale;
      multiply_by_power_of_two(values.entries, std::ilogb(e.partition.root.unit) * e.kernel.degree);
    }
    const std::size_t row_size = usize(e.kernel.target_dim) * usize(values.rows);
    for (Index i = 0; i < own.size(); ++i)
      visit({targets[usize(own.begin + i)], numbers,
             std::span<const double>(values.entries).subspan(usize(i) * row_size, row_size)});
  }
}

}
