// SPDX-License-Identifier: BSD-3-Clause
// Sums over all pairs, without a tree: what plans are compared with.
#pragma once

#include <span>
#include <vector>

#include <mpi.h>

#include "domain/points.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar {

/// This rank's sources, samples and the kernel in units in which sums stay in range, as those of the tree; charges are
/// divided by 2^charge_exponent, too. Results are to be multiplied by that, and by result_exponents of length_exponent.
struct ScaledSums {
  Kernel kernel;
  Coordinates sources, samples;
  std::vector<double> charges;
  int length_exponent = 0, charge_exponent = 0;
};

/// Collective.
[[nodiscard]] ScaledSums in_sums_units(MPI_Comm communicator, const Kernel& caller_kernel,
                                       std::span<const double> sources, std::span<const double> charges,
                                       std::span<const double> samples);

struct ExactSums {
  std::vector<double> potentials, gradients;  ///< gradients are empty where they are not wanted or not given
};

/// Collective. Sums over the sources of all ranks at samples that are the same on all ranks, in the caller's units, by
/// scalar code that evaluations use for few pairs at most. Charges and results are as the sums take and give them.
[[nodiscard]] ExactSums direct_sums(MPI_Comm communicator, const Kernel& caller_kernel, std::span<const double> sources,
                                    std::span<const double> charges, std::span<const double> samples,
                                    bool with_gradients);

/// This rank's points and what belongs to them, in the layouts of Plan::apply; not owned.
struct DirectProblem {
  std::span<const double> sources, targets;
  Normals normals{};  ///< those that the kernel needs
  std::span<const double> charges;
  std::span<double> potentials{};
  int num_vectors = 1;
};

/// Collective. What Plan::apply approximates, by direct_sums: all targets times all sources pairs, shared out by the
/// sources. Throws UsageError for wrong lengths and InputError for numbers that are not finite, on all ranks alike.
void evaluate_directly(MPI_Comm communicator, const Kernel& kernel, const DirectProblem& problem);

}
