// SPDX-License-Identifier: BSD-3-Clause
// What the fuzzers of libFuzzer have in common: MPI and PETSc on one rank, and a file for the bytes.
#pragma once

#include <mpi.h>
#include <petscsys.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::fuzz {

/// Ends the process, which libFuzzer takes as a finding, unless `fault` is empty.
inline void require_no_fault(std::string_view fault) {
  if (fault.empty()) return;
  std::fprintf(stderr, "fault: %.*s\n", static_cast<int>(fault.size()), fault.data());
  std::abort();
}

inline void start_mpi() {
  if (PetscInitializeNoArguments() != 0 || PetscPopSignalHandler() != 0) std::abort();
}

/// Where files are written: in TMPDIR.
inline std::string name_of_file(const std::string& end) {
  return (std::filesystem::temp_directory_path() / ("nearfar_fuzz_" + std::to_string(getpid()) + end)).string();
}

/// A file of those bytes whose name ends in `end`.
inline std::string file_of(std::span<const std::uint8_t> bytes, const std::string& end) {
  const std::string path = name_of_file(end);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path;
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
