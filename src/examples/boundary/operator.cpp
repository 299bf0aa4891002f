// SPDX-License-Identifier: BSD-3-Clause
#include "examples/boundary/operator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "examples/boundary/near.hpp"
#include "nearfar/petsc.h"

namespace boundary {
namespace {

/// Source kinds of the layer, in the order of their strengths.
struct Kinds {
  std::string names;
  std::vector<bool> is_double;

  explicit Kinds(const Layer& layer) {
    if (!layer.singles.empty()) add(layer.physics.single_kind, false);
    if (layer.doubled != 0.0) add(layer.physics.double_kind, true);
  }

 private:
  void add(const std::string& name, bool doubled) {
    names += (names.empty() ? "" : ",") + name;
    is_double.push_back(doubled);
  }
};

/// On the points of `other`, unless it is null.
PetscErrorCode create_points(const Surface& surface, const Layer& layer, const Mat other,
                             const std::vector<Vector>* other_targets, Mat* mat) {
  PetscFunctionBegin;
  const Physics& physics = layer.physics;
  std::vector<double> targets, sources, target_normals, source_normals;
  const auto append = [](std::vector<double>& to, const Vector& vector) {
    to.insert(to.end(), vector.begin(), vector.end());
  };
  for (std::size_t i = surface.begin; i < surface.end; ++i) {
    const Triangle& triangle = surface.triangles[i];
    if (other_targets == nullptr) append(targets, triangle.centroid);
    append(target_normals, triangle.normal);
    for (const Vector& point : quadrature_points(triangle, surface.rule)) {
      append(sources, point);
      append(source_normals, triangle.normal);
    }
  }
  if (other_targets != nullptr)
    for (const Vector& point : *other_targets) append(targets, point);
  PetscCall(MatCreate(surface.communicator, mat));
  PetscCall(MatSetType(*mat, MATNEARFAR));
  PetscCall(MatNearfarSetTolerance(*mat, 1e-7));
  PetscCall(MatSetFromOptions(*mat));  // first, as the near integrals are those of this kernel and no other
  PetscCall(MatNearfarSetKernel(*mat, physics.kernel.c_str()));
  if (physics.kernel == "yukawa") PetscCall(MatNearfarSetParameter(*mat, "lambda", physics.lambda));
  if (physics.kernel == "elasticity") {
    PetscCall(MatNearfarSetParameter(*mat, "mu", physics.mu));
    PetscCall(MatNearfarSetParameter(*mat, "nu", physics.nu));
  }
  PetscCall(MatNearfarSetSourceKind(*mat, Kinds(layer).names.c_str()));
  PetscCall(MatNearfarSetFields(*mat, (layer.normal_rows ? physics.normal_field : physics.value_field).c_str()));
  if (other != nullptr)
    PetscCall(MatNearfarShareGeometry(*mat, other));
  else
    PetscCall(MatNearfarSetPoints(*mat, static_cast<PetscInt>(targets.size() / 3), targets.data(),
                                  static_cast<PetscInt>(sources.size() / 3), sources.data()));
  if (layer.normal_rows) PetscCall(MatNearfarSetTargetNormals(*mat, target_normals.data()));
  if (layer.doubled != 0.0) PetscCall(MatNearfarSetSourceNormals(*mat, source_normals.data()));
  PetscCall(MatNearfarSetUp(*mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Strengths of quadrature points, [point][kind][component], from densities.
PetscErrorCode create_weights(const Surface& surface, const Layer& layer, Mat* mat) {
  PetscFunctionBegin;
  const auto per_triangle = static_cast<PetscInt>(surface.rule.points.size());
  const PetscInt components = layer.physics.components;
  const Kinds kinds(layer);
  const auto num_kinds = static_cast<PetscInt>(kinds.is_double.size());
  PetscCall(MatCreateAIJ(surface.communicator, surface.num_own_points() * num_kinds * components,
                         surface.num_own() * components, PETSC_DETERMINE, PETSC_DETERMINE, 1, nullptr, 0, nullptr,
                         mat));
  for (std::size_t i = surface.begin; i < surface.end; ++i)
    for (PetscInt g = 0; g < per_triangle; ++g)
      for (PetscInt kind = 0; kind < num_kinds; ++kind) {
        const double factor =
            kinds.is_double[static_cast<std::size_t>(kind)] ? layer.doubled : layer.single_of(surface.numbers[i]);
        const double weight = factor * surface.triangles[i].area * surface.rule.weights[static_cast<std::size_t>(g)];
        const PetscInt row = ((static_cast<PetscInt>(i) * per_triangle + g) * num_kinds + kind) * components;
        for (PetscInt c = 0; c < components; ++c)
          PetscCall(MatSetValue(*mat, row + c, static_cast<PetscInt>(i) * components + c, weight, INSERT_VALUES));
      }
  PetscCall(MatAssemblyBegin(*mat, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*mat, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Of a surface alone, the integral of each row component c: fluxes[c] are [own triangle][component], zero elsewhere.
PetscErrorCode find_fluxes(const Surface& surface, PetscInt components, int number, const Operator& op,
                           std::vector<std::vector<double>>* fluxes) {
  PetscFunctionBegin;
  const auto m = static_cast<std::size_t>(components);
  Vec areas = nullptr, sums = nullptr, strengths = nullptr;
  PetscCall(MatCreateVecs(op.correction, &sums, &areas));
  PetscCall(MatCreateVecs(op.points, &strengths, nullptr));
  for (std::size_t c = 0; c < m; ++c) {
    PetscScalar* rows = nullptr;
    const PetscScalar* columns = nullptr;
    PetscCall(VecSet(areas, 0.0));
    PetscCall(VecGetArray(areas, &rows));
    for (std::size_t i = surface.begin; i < surface.end; ++i)
      if (surface.numbers[i] == number) rows[(i - surface.begin) * m + c] = surface.triangles[i].area;
    PetscCall(VecRestoreArray(areas, &rows));
    PetscCall(MatMultTranspose(op.points, areas, strengths));
    PetscCall(MatMultTranspose(op.weights, strengths, sums));
    PetscCall(MatMultTransposeAdd(op.correction, areas, sums, sums));
    PetscCall(VecGetArrayRead(sums, &columns));
    (*fluxes)[c].assign(columns, columns + static_cast<std::size_t>(surface.num_own()) * m);
    PetscCall(VecRestoreArrayRead(sums, &columns));
  }
  for (Vec* vec : {&areas, &sums, &strengths}) PetscCall(VecDestroy(vec));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Adds to T's diagonal blocks what makes the flux of each triangle's density through its closed surface what it is,
/// half of it inwards: flat triangles leave out their own curvature, which would make T first order. `exact` has the
/// fluxes of the uncorrected T, of Laplace's kernel for screened ones, from which they differ by what is smooth.
PetscErrorCode balance_fluxes(const Surface& surface, const Layer& layer, const Operator& exact, Operator* op) {
  PetscFunctionBegin;
  const auto m = static_cast<std::size_t>(layer.physics.components);
  std::vector<std::vector<double>> fluxes(m);
  for (int number = 0; number < static_cast<int>(surface.areas.size()); ++number) {
    PetscCall(find_fluxes(surface, layer.physics.components, number, exact, &fluxes));
    for (std::size_t i = surface.begin; i < surface.end; ++i) {
      if (surface.numbers[i] != number) continue;
      const auto row = static_cast<PetscInt>(i);
      std::vector<double> block;
      for (std::size_t c = 0; c < m; ++c)
        for (std::size_t d = 0; d < m; ++d)
          block.push_back((c == d ? -0.5 * layer.single_of(number) : 0.0) -
                          fluxes[c][(i - surface.begin) * m + d] / surface.triangles[i].area);
      for (const Mat mat : {op->near, op->correction})
        PetscCall(MatSetValuesBlocked(mat, 1, &row, 1, &row, block.data(), ADD_VALUES));
    }
    for (const Mat mat : {op->near, op->correction}) {
      PetscCall(MatAssemblyBegin(mat, MAT_FINAL_ASSEMBLY));
      PetscCall(MatAssemblyEnd(mat, MAT_FINAL_ASSEMBLY));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode create_parts(const Surface& surface, const Layer& layer, const Operator* other, Operator* op) {
  PetscFunctionBegin;
  PetscCall(create_points(surface, layer, other == nullptr ? nullptr : other->points, nullptr, &op->points));
  PetscCall(create_weights(surface, layer, &op->weights));
  PetscCall(create_near(surface, layer, &op->near, &op->correction));
  Mat product = nullptr;
  const std::array factors{op->weights, op->points};  // the first one acts first
  PetscCall(MatCreateComposite(surface.communicator, 2, factors.data(), &product));
  PetscCall(MatCompositeSetType(product, MAT_COMPOSITE_MULTIPLICATIVE));
  const std::array terms{product, op->correction};
  PetscCall(MatCreateComposite(surface.communicator, 2, terms.data(), &op->sum));
  PetscCall(MatDestroy(&product));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode create_operator(const Surface& surface, const Layer& layer, const Operator* other, Operator* op) {
  PetscFunctionBegin;
  PetscCall(create_parts(surface, layer, other, op));
  if (!layer.normal_rows) PetscFunctionReturn(PETSC_SUCCESS);
  Layer exact = layer;
  Operator fluxes;
  if (layer.physics.kernel == "yukawa") {
    exact.physics = make_physics("laplace");
    PetscCall(create_parts(surface, exact, op, &fluxes));
  }
  PetscCall(balance_fluxes(surface, layer, fluxes.sum == nullptr ? *op : fluxes, op));
  PetscCall(destroy_operator(&fluxes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode evaluate_at(const Surface& surface, const Layer& layer, const std::vector<Vector>& points, Vec density,
                           std::vector<double>* values) {
  PetscFunctionBegin;
  int rank = 0;
  PetscCallMPI(MPI_Comm_rank(surface.communicator, &rank));
  const std::vector<Vector> own = rank == 0 ? points : std::vector<Vector>{};
  Mat matrix = nullptr, weights = nullptr;
  Vec strengths = nullptr, results = nullptr;
  PetscCall(create_points(surface, layer, nullptr, &own, &matrix));
  PetscCall(create_weights(surface, layer, &weights));
  PetscCall(MatCreateVecs(matrix, &strengths, &results));
  PetscCall(MatMult(weights, density, strengths));
  PetscCall(MatMult(matrix, strengths, results));
  values->assign(points.size() * static_cast<std::size_t>(layer.physics.components), 0.0);
  const PetscScalar* array = nullptr;
  PetscCall(VecGetArrayRead(results, &array));
  if (rank == 0) std::copy_n(array, values->size(), values->begin());
  PetscCall(VecRestoreArrayRead(results, &array));
  PetscCallMPI(MPI_Bcast(values->data(), static_cast<int>(values->size()), MPI_DOUBLE, 0, surface.communicator));
  PetscCall(VecDestroy(&strengths));
  PetscCall(VecDestroy(&results));
  PetscCall(MatDestroy(&weights));
  PetscCall(MatDestroy(&matrix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode destroy_operator(Operator* op) {
  PetscFunctionBegin;
  PetscCall(MatDestroy(&op->sum));
  PetscCall(MatDestroy(&op->correction));
  PetscCall(MatDestroy(&op->near));
  PetscCall(MatDestroy(&op->weights));
  PetscCall(MatDestroy(&op->points));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode create_direct_sums(const Operator& op, Mat* near_field) {
  PetscFunctionBegin;
  Mat points = nullptr;
  PetscCall(MatNearfarSetNearCutoff(op.points, 4.0));  // all of them
  PetscCall(MatNearfarGetNearField(op.points, &points));
  PetscCall(MatMatMult(points, op.weights, MAT_INITIAL_MATRIX, PETSC_DEFAULT, near_field));
  PetscCall(MatDestroy(&points));
  PetscCall(MatAXPY(*near_field, 1.0, op.correction, DIFFERENT_NONZERO_PATTERN));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
