// SPDX-License-Identifier: BSD-3-Clause
// A lost agreement of ranks shows within seconds, not by the time limit of the whole program: when all ranks wait in
// the calls of MPI that mpi_counts.cpp wraps and none of them returns, each prints where it stands, and the job ends
// with exit code 5.
#pragma once

namespace nearfar {

/// While it lives, this rank stands in that call.
class StandsIn {
 public:
  explicit StandsIn(const char* call) noexcept;
  ~StandsIn();
  StandsIn(const StandsIn&) = delete;
  StandsIn& operator=(const StandsIn&) = delete;

 private:
  const char* before_;  ///< of calls that MPI makes itself
};

}
