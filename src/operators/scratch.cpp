// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

#include "operators/simd_loops.hpp"

namespace nearfar {
namespace {

/// Enough points for the kernel sums to be far longer than their preparation, few enough for the L1 cache.
constexpr Index most_points_at_once = 512;

}

Scratch::Scratch(const LevelOperators& operators, const PointOperators& points, Index most_points_per_leaf)
    : point_chunk(std::clamp(most_points_per_leaf, Index{1}, most_points_at_once)) {
  const Kernel& kernel = operators.kernel;
  const int expansion = std::max(kernel.source_dim, kernel.target_dim) * operators.surfaces->inner.size();
  const int of_children = 8 * PanelMatrix::padded(expansion);  // of an order that is no higher
  const int rows = std::max({operators.p2m.panel_rows(), operators.l2p.panel_rows(), of_children});
  for (auto* panel : {&a, &b}) panel->resize(usize(rows) * panel_width);
  lane_sums.resize(operators.p2m.places().size() * usize(simd_loops().width));
  coefficients.resize(operators.l2p.places().size());
  zeros.resize(usize(expansion));
  for (auto* coordinates : {&x, &y, &z}) coordinates->resize(usize(point_chunk));
  charges.resize(usize(point_chunk) * usize(points.source_dim()));
  results.resize(usize(point_chunk) * usize(points.target_dim()) * 4);
  weights.resize(usize(point_chunk) * usize(kernel.source_dim) * 4);
  series.reserve(4 * points.targets.size());
}

bool Scratch::suits(const LevelOperators& operators) const noexcept {
  return lane_sums.size() >= operators.p2m.places().size() * usize(simd_loops().width) &&
         coefficients.size() >= operators.l2p.places().size() &&
         a.size() >= usize(std::max(operators.p2m.panel_rows(), operators.l2p.panel_rows())) * panel_width;
}

void PanelProduct::finish() noexcept {
  if (count_ == 0) return;
  gather(std::span(from_).first(count_), matrix_.columns(), scratch_.zeros, scratch_.a.data());
  multiply(matrix_, scratch_.a.data(), scratch_.b.data());
  for (std::size_t box = 0; box < count_; ++box) {
    const double* column = scratch_.b.data() + box;
    for (int i = 0; i < matrix_.rows(); ++i) to_[box][i] += column[usize(i) * panel_width];
  }
  count_ = 0;
}

void add_field_of_surface(const PointOperators& points, const Surface& surface, const double* densities, const Box& box,
                          IndexRange targets, const TargetArrays& arrays, Scratch& scratch) noexcept {
  const int dim = points.target_dim();
  const bool with_gradients = arrays.gradients != nullptr;
  const IndexRange all{0, surface.size()};
  PairSum sum;
  sum.sources = surface.points();
  sum.source_ranges = {&all, 1};
  sum.charges = densities;
  for_each_chunk(targets, arrays.points, box, scratch, [&](Index first, Index count) {
    double* potentials = arrays.potentials + std::ptrdiff_t{first} * dim;
    sum.targets = scratch.points();
    sum.num_targets = count;
    if (!with_gradients && !points.has_target_degrees()) {
      sum.factor = points.target_factor(0, box.half_width);
      sum.potentials = potentials;
      points.from_densities.add_sums(sum);
      return;
    }
    const std::ptrdiff_t size = std::ptrdiff_t{count} * dim;
    std::fill_n(scratch.results.begin(), size * (with_gradients ? 4 : 1), 0.0);
    sum.potentials = scratch.results.data();
    if (with_gradients) sum.gradients = scratch.results.data() + size;
    points.from_densities.add_sums(sum);
    for (int i = 0; i < dim; ++i) {
      const double factor = points.target_factor(i, box.half_width), of_gradient = factor / box.half_width;
      for (std::ptrdiff_t k = i; k < size; k += dim) {
        potentials[k] += factor * sum.potentials[k];
        for (std::ptrdiff_t axis = 0; with_gradients && axis < 3; ++axis)
          arrays.gradients[3 * (std::ptrdiff_t{first} * dim + k) + axis] += of_gradient * sum.gradients[3 * k + axis];
      }
    }
  });
}

void add_field_on_surface(const PointOperators& points, const Surface& surface, const Box& box, IndexRange sources,
                          const SourceArrays& arrays, double* check, Scratch& scratch) noexcept {
  const int dim = points.source_dim();
  PairSum sum;
  sum.targets = surface.points();
  sum.num_targets = surface.size();
  sum.factor = 1.0 / points.at_checks.scale;
  sum.potentials = check;
  for_each_chunk(sources, arrays.points, box, scratch, [&](Index first, Index count) {
    const IndexRange all{0, count};
    sum.sources = scratch.points();
    sum.source_ranges = {&all, 1};
    sum.charges = arrays.charges + std::ptrdiff_t{first} * dim;
    if (points.has_source_degrees()) {
      for (int j = 0; j < dim; ++j) {
        const double factor = points.source_factor(j, box.half_width);
        for (std::ptrdiff_t k = j; k < std::ptrdiff_t{count} * dim; k += dim)
          scratch.charges[usize(k)] = factor * sum.charges[k];
      }
      sum.charges = scratch.charges.data();
    }
    points.at_checks.add_sums(sum);
  });
}

}
