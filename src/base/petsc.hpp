// SPDX-License-Identifier: BSD-3-Clause
// PETSc's return codes as exceptions.
#pragma once

#include <petscsys.h>

namespace nearfar {

/// Throws std::runtime_error when `code` is an error.
void check_petsc(PetscErrorCode code, const char* what);

/// Throws UsageError unless PetscInitialize has been called.
void require_petsc();

}
