// SPDX-License-Identifier: BSD-3-Clause
// What this process asks of MPI, counted by MPI's profiling interface: the calls of the library and of PETSc alike.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace nearfar {

struct MpiCounts {
  std::map<std::string, std::int64_t> calls;  ///< by function, of those that are counted
  std::int64_t messages = 0;                  ///< sent from one rank to another
  std::int64_t bytes = 0;                     ///< in these

  [[nodiscard]] std::int64_t of(const std::string& function) const {
    const auto found = calls.find(function);
    return found == calls.end() ? 0 : found->second;
  }
};

/// All since the process began.
[[nodiscard]] const MpiCounts& mpi_counts() noexcept;

/// Those of an action.
template <class Action>
[[nodiscard]] MpiCounts count_mpi(const Action& action) {
  const MpiCounts before = mpi_counts();
  action();
  MpiCounts counts = mpi_counts();
  for (auto& [function, number] : counts.calls) number -= before.of(function);
  counts.messages -= before.messages;
  counts.bytes -= before.bytes;
  return counts;
}

}
