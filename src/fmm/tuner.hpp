// SPDX-License-Identifier: BSD-3-Clause
// Choosing what the user leaves open: order and precision from the tolerance, then points per leaf and the scale of the
// root cube from a model of the time of one evaluation. Neither looks at a clock or at the number of ranks, so that the
// choice for given points and options is always the same.
#pragma once

#include <cstdint>
#include <span>

#include "geometry/morton.hpp"
#include "nearfar/kernel.hpp"
#include "nearfar/options.hpp"

namespace nearfar {

inline constexpr double default_tolerance = 1e-6;

/// Throws UsageError for an option out of range; those left at 0 are chosen later.
void check_options(const Options& options);

/// Fills in order and precision. `root_side` is that of the root cube, in the caller's units, on which the order
/// depends if the kernel oscillates. Throws UsageError where that takes more than the highest order.
[[nodiscard]] Options choose_accuracy(const Options& options, const Kernel& kernel, double root_side = 0.0);

/// The same, and points_per_leaf and root_scale, for points of which `sample` (sorted keys in a root cube of scale 1)
/// is one in `points_per_sample`. `extent` is the side of a root cube of scale 1.
[[nodiscard]] Options choose_tree(const Options& options, const Kernel& kernel, std::span<const PointKey> sample,
                                  double points_per_sample, double extent = 0.0);

/// Throws UsageError where points of a root cube, for which the order was chosen, have moved so far apart that it no
/// longer suits a kernel that oscillates. Both sides in the caller's units.
void require_suitable_order(const Kernel& kernel, double chosen_for_side, double root_side);

}
