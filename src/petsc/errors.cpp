// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/errors.hpp"

#include <new>

#include "nearfar/error.hpp"

namespace nearfar {

PetscErrorCode as_error_code(PetscObject object, const std::function<void()>& action) {
  const auto raise = [&](PetscErrorCode code, const char* sentence) {
    return PetscError(PetscObjectComm(object), __LINE__, PETSC_FUNCTION_NAME, __FILE__, code, PETSC_ERROR_INITIAL, "%s",
                      sentence);
  };
  try {
    action();
  } catch (const UsageError& error) {
    return raise(PETSC_ERR_ARG_OUTOFRANGE, error.what());
  } catch (const InputError& error) {
    return raise(PETSC_ERR_ARG_WRONG, error.what());
  } catch (const std::bad_alloc&) {
    return raise(PETSC_ERR_MEM, "not enough memory for the matrix: use more ranks, or fewer points per rank");
  } catch (const std::exception& error) {
    return raise(PETSC_ERR_LIB, error.what());
  }
  return PETSC_SUCCESS;
}

}
