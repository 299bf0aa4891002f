// SPDX-License-Identifier: BSD-3-Clause
// MPI by its profiling interface: a call returns an error and does nothing, as it may under MPI_ERRORS_RETURN. Calls of
// HDF5 and of PETSc are left alone but for those in which PETSc exchanges nearfar's messages: what their ranks wait for
// when one of them fails is theirs.
#include <mpi.h>

#include "faults/fault.hpp"

namespace {

[[nodiscard]] bool fails(const char* function, const void* caller) {
  return nearfar::faults::is_code_of_program(caller) &&
         nearfar::faults::is_to_fail(nearfar::faults::Kind::messages, function);
}

}

extern "C" {

int MPI_Allreduce(const void* values, void* result, int count, MPI_Datatype type, MPI_Op operation, MPI_Comm comm) {
  if (fails("MPI_Allreduce", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Allreduce(values, result, count, type, operation, comm);
}

int MPI_Exscan(const void* values, void* result, int count, MPI_Datatype type, MPI_Op operation, MPI_Comm comm) {
  if (fails("MPI_Exscan", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Exscan(values, result, count, type, operation, comm);
}

int MPI_Allgather(const void* values, int count, MPI_Datatype type, void* all, int num, MPI_Datatype of_all,
                  MPI_Comm comm) {
  if (fails("MPI_Allgather", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Allgather(values, count, type, all, num, of_all, comm);
}

int MPI_Allgatherv(const void* values, int count, MPI_Datatype type, void* all, const int counts[], const int begins[],
                   MPI_Datatype of_all, MPI_Comm comm) {
  if (fails("MPI_Allgatherv", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Allgatherv(values, count, type, all, counts, begins, of_all, comm);
}

int MPI_Bcast(void* values, int count, MPI_Datatype type, int root, MPI_Comm comm) {
  if (fails("MPI_Bcast", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Bcast(values, count, type, root, comm);
}

int MPI_Isend(const void* values, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm, MPI_Request* request) {
  if (fails("MPI_Isend", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Isend(values, count, type, to, tag, comm, request);
}

int MPI_Irecv(void* values, int count, MPI_Datatype type, int from, int tag, MPI_Comm comm, MPI_Request* request) {
  if (fails("MPI_Irecv", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Irecv(values, count, type, from, tag, comm, request);
}

int MPI_Waitall(int count, MPI_Request requests[], MPI_Status statuses[]) {
  if (fails("MPI_Waitall", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Waitall(count, requests, statuses);
}

int MPI_Comm_dup(MPI_Comm comm, MPI_Comm* copy) {
  if (fails("MPI_Comm_dup", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Comm_dup(comm, copy);
}

int MPI_Type_commit(MPI_Datatype* type) {
  if (fails("MPI_Type_commit", __builtin_return_address(0))) return MPI_ERR_OTHER;
  return PMPI_Type_commit(type);
}
}
