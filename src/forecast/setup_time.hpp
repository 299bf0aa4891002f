// SPDX-License-Identifier: BSD-3-Clause
// What a rank takes to set up, from stored rates.
#pragma once

#include "fmm/memory.hpp"
#include "fmm/phase_log.hpp"

namespace nearfar {

/// Of a set-up: how often it makes the tree, and whether it looks for the best one in a sample of the points.
struct SetupSteps {
  int num_trees = 1;
  bool samples = false;
};

/// Nanoseconds of one core in the phase `partition`, `tree`, `lists` or `expansions` on a rank, without messages.
[[nodiscard]] double predicted_setup(Phase phase, const RankSizes& sizes, const SetupSteps& steps,
                                     const Kernel& of_expansions, int order);

/// Seconds in which a rank makes its operators, measured here.
[[nodiscard]] double measured_translations(const Layout& layout);

/// Whether threads share the work of such a phase.
[[nodiscard]] bool has_threads(Phase phase);

/// Bytes that a rank holds while it sorts and cuts, without the caller's arrays.
[[nodiscard]] std::int64_t estimate_setup_memory(const RankSizes& sizes, bool targets_are_sources);

}
