// SPDX-License-Identifier: BSD-3-Clause
// Rows of numbers, and columns with names where the first byte says so.
#include "fuzz/particles_fuzz.hpp"

int LLVMFuzzerInitialize(int*, char***) {
  nearfar::fuzz::start_mpi();
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nearfar;
  const std::span bytes(data, size);
  if (bytes.empty() || bytes[0] % 2 == 0) return fuzz::read_particles_of(bytes, ".csv");
  const std::string path = fuzz::file_of(bytes.subspan(1), ".csv");
  ParticleNeeds needs;
  needs.names.sources = {"x", "y", "z"};
  needs.names.charges = {"q"};
  try {
    const Particles particles = read_particles(MPI_COMM_WORLD, path, needs);
    fuzz::require_no_fault(testing_support::fault_of_particles(MPI_COMM_WORLD, particles, 1));
  } catch (const InputError& error) {
    fuzz::require_no_fault(testing_support::fault_of_sentence(error.what(), path));
  }
  return 0;
}
