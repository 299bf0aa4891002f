// SPDX-License-Identifier: BSD-3-Clause
// Errors of expansions, measured when a plan is made: of kernels that nobody has measured before, to choose the order;
// of others, to see that operators keep what the tables promise.
#pragma once

#include <mpi.h>

#include "domain/partition.hpp"
#include "fmm/translations.hpp"

namespace nearfar {

/// Boxes that a kernel's expansions are for.
struct BoxSizes {
  double root_half_width = 1.0;  ///< in the caller's units
  int deepest_level = 0;
};

/// The level of the deepest leaves of a tree, but for those of a tenth of the points.
[[nodiscard]] int usual_depth(const PointSample& sample);

/// Collective. The kernel with errors of the orders that `options` ask for: one order, or all up to the first that
/// keeps the tolerance. Kernels with errors stay as they are. `boxes` are the same on all ranks. Throws UsageError,
/// with the errors found, where no order keeps the tolerance.
[[nodiscard]] Kernel with_errors(MPI_Comm communicator, Kernel kernel, const Options& options, const BoxSizes& boxes);

/// What the operators of most boxes deliver, beside what the kernel of the expansions promises of their order.
struct ProbedError {
  double promised = 0.0;
  double found = 0.0;
};

/// Zeros where nothing is promised: where plans have measured the errors themselves, and where no level has expansions.
/// Takes about as long as the sums of 10^5 pairs. Not collective.
[[nodiscard]] ProbedError probe_promise(const Translations& translations);

/// Whether operators keep that error, in one box, where healthy ones may have a few times as much; or, without that
/// margin, for certain.
[[nodiscard]] bool keeps(double promised, double found, bool with_margin) noexcept;

/// Throws UsageError when the root cube is far from the one that the errors of a kernel with a length in it were
/// measured for. Sides in the caller's units.
void require_probed_size(const Kernel& kernel, double side_before, double side);

}
