// SPDX-License-Identifier: BSD-3-Clause
// Points dealt to the ranks of MPI_COMM_WORLD that move, and plans compared with others on the same points.
#pragma once

#include "support/samples.hpp"

namespace nearfar {

/// Points of this rank, and one charge for each.
struct ChargedPoints {
  Points points;
  std::vector<double> charges;
};
[[nodiscard]] ChargedPoints deal_points(app::Distribution distribution, std::size_t count,
                                        Deal deal = Deal::round_robin);

/// Moves points by up to `distance` along each axis, but none that bounds the extent of all, and none out of it: the
/// root cube stays.
[[nodiscard]] Points moved(const Points& points, double distance, unsigned seed);

/// Charges for these points that tell components and vectors apart: [point][components].
[[nodiscard]] std::vector<double> charges_for(const ChargedPoints& dealt, int components);

/// Potentials and gradients.
[[nodiscard]] Field apply(Plan& plan, const Kernel& kernel, const std::vector<double>& charges, std::size_t num_targets,
                          int num_vectors = 1);
/// The same for a kernel of one component.
[[nodiscard]] Field apply(Plan& plan, const std::vector<double>& charges, std::size_t num_targets);

/// Equal bit by bit on one rank; within `bound` on more, where partitions, and so the order of sums, may differ.
void expect_same(const Field& a, const Field& b, const std::string& what, double bound = 1e-12);

}
