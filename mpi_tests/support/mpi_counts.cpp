// SPDX-License-Identifier: BSD-3-Clause
#include "support/mpi_counts.hpp"

#include <mpi.h>

#include <algorithm>

#include "support/watchdog.hpp"

namespace {

void add_call(const char* function) { ++nearfar::mpi_counts().calls[function]; }

/// Bytes of what was asked for, as long as nothing else has the same handle.
std::map<MPI_Request, std::int64_t>& bytes_of_requests() {
  static std::map<MPI_Request, std::int64_t> bytes;
  return bytes;
}

int add_message(const char* function, int count, MPI_Datatype type, int other, MPI_Comm communicator,
                MPI_Request* request, int result) {
  add_call(function);
  int size = 0, rank = 0;
  PMPI_Type_size(type, &size);
  PMPI_Comm_rank(communicator, &rank);
  const std::int64_t bytes = std::int64_t{size} * count;
  bytes_of_requests()[*request] = bytes;
  if (other == rank || other == MPI_PROC_NULL) return result;
  nearfar::MpiCounts& counts = nearfar::mpi_counts();
  ++counts.messages;
  counts.bytes += bytes;
  counts.largest = std::max(counts.largest, bytes);
  counts.partners.insert(other);
  return result;
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
  const nearfar::StandsIn call("MPI_Comm_dup");
  return PMPI_Comm_dup(communicator, copy);
}

int MPI_Isend(const void* values, int count, MPI_Datatype type, int to, int tag, MPI_Comm communicator,
              MPI_Request* request) {
  const int result = PMPI_Isend(values, count, type, to, tag, communicator, request);
  return add_message("MPI_Isend", count, type, to, communicator, request, result);
}

int MPI_Issend(const void* values, int count, MPI_Datatype type, int to, int tag, MPI_Comm communicator,
               MPI_Request* request) {
  const int result = PMPI_Issend(values, count, type, to, tag, communicator, request);
  return add_message("MPI_Issend", count, type, to, communicator, request, result);
}

int MPI_Irecv(void* values, int count, MPI_Datatype type, int from, int tag, MPI_Comm communicator,
              MPI_Request* request) {
  const int result = PMPI_Irecv(values, count, type, from, tag, communicator, request);
  return add_message("MPI_Irecv", count, type, from, communicator, request, result);
}

int MPI_Waitall(int count, MPI_Request requests[], MPI_Status statuses[]) {
  add_call("MPI_Waitall");
  for (int i = 0; i < count; ++i)
    if (requests[i] != MPI_REQUEST_NULL) {
      std::int64_t& largest = nearfar::mpi_counts().largest_awaited;
      largest = std::max(largest, bytes_of_requests()[requests[i]]);
    }
  const nearfar::StandsIn call("MPI_Waitall");
  return PMPI_Waitall(count, requests, statuses);
}

int MPI_Testall(int count, MPI_Request requests[], int* are_complete, MPI_Status statuses[]) {
  add_call("MPI_Testall");
  const double end = PMPI_Wtime() + nearfar::mpi_counts().patience;
  int result = PMPI_Testall(count, requests, are_complete, statuses);
  while (result == MPI_SUCCESS && *are_complete == 0 && PMPI_Wtime() < end)
    result = PMPI_Testall(count, requests, are_complete, statuses);
  return result;
}

int MPI_Allreduce(const void* values, void* result, int count, MPI_Datatype type, MPI_Op operation,
                  MPI_Comm communicator) {
  add_call("MPI_Allreduce");
  const nearfar::StandsIn call("MPI_Allreduce");
  return PMPI_Allreduce(values, result, count, type, operation, communicator);
}

int MPI_Allgather(const void* values, int count, MPI_Datatype type, void* all, int num, MPI_Datatype of_all,
                  MPI_Comm comm) {
  add_call("MPI_Allgather");
  const nearfar::StandsIn call("MPI_Allgather");
  return PMPI_Allgather(values, count, type, all, num, of_all, comm);
}

int MPI_Allgatherv(const void* values, int count, MPI_Datatype type, void* all, const int counts[], const int begins[],
                   MPI_Datatype of_all, MPI_Comm comm) {
  add_call("MPI_Allgatherv");
  const nearfar::StandsIn call("MPI_Allgatherv");
  return PMPI_Allgatherv(values, count, type, all, counts, begins, of_all, comm);
}

int MPI_Comm_split_type(MPI_Comm communicator, int type, int key, MPI_Info info, MPI_Comm* part) {
  add_call("MPI_Comm_split_type");
  const nearfar::StandsIn call("MPI_Comm_split_type");
  const int ranks_of_node = nearfar::mpi_counts().ranks_of_node;
  if (ranks_of_node == 0) return PMPI_Comm_split_type(communicator, type, key, info, part);
  int rank = 0;
  PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return PMPI_Comm_split(communicator, rank / ranks_of_node, key, part);
}
}
