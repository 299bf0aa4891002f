// SPDX-License-Identifier: BSD-3-Clause
// --save-setup and --load-setup: what a set-up has decided, for the next run with the same points and kernel.
#pragma once

#include "app/problem.hpp"
#include "io/setup_file.hpp"

namespace nearfar::app {

/// Collective. What the plan of these particles has decided; `kernel` is completed.
[[nodiscard]] SavedSetup setup_of(MPI_Comm communicator, const Plan& plan, const Particles& particles,
                                  const KernelChoice& kernel);

/// Collective. The plan of all particles from a file. Throws on all ranks InputError when it was saved for other points
/// or another kernel, and UsageError when the options choose what it holds.
[[nodiscard]] Plan make_saved_plan(MPI_Comm communicator, const Kernel& kernel, const Particles& particles,
                                   const ProblemOptions& problem, const std::string& path);

}
