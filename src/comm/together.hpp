// SPDX-License-Identifier: BSD-3-Clause
// What becomes of a rank that fails where the others cannot hear of it.
#pragma once

#include <mpi.h>

namespace nearfar {

/// What a function of the caller's has thrown: the caller's alone.
struct CallersError {};

/// Inside a handler of exceptions. Ends the job with one sentence and MPI_Abort of MPI_COMM_WORLD, unless all ranks of
/// the communicator know of the exception that is being handled: there is one rank alone, or it is an Error, which
/// ranks agree on, or a CallersError.
void end_job_unless_all_know(MPI_Comm communicator) noexcept;

/// Runs a collective action of the public interface. Errors that ranks agree on pass through. Any other exception
/// (memory that runs out, calls of MPI that fail where the caller has asked for MPI_ERRORS_RETURN) is known to one rank
/// only, while the others wait for its messages: it ends the job. On one rank it passes through.
template <class Action>
decltype(auto) together(MPI_Comm communicator, Action&& action) {
  try {
    return action();
  } catch (...) {
    end_job_unless_all_know(communicator);
    throw;
  }
}

}
