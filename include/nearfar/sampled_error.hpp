// SPDX-License-Identifier: BSD-3-Clause
// The error of computed sums, from direct sums at some of the targets.
#pragma once

#include <cstdint>
#include <span>

#include <mpi.h>

#include "nearfar/error.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar {

/// Error of computed sums against direct ones at a sample of targets.
struct SampledError {
  std::int64_t num_targets = 0;
  double potential_rel_l2 = 0.0;   ///< relative to the L2 norm of the direct sums
  double potential_rel_max = 0.0;  ///< largest difference over the largest direct sum
  double gradient_rel_l2 = 0.0;    ///< 0 when no gradients were given
};

/// Collective. Compares results of Plan::apply (one vector) with direct sums at `num_samples` targets, chosen by a
/// hash of their global number. Takes num_samples * num_sources kernel evaluations over all ranks. For targets that
/// are the sources, pass the same span twice. Throws UsageError, on all ranks alike, for spans of wrong lengths, for
/// gradients on some ranks only, and where `num_samples` differs between ranks.
SampledError sampled_error(MPI_Comm communicator, const Kernel& kernel, std::span<const double> sources,
                           std::span<const double> charges, std::span<const double> targets,
                           std::span<const double> potentials, std::span<const double> gradients,
                           std::int64_t num_samples);

}
