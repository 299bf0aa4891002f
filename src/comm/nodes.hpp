// SPDX-License-Identifier: BSD-3-Clause
// Which ranks share a node, as far as MPI tells.
#pragma once

#include "comm/mpi.hpp"
#include "comm/relays.hpp"

namespace nearfar {

/// Collective where it is asked for the first time on a communicator, which keeps the answer. How many ranks a node
/// has, if ranks that follow one another share nodes, as many of them each but for the last; otherwise 1.
[[nodiscard]] int ranks_per_node(MPI_Comm communicator);

/// Collective as well.
[[nodiscard]] Relays relays_of(MPI_Comm communicator);

}
