// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/simd.hpp"
#include "operators/scratch.hpp"

namespace nearfar {

void p2m(const LevelOperators& operators, std::span<const Box> boxes, std::span<const IndexRange> sources,
         const SourceArrays& arrays, std::span<double* const> multipoles, Scratch& scratch) {
  const int source_dim = operators.kernel.source_dim;
  std::fill(scratch.a.begin(), scratch.a.end(), 0.0);
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    std::fill(scratch.lane_sums.begin(), scratch.lane_sums.end(), 0.0);
    for_each_chunk(sources[box], arrays.points, boxes[box], scratch, [&](Index first, Index count) {
      add_moments(operators.basis, scratch.points(), count, arrays.charges + usize(first) * usize(source_dim),
                  source_dim, scratch.lane_sums.data());
    });
    const double* lanes = scratch.lane_sums.data();
    for (const int place : operators.p2m.places())
      for (int lane = 0; lane < simd::width; ++lane) scratch.a[usize(place) * panel_width + box] += *lanes++;
  }
  operators.p2m.apply(scratch.a.data(), scratch.b.data());
  for (std::size_t box = 0; box < boxes.size(); ++box)
    copy_column(scratch.a.data(), box, operators.multipole_size(), multipoles[box]);
}

}
