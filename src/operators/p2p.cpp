// SPDX-License-Identifier: BSD-3-Clause
#include "operators/direct_sums.hpp"
#include "operators/operators.hpp"

namespace nearfar {

void p2p(const Kernel& kernel, std::span<const IndexRange> sources, const SourceArrays& source_arrays,
         IndexRange targets, const TargetArrays& target_arrays, const DirectSums& how) {
  const auto output = usize(targets.begin) * usize(kernel.target_dim);
  const PointArrays& points = target_arrays.points;
  PairSum sum;
  sum.targets = {points.x + targets.begin, points.y + targets.begin, points.z + targets.begin};
  sum.num_targets = targets.size();
  sum.sources = source_arrays.points;
  sum.charges = source_arrays.charges;
  sum.source_ranges = sources;
  sum.first_own = how.first_own < 0 ? -1 : how.first_own + targets.begin;
  sum.mutual_ranges = how.mutual;
  sum.digits = how.digits;
  sum.length = how.length;
  sum.potentials = target_arrays.potentials + output;
  if (target_arrays.gradients != nullptr) sum.gradients = target_arrays.gradients + 3 * output;
  add_direct_sums(kernel, sum);
}

}
