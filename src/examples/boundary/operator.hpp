// SPDX-License-Identifier: BSD-3-Clause
// The boundary-integral operators of a surface, with one unknown density on each triangle.
#pragma once

#include "examples/boundary/surface.hpp"

namespace boundary {

/// The parts of an operator: points * weights + correction, and their sum. Rows are [triangle][component] at
/// centroids, columns [triangle][component]. The caller destroys them.
struct Operator {
  Mat points = nullptr;      ///< MATNEARFAR: rows at centroids, columns at quadrature points, of all layers in one pass
  Mat weights = nullptr;     ///< MATAIJ: strengths of the quadrature points from the densities of triangles
  Mat correction = nullptr;  ///< MATAIJ: exact integrals minus quadrature, for triangles near each other
  Mat near = nullptr;        ///< MATAIJ: the exact integrals themselves, a good preconditioner
  Mat sum = nullptr;         ///< MATCOMPOSITE of points, weights and correction
};

/// `other` is an operator of the same surface, whose tree is shared; null: there is none.
PetscErrorCode create_operator(const Surface& surface, const Layer& layer, const Operator* other, Operator* op);
PetscErrorCode destroy_operator(Operator* op);

/// All near entries of the sum as a MATAIJ: the direct sums of `points`, which reach as far as its leaves, and the
/// correction.
PetscErrorCode create_direct_sums(const Operator& op, Mat* near_field);

/// The layer's values at points off the surface, [point][component] on all ranks, by the quadrature points alone: the
/// points must be some diameters of triangles away. All ranks give the same points.
PetscErrorCode evaluate_at(const Surface& surface, const Layer& layer, const std::vector<Vector>& points, Vec density,
                           std::vector<double>* values);

/// sum over the triangles of each closed surface of area * visit(triangle, its density), on all ranks.
template <class Visit>
PetscErrorCode integrate(const Surface& surface, int components, Vec density, std::size_t values, const Visit& visit,
                         std::vector<double>* sums) {
  PetscFunctionBegin;
  sums->assign(surface.areas.size() * values, 0.0);
  const PetscScalar* own = nullptr;
  PetscCall(VecGetArrayRead(density, &own));
  for (std::size_t i = surface.begin; i < surface.end; ++i)
    visit(surface.triangles[i], own + (i - surface.begin) * static_cast<std::size_t>(components),
          sums->data() + static_cast<std::size_t>(surface.numbers[i]) * values);
  PetscCall(VecRestoreArrayRead(density, &own));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums->data(), static_cast<int>(sums->size()), MPI_DOUBLE, MPI_SUM,
                             surface.communicator));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
