// SPDX-License-Identifier: BSD-3-Clause
#include "base/petsc.hpp"

#include <string>

#include "nearfar/error.hpp"

namespace nearfar {

void check_petsc(PetscErrorCode code, const char* what) {
  if (code == 0) return;
  const char* text = nullptr;
  (void)PetscErrorMessage(code, &text, nullptr);
  throw std::runtime_error(std::string(what) + " failed: " + (text != nullptr ? text : "unknown PETSc error"));
}

void require_petsc() {
  PetscBool initialized = PETSC_FALSE;
  check_petsc(PetscInitialized(&initialized), "PetscInitialized");
  if (initialized != PETSC_TRUE)
    throw UsageError("PETSc is not initialised: call PetscInitialize before any function of nearfar");
}

}
