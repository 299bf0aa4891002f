// SPDX-License-Identifier: BSD-3-Clause
// The caller's numbers of points, and the near field of a plan as rows of a matrix, for preconditioners.
#pragma once

#include <functional>
#include <vector>

#include "base/dense.hpp"
#include "fmm/layout.hpp"
#include "operators/surface.hpp"

namespace nearfar {

/// Collective. The caller's numbers, counted over the ranks, of this rank's points in tree order.
[[nodiscard]] std::vector<GlobalIndex> numbers_in_tree_order(MPI_Comm communicator, PointMap& map,
                                                             Index num_caller_points);

/// Normals of own points and of ghost sources, in tree order; empty where nothing needs them.
struct NormalsInTreeOrder {
  std::vector<double> sources, targets;
  [[nodiscard]] Normals view() const noexcept { return {sources, targets}; }
};

/// The sums between two sets of points: rows [source][num_strengths], columns [target][num_values]. Coordinates are in
/// units of 2^exponent, as the kernel's parameters; normals are those of these points, where the kernel needs them.
[[nodiscard]] Matrix block_of_sums(const Kernel& kernel, int exponent, const PointSet& targets, const PointSet& sources,
                                   const Normals& normals);

/// The sums at one target, rows [source][num_strengths] and columns [num_values], of sources at target minus source.
[[nodiscard]] Matrix row_of_sums(const Kernel& kernel, int exponent, const PointSet& differences,
                                 const Normals& normals);

/// Collective, but for the visits. Plan::visit_near_field, for the numbers of own points in tree order. `kernel`, in
/// units of the root cube, gives the values; null: there are none. `normals` are in tree order too, with ghosts.
void visit_near_field(const Layout& layout, Interactions& interactions, std::span<const GlobalIndex> sources,
                      std::span<const GlobalIndex> targets, const Kernel* kernel, const Normals& normals,
                      const std::function<void(const NearRow&)>& visit);

}
