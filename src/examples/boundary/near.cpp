// SPDX-License-Identifier: BSD-3-Clause
#include "examples/boundary/near.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace boundary {
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

/// The integral over triangle j, exact and by quadrature, seen from the centroid of triangle i.
struct Integral {
  Block exact{}, quadrature{};

  Integral(const Surface& surface, const Layer& layer, std::size_t i, std::size_t j) {
    const Triangle &target = surface.triangles[i], &source = surface.triangles[j];
    const double single = layer.single_of(surface.numbers[j]);
    exact = integral_of(layer, single, source, target.centroid, target.normal, i == j);
    const std::vector<Vector> points = quadrature_points(source, surface.rule);
    for (std::size_t g = 0; g < points.size(); ++g) {
      const Block block = block_of(layer, single, target.centroid - points[g], target.normal, source.normal);
      for (std::size_t k = 0; k < block.size(); ++k) quadrature[k] += source.area * surface.rule.weights[g] * block[k];
    }
  }
};

/// Triangles near each of a rank's own, and as many within its own columns and outside.
struct NearPairs {
  std::vector<std::vector<PetscInt>> columns;
  std::vector<PetscInt> inside, outside;

  NearPairs(const Surface& surface, PetscInt components) : columns(surface.end - surface.begin) {
    const NearTriangles near(surface);
    for (std::size_t i = surface.begin; i < surface.end; ++i) {
      auto& own_columns = columns[i - surface.begin];
      near.for_each(surface.triangles[i].centroid,
                    [&](std::size_t j) { own_columns.push_back(static_cast<PetscInt>(j)); });
      const auto own = std::count_if(own_columns.begin(), own_columns.end(), [&](PetscInt j) {
        return static_cast<std::size_t>(j) >= surface.begin && static_cast<std::size_t>(j) < surface.end;
      });
      for (PetscInt c = 0; c < components; ++c) {
        inside.push_back(components * static_cast<PetscInt>(own));
        outside.push_back(components * static_cast<PetscInt>(std::ssize(own_columns) - own));
      }
    }
  }
};

/// Rows of blocks, [row component][column][column component], of one triangle.
class BlockRow {
 public:
  BlockRow(PetscInt components, std::size_t columns)
      : components_(static_cast<std::size_t>(components)),
        width_(columns * components_),
        values_(width_ * components_) {}
  void set(std::size_t column, const Block& block, double factor) {
    for (std::size_t i = 0; i < components_; ++i)
      for (std::size_t j = 0; j < components_; ++j)
        values_[i * width_ + column * components_ + j] += factor * block[components_ * i + j];
  }
  [[nodiscard]] const PetscScalar* data() const { return values_.data(); }

 private:
  std::size_t components_, width_;
  std::vector<PetscScalar> values_;
};

}

PetscErrorCode create_near(const Surface& surface, const Layer& layer, Mat* exact, Mat* correction) {
  PetscFunctionBegin;
  const PetscInt components = layer.physics.components;
  const NearPairs near(surface, components);
  for (Mat* mat : {exact, correction}) {
    PetscCall(MatCreateAIJ(surface.communicator, surface.num_own() * components, surface.num_own() * components,
                           PETSC_DETERMINE, PETSC_DETERMINE, 0, near.inside.data(), 0, near.outside.data(), mat));
    PetscCall(MatSetBlockSize(*mat, components));
  }
  for (std::size_t i = surface.begin; i < surface.end; ++i) {
    const auto& columns = near.columns[i - surface.begin];
    BlockRow integrals(components, columns.size()), differences(components, columns.size());
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const Integral integral(surface, layer, i, static_cast<std::size_t>(columns[k]));
      integrals.set(k, integral.exact, 1.0);
      differences.set(k, integral.exact, 1.0);
      differences.set(k, integral.quadrature, -1.0);
    }
    const auto number = static_cast<PetscInt>(i), count = static_cast<PetscInt>(columns.size());
    PetscCall(MatSetValuesBlocked(*exact, 1, &number, count, columns.data(), integrals.data(), INSERT_VALUES));
    PetscCall(MatSetValuesBlocked(*correction, 1, &number, count, columns.data(), differences.data(), INSERT_VALUES));
  }
  for (const Mat mat : {*exact, *correction}) {
    PetscCall(MatAssemblyBegin(mat, MAT_FINAL_ASSEMBLY));
    PetscCall(MatAssemblyEnd(mat, MAT_FINAL_ASSEMBLY));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
