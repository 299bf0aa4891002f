// SPDX-License-Identifier: BSD-3-Clause
#include "app/machine.hpp"
#include "fuzz/fuzz_support.hpp"
#include "support/reader_checks.hpp"

int LLVMFuzzerInitialize(int*, char***) { return 0; }

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nearfar;
  const std::string path = fuzz::file_of({data, size}, ".json");
  try {
    const app::Machine machine = app::read_machine(path);
    for (const double number : {machine.latency_seconds, machine.bandwidth_bytes_per_second, machine.process_bytes})
      if (!(number > 0.0) || !std::isfinite(number)) fuzz::require_no_fault("a number is not positive");
  } catch (const InputError& error) {
    fuzz::require_no_fault(testing_support::fault_of_sentence(error.what(), path));
  }
  return 0;
}
