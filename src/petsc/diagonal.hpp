// SPDX-License-Identifier: BSD-3-Clause
// Entries of a kernel's matrix pair by pair, and derivatives along normals.
#pragma once

#include <span>

#include "nearfar/kernel.hpp"

namespace nearfar {

/// Target i and source i of each pair.
struct PointPairs {
  const Kernel& kernel;
  std::span<const double> targets, sources;  ///< [point][3], as many
  Normals normals{};                         ///< those that the kernel needs
  /// [target][3], for derivatives of the potentials along them; empty: the fields of the kernel.
  std::span<const double> directions{};
};

/// The diagonals of the blocks K(x_i - y_i), [pair][num_values]; zeros where the two coincide.
void set_diagonal(const PointPairs& pairs, std::span<double> values);
/// The blocks themselves, [pair][num_values][num_strengths].
void set_diagonal_blocks(const PointPairs& pairs, std::span<double> blocks);

/// Derivatives along directions [target][3]: [target][...] from gradients [target][...][3].
void project(std::span<const double> gradients, std::span<const double> directions, std::span<double> values);

}
