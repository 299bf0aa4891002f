// SPDX-License-Identifier: BSD-3-Clause
// How much sums over all sources cancel: what errors relative to them have to be measured against.
#pragma once

#include <span>
#include <vector>

#include <mpi.h>

#include "nearfar/kernel.hpp"

namespace nearfar {

/// L2 norms of sums over those of the sums of absolute values, over some targets: 1 where nothing cancels, 0 where
/// there is nothing.
struct Cancellation {
  std::vector<double> fields;  ///< of Kernel::fields
  double all = 1.0;            ///< of these together
  double gradients = 1.0;
};

/// Collective. `charges` are as the sums take them, of this rank's sources; samples, and their normals where the kernel
/// needs them, are the same on all ranks. Takes a call of the kernel's reference sums for each source.
[[nodiscard]] Cancellation find_cancellation(MPI_Comm communicator, const Kernel& kernel,
                                             std::span<const double> sources, std::span<const double> charges,
                                             std::span<const double> samples, std::span<const double> normals,
                                             bool with_gradients);

}
