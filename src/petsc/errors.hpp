// SPDX-License-Identifier: BSD-3-Clause
// Exceptions become error codes here, and nowhere else; and ranks agree on what they are doing.
#pragma once

#include <petscmat.h>

#include <string>
#include <type_traits>

#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS 0
#endif

namespace nearfar {

/// Runs `action`, and gives what it throws to PETSc as an error of that communicator: the library's errors are thrown
/// by all ranks alike. Memory that runs out on one rank of several ends the job.
[[nodiscard]] PetscErrorCode as_error_code(MPI_Comm communicator, void (*run)(void* action), void* action);
template <class Action>
[[nodiscard]] PetscErrorCode as_error_code(MPI_Comm communicator, Action&& action) {
  // Not std::function, which may need memory before anything can be caught.
  using Type = std::remove_reference_t<Action>;
  const auto run = [](void* given) { (*static_cast<Type*>(given))(); };
  return as_error_code(communicator, run, const_cast<void*>(static_cast<const void*>(&action)));
}

/// Collective. Whether `fine` holds on every rank. `call` names the function that a rank is in, with its values: all
/// ranks throw UsageError unless it is the same on all, because they would otherwise wait for one another later on.
[[nodiscard]] bool on_all_ranks(MPI_Comm communicator, const std::string& call, bool fine);

}

/// In functions that return error codes: runs a block of statements that may throw.
#define NEARFAR_CALL(object, ...) \
  PetscCall(::nearfar::as_error_code(PetscObjectComm((PetscObject)(object)), [&] { __VA_ARGS__; }))
