// SPDX-License-Identifier: BSD-3-Clause
// `nearfar plan`: what a run on many ranks would take, found on one.
#pragma once

#include <cstdint>
#include <string>

#include "app/problem.hpp"

namespace nearfar::app {

struct PlanCommandOptions {
  ProblemOptions problem;    ///< `file` may be empty
  std::string distribution;  ///< instead of a file
  std::int64_t num_points = 0;
  std::int64_t most_simulated = 2000000;
  int num_ranks = 0;
  int ranks_per_node = 1;
  int num_threads = 1;  ///< of each rank
  bool sorted = false;  ///< points in the order of the tree
  std::string machine;  ///< file; empty: the stored rates
};

void declare_plan(CLI::App& command, PlanCommandOptions& options);

/// Runs on one rank.
void run_plan(MPI_Comm communicator, const PlanCommandOptions& options);

}
