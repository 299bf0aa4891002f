// SPDX-License-Identifier: BSD-3-Clause
// The readers of particles: any bytes are read whole or refused in one sentence.
#pragma once

#include "fuzz/fuzz_support.hpp"
#include "support/reader_checks.hpp"

namespace nearfar::fuzz {

inline int read_particles_of(std::span<const std::uint8_t> bytes, const std::string& end) {
  testing_support::Outcomes outcomes;
  require_no_fault(outcomes.add(file_of(bytes, end), 1));
  return 0;
}

}
