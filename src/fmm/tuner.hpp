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

/// Fills in order and precision.
[[nodiscard]] Options choose_accuracy(const Options& options, const Kernel& kernel);

/// Fills in points_per_leaf and root_scale, for points of which `sample` (sorted keys in a root cube of scale 1) is one
/// in `points_per_sample`.
[[nodiscard]] Options choose_tree(const Options& options, const Kernel& kernel, std::span<const PointKey> sample,
                                  double points_per_sample);

}
