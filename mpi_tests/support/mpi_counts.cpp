// SPDX-License-Identifier: BSD-3-Clause
#include "support/mpi_counts.hpp"

#include <mpi.h>

namespace nearfar {
namespace {

MpiCounts& counts() {
  static MpiCounts all;
  return all;
}

void add_call(const char* function) { ++counts().calls[function]; }

void add_message(const char* function, int count, MPI_Datatype type, int to, MPI_Comm communicator) {
  add_call(function);
  int size = 0, rank = 0;
  PMPI_Type_size(type, &size);
  PMPI_Comm_rank(communicator, &rank);
  if (to == rank || to == MPI_PROC_NULL) return;
  ++counts().messages;
  counts().bytes += std::int64_t{size} * count;
}

}

const MpiCounts& mpi_counts() noexcept { return counts(); }

}

// What follows takes the place of MPI's functions, which do the work by their other names.
extern "C" {

int MPI_Comm_dup(MPI_Comm communicator, MPI_Comm* copy) {
  nearfar::add_call("MPI_Comm_dup");
  return PMPI_Comm_dup(communicator, copy);
}

int MPI_Isend(const void* values, int count, MPI_Datatype type, int to, int tag, MPI_Comm communicator,
              MPI_Request* request) {
  nearfar::add_message("MPI_Isend", count, type, to, communicator);
  return PMPI_Isend(values, count, type, to, tag, communicator, request);
}

int MPI_Issend(const void* values, int count, MPI_Datatype type, int to, int tag, MPI_Comm communicator,
               MPI_Request* request) {
  nearfar::add_message("MPI_Issend", count, type, to, communicator);
  return PMPI_Issend(values, count, type, to, tag, communicator, request);
}

int MPI_Send(const void* values, int count, MPI_Datatype type, int to, int tag, MPI_Comm communicator) {
  nearfar::add_message("MPI_Send", count, type, to, communicator);
  return PMPI_Send(values, count, type, to, tag, communicator);
}

int MPI_Allreduce(const void* values, void* result, int count, MPI_Datatype type, MPI_Op operation,
                  MPI_Comm communicator) {
  nearfar::add_call("MPI_Allreduce");
  return PMPI_Allreduce(values, result, count, type, operation, communicator);
}
}
