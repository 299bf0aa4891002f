// SPDX-License-Identifier: BSD-3-Clause
#include "comm/together.hpp"

#include <cstdio>
#include <new>

#include "nearfar/error.hpp"

namespace nearfar {
namespace {

[[nodiscard]] bool is_alone(MPI_Comm communicator) noexcept {
  int size = 1;
  MPI_Comm_size(communicator, &size);
  return size == 1;
}

[[nodiscard]] int rank_in_job() noexcept {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

/// Unless there is one rank alone. `what` is null for a lack of memory. Nothing is allocated here.
void end_job(MPI_Comm communicator, const char* what) noexcept {
  if (is_alone(communicator)) return;
  const int rank = rank_in_job();
  if (what == nullptr)
    std::fprintf(stderr,
                 "nearfar: out of memory on rank %d, for which other ranks are waiting: the job ends; use more ranks "
                 "or hosts, fewer points, or a larger tolerance\n",
                 rank);
  else
    std::fprintf(stderr, "nearfar: rank %d, for which other ranks are waiting, has failed: the job ends; %s\n", rank,
                 what);
  std::fflush(stderr);
  constexpr int exit_code = 3;
  MPI_Abort(MPI_COMM_WORLD, exit_code);
}

}

void end_job_unless_all_know(MPI_Comm communicator) noexcept {
  try {
    throw;
  } catch (const Error&) {
  } catch (const CallersError&) {
  } catch (const std::bad_alloc&) {
    end_job(communicator, nullptr);
  } catch (const std::exception& error) {
    end_job(communicator, error.what());
  } catch (...) {
    end_job(communicator, "unknown error");
  }
}

}
