// SPDX-License-Identifier: BSD-3-Clause
// The method: from charges to potentials in tree order.
#pragma once

#include "fmm/evaluation.hpp"

namespace nearfar {

/// What an evaluation works on: one charge vector, or several side by side.
struct VectorGroup {
  const Kernel& kernel;  ///< sums over all of them at once
  Evaluation::Values& values;
  int width;  ///< charge vectors of `values`
  int count;  ///< the first of them are the caller's, the others zeros
  SourceArrays sources;
  TargetArrays targets;
};

/// Collective. From the charges of own sources in group.values to the results there: the far field of one vector after
/// the other, the near field of all.
void evaluate_side_by_side(Evaluation& evaluation, const VectorGroup& group);

}
