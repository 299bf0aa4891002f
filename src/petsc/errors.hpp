// SPDX-License-Identifier: BSD-3-Clause
// Exceptions become error codes here, and nowhere else.
#pragma once

#include <petscmat.h>

#include <functional>

#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS 0
#endif

namespace nearfar {

/// Runs `action`, and gives what it throws to PETSc as an error of that object's communicator: the library's errors are
/// thrown by all ranks alike.
[[nodiscard]] PetscErrorCode as_error_code(PetscObject object, const std::function<void()>& action);

}

/// In functions that return error codes: runs a block of statements that may throw.
#define NEARFAR_CALL(object, ...) PetscCall(::nearfar::as_error_code((PetscObject)(object), [&] { __VA_ARGS__; }))
