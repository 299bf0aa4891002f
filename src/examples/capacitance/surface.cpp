// SPDX-License-Identifier: BSD-3-Clause
#include "examples/capacitance/surface.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "nearfar/petsc.h"

#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS 0
#endif

namespace capacitance {
namespace {

/// Finds the triangles near a point: in cells of a size that fits the triangle.
class NearTriangles {
 public:
  explicit NearTriangles(const Surface& surface) : surface_(surface) {
    for (std::size_t i = 0; i < surface.triangles.size(); ++i) {
      const Triangle& triangle = surface.triangles[i];
      const int level = std::ilogb(surface.near * triangle.diameter) + 1;
      levels_[level][cell_of(triangle.centroid, level)].push_back(i);
    }
  }

  template <class Visit>
  void for_each(const Vector& x, const Visit& visit) const {
    for (const auto& [level, cells] : levels_) {
      const Cell centre = cell_of(x, level);
      for (int k = 0; k < 27; ++k) {
        const auto cell = cells.find({centre[0] + k % 3 - 1, centre[1] + k / 3 % 3 - 1, centre[2] + k / 9 - 1});
        if (cell == cells.end()) continue;
        for (const std::size_t i : cell->second) {
          const Triangle& triangle = surface_.triangles[i];
          if (length(x - triangle.centroid) <= surface_.near * triangle.diameter) visit(i);
        }
      }
    }
  }

 private:
  using Cell = std::array<std::int64_t, 3>;
  [[nodiscard]] static Cell cell_of(const Vector& x, int level) {
    Cell cell{};
    for (std::size_t axis = 0; axis < 3; ++axis)
      cell[axis] = static_cast<std::int64_t>(std::floor(std::ldexp(x[axis], -level)));
    return cell;
  }
  const Surface& surface_;
  std::map<int, std::map<Cell, std::vector<std::size_t>>> levels_;
};

[[nodiscard]] double kernel(Row row, const Vector& normal, const Vector& d) {
  const double r = length(d);
  if (r == 0.0) return 0.0;  // as the fast sums leave it out
  constexpr double factor = 0.25 * std::numbers::inv_pi;
  return row == Row::potential ? factor / r : -factor * dot(normal, d) / (r * r * r);
}

/// The integral over a triangle, exact and by quadrature, seen from the centroid of another.
struct Integral {
  double exact = 0.0, quadrature = 0.0;

