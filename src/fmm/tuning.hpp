// SPDX-License-Identifier: BSD-3-Clause
// Choosing what the user leaves open: order and precision from the tolerance, then points per leaf and the scale of the
// root cube from a model of the time of one evaluation. Neither looks at a clock or at the number of ranks, so that the
// choice for given points and options is always the same.
#pragma once

#include <cstdint>
#include <span>

#include "geometry/morton.hpp"
#include "nearfar/plan.hpp"

namespace nearfar {

inline constexpr double default_tolerance = 1e-6;

/// Throws UsageError for an option out of range; those left at 0 are chosen later.
void check_options(const Options& options);

/// Bound of the relative L2 error of potentials for charges of both signs, over all distributions measured.
[[nodiscard]] double predicted_error(const Kernel& kernel, int order, Precision precision);

/// The digits of direct sums that the error of expansions of that order does not hide.
[[nodiscard]] Digits near_field_digits(const Kernel& kernel, int order, Precision precision);

/// Fills in order and precision.
[[nodiscard]] Options choose_accuracy(const Options& options, const Kernel& kernel);

/// Nanoseconds of one core for the parts of an evaluation, from stored rates.
struct Costs {
  double pair = 0.0;          ///< direct sum of one source at one target
  double family_pair = 0.0;   ///< M2L between the children of one pair of neighbouring parents
  double octant_pair = 0.0;   ///< M2L of one member of a V list, where families are sparse
  double transform = 0.0;     ///< of an octant's multipole and local
  double translation = 0.0;   ///< M2M or L2L of one octant
  double leaf = 0.0;          ///< the matrices of P2M or L2P for one leaf
  double source_point = 0.0;  ///< P2M, beside the matrices
  double target_point = 0.0;  ///< L2P, beside the matrices
};
[[nodiscard]] Costs estimate_costs(const Kernel& kernel, int order, Precision precision);

/// What the direct sums of one of several vectors cost, relative to those of one alone: they share the distances.
[[nodiscard]] double cost_beside_others(const Kernel& kernel, int num_vectors);

/// Fills in points_per_leaf and root_scale, for points of which `sample` (sorted keys in a root cube of scale 1) is one
/// in `points_per_sample`.
[[nodiscard]] Options choose_tree(const Options& options, const Kernel& kernel, std::span<const PointKey> sample,
                                  double points_per_sample);

}
