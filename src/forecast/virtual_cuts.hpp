// SPDX-License-Identifier: BSD-3-Clause
// Where the ranks of a larger run are cut, found on one rank that has all points.
#pragma once

#include "comm/relays.hpp"
#include "fmm/layout.hpp"

namespace nearfar {

struct VirtualCuts {
  std::vector<PointKey> splitters, first_splitters;  ///< ranks + 1; those of the first cut, by points, as well
  bool twice = false;                                ///< cut by work afterwards
  std::vector<int> owners;                           ///< by octant of the whole tree
  int deepest_shared_level = -1;
  std::int64_t reductions = 0, reduced_bytes = 0;  ///< in which all ranks find the cuts, one as the other
  std::int64_t bytes = 0;                          ///< of splitters and shared octants of all ranks

  int ranks_per_node = 1;  ///< see Relays

  [[nodiscard]] Relays relays() const noexcept { return Relays(num_ranks(), ranks_per_node); }
  [[nodiscard]] int num_ranks() const noexcept { return static_cast<int>(splitters.size()) - 1; }
};

/// As the plan of a real run: by points, and where that leaves the work uneven by work.
[[nodiscard]] VirtualCuts make_virtual_cuts(const Layout& whole, int num_ranks);

/// Predicted nanoseconds of each rank.
[[nodiscard]] std::vector<double> work_of(const Layout& whole, const VirtualCuts& cuts);

/// Largest over mean; 1 where there is no work.
[[nodiscard]] double imbalance_of(const std::vector<double>& work);

}
