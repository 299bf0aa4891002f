// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "operators/scratch.hpp"

namespace nearfar {

void l2p(const LevelOperators& operators, std::span<const Box> boxes, std::span<const double* const> locals,
         std::span<const IndexRange> targets, const TargetArrays& arrays, Scratch& scratch) {
  const Kernel& kernel = operators.kernel;
  gather(locals, operators.local_size(), scratch.zeros, scratch.a.data());
  operators.l2p.apply(scratch.a.data(), scratch.b.data());
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    double* coefficient = scratch.coefficients.data();
    for (const int place : operators.l2p.places()) *coefficient++ = scratch.a[usize(place) * panel_width + box];
    SeriesOutput output;
    output.scale = std::pow(boxes[box].half_width, kernel.degree) * kernel.scale;
    output.gradient_scale = output.scale / boxes[box].half_width;
    for_each_chunk(targets[box], arrays.points, boxes[box], scratch, [&](Index first, Index count) {
      const auto begin = usize(first) * usize(kernel.target_dim);
      output.potentials = arrays.potentials + begin;
      if (arrays.gradients != nullptr) output.gradients = arrays.gradients + 3 * begin;
      add_series(operators.basis, scratch.points(), count, scratch.coefficients.data(), kernel.target_dim, output);
    });
  }
}

}
