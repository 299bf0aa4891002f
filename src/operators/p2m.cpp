// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"
#include "operators/simd_loops.hpp"

namespace nearfar {
namespace {

/// The weights of `count` points from the charges of a box.
void set_weights(const PointOperators& points, const Box& box, const double* charges, Index count, Scratch& scratch) {
  std::fill(scratch.weights.begin(), scratch.weights.end(), 0.0);
  for (const Term& term : points.sources) {
    const int part = 4 * term.component + 1 + term.axes[0];
    const double factor = term.coefficient * points.source_factor(term.number, box.half_width);
    double* weight = scratch.weights.data() + std::ptrdiff_t{part} * scratch.point_chunk;
    for (Index i = 0; i < count; ++i)
      weight[i] += factor * charges[std::ptrdiff_t{i} * points.source_dim() + term.number];
  }
}

}

void p2m(const LevelOperators& operators, const PointOperators& points, std::span<const Box> boxes,
         std::span<const IndexRange> sources, const SourceArrays& arrays, std::span<double* const> multipoles,
         Scratch& scratch) {
  std::fill(scratch.a.begin(), scratch.a.end(), 0.0);
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    std::fill(scratch.lane_sums.begin(), scratch.lane_sums.end(), 0.0);
    for_each_chunk(sources[box], arrays.points, boxes[box], scratch, [&](Index first, Index count) {
      set_weights(points, boxes[box], arrays.charges + std::ptrdiff_t{first} * points.source_dim(), count, scratch);
      add_moments(operators.basis, scratch.points(), count,
                  {scratch.weights.data(), scratch.point_chunk, points.has_slopes}, scratch.lane_sums.data());
    });
    simd_loops().add_lanes(scratch.lane_sums.data(), operators.p2m.places(), scratch.a.data() + box);
  }
  operators.p2m.apply(scratch.a.data(), scratch.b.data());
  for (std::size_t box = 0; box < boxes.size(); ++box)
    copy_column(scratch.a.data(), box, operators.multipole_size(), multipoles[box]);
}

}
