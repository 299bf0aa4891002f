// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/local_sums.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "comm/mpi.hpp"
#include "fmm/near_field.hpp"

namespace nearfar {
namespace {

/// Collective. Exponent of 2 of the longest side of the bounding box of all ranks' points.
[[nodiscard]] int exponent_of_extent(MPI_Comm communicator, std::span<const double> targets,
                                     std::span<const double> sources) {
  std::array<double, 6> ends;  // the largest coordinates, and the largest of their negatives
  ends.fill(-std::numeric_limits<double>::infinity());
  for (const std::span<const double> points : {targets, sources})
    for (std::size_t i = 0; i < points.size(); ++i) {
      ends[i % 3] = std::max(ends[i % 3], points[i]);
      ends[3 + i % 3] = std::max(ends[3 + i % 3], -points[i]);
    }
  all_reduce(communicator, std::span<double>(ends), MPI_MAX);
  double extent = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) extent = std::max(extent, ends[axis] + ends[3 + axis]);
  return extent > 0.0 ? std::ilogb(extent) : 0;
}

/// Points in units of 2^exponent, from an origin.
[[nodiscard]] PointSet in_units(const std::vector<double>& places, std::span<const std::size_t> chosen,
                                const double* origin, int exponent) {
  PointSet set;
  for (const std::size_t i : chosen) {
    set.x.push_back(std::ldexp(places[3 * i] - origin[0], -exponent));
    set.y.push_back(std::ldexp(places[3 * i + 1] - origin[1], -exponent));
    set.z.push_back(std::ldexp(places[3 * i + 2] - origin[2], -exponent));
  }
  return set;
}

[[nodiscard]] std::vector<double> chosen_of(const std::vector<double>& normals, std::span<const std::size_t> chosen) {
  std::vector<double> result;
  if (normals.empty()) return result;
  for (const std::size_t i : chosen)
    result.insert(result.end(), normals.begin() + static_cast<std::ptrdiff_t>(3 * i),
                  normals.begin() + static_cast<std::ptrdiff_t>(3 * i + 3));
  return result;
}

}

PetscErrorCode LocalSums::fetch(Mat mat, const Operator& op) {
  PetscFunctionBegin;
  PetscCall(require_entries(mat, op));
  PetscCall(fetch_points(mat, op.targets(), targets, target_places));
  PetscCall(fetch_points(mat, op.sources(), sources, source_places));
  if (op.kernel().needs_target_normals())
    PetscCall(fetch_points(mat, op.normals(Role::targets), targets, target_normals));
  if (op.kernel().needs_source_normals())
    PetscCall(fetch_points(mat, op.normals(Role::sources), sources, source_normals));
  NEARFAR_CALL(mat, exponent = exponent_of_extent(communicator_of(mat), op.targets(), op.sources());
               kernel = op.kernel().in_units_of(std::ldexp(1.0, exponent)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

Matrix LocalSums::block(std::span<const std::size_t> of_targets, std::span<const std::size_t> of_sources) const {
  const double* origin = &target_places[3 * of_targets.front()];
  return block_of_sums(kernel, exponent, in_units(target_places, of_targets, origin, exponent),
                       in_units(source_places, of_sources, origin, exponent),
                       {chosen_of(source_normals, of_sources), chosen_of(target_normals, of_targets)});
}

Matrix LocalSums::row(std::size_t target, std::span<const std::size_t> of_sources) const {
  PointSet differences = in_units(source_places, of_sources, &target_places[3 * target], exponent);
  for (std::vector<double>* const coordinates : {&differences.x, &differences.y, &differences.z})
    for (double& coordinate : *coordinates) coordinate = -coordinate;
  return row_of_sums(kernel, exponent, differences,
                     {chosen_of(source_normals, of_sources), chosen_of(target_normals, {&target, 1})});
}

PetscErrorCode require_entries(Mat mat, const Operator& op) {
  PetscFunctionBegin;
  PetscCheck(op.rows().use != UseOfNormals::along_gradients, communicator_of(mat), PETSC_ERR_SUP,
             "there is no near field of derivatives along target normals of %s", names_of(op.kernel().fields).c_str());
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
