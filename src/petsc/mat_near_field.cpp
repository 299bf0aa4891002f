// SPDX-License-Identifier: BSD-3-Clause
// The near field as a sparse matrix.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <vector>

#include "comm/mpi.hpp"
#include "petsc/mat.hpp"

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

[[nodiscard]] bool is_within(const NearRow& row, std::size_t k, double distance) {
  double square = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double d = (row.position[axis] - row.positions[3 * k + axis]) * row.unit;
    square += d * d;
  }
  return square <= distance * distance;
}

/// What a near field is made of.
struct NearField {
  Plan& plan;
  int num_values, num_strengths;
  double cutoff;           ///< cells over sides of leaves
  double distance = -1.0;  ///< not negative: pairs up to that distance are kept, whatever the cells

  /// Collective. Visits the rows, with the places of the sources that are kept.
  template <class Visit>
  void visit(bool with_values, const Visit& visit) const {
    std::vector<std::size_t> kept;
    plan.visit_near_field(
        [&](const NearRow& row) {
          kept.clear();
          for (std::size_t k = 0; k < row.sources.size(); ++k)
            if (distance >= 0.0 ? is_within(row, k, distance) : is_kept(row, k, cutoff)) kept.push_back(k);
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

/// Room in a matrix of blocks, for the rows of each block together.
PetscErrorCode preallocate_blocks(Mat sparse, PetscInt block, const std::vector<PetscInt>& inside,
                                  const std::vector<PetscInt>& outside) {
  PetscFunctionBegin;
  const auto first_rows = [block](const std::vector<PetscInt>& of_rows) {
    std::vector<PetscInt> of_blocks;
    for (std::size_t i = 0; i < of_rows.size(); i += static_cast<std::size_t>(block))
      of_blocks.push_back((of_rows[i] + block - 1) / block);
    return of_blocks;
  };
  const std::vector<PetscInt> diagonal = first_rows(inside), others = first_rows(outside);
  PetscCall(MatSeqBAIJSetPreallocation(sparse, block, 0, diagonal.data()));
  PetscCall(MatMPIBAIJSetPreallocation(sparse, block, 0, diagonal.data(), 0, others.data()));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// An empty MATAIJ or, of square blocks, MATBAIJ, or what the options say, with the layouts of `mat` and room for those
/// entries.
PetscErrorCode create_sparse(Mat mat, const std::vector<PetscInt>& counts, Mat* sparse) {
  PetscFunctionBegin;
  PetscInt rows = 0, columns = 0;
  PetscCall(MatGetLocalSize(mat, &rows, &columns));
  std::vector<PetscInt> inside, outside, all;
  for (std::size_t i = 0; i < counts.size(); i += 2) {
    // A row has at least a place on the diagonal, which preconditioners want.
    inside.push_back(std::min(columns, counts[i] + 1));
    outside.push_back(counts[i + 1]);
    all.push_back(inside.back() + outside.back());
  }
  PetscCall(MatCreate(communicator_of(mat), sparse));
  const char* prefix = nullptr;
  PetscCall(MatGetOptionsPrefix(mat, &prefix));
  PetscCall(MatSetOptionsPrefix(*sparse, prefix));
  PetscCall(MatAppendOptionsPrefix(*sparse, "near_field_"));  // -mat_view must not print its entries
  PetscInt row_block = 1, column_block = 1;
  PetscCall(MatGetBlockSizes(mat, &row_block, &column_block));
  PetscCall(MatSetSizes(*sparse, rows, columns, PETSC_DETERMINE, PETSC_DETERMINE));
  PetscCall(MatSetBlockSizes(*sparse, row_block, column_block));
  PetscCall(MatSetType(*sparse, row_block == column_block && row_block > 1 ? MATBAIJ : MATAIJ));
  PetscCall(MatSetFromOptions(*sparse));
  PetscCall(MatSeqAIJSetPreallocation(*sparse, 0, all.data()));
  PetscCall(MatMPIAIJSetPreallocation(*sparse, 0, inside.data(), 0, outside.data()));
  if (row_block == column_block) PetscCall(preallocate_blocks(*sparse, row_block, inside, outside));
  PetscCall(MatSetUp(*sparse));
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

/// Collective. The entries that are kept and, unless a distance says which, the diagonal.
PetscErrorCode create(Mat mat, const NearField& near, Mat* sparse) {
  PetscFunctionBegin;
  std::vector<PetscInt> counts;
  PetscCall(count_entries(mat, near, counts));
  PetscCall(create_sparse(mat, counts, sparse));
  PetscCall(insert_values(mat, near, *sparse));
  // Inserted entries of other ranks must have arrived before any are added.
  PetscCall(MatAssemblyBegin(*sparse, MAT_FLUSH_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*sparse, MAT_FLUSH_ASSEMBLY));
  if (near.distance < 0.0) PetscCall(add_diagonal(*sparse));
  PetscCall(MatAssemblyBegin(*sparse, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*sparse, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Lists of a tree whose leaves are no smaller than that, or of one leaf: all pairs within it are direct
/// sums.
Plan plan_of_lists(MPI_Comm communicator, const Operator& op, double distance) {
  Options options;
  options.order = min_order;
  options.lists_only = true;
  constexpr int most = std::numeric_limits<int>::max();
  for (options.points_per_leaf = 64;; options.points_per_leaf = std::min(options.points_per_leaf, most / 4) * 4) {
    Plan plan = op.targets_are_sources() ? Plan(communicator, op.kernel(), op.targets(), options)
                                         : Plan(communicator, op.kernel(), op.sources(), op.targets(), options);
    double least = std::numeric_limits<double>::infinity();
    for (const Leaf& leaf : plan.leaves()) least = std::min(least, leaf.side);
    if (all_min(communicator, least) < distance && plan.tree_statistics().num_leaves > 1) {
      if (options.points_per_leaf <= most / 4) continue;
      throw UsageError("there are too many points within the distance of pairs: take a smaller one");
    }
    Normals normals;
    if (op.kernel().needs_target_normals()) normals.targets = op.normals(Role::targets);
    if (op.kernel().needs_source_normals()) normals.sources = op.normals(Role::sources);
    if (!normals.targets.empty() || !normals.sources.empty()) plan.set_normals(normals);
    return plan;
  }
}

PetscErrorCode require_entries(Mat mat, const Operator& op) {
  PetscFunctionBegin;
  PetscCheck(op.rows().use != UseOfNormals::along_gradients, communicator_of(mat), PETSC_ERR_SUP,
             "there is no near field of derivatives along target normals of %s", names_of(op.kernel().fields).c_str());
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

PetscErrorCode MatNearfarGetPairsWithin(Mat A, PetscReal distance, Mat* pairs) {
  using namespace nearfar;
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(require_arguments(A, "MatNearfarGetPairsWithin", pairs != nullptr));
  // With all digits: ranks with different distances would make different trees, and wait for one another.
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "MatNearfarGetPairsWithin (%.17g)", distance);
  NEARFAR_CALL(A, (void)on_all_ranks(communicator_of(A), text.data(), true));
  PetscCheck(distance >= 0.0 && std::isfinite(distance), communicator_of(A), PETSC_ERR_ARG_OUTOFRANGE,
             "the distance of pairs must be a number that is not negative, not %g", distance);
  PetscCall(get_ready(A, "MatNearfarGetPairsWithin", &op));
  PetscCall(require_entries(A, *op));
  std::optional<Plan> plan;
  NEARFAR_CALL(A, plan.emplace(plan_of_lists(communicator_of(A), *op, distance)));
  PetscCall(create(A, {*plan, op->kernel().num_values(), op->kernel().num_strengths(), 0.0, distance}, pairs));
  PetscFunctionReturn(PETSC_SUCCESS);
}
