// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "forecast/virtual_ranks.hpp"

namespace nearfar {

Growth growth_of(const TreeStatistics& tree, double factor) {
  const double internal = std::max<double>(1.0, static_cast<double>(tree.num_octants - tree.num_leaves));
  const double children = static_cast<double>(tree.num_octants - 1) / internal;
  const double dimension = std::clamp(std::log2(std::max(children, 1.0)), 1.0, 3.0);
  return {factor, std::pow(factor, (dimension - 1.0) / dimension)};
}

void scale(const Growth& growth, VirtualRank& rank) {
  const auto times = [](std::int64_t& value, double factor) {
    value = std::llround(static_cast<double>(value) * factor);
  };
  CommunicationCounts& counts = rank.communication;
  RankSizes& sizes = rank.sizes;
  const std::int64_t ghosts = counts.ghost_multipoles;
  for (auto* own : {&sizes.multipoles, &sizes.octants}) *own -= ghosts;
  for (auto* value :
       {&sizes.multipoles, &sizes.octants, &sizes.locals, &sizes.sources, &sizes.targets, &sizes.parents,
        &sizes.travelling, &sizes.largest_level, &sizes.near_ranges, &sizes.wx_members, &counts.caller_bytes})
    times(*value, growth.volume);
  for (auto* value : {&sizes.ghost_sources, &sizes.ghost_multipoles, &counts.bytes, &counts.ghost_sources,
                      &counts.ghost_multipoles, &counts.ghost_locals})
    times(*value, growth.surface);
  for (auto* own : {&sizes.multipoles, &sizes.octants}) *own += counts.ghost_multipoles;
  for (double& ns : rank.work.ns) ns *= growth.volume;
}

}
