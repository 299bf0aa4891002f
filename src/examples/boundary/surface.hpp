// SPDX-License-Identifier: BSD-3-Clause
// The triangles of closed surfaces, divided among the ranks.
#pragma once

#include <petscmat.h>

#include <cstdint>

#include "examples/boundary/layer.hpp"

#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS 0
#endif

namespace boundary {

/// A rank's share of a surface: triangles [begin, end), in the order of the mesh.
struct Surface {
  MPI_Comm communicator;
  std::vector<Triangle> triangles;  ///< all of them
  std::vector<int> numbers;         ///< the closed surface of each triangle
  std::vector<double> areas;        ///< of the closed surfaces
  std::vector<Vector> centres;      ///< of the closed surfaces: means of their centroids, by area
  Rule rule;
  double near = 2.5;  ///< integrals over triangles within so many diameters are exact
  std::size_t begin = 0, end = 0;

  Surface(MPI_Comm comm, const Mesh& mesh, int num_points, double near_distance);
  [[nodiscard]] PetscInt num_own() const { return static_cast<PetscInt>(end - begin); }
  [[nodiscard]] PetscInt num_own_points() const { return num_own() * static_cast<PetscInt>(rule.points.size()); }
  /// sqrt(area / 4 pi) of a closed surface: the radius of a sphere.
  [[nodiscard]] double radius_of(std::size_t surface) const;
  /// a S with the factor 1, or one over the radius, for each closed surface.
  [[nodiscard]] std::vector<double> ones() const { return std::vector<double>(areas.size(), 1.0); }
  [[nodiscard]] std::vector<double> inverse_radii() const;
};

}
