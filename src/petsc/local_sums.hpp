// SPDX-License-Identifier: BSD-3-Clause
// Entries of a MATNEARFAR between points of this rank's choice, wherever they are.
#pragma once

#include "base/dense.hpp"
#include "petsc/mat.hpp"

namespace nearfar {

struct LocalSums {
  Kernel kernel;  ///< in units of 2^exponent
  int exponent = 0;
  std::vector<std::int64_t> targets, sources;                                        ///< numbers, rising
  std::vector<double> target_places, source_places, target_normals, source_normals;  ///< [point][3], of these

  /// Collective. Fetches all the rest for those numbers. An error for rows that are contracted gradients.
  PetscErrorCode fetch(Mat mat, const Operator& op);
  /// Rows [source][num_strengths], columns [target][num_values], by places among the numbers.
  [[nodiscard]] Matrix block(std::span<const std::size_t> of_targets, std::span<const std::size_t> of_sources) const;
  /// The same for one target, quicker.
  [[nodiscard]] Matrix row(std::size_t target, std::span<const std::size_t> of_sources) const;
};

/// Collective. An error where the rows are derivatives along target normals that no sums give entry by entry.
PetscErrorCode require_entries(Mat mat, const Operator& op);

}
