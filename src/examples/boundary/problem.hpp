// SPDX-License-Identifier: BSD-3-Clause
// What is to be solved, and how it ends.
#pragma once

#include <petscvec.h>

#include <string>
#include <vector>

#include "examples/boundary/surface.hpp"

namespace boundary {

/// Exit codes, as those of nearfar.
constexpr int wrong_usage = 1, unusable_file = 2, no_answer = 3;

/// The options of the command line, checked.
struct Problem {
  std::string problem, shape, mesh, output, data;
  Physics physics;
  PetscInt refinement = 3, num_points = 3;
  PetscReal near = 2.5;
  std::string preconditioner;
  bool second_kind = false, exterior = false;
};

/// Sets `complaint` to what is wrong, on all ranks alike.
PetscErrorCode read_options(Problem* problem, std::string* complaint);

/// A density, [triangle][component] on the ranks of the triangles, and what is said about it.
struct Solution {
  Vec density = nullptr;
  int components = 1;
  PetscInt iterations = 0;           ///< of all right-hand sides
  std::vector<std::string> lines{};  ///< the answer
  std::string failure{};             ///< why there is none
};

/// `unit` is the length in the mesh's units that the surface's coordinates are measured in.
PetscErrorCode solve_capacitance(const Problem& problem, const Surface& surface, double unit, Solution* solution);
PetscErrorCode solve_boundary_values(const Problem& problem, const Surface& surface, double unit, Solution* solution);
PetscErrorCode solve_resistance(const Problem& problem, const Surface& surface, double unit, Solution* solution);

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string format(const char* text, ...);

/// A vector of the densities, or of rows.
PetscErrorCode create_density(const Surface& surface, int components, Vec* density);

/// Sets each triangle's values by visit(triangle number, values).
template <class Visit>
PetscErrorCode fill(const Surface& surface, int components, Vec vector, const Visit& visit) {
  PetscFunctionBegin;
  PetscScalar* values = nullptr;
  PetscCall(VecGetArray(vector, &values));
  for (std::size_t i = surface.begin; i < surface.end; ++i)
    visit(i, values + (i - surface.begin) * static_cast<std::size_t>(components));
  PetscCall(VecRestoreArray(vector, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
