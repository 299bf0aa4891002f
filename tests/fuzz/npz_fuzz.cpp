// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/particles_fuzz.hpp"

int LLVMFuzzerInitialize(int*, char***) {
  nearfar::fuzz::start_mpi();
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return nearfar::fuzz::read_particles_of({data, size}, ".npz");
}
