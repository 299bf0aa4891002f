// SPDX-License-Identifier: BSD-3-Clause
// What becomes of a rank that runs out of memory where the others cannot hear of it.
#pragma once

#include <new>

#include <mpi.h>

namespace nearfar {

/// Ends the job with one sentence, unless the communicator has one rank alone.
void end_job_out_of_memory(MPI_Comm communicator) noexcept;

/// Runs a collective action of the public interface. Errors that ranks agree on pass through. Memory that runs out
/// elsewhere does so on one rank alone, in the middle of messages that the others wait for: the job ends, since it
/// would hang. On one rank std::bad_alloc passes through.
template <class Action>
decltype(auto) together(MPI_Comm communicator, Action&& action) {
  try {
    return action();
  } catch (const std::bad_alloc&) {
    end_job_out_of_memory(communicator);
    throw;
  }
}

}
