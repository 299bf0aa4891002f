// SPDX-License-Identifier: BSD-3-Clause
// The global tree and its lists in numbers.
#pragma once

#include "domain/interactions.hpp"
#include "nearfar/reports.hpp"

namespace nearfar {

/// Collective. Of a tree for so many points in a leaf, and of its lists, which the summary is of.
[[nodiscard]] TreeStatistics make_statistics(MPI_Comm communicator, const Partition& partition,
                                             const EssentialTree& essential, const DomainPoints& points,
                                             int points_per_leaf, const ListSummary& lists);

}
