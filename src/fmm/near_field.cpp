// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/near_field.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fmm/scaling.hpp"
#include "operators/kernel_matrix.hpp"

namespace nearfar {
namespace {

/// Those of own sources and of their ghosts.
[[nodiscard]] std::vector<GlobalIndex> with_ghosts(Interactions& interactions, std::span<const GlobalIndex> own) {
  std::vector<double> numbers(usize(interactions.num_sources));  // they are exact as doubles
  std::copy(own.begin(), own.end(), numbers.begin());
  interactions.ghost_sources.copy(1, numbers.data(), numbers.data());
  return {numbers.begin(), numbers.end()};
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

std::vector<GlobalIndex> numbers_in_tree_order(MPI_Comm communicator, PointMap& map, Index num_caller_points) {
  const auto first = sum_below<GlobalIndex>(communicator, num_caller_points);
  // As doubles, which are exact, on the way that all values of points take.
  std::vector<double> numbers(usize(num_caller_points)), of_tree(usize(map.size()));
  std::iota(numbers.begin(), numbers.end(), static_cast<double>(first));
  map.to_tree(1, numbers.data(), of_tree.data());
  return {of_tree.begin(), of_tree.end()};
}

void visit_near_field(const Layout& layout, Interactions& interactions, std::span<const GlobalIndex> own_sources,
                      std::span<const GlobalIndex> targets, const Kernel* kernel,
                      const std::function<void(const NearRow&)>& visit) {
  const std::vector<GlobalIndex> sources = with_ghosts(interactions, own_sources);
  std::vector<GlobalIndex> numbers;
  for (Index t = 0; t < size_of(interactions.targets); ++t) {
    const std::span<const IndexRange> near = interactions.near[t];
    if (near.empty()) continue;
    numbers.clear();
    for (const IndexRange range : near)
      numbers.insert(numbers.end(), sources.begin() + range.begin, sources.begin() + range.end);
    const IndexRange own = layout.target_range(interactions.targets[usize(t)]);
    Matrix values;
    if (kernel != nullptr) {
      values = transposed(kernel_matrix(*kernel, points_of(layout.points.targets(), {&own, 1}),
                                        points_of(layout.points.sources, near)));
      for (double& value : values.entries) value *= kernel->scale;
      multiply_by_power_of_two(values.entries, std::ilogb(layout.partition.root.unit) * kernel->degree);
    }
    const std::size_t row_size = kernel != nullptr ? usize(kernel->target_dim) * usize(values.rows) : 0;
    for (Index i = 0; i < own.size(); ++i)
      visit({targets[usize(own.begin + i)], numbers,
             std::span<const double>(values.entries).subspan(usize(i) * row_size, row_size)});
  }
}

}
