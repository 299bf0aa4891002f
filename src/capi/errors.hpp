// SPDX-License-Identifier: BSD-3-Clause
// Exceptions become codes and sentences here, and nowhere else.
#pragma once

#include <functional>
#include <string>

#include <mpi.h>

namespace nearfar::capi {

/// Runs `action`, and gives what it throws as a code, with its sentence as the thread's last error.
int guarded(const std::function<void()>& action) noexcept;

/// Throws UsageError where an argument is NULL.
void require_argument(const void* argument, const char* what);

/// Throws the error of that code.
[[noreturn]] void throw_error(int code, const std::string& sentence);

}
