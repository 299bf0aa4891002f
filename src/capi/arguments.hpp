// SPDX-License-Identifier: BSD-3-Clause
// Arguments of the C interface as those of the library. All throw UsageError for what is NULL or out of its range.
#pragma once

#include <span>

#include <mpi.h>
#include "nearfar/families.hpp"
#include "nearfar/nearfar.h"
#include "nearfar/options.hpp"

namespace nearfar::capi {

[[nodiscard]] KernelChoice choice_of(const nearfar_kernel* kernel);
[[nodiscard]] Kernel kernel_of(const nearfar_kernel* kernel);

[[nodiscard]] Options options_of(const nearfar_options* options);

/// Coordinates and normals of points.
struct Points {
  std::span<const double> coordinates, normals;
};

[[nodiscard]] Points points_of(const nearfar_points* points, const char* what);

/// Sources, targets, and the normals that a kernel needs of those that were given.
struct Arguments {
  Kernel kernel;
  Points sources, targets;  ///< of targets that are the sources: those
  bool targets_are_sources = false;
  /// Of targets that are the sources: the sources' where targets need some.
  Normals normals{};
};

/// Collective: throws on all ranks alike.
[[nodiscard]] Arguments arguments_of(MPI_Comm communicator, const nearfar_kernel* kernel, const nearfar_points* sources,
                                     const nearfar_points* targets);

}
