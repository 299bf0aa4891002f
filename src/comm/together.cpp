// SPDX-License-Identifier: BSD-3-Clause
#include "comm/together.hpp"

#include <cstdio>

namespace nearfar {

void end_job_out_of_memory(MPI_Comm communicator) noexcept {
  int size = 1, rank = 0;
  MPI_Comm_size(communicator, &size);
  if (size == 1) return;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  // Without memory: nothing is allocated here.
  std::fprintf(stderr,
               "nearfar: out of memory on rank %d, for which other ranks are waiting: the job ends; use more ranks or "
               "hosts, fewer points, or a larger tolerance\n",
               rank);
  std::fflush(stderr);
  constexpr int exit_code = 3;
  MPI_Abort(MPI_COMM_WORLD, exit_code);
}

}
