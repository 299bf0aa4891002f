// SPDX-License-Identifier: BSD-3-Clause
// The boundary-integral operators of a surface, with one unknown charge density on each triangle.
#pragma once

#include <petscmat.h>

#include <cstdint>

#include "examples/capacitance/triangle.hpp"

namespace capacitance {

/// What a row of an operator is, at the centroid of a triangle.
enum class Row {
  potential,         ///< single layer S
  normal_derivative  ///< adjoint double layer K', the mean of both sides
};

/// A rank's share of a surface: triangles [begin, end), in the order of the mesh.
struct Surface {
  MPI_Comm communicator;
  std::vector<Triangle> triangles;  ///< all of them
  std::vector<int> numbers;         ///< the closed surface of each triangle
  std::vector<double> areas;        ///< of the closed surfaces
  Rule rule;
  double near = 2.5;  ///< integrals over triangles within so many diameters are exact
  std::size_t begin = 0, end = 0;

  Surface(MPI_Comm comm, const Mesh& mesh, int num_points, double near_distance);
  [[nodiscard]] PetscInt num_own() const { return static_cast<PetscInt>(end - begin); }
  [[nodiscard]] PetscInt num_own_points() const { return num_own() * static_cast<PetscInt>(rule.points.size()); }
};

/// The parts of an operator: points * weights + correction, and their sum. The caller destroys them.
struct Operator {
  Mat points = nullptr;      ///< MATNEARFAR: rows at centroids, columns at quadrature points
  Mat weights = nullptr;     ///< MATAIJ: charges of the quadrature points from the densities of triangles
  Mat correction = nullptr;  ///< MATAIJ: exact integrals minus quadrature, for triangles near each other
  Mat near = nullptr;        ///< MATAIJ: the exact integrals themselves, a good preconditioner
  Mat sum = nullptr;         ///< MATCOMPOSITE of points, weights and correction
};

PetscErrorCode create_operator(const Surface& surface, Row row, const char* prefix, Operator* op);
PetscErrorCode destroy_operator(Operator* op);

/// All near entries of the sum as a MATAIJ: the direct sums of `points`, which reach as far as its leaves, and the
/// correction.
PetscErrorCode create_direct_sums(const Operator& op, Mat* near_field);

}
