// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/errors.hpp"

#include <array>
#include <new>
#include <stdexcept>

#include "comm/mpi.hpp"
#include "comm/together.hpp"

namespace nearfar {

PetscErrorCode as_error_code(MPI_Comm communicator, void (*run)(void* action), void* action) {
  const auto raise = [&](PetscErrorCode code, const char* sentence) {
    return PetscError(communicator, __LINE__, PETSC_FUNCTION_NAME, __FILE__, code, PETSC_ERROR_INITIAL, "%s", sentence);
  };
  try {
    run(action);
  } catch (const UsageError& error) {
    return raise(PETSC_ERR_ARG_OUTOFRANGE, error.what());
  } catch (const InputError& error) {
    return raise(PETSC_ERR_ARG_WRONG, error.what());
  } catch (const std::bad_alloc&) {
    end_job_unless_all_know(communicator);
    return raise(PETSC_ERR_MEM, "not enough memory for the matrix: use more ranks, or fewer points per rank");
  } catch (const std::logic_error& error) {  // of all ranks alike
    return raise(PETSC_ERR_LIB, error.what());
  } catch (const std::exception& error) {
    end_job_unless_all_know(communicator);
    return raise(PETSC_ERR_LIB, error.what());
  }
  return PETSC_SUCCESS;
}

bool on_all_ranks(MPI_Comm communicator, const std::string& call, bool fine) {
  const std::uint64_t hash = std::hash<std::string>{}(call);
  std::array<std::uint64_t, 3> least{hash, ~hash, fine ? 1U : 0U};
  all_reduce(communicator, std::span<std::uint64_t>(least), MPI_MIN);
  if (least[0] != ~least[1])
    throw_on_all(communicator, std::make_exception_ptr(UsageError("rank 0 calls " + call +
                                                                  " and another rank does not: all ranks must call the "
                                                                  "same function with the same values")));
  return least[2] != 0;
}

}
