// SPDX-License-Identifier: BSD-3-Clause
#include "forecast/communication.hpp"

#include <set>

namespace nearfar {
namespace {

/// Messages of a graph with blocks of so many doubles.
struct Totals {
  std::set<int> partners;
  std::int64_t messages = 0;
  std::int64_t bytes = 0;

  void add(const Traffic& traffic, int block) {
    partners.insert(traffic.senders.begin(), traffic.senders.end());
    partners.insert(traffic.receivers.begin(), traffic.receivers.end());
    messages += static_cast<std::int64_t>(traffic.senders.size() + traffic.receivers.size());
    bytes += (traffic.blocks_sent + traffic.blocks_received) * block * std::int64_t{sizeof(double)};
  }
};

}

CommunicationCounts count_communication(const Layout& layout, const Interactions& interactions, const Kernel& kernel,
                                        int order) {
  const int surface = surface_size(order);
  const int source_dim = kernel.source_dim, target_dim = kernel.target_dim;
  Totals ghosts, coarse, caller;
  ghosts.add(interactions.ghost_sources.traffic(), source_dim);
  for (const StarForest* multipoles : {&interactions.ghost_multipoles, &interactions.ghost_shared_multipoles})
    ghosts.add(multipoles->traffic(), surface * kernel.of_expansions().source_dim);
  for (const StarForest& up : interactions.up) coarse.add(up.traffic(), surface * kernel.of_expansions().source_dim);
  for (const StarForest& down : interactions.down)
    coarse.add(down.traffic(), surface * kernel.of_expansions().target_dim);
  caller.add(layout.points.caller_sources.traffic(), source_dim);
  caller.add(layout.points.target_map().traffic(), target_dim);

  CommunicationCounts counts;
  counts.ghost_sources = interactions.num_sources - interactions.first_ghost_source;
  counts.ghost_multipoles = interactions.num_multipoles - layout.essential.num_owned;
  counts.ghost_locals = interactions.num_locals - layout.essential.num_owned;
  ghosts.partners.merge(coarse.partners);
  counts.neighbours = static_cast<std::int64_t>(ghosts.partners.size());
  counts.messages = ghosts.messages + coarse.messages;
  counts.coarse_messages = coarse.messages;
  counts.bytes = ghosts.bytes + coarse.bytes;
  counts.caller_messages = caller.messages;
  counts.caller_bytes = caller.bytes;
  return counts;
}

}
