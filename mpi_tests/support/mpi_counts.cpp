// SPDX-License-Identifier: BSD-3-Clause
#include "support/mpi_counts.hpp"

#include <mpi.h>

namespace {

void add_call(const char* function) { ++nearfar::mpi_counts().calls[function]; }

void add_message(const char* function, int count, MPI_Datatype type, int other, MPI_Comm communicator) {
  add_call(function);
  int size = 0, rank = 0;
  PMPI_Type_size(type, &size);
  PMPI_Comm_rank(communicator, &rank);
  if (other == rank || other == MPI_PROC_NULL) return;
  nearfar::MpiCounts& counts = nearfar::mpi_counts();
  ++counts.messages;
  counts.bytes += std::int64_t{size} * count;
  counts.partners.insert(other);
}

}

namespace nearfar {

MpiCounts& mpi_counts() noexcept {
  static MpiCounts counts;
  return counts;
}

}

// What follows takes the place of MPI's functions, which do the work by their other names.
extern "C" {

int MPI_Comm_dup(MPI_Comm communicator, MPI_Comm* copy) {
  add_call("MPI_Comm_dup");
  return PMPI_Comm_dup(communicator, copy);
}

int MPI_Isend(const void* values, int count, MPI_Datatype type, int to, int tag, MPI_Comm communicator,
              MPI_Request* request) {
  add_message("MPI_Isend", count, type, to, communicator);
  return PMPI_Isend(values, count, type, to, tag, communicator, request);
}

int MPI_Issend(const void* values, int count, MPI_Datatype type, int to, int tag, MPI_Comm communicator,
               MPI_Request* request) {
  add_message("MPI_Issend", count, type, to, communicator);
  return PMPI_Issend(values, count, type, to, tag, communicator, request);
}

int MPI_Irecv(void* values, int count, MPI_Datatype type, int from, int tag, MPI_Comm communicator,
              MPI_Request* request) {
  add_message("MPI_Irecv", count, type, from, communicator);
  return PMPI_Irecv(values, count, type, from, tag, communicator, request);
}

int MPI_Allreduce(const void* values, void* result, int count, MPI_Datatype type, MPI_Op operation,
                  MPI_Comm communicator) {
  add_call("MPI_Allreduce");
  return PMPI_Allreduce(values, result, count, type, operation, communicator);
}
}
