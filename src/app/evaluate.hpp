// SPDX-License-Identifier: BSD-3-Clause
// `nearfar evaluate`: potentials, and gradients if wanted, of the particles in a file.
#pragma once

#include <cstdint>
#include <string>

#include "app/problem.hpp"

namespace nearfar::app {

struct EvaluateOptions {
  ProblemOptions problem;
  std::string output;  ///< empty: results are not written
  bool gradient = false;
  std::int64_t num_checks = 0;  ///< targets at which direct sums are compared; 0: no check
  int repeat = 1;
  bool rebalance = false;
};

void declare_evaluate(CLI::App& command, EvaluateOptions& options);

/// Collective.
void run_evaluate(MPI_Comm communicator, const EvaluateOptions& options);

}
