// SPDX-License-Identifier: BSD-3-Clause
#include "comm/mpi.hpp"

#include <petscsys.h>

#include <array>

#include "base/petsc.hpp"

namespace nearfar {

void check_mpi(int code, const char* what) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw std::runtime_error(std::string(what) + " failed: " + std::string(text.data(), usize(length)));
}

template <>
MPI_Datatype mpi_type<int>() {
  return MPI_INT;
}
template <>
MPI_Datatype mpi_type<std::int64_t>() {
  return MPI_INT64_T;
}
template <>
MPI_Datatype mpi_type<std::uint64_t>() {
  return MPI_UINT64_T;
}
template <>
MPI_Datatype mpi_type<double>() {
  return MPI_DOUBLE;
}

Communicator::Communicator(MPI_Comm communicator) {
  require_petsc();
  MPI_Comm copy = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(communicator, &copy), "MPI_Comm_dup");
  // One that is PETSc's already: it would duplicate another in each of its calls.
  check_petsc(PetscCommDuplicate(copy, &communicator_, nullptr), "PetscCommDuplicate");
  check_mpi(MPI_Comm_free(&copy), "MPI_Comm_free");
  rank_ = rank_of(communicator_);
  size_ = size_of_communicator(communicator_);
}

Communicator::~Communicator() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  // PETSc hangs attributes on communicators of its objects, and aborts when they are freed after its end.
  PetscBool petsc_ended = PETSC_FALSE;
  (void)PetscFinalized(&petsc_ended);
  if (finalized == 0 && petsc_ended != PETSC_TRUE) (void)PetscCommDestroy(&communicator_);
}

int rank_of(MPI_Comm communicator) {
  int rank = 0;
  check_mpi(MPI_Comm_rank(communicator, &rank), "MPI_Comm_rank");
  return rank;
}

int size_of_communicator(MPI_Comm communicator) {
  int size = 0;
  check_mpi(MPI_Comm_size(communicator, &size), "MPI_Comm_size");
  return size;
}

namespace {

enum class Verdict : int { fine = 0, usage = 1, input = 2, other = 3 };

/// The class and the sentence of an error.
std::pair<Verdict, std::string> describe(const std::exception_ptr& error) {
  if (!error) return {Verdict::fine, {}};
  try {
    std::rethrow_exception(error);
  } catch (const UsageError& e) {
    return {Verdict::usage, e.what()};
  } catch (const InputError& e) {
    return {Verdict::input, e.what()};
  } catch (const std::bad_alloc&) {
    return {Verdict::other, "out of memory on rank " + std::to_string(rank_of(MPI_COMM_WORLD)) +
                                ": use more ranks or hosts, fewer points, or a larger tolerance"};
  } catch (const std::exception& e) {
    return {Verdict::other, e.what()};
  } catch (...) {
    return {Verdict::other, "unknown error"};
  }
}

}

void throw_on_all(MPI_Comm communicator, std::exception_ptr error) {
  auto [verdict, sentence] = describe(error);
  const int rank = rank_of(communicator);
  const int size = size_of_communicator(communicator);
  const int first = all_min(communicator, verdict == Verdict::fine ? size : rank);
  if (first == size) return;
  std::array<int, 2> head{static_cast<int>(verdict), static_cast<int>(sentence.size())};
  check_mpi(MPI_Bcast(head.data(), 2, MPI_INT, first, communicator), "MPI_Bcast");
  sentence.resize(usize(head[1]));
  check_mpi(MPI_Bcast(sentence.data(), head[1], MPI_CHAR, first, communicator), "MPI_Bcast");
  switch (static_cast<Verdict>(head[0])) {
    case Verdict::usage:
      throw UsageError(sentence);
    case Verdict::input:
      throw InputError(sentence);
    default:
      throw Error(sentence);
  }
}

}
