// SPDX-License-Identifier: BSD-3-Clause
// What the ranks of a larger run would hold, compute and send, found on one rank that has the whole tree.
#pragma once

#include "fmm/engine.hpp"

namespace nearfar {

struct VirtualRank {
  CommunicationCounts communication;
  PhaseWork work;
  RankSizes sizes;
};

/// The ranks into which the points of an engine on one rank (lists_only, keep_lists) would be cut, for particles that
/// lie in a file in the order of the caller.
[[nodiscard]] std::vector<VirtualRank> make_virtual_ranks(const Engine& engine, int num_ranks);

}
