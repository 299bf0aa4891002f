// SPDX-License-Identifier: BSD-3-Clause
// The error of computed sums, from direct sums at some of the targets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <mpi.h>

#include "nearfar/error.hpp"
#include "nearfar/kernel.hpp"

namespace nearfar {

/// The error of one field.
struct FieldError {
  std::string name;
  double rel_l2 = 0.0;   ///< relative to the L2 norm of the direct sums
  double rel_max = 0.0;  ///< largest difference over the largest direct sum
  /// Relative to the L2 norm of the sums of absolute values, |K q|, at no more than 32 targets of the sample; 0 where
  /// all of the direct sums there vanish.
  double abs_l2 = 0.0;
};

/// Error of computed sums against direct ones at a sample of targets.
struct SampledError {
  std::int64_t num_targets = 0;
  double potential_rel_l2 = 0.0;     ///< of all fields together
  double potential_rel_max = 0.0;    ///< largest difference over the largest direct sum
  double gradient_rel_l2 = 0.0;      ///< 0 when no gradients were given
  std::vector<FieldError> fields{};  ///< of Kernel::fields
  double potential_abs_l2 = 0.0;     ///< as FieldError::abs_l2
  double gradient_abs_l2 = 0.0;
};

/// Input and results of Plan::apply (one vector) on this rank; not owned. Points are [point][3], charges
/// [source][num_strengths], potentials [target][num_values], gradients [target][target_dim][3].
struct SampledSums {
  std::span<const double> sources, charges, targets, potentials;
  std::span<const double> gradients{};  ///< empty where none were computed
  Normals normals{};                    ///< those that the kernel needs
};

/// Collective, after PetscInitialize. Compares results with direct sums at `num_samples` targets, chosen by a hash of
/// their global number. Takes (num_samples + 32) * num_sources kernel evaluations over all ranks. For targets that are
/// the sources, pass the same span twice. Throws UsageError, on all ranks alike, for spans of wrong lengths, for
/// gradients on some ranks only, and where `num_samples` differs between ranks.
SampledError sampled_error(MPI_Comm communicator, const Kernel& kernel, const SampledSums& sums,
                           std::int64_t num_samples);

}
