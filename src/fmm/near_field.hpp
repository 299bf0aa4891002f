// SPDX-License-Identifier: BSD-3-Clause
// The near field of a plan as rows of a matrix, for preconditioners.
#pragma once

#include <vector>

#include "fmm/engine.hpp"

namespace nearfar {

/// Collective. The caller's numbers of the points of the tree, counted over the ranks: own sources and their ghosts,
/// or own targets.
[[nodiscard]] std::vector<GlobalIndex> source_numbers(Engine& engine, Index num_caller_sources);
[[nodiscard]] std::vector<GlobalIndex> target_numbers(Engine& engine, Index num_caller_targets);

/// Collective, but for the visits. See Plan::visit_near_field.
void visit_near_field(Engine& engine, Index num_caller_sources, Index num_caller_targets, bool with_values,
                      const std::function<void(const NearRow&)>& visit);

}
