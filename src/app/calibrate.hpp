// SPDX-License-Identifier: BSD-3-Clause
// `nearfar calibrate`: measures this machine for `nearfar plan`.
#pragma once

#include <cstdint>

#include "app/problem.hpp"

namespace nearfar::app {

struct CalibrateOptions {
  ProblemOptions problem;
  std::int64_t num_points = 200000;  ///< on each rank
};

void declare_calibrate(CLI::App& command, CalibrateOptions& options);

/// Collective.
void run_calibrate(MPI_Comm communicator, const CalibrateOptions& options);

}
