// SPDX-License-Identifier: BSD-3-Clause
// The error of expansions, measured: of any kernel, by its own sums.
#pragma once

#include "operators/level_operators.hpp"

namespace nearfar {

/// Relative L2 errors of the fields of a box of random sources of both signs, with the near field as part of the total
/// that they are relative to; the largest over the components of the results.
struct ExpansionErrors {
  double m2p = 0.0;     ///< P2M and M2P at the nearest targets that may have the box in their W lists
  double m2l = 0.0;     ///< P2M, M2L from the nearest boxes of the V list, and L2P
  double single = 0.0;  ///< what M2L in single precision adds
};

/// Of the operators of one level for a kernel in units of that level, whose expansions they are. All components of the
/// charges are of one size in units in which the level's half width is `half_width`. `single` takes most of the time.
[[nodiscard]] ExpansionErrors probe_expansions(const LevelOperators& operators, const Kernel& kernel,
                                               double half_width = 1.0, bool with_single = true);

}
