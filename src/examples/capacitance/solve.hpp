// SPDX-License-Identifier: BSD-3-Clause
// The charge density of conductors at potential 1.
#pragma once

#include <string>

#include "examples/capacitance/surface.hpp"

namespace capacitance {

/// The charge density of each triangle in a vector, and what is to be said about it.
struct Solution {
  Vec density = nullptr;
  PetscInt iterations = 0;
  std::string note;     ///< what the user should know
  std::string failure;  ///< why there is no density
};

/// Solves S s = 1. Exact integrals over near triangles precondition, or all direct sums of the leaves.
PetscErrorCode solve_single_layer(const Surface& surface, bool direct_sums, Solution* solution);

/// Solves (1/2 + K') s + mean of S s over each closed surface = 1; `areas` are those of the triangles.
PetscErrorCode solve_second_kind(const Surface& surface, Vec areas, Solution* solution);

}
