// SPDX-License-Identifier: BSD-3-Clause
// What travels between pairs of ranks of a run that is not there.
#pragma once

#include <cstdint>
#include <vector>

#include "comm/relays.hpp"

namespace nearfar {

/// `count` of something, from one rank to another.
struct Transfer {
  int from = 0, to = 0;
  std::int64_t count = 0;
};

/// At most one for each pair of ranks, none from a rank to itself, sorted by the two.
using Transfers = std::vector<Transfer>;

/// Adds up what goes from one rank to another, and drops what stays.
[[nodiscard]] Transfers merged(Transfers transfers);

/// From all that arrives to all that is asked for.
[[nodiscard]] Transfers reversed(const Transfers& transfers);

/// The two steps of transfers over Relays.
struct RelayedTransfers {
  Transfers to_relays, from_relays;
};
[[nodiscard]] RelayedTransfers over_relays(const Transfers& transfers, const Relays& relays);

/// To how many others the rank sends that sends to most.
[[nodiscard]] int most_receivers(const Transfers& transfers, int num_ranks);

}
