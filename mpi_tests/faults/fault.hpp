// SPDX-License-Identifier: BSD-3-Clause
// Something that fails at a chosen place: the n-th of its kind in this process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::faults {

enum class Kind {
  none,
  memory,    ///< operator new throws std::bad_alloc
  messages,  ///< a collective call, a message or a wait of nearfar's, or PETSc's exchange of partners, returns an error
             ///< as under MPI_ERRORS_RETURN
  files,     ///< a call of the system for a file in FAULT_FOLDER fails: of nearfar, HDF5 and MPI-IO alike
  phases     ///< a phase of set-up or evaluation throws std::runtime_error where it begins
};

/// From now on the `number`-th call of that kind in this process, counted from 1 over all threads, fails, and no other.
void begin_fault(Kind kind, std::int64_t number) noexcept;

/// Ends the counting and the failing.
void end_fault() noexcept;

/// Whether it has happened.
[[nodiscard]] bool has_failed() noexcept;

/// Whether calls of that kind are being counted.
[[nodiscard]] bool is_counted(Kind kind) noexcept;

/// Counts a call of that kind: whether it is the one that is to fail. `what` says later what it was.
[[nodiscard]] bool is_to_fail(Kind kind, const char* what) noexcept;

/// Calls of that kind since begin_fault whose names contain `part`.
[[nodiscard]] std::int64_t num_calls(const char* part) noexcept;

/// Whether an address is in this program, and not in a library.
[[nodiscard]] bool is_code_of_program(const void* address) noexcept;

/// What has failed.
[[nodiscard]] const char* what_failed() noexcept;

/// Has phases counted, after PetscInitialize.
void watch_phases();

/// Files in FAULT_FOLDER that have no final name.
[[nodiscard]] std::vector<std::string> unfinished_files();

/// The folder of all files of the actions.
[[nodiscard]] std::string fault_folder();

}
