// SPDX-License-Identifier: BSD-3-Clause
// `nearfar info`: the tree, its lists and the memory that an evaluation would need.
#pragma once

#include "app/problem.hpp"

namespace nearfar::app {

struct InfoOptions {
  ProblemOptions problem;
};

void declare_info(CLI::App& command, InfoOptions& options);

/// Collective.
void run_info(MPI_Comm communicator, const InfoOptions& options);

}
