// SPDX-License-Identifier: BSD-3-Clause
// The bytes are choices about what is wrong in a file: HDF5 itself is not what is tried here.
#include "fuzz/fuzz_support.hpp"
#include "support/broken_files.hpp"
#include "support/reader_checks.hpp"

int LLVMFuzzerInitialize(int*, char***) {
  nearfar::fuzz::start_mpi();
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nearfar;
  const std::string path = fuzz::name_of_file(".h5");
  testing_support::Choices choices(std::span(data, size));
  testing_support::write_broken_hdf5(path, choices);
  testing_support::Outcomes outcomes;
  fuzz::require_no_fault(outcomes.add(path, 1));
  return 0;
}
