// SPDX-License-Identifier: BSD-3-Clause
// What this rank asks MPI for, counted by the profiling interface: the calls of the library and of PETSc alike.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace nearfar {

struct MpiCounts {
  std::map<std::string, std::int64_t> calls;  ///< by function, of those that are counted
  std::int64_t messages = 0;                  ///< sent to other ranks, and received from them without blocking
  std::int64_t bytes = 0;                     ///< in these
  std::set<int> partners;                     ///< the other ranks
  std::int64_t largest = 0;                   ///< message, in bytes
  std::int64_t largest_awaited = 0;           ///< of those that MPI_Waitall has to see to, not an MPI_Testall before
  int ranks_of_node = 0;  ///< that MPI_Comm_split_type puts on each node instead of the real ones, if not 0
  double patience = 0.0;  ///< seconds for which MPI_Testall tests again, since other ranks may not be running now

  [[nodiscard]] std::int64_t of(const std::string& function) const {
    const auto found = calls.find(function);
    return found == calls.end() ? 0 : found->second;
  }
};

/// Since the last reset.
[[nodiscard]] MpiCounts& mpi_counts() noexcept;

/// Those of an action.
template <class Action>
[[nodiscard]] MpiCounts count_mpi(const Action& action) {
  mpi_counts() = {};
  action();
  return std::exchange(mpi_counts(), {});
}

}
