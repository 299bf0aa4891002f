// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/near_field.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

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

/// Sides of the leaves that sources lie in, ghosts too, in units of the root cube.
[[nodiscard]] std::vector<double> sides_of_leaves(const Layout& layout, const Interactions& interactions) {
  std::vector<double> sides(usize(interactions.num_sources), 0.0);
  for (Index octant = 0; octant < size_of(interactions.source_range); ++octant) {
    const IndexRange range = interactions.source_range[usize(octant)];
    if (range.size() > 0)
      std::fill(sides.begin() + range.begin, sides.begin() + range.end, 2.0 * layout.box(octant).half_width);
  }
  return sides;
}

/// [point][3], from the lowest corner of the root cube.
[[nodiscard]] std::vector<double> from_corner(const RootCube& root, const PointSet& points) {
  std::vector<double> positions;
  for (std::size_t i = 0; i < points.x.size(); ++i)
    for (const auto& [coordinate, axis] : {std::pair{points.x[i], 0U}, {points.y[i], 1U}, {points.z[i], 2U}})
      positions.push_back(coordinate - root.origin[axis] - root.corner[axis]);
  return positions;
}

/// [point][3] of the points of these ranges; empty where there are none.
[[nodiscard]] std::vector<double> normals_of(std::span<const double> normals, std::span<const IndexRange> ranges) {
  std::vector<double> chosen;
  for (const IndexRange range : ranges)
    if (!normals.empty())
      chosen.insert(chosen.end(), normals.begin() + 3 * range.begin, normals.begin() + 3 * range.end);
  return chosen;
}

/// Values between what callers give and get: rows [source][component], columns [target][component].
[[nodiscard]] Matrix contracted(const Kernel& kernel, const Matrix& values, const Normals& normals) {
  if (kernel.source_contractions.empty() && kernel.field_contractions.empty()) return values;
  const int num_sources = values.rows / kernel.source_dim, num_targets = values.columns / kernel.target_dim;
  const auto factor = [](const Contraction& c, const double* normal) {
    return c.coefficient * (c.axis < 0 ? 1.0 : normal[c.axis]);
  };
  std::vector<Contraction> of_sources = kernel.source_contractions, of_fields = kernel.field_contractions;
  for (int j = 0; kernel.source_contractions.empty() && j < kernel.source_dim; ++j) of_sources.push_back({j, j});
  for (int i = 0; kernel.field_contractions.empty() && i < kernel.target_dim; ++i) of_fields.push_back({i, i});
  Matrix result(num_sources * kernel.num_strengths(), num_targets * kernel.num_values());
  for (int t = 0; t < num_targets; ++t) {
    for (const Contraction& field : of_fields) {
      const double of_field = factor(field, normals.targets.data() + 3 * std::ptrdiff_t{t});
      for (int s = 0; s < num_sources; ++s)
        for (const Contraction& kind : of_sources)
          result(s * kernel.num_strengths() + kind.from, t * kernel.num_values() + field.to) +=
              of_field * factor(kind, normals.sources.data() + 3 * std::ptrdiff_t{s}) *
              values(s * kernel.source_dim + kind.to, t * kernel.target_dim + field.from);
    }
  }
  return result;
}

/// The sums of a kernel without its scale in units of 2^exponent, rows [source][its component], columns [target][its
/// component], in the caller's units, kinds and fields.
[[nodiscard]] Matrix in_callers_terms(const Kernel& kernel, int exponent, Matrix values, const Normals& normals) {
  for (double& value : values.entries) value *= kernel.scale;
  std::vector<int> of_sources;
  for (int source = 0; source < values.rows / kernel.source_dim; ++source)
    for (const int of_component : unit_exponents(kernel.source_components, kernel.source_dim, exponent))
      of_sources.push_back(of_component);
  multiply_by_powers_of_two(values.entries, result_exponents(kernel, 1, exponent), of_sources);
  return contracted(kernel, values, normals);
}

}

Matrix block_of_sums(const Kernel& kernel, int exponent, const PointSet& targets, const PointSet& sources,
                     const Normals& normals) {
  Matrix values = transposed(kernel_matrix(kernel, targets, sources));
  return in_callers_terms(kernel, exponent, std::move(values), normals);
}

Matrix row_of_sums(const Kernel& kernel, int exponent, const PointSet& differences, const Normals& normals) {
  // Sources at the same place, and targets where the differences are, have the same sums, all at once.
  const Matrix sums = kernel_matrix(kernel, differences, {{0.0}, {0.0}, {0.0}});
  Matrix values(differences.size() * kernel.source_dim, kernel.target_dim);
  for (int source = 0; source < differences.size(); ++source)
    for (int i = 0; i < kernel.target_dim; ++i)
      for (int j = 0; j < kernel.source_dim; ++j)
        values(source * kernel.source_dim + j, i) = sums(source * kernel.target_dim + i, j);
  return in_callers_terms(kernel, exponent, std::move(values), normals);
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
                      std::span<const GlobalIndex> targets, const Kernel* kernel, const Normals& normals,
                      const std::function<void(const NearRow&)>& visit) {
  const std::vector<GlobalIndex> sources = with_ghosts(interactions, own_sources);
  const std::vector<double> sides_of_sources = sides_of_leaves(layout, interactions);
  std::vector<GlobalIndex> numbers;
  std::vector<double> sides;
  for (Index t = 0; t < size_of(interactions.targets); ++t) {
    const std::span<const IndexRange> near = interactions.near[t];
    if (near.empty()) continue;
    numbers.clear();
    sides.clear();
    for (const IndexRange range : near) {
      numbers.insert(numbers.end(), sources.begin() + range.begin, sources.begin() + range.end);
      sides.insert(sides.end(), sides_of_sources.begin() + range.begin, sides_of_sources.begin() + range.end);
    }
    const double side = 2.0 * layout.box(interactions.targets[usize(t)]).half_width;
    for (double& of_source : sides) of_source = std::max(of_source, side);
    const PointSet near_points = points_of(layout.points.sources, near);
    const std::vector<double> positions = from_corner(layout.partition.root, near_points);
    const IndexRange own = layout.target_range(interactions.targets[usize(t)]);
    const PointSet own_points = points_of(layout.points.targets(), {&own, 1});
    const std::vector<double> own_positions = from_corner(layout.partition.root, own_points);
    Matrix values;
    if (kernel != nullptr) {
      const std::vector<double> of_sources = normals_of(normals.sources, near);
      const std::vector<double> of_targets = normals_of(normals.targets, {&own, 1});
      values = block_of_sums(*kernel, std::ilogb(layout.partition.root.unit), own_points, near_points,
                             {of_sources, of_targets});
    }
    const std::size_t row_size = kernel != nullptr ? usize(kernel->num_values()) * usize(values.rows) : 0;
    for (Index i = 0; i < own.size(); ++i) {
      const double* position = &own_positions[3 * usize(i)];
      visit({targets[usize(own.begin + i)],
             numbers,
             std::span<const double>(values.entries).subspan(usize(i) * row_size, row_size),
             {position[0], position[1], position[2]},
             positions,
             sides,
             layout.partition.root.unit});
    }
  }
}

}
