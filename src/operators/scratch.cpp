// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

#include <cmath>

#include "kernels/simd.hpp"

namespace nearfar {
namespace {

/// Enough points for the kernel sums to be far longer than their preparation, few enough for the L1 cache.
constexpr Index most_points_at_once = 512;

}

Scratch::Scratch(const LevelOperators& operators, Index most_points_per_leaf)
    : point_chunk(std::clamp(most_points_per_leaf, Index{1}, most_points_at_once)) {
  const Kernel& kernel = operators.kernel;
  const int expansion = std::max(kernel.source_dim, kernel.target_dim) * operators.surfaces->inner.size();
  const int of_children = 8 * PanelMatrix::padded(expansion);
  const int rows = std::max({operators.p2m.panel_rows(), operators.l2p.panel_rows(), of_children});
  for (auto* panel : {&a, &b}) panel->resize(usize(rows) * panel_width);
  lane_sums.resize(operators.p2m.places().size() * simd::width);
  coefficients.resize(operators.l2p.places().size());
  zeros.resize(usize(expansion));
  for (auto* coordinates : {&x, &y, &z}) coordinates->resize(usize(point_chunk));
  gradients.resize(usize(point_chunk) * usize(kernel.target_dim) * 3);
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

void add_field_of_surface(const LevelOperators& operators, const Surface& surface, const double* densities,
                          const Box& box, IndexRange targets, const TargetArrays& arrays, Scratch& scratch) noexcept {
  const Kernel& kernel = operators.kernel;
  const IndexRange all{0, surface.size()};
  PairSum sum;
  sum.sources = surface.points();
  sum.source_ranges = {&all, 1};
  sum.charges = densities;
  sum.factor = std::pow(box.half_width, kernel.degree);
  for_each_chunk(targets, arrays.points, box, scratch, [&](Index first, Index count) {
    const auto output = usize(first) * usize(kernel.target_dim);
    sum.targets = scratch.points();
    sum.num_targets = count;
    sum.potentials = arrays.potentials + output;
    if (arrays.gradients == nullptr) {
      kernel.add_sums(sum);
      return;
    }
    const std::size_t size = usize(count) * usize(kernel.target_dim) * 3;
    std::fill_n(scratch.gradients.begin(), size, 0.0);
    sum.gradients = scratch.gradients.data();
    kernel.add_sums(sum);
    double* gradients = arrays.gradients + 3 * output;
    for (std::size_t i = 0; i < size; ++i) gradients[i] += scratch.gradients[i] / box.half_width;
  });
}

void add_field_on_surface(const LevelOperators& operators, const Surface& surface, const Box& box, IndexRange sources,
                          const SourceArrays& arrays, double* check, Scratch& scratch) noexcept {
  const Kernel& kernel = operators.kernel;
  PairSum sum;
  sum.targets = surface.points();
  sum.num_targets = surface.size();
  sum.factor = 1.0 / kernel.scale;
  sum.potentials = check;
  for_each_chunk(sources, arrays.points, box, scratch, [&](Index first, Index count) {
    const IndexRange all{0, count};
    sum.sources = scratch.points();
    sum.source_ranges = {&all, 1};
    sum.charges = arrays.charges + usize(first) * usize(kernel.source_dim);
    kernel.add_sums(sum);
  });
}

}