  Integral(const Surface& surface, Row row, const Triangle& target, const Triangle& source) {
    const Potential potential = potential_of(source, target.centroid);
    if (row == Row::potential)
      exact = potential.value;
    else if (&target != &source)  // a flat triangle has no normal field in its own plane
      exact = dot(target.normal, potential.gradient);
    const std::vector<Vector> points = quadrature_points(source, surface.rule);
    for (std::size_t g = 0; g < points.size(); ++g)
      quadrature += source.area * surface.rule.weights[g] * kernel(row, target.normal, target.centroid - points[g]);
  }
};

PetscErrorCode create_points(const Surface& surface, Row row, const char* prefix, Mat* mat) {
  PetscFunctionBegin;
  std::vector<double> targets, sources, normals;
  for (std::size_t i = surface.begin; i < surface.end; ++i) {
    const Triangle& triangle = surface.triangles[i];
    targets.insert(targets.end(), triangle.centroid.begin(), triangle.centroid.end());
    normals.insert(normals.end(), triangle.normal.begin(), triangle.normal.end());
    for (const Vector& point : quadrature_points(triangle, surface.rule))
      sources.insert(sources.end(), point.begin(), point.end());
  }
  PetscCall(MatCreateNearfar(surface.communicator, surface.num_own(), surface.num_own_points(), PETSC_DETERMINE,
                             PETSC_DETERMINE, targets.data(), sources.data(), "laplace", mat));
  if (row == Row::normal_derivative) PetscCall(MatNearfarSetTargetNormals(*mat, normals.data()));
  PetscCall(MatNearfarSetTolerance(*mat, 1e-7));
  PetscCall(MatSetOptionsPrefix(*mat, prefix));
  PetscCall(MatSetFromOptions(*mat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode create_weights(const Surface& surface, Mat* mat) {
  PetscFunctionBegin;
  const auto per_triangle = static_cast<PetscInt>(surface.rule.points.size());
  PetscCall(MatCreateAIJ(surface.communicator, surface.num_own_points(), surface.num_own(), PETSC_DETERMINE,
                         PETSC_DETERMINE, 1, nullptr, 0, nullptr, mat));
  for (std::size_t i = surface.begin; i < surface.end; ++i)
    for (PetscInt g = 0; g < per_triangle; ++g) {
      const auto column = static_cast<PetscInt>(i);
      PetscCall(MatSetValue(*mat, column * per_triangle + g, column,
                            surface.triangles[i].area * surface.rule.weights[static_cast<std::size_t>(g)],
                            INSERT_VALUES));
    }
  PetscCall(MatAssemblyBegin(*mat, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*mat, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// For triangles near each other: the exact integrals, and what they differ by from quadrature.
PetscErrorCode create_near(const Surface& surface, Row row, Mat* exact, Mat* correction) {
  PetscFunctionBegin;
  const NearTriangles near(surface);
  std::vector<std::vector<PetscInt>> columns(surface.end - surface.begin);
  std::vector<PetscInt> inside, outside;
  for (std::size_t i = surface.begin; i < surface.end; ++i) {
    auto& own_columns = columns[i - surface.begin];
    near.for_each(surface.triangles[i].centroid,
                  [&](std::size_t j) { own_columns.push_back(static_cast<PetscInt>(j)); });
    const auto own = std::count_if(own_columns.begin(), own_columns.end(), [&](PetscInt j) {
      return static_cast<std::size_t>(j) >= surface.begin && static_cast<std::size_t>(j) < surface.end;
    });
    inside.push_back(static_cast<PetscInt>(own));
    outside.push_back(static_cast<PetscInt>(std::ssize(own_columns) - own));
  }
  for (Mat* mat : {exact, correction})
    PetscCall(MatCreateAIJ(surface.communicator, surface.num_own(), surface.num_own(), PETSC_DETERMINE, PETSC_DETERMINE,
                           0, inside.data(), 0, outside.data(), mat));
  std::vector<PetscScalar> integrals, differences;
  for (std::size_t i = surface.begin; i < surface.end; ++i) {
    const auto& own_columns = columns[i - surface.begin];
    integrals.clear();
    differences.clear();
    for (const PetscInt j : own_columns) {
      const Integral integral(surface, row, surface.triangles[i], surface.triangles[static_cast<std::size_t>(j)]);
      integrals.push_back(integral.exact);
      differences.push_back(integral.exact - integral.quadrature);
    }
    const auto number = static_cast<PetscInt>(i), count = static_cast<PetscInt>(own_columns.size());
    PetscCall(MatSetValues(*exact, 1, &number, count, own_columns.data(), integrals.data(), INSERT_VALUES));
    PetscCall(MatSetValues(*correction, 1, &number, count, own_columns.data(), differences.data(), INSERT_VALUES));
  }
  for (const Mat mat : {*exact, *correction}) {
    PetscCall(MatAssemblyBegin(mat, MAT_FINAL_ASSEMBLY));
    PetscCall(MatAssemblyEnd(mat, MAT_FINAL_ASSEMBLY));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

Surface::Surface(MPI_Comm comm, const Mesh& mesh, int num_points, double near_distance)
    : communicator(comm),
      numbers(mesh.surfaces),
      areas(static_cast<std::size_t>(num_surfaces(mesh)), 0.0),
      rule(make_rule(num_points)),
      near(near_distance) {
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i)
    areas[static_cast<std::size_t>(numbers[i])] += triangles.emplace_back(mesh, i).area;
  int rank = 0, size = 1;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  begin = triangles.size() * static_cast<std::size_t>(rank) / static_cast<std::size_t>(size);
  end = triangles.size() * static_cast<std::size_t>(rank + 1) / static_cast<std::size_t>(size);
}

PetscErrorCode create_operator(const Surface& surface, Row row, const char* prefix, Operator* op) {
  PetscFunctionBegin;
  PetscCall(create_points(surface, row, prefix, &op->points));
  PetscCall(create_weights(surface, &op->weights));
  PetscCall(create_near(surface, row, &op->near, &op->correction));
  Mat product = nullptr;
  const std::array factors{op->weights, op->points};  // the first one acts first
  PetscCall(MatCreateComposite(surface.communicator, 2, factors.data(), &product));
  PetscCall(MatCompositeSetType(product, MAT_COMPOSITE_MULTIPLICATIVE));
  const std::array terms{product, op->correction};
  PetscCall(MatCreateComposite(surface.communicator, 2, terms.data(), &op->sum));
  PetscCall(MatDestroy(&product));
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
