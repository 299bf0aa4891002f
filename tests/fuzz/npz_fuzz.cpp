// SPDX-License-Identifier: BSD-3-Clause
// Archives of numpy: what the fuzzer makes up are the faults, since it would not find a directory of ZIP by chance.
#include "fuzz/particles_fuzz.hpp"
#include "support/broken_files.hpp"

int LLVMFuzzerInitialize(int*, char***) {
  nearfar::fuzz::start_mpi();
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nearfar::testing_support::Choices choices(std::span(data, size));
  const std::string bytes = nearfar::testing_support::broken_npz(choices);
  return nearfar::fuzz::read_particles_of({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, ".npz");
}
