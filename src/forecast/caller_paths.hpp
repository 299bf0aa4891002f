// SPDX-License-Identifier: BSD-3-Clause
// Where the points of a larger run travel, found on one rank that has all of them.
#pragma once

#include "forecast/caller_order.hpp"
#include "forecast/virtual_cuts.hpp"

namespace nearfar {

/// Of each rank, with `factor` points of the run for each that the whole tree stands for. With the order of the numbers
/// the factor is 1.
[[nodiscard]] std::vector<CallerCounts> count_caller(const Layout& whole, const VirtualCuts& cuts, CallerOrder order,
                                                     double factor);

/// Adds the records that move from the first cut to the second.
void count_moves_between_cuts(const Layout& whole, const VirtualCuts& cuts, SetupTally& tally);

}
