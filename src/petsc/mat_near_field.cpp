// SPDX-License-Identifier: BSD-3-Clause
// The near field as a sparse matrix.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "comm/mpi.hpp"
#include "petsc/local_sums.hpp"
#include "petsc/sparse.hpp"

namespace nearfar {
namespace {

/// Whether target and source k lie in the same cell or in neighbours, of a grid whose cells have that fraction of the
/// side of the larger leaf. Cells, not distances: entries that end at a distance precondition several times worse.
[[nodiscard]] bool is_kept(const NearRow& row, std::size_t k, double fraction) {
  const double cell = fraction * row.sides[k];
  bool kept = true;
  for (std::size_t axis = 0; axis < 3; ++axis)
    kept =
        kept && std::abs(std::floor(row.position[axis] / cell) - std::floor(row.positions[3 * k + axis] / cell)) <= 1;
  return kept;
}

/// What a near field is made of.
struct NearField {
  Plan& plan;
  int num_values, num_strengths;
  double cutoff;  ///< cells over sides of leaves

  /// Collective. Visits the rows, with the places of the sources that are kept.
  template <class Visit>
  void visit(bool with_values, const Visit& visit) const {
    std::vector<std::size_t> kept;
    plan.visit_near_field(
        [&](const NearRow& row) {
          kept.clear();
          for (std::size_t k = 0; k < row.sources.size(); ++k)
            if (is_kept(row, k, cutoff)) kept.push_back(k);
          visit(row, kept);
        },
        with_values);
  }
};

/// With this cutoff and larger ones no direct sums are left out: no two points of a row are as far apart.
constexpr double whole = 4.0;
/// Entries of a row on average, where the cutoff is chosen: 64 MiB for 20,000 rows.
constexpr double chosen_entries = 279.0;

/// Collective. The largest cutoff among these, cells of which leaves are made, with which rows have no more entries.
double choose_cutoff(MPI_Comm communicator, Plan& plan, int num_strengths) {
  constexpr std::array<double, 8> cutoffs{whole, 1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 6, 1.0 / 8, 1.0 / 12, 1.0 / 16};
  std::array<double, cutoffs.size() + 1> counts{};  // the last is that of targets
  plan.visit_near_field(
      [&](const NearRow& row) {
        for (std::size_t k = 0; k < row.sources.size(); ++k)
          for (std::size_t i = 0; i < cutoffs.size(); ++i) {
            if (is_kept(row, k, cutoffs[i])) ++counts[i];
          }
        ++counts.back();
      },
      false);
  all_reduce(communicator, std::span<double>(counts), MPI_SUM);
  for (std::size_t i = 0; i < cutoffs.size(); ++i)
    if (counts[i] * num_strengths <= chosen_entries * counts.back()) return cutoffs[i];
  return cutoffs.back();
}

/// Entries of each row, in and outside the columns of the rank that has the row, on that rank: [row][2].
PetscErrorCode count_entries(Mat mat, const NearField& near, std::vector<PetscInt>& counts) {
  PetscFunctionBegin;
  const PetscInt *row_ranges = nullptr, *column_ranges = nullptr;
  PetscMPIInt num_ranks = 1;
  PetscCallMPI(MPI_Comm_size(communicator_of(mat), &num_ranks));
  PetscCall(MatGetOwnershipRanges(mat, &row_ranges));
  PetscCall(MatGetOwnershipRangesColumn(mat, &column_ranges));
  const int num_values = near.num_values, num_strengths = near.num_strengths;
  PetscInt rows = 0;
  PetscCall(MatGetLocalSize(mat, &rows, nullptr));
  Vec totals = nullptr;
  PetscCall(VecCreateMPI(communicator_of(mat), rows / num_values * 2, PETSC_DETERMINE, &totals));
  std::vector<PetscInt> places;
  std::vector<PetscScalar> numbers;
  NEARFAR_CALL(mat, near.visit(false, [&](const NearRow& row, const std::vector<std::size_t>& kept) {
    const auto owner =
        std::upper_bound(row_ranges, row_ranges + num_ranks, static_cast<PetscInt>(row.target * num_values)) -
        row_ranges - 1;
    const PetscInt begin = column_ranges[owner], end = column_ranges[owner + 1];
    const auto own = std::count_if(kept.begin(), kept.end(), [&](std::size_t k) {
      return row.sources[k] * num_strengths >= begin && row.sources[k] * num_strengths < end;
    });
    const auto place = static_cast<PetscInt>(2 * row.target);
    places.insert(places.end(), {place, place + 1});
    numbers.push_back(static_cast<PetscScalar>(own * num_strengths));
    numbers.push_back(static_cast<PetscScalar>((std::ssize(kept) - own) * num_strengths));
  }));
  PetscCall(VecSetValues(totals, static_cast<PetscInt>(places.size()), places.data(), numbers.data(), INSERT_VALUES));
  PetscCall(VecAssemblyBegin(totals));
  PetscCall(VecAssemblyEnd(totals));
  const PetscScalar* values = nullptr;
  PetscCall(VecGetArrayRead(totals, &values));
  NEARFAR_CALL(mat, counts.resize(static_cast<std::size_t>(2 * rows)));
  for (PetscInt row = 0; row < rows; ++row)
    for (PetscInt k = 0; k < 2; ++k)
      counts[static_cast<std::size_t>(2 * row + k)] = static_cast<PetscInt>(values[row / num_values * 2 + k]);
  PetscCall(VecRestoreArrayRead(totals, &values));
  PetscCall(VecDestroy(&totals));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Row by row of blocks.
PetscErrorCode insert_values(Mat mat, const NearField& near, Mat sparse) {
  PetscFunctionBegin;
  const auto num_strengths = static_cast<std::size_t>(near.num_strengths);
  std::vector<PetscInt> columns;
  std::vector<PetscScalar> values;
  PetscErrorCode failure = PETSC_SUCCESS;
  NEARFAR_CALL(mat, near.visit(true, [&](const NearRow& row, const std::vector<std::size_t>& kept) {
    columns.clear();
    values.clear();
    for (const std::size_t k : kept) columns.push_back(static_cast<PetscInt>(row.sources[k]));
    for (std::size_t i = 0; i < static_cast<std::size_t>(near.num_values); ++i)
      for (const std::size_t k : kept) {
        const auto begin =
            row.values.begin() + static_cast<std::ptrdiff_t>((i * row.sources.size() + k) * num_strengths);
        values.insert(values.end(), begin, begin + near.num_strengths);
      }
    const auto number = static_cast<PetscInt>(row.target);
    if (failure == PETSC_SUCCESS)
      failure = MatSetValuesBlocked(sparse, 1, &number, static_cast<PetscInt>(columns.size()), columns.data(),
                                    values.data(), INSERT_VALUES);
  }));
  PetscCall(failure);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// A place on the diagonal of each row of a square matrix, which ILU needs.
PetscErrorCode add_diagonal(Mat sparse) {
  PetscFunctionBegin;
  PetscInt begin = 0, end = 0, columns_begin = 0, columns_end = 0;
  PetscCall(MatGetOwnershipRange(sparse, &begin, &end));
  PetscCall(MatGetOwnershipRangeColumn(sparse, &columns_begin, &columns_end));
  if (begin == columns_begin && end == columns_end)
    for (PetscInt i = begin; i < end; ++i) PetscCall(MatSetValue(sparse, i, i, 0.0, ADD_VALUES));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. The entries that are kept, and the diagonal.
PetscErrorCode create(Mat mat, const NearField& near, Mat* sparse) {
  PetscFunctionBegin;
  std::vector<PetscInt> counts;
  PetscCall(count_entries(mat, near, counts));
  PetscCall(create_sparse(mat, counts, sparse));
  PetscCall(insert_values(mat, near, *sparse));
  // Inserted entries of other ranks must have arrived before any are added.
  PetscCall(MatAssemblyBegin(*sparse, MAT_FLUSH_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*sparse, MAT_FLUSH_ASSEMBLY));
  PetscCall(add_diagonal(*sparse));
  PetscCall(MatAssemblyBegin(*sparse, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*sparse, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode drop_near_field(Mat mat) {
  PetscFunctionBegin;
  Context* context = nullptr;
  PetscCall(MatShellGetContext(mat, &context));
  context->has_inverse_blocks = false;
  PetscCall(PetscObjectCompose(object_of(mat), "nearfar_near_field", nullptr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode mat_get_diagonal_block(Mat mat, Mat* block) {
  PetscFunctionBegin;
  PetscCall(take_composed_points(mat, "MatGetDiagonalBlock"));
  // The caller does not destroy it, so the matrix keeps it as long as its operator stays.
  PetscObject kept = nullptr;
  PetscCall(PetscObjectQuery(reinterpret_cast<PetscObject>(mat), "nearfar_near_field", &kept));
  if (kept == nullptr) {
    Mat near_field = nullptr;
    PetscCall(MatNearfarGetNearField(mat, &near_field));
    PetscCall(PetscObjectCompose(reinterpret_cast<PetscObject>(mat), "nearfar_near_field",
                                 reinterpret_cast<PetscObject>(near_field)));
    kept = reinterpret_cast<PetscObject>(near_field);
    PetscCall(PetscObjectDereference(kept));
  }
  PetscCall(MatGetDiagonalBlock(reinterpret_cast<Mat>(kept), block));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode MatNearfarGetNearField(Mat A, Mat* near_field) {
  using namespace nearfar;
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(require_arguments(A, "MatNearfarGetNearField", near_field != nullptr));
  PetscCall(get_ready(A, "MatNearfarGetNearField", &op));
  PetscCall(require_entries(A, *op));
  Context* context = nullptr;
  PetscCall(MatShellGetContext(A, &context));
  const int num_strengths = op->kernel().num_strengths();
  Plan* plan = nullptr;
  double cutoff = op->settings().near_cutoff;
  NEARFAR_CALL(A, plan = &op->plan(communicator_of(A));
               if (cutoff == 0.0) cutoff = choose_cutoff(communicator_of(A), *plan, num_strengths));
  context->near_cutoff = cutoff;
  const NearField near{*plan, op->kernel().num_values(), num_strengths, cutoff};
  PetscCall(create(A, near, near_field));
  PetscCall(apply_changes(*context, *near_field));
  MatNullSpace motions = nullptr;
  PetscCall(MatGetNearNullSpace(A, &motions));
  if (motions != nullptr) PetscCall(MatSetNearNullSpace(*near_field, motions));
  PetscFunctionReturn(PETSC_SUCCESS);
}
