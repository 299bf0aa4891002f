// SPDX-License-Identifier: BSD-3-Clause
#include "operators/scratch.hpp"

namespace nearfar {
namespace {

/// The terms of the results of a box, whose targets begin at `to_potentials`, sorted by component.
void set_series(const PointOperators& points, const Box& box, double scale, bool with_gradients,
                std::vector<SeriesTerm>& series) {
  series.clear();
  for (const Term& term : points.targets) {
    const double factor = term.coefficient * scale * points.target_factor(term.number, box.half_width);
    series.push_back({term.component, series_result(term.axes), factor, nullptr, points.target_dim()});
    for (int axis = 0; with_gradients && axis < 3; ++axis)
      series.push_back({term.component, series_result({axis, term.axes[0]}), factor / box.half_width, nullptr,
                        3 * points.target_dim()});
  }
}

/// Points the terms to the results of targets from `first` on.
void aim_series(const PointOperators& points, const TargetArrays& arrays, Index first,
                std::vector<SeriesTerm>& series) {
  const std::ptrdiff_t begin = std::ptrdiff_t{first} * points.target_dim();
  auto entry = series.begin();
  for (const Term& term : points.targets) {
    (entry++)->to = arrays.potentials + begin + term.number;
    for (int axis = 0; arrays.gradients != nullptr && axis < 3; ++axis)
      (entry++)->to = arrays.gradients + 3 * (begin + term.number) + axis;
  }
}

}

void l2p(const LevelOperators& operators, const PointOperators& points, std::span<const Box> boxes,
         std::span<const double* const> locals, std::span<const IndexRange> targets, const TargetArrays& arrays,
         Scratch& scratch) {
  gather(locals, operators.local_size(), scratch.zeros, scratch.a.data());
  operators.l2p.apply(scratch.a.data(), scratch.b.data());
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    double* coefficient = scratch.coefficients.data();
    for (const int place : operators.l2p.places()) *coefficient++ = scratch.a[usize(place) * panel_width + box];
    set_series(points, boxes[box], operators.kernel.scale, arrays.gradients != nullptr, scratch.series);
    for_each_chunk(targets[box], arrays.points, boxes[box], scratch, [&](Index first, Index count) {
      aim_series(points, arrays, first, scratch.series);
      add_series(operators.basis, scratch.points(), count, scratch.coefficients.data(), scratch.series);
    });
  }
}

}
