// SPDX-License-Identifier: BSD-3-Clause
// `nearfar evaluate`: potentials, and gradients if wanted, of the particles in a file.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "app/problem.hpp"

namespace nearfar::app {

struct EvaluateOptions {
  ProblemOptions problem;
  std::string output;                    ///< empty: results are not written
  std::string output_group = "results";  ///< of the results in it
  bool copy_input = false;               ///< the output begins as a copy of the input
  bool gradient = false;
  std::int64_t num_checks = 0;   ///< targets at which direct sums are compared; 0: no check, or 1000 for a tolerance
  double check_tolerance = 0.0;  ///< relative L2 error that no field may exceed in the check; 0: any
  int repeat = 1;
  bool rebalance = false;
  std::string save_setup, load_setup;  ///< files; empty: none
};

/// The results are there, and less accurate than was asked for.
struct CheckFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void declare_evaluate(CLI::App& command, EvaluateOptions& options);

/// Collective. Throws CheckFailure on all ranks alike.
void run_evaluate(MPI_Comm communicator, const EvaluateOptions& options);

}
