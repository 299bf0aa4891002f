// SPDX-License-Identifier: BSD-3-Clause
// Messages that may go to nearly all ranks: in two steps over relays then, so that no rank has more than about twice
// the square root of their number of partners.
#pragma once

#include <algorithm>

#include "comm/nodes.hpp"
#include "comm/sparse_exchange.hpp"

namespace nearfar {

/// Collective. Delivers the parcels as exchange_parcels does, over Relays; the result is by the first sender.
[[nodiscard]] Parcels exchange_over_relays(MPI_Comm communicator, Parcels outgoing);

/// Collective. As sparse_exchange; over Relays if any rank sends to more than `most_partners` others, and `over_relays`
/// tells that.
template <class T>
[[nodiscard]] UnwrittenVector<T> routed_exchange(MPI_Comm communicator, std::map<int, std::vector<T>> outgoing,
                                                 int most_partners, bool& over_relays) {
  Parcels parcels = to_parcels(std::move(outgoing));
  const auto partners = parcels.size() - parcels.count(rank_of(communicator));
  over_relays = all_max(communicator, static_cast<int>(partners)) > most_partners;
  return join_parcels<T>(over_relays ? exchange_over_relays(communicator, std::move(parcels))
                                     : exchange_parcels(communicator, std::move(parcels)));
}

}
