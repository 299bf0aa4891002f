// SPDX-License-Identifier: BSD-3-Clause
// Exceptions become codes and sentences here, and nowhere else.
#pragma once

#include <string>
#include <type_traits>

#include <mpi.h>

namespace nearfar::capi {

/// Runs `action`, and gives what it throws as a code, with its sentence as the thread's last error.
int guarded(void (*run)(void* action), void* action) noexcept;
template <class Action>
int guarded(Action&& action) noexcept {
  // Not std::function, which may need memory before anything can be caught.
  using Type = std::remove_reference_t<Action>;
  const auto run = [](void* given) { (*static_cast<Type*>(given))(); };
  return guarded(run, const_cast<void*>(static_cast<const void*>(&action)));
}

/// Throws UsageError where an argument is NULL.
void require_argument(const void* argument, const char* what);

/// Throws the error of that code.
[[noreturn]] void throw_error(int code, const std::string& sentence);

}
