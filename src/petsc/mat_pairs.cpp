// SPDX-License-Identifier: BSD-3-Clause
// Entries of pairs of points, and of elements, that are near each other.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "comm/mpi.hpp"
#include "petsc/local_sums.hpp"
#include "petsc/sparse.hpp"

namespace nearfar {
namespace {

[[nodiscard]] bool is_within(const NearRow& row, std::size_t k, double distance) {
  double square = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double d = (row.position[axis] - row.positions[3 * k + axis]) * row.unit;
    square += d * d;
  }
  return square <= distance * distance;
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
    return plan;
  }
}

/// Collective. A MATAIJ of ones with that many rows and columns here, at those places of the whole.
PetscErrorCode create_pattern(MPI_Comm communicator, PetscInt num_rows, PetscInt num_columns,
                              std::vector<PetscInt> rows, std::vector<PetscInt> columns, Mat* pattern) {
  PetscFunctionBegin;
  PetscCall(MatCreate(communicator, pattern));
  PetscCall(MatSetSizes(*pattern, num_rows, num_columns, PETSC_DETERMINE, PETSC_DETERMINE));
  PetscCall(MatSetType(*pattern, MATAIJ));
  const std::vector<PetscScalar> ones(rows.size(), 1.0);
  PetscCall(MatSetPreallocationCOO(*pattern, static_cast<PetscCount>(rows.size()), rows.data(), columns.data()));
  PetscCall(MatSetValuesCOO(*pattern, ones.data(), INSERT_VALUES));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. The pattern [target][source] of pairs that are no farther apart.
PetscErrorCode find_pairs(Mat mat, const Operator& op, double distance, Mat* pattern) {
  PetscFunctionBegin;
  std::vector<PetscInt> rows, columns;
  NEARFAR_CALL(mat, Plan plan = plan_of_lists(communicator_of(mat), op, distance); plan.visit_near_field(
      [&](const NearRow& row) {
        for (std::size_t k = 0; k < row.sources.size(); ++k) {
          if (!is_within(row, k, distance)) continue;
          rows.push_back(static_cast<PetscInt>(row.target));
          columns.push_back(static_cast<PetscInt>(row.sources[k]));
        }
      },
      false));
  PetscCall(create_pattern(communicator_of(mat), static_cast<PetscInt>(op.targets().size() / 3),
                           static_cast<PetscInt>(op.sources().size() / 3), std::move(rows), std::move(columns),
                           pattern));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. One more than the largest number of an element on any rank; 0 where none are given.
PetscErrorCode count_elements(Mat mat, const char* call, std::span<const double> points, const PetscInt* elements,
                              PetscInt* count) {
  PetscFunctionBegin;
  const std::size_t num_points = points.size() / 3;
  const bool is_given = num_points > 0 && elements != nullptr;
  PetscInt largest = is_given ? *std::max_element(elements, elements + num_points) : -1;
  const PetscInt least = is_given ? *std::min_element(elements, elements + num_points) : 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPIU_INT, MPI_MAX, communicator_of(mat)));
  bool is_fine = least >= 0 && largest < PETSC_MAX_INT && (num_points == 0 || is_given == (largest >= 0));
  NEARFAR_CALL(mat, is_fine = on_all_ranks(communicator_of(mat), call, is_fine));
  PetscCheck(is_fine, communicator_of(mat), PETSC_ERR_ARG_OUTOFRANGE,
             "%s takes elements counted from 0, for all points or, on all ranks, for none", call);
  *count = largest + 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. The matrix [point][element]; null where there are no elements.
PetscErrorCode create_membership(Mat mat, std::span<const double> points, const PetscInt* elements, bool is_given,
                                 PetscInt num_elements, Mat* membership) {
  PetscFunctionBegin;
  if (!is_given) PetscFunctionReturn(PETSC_SUCCESS);
  const auto count = static_cast<PetscInt>(points.size() / 3);
  PetscInt own = PETSC_DECIDE, end = 0;
  PetscCall(PetscSplitOwnership(communicator_of(mat), &own, &num_elements));
  PetscCallMPI(MPI_Scan(&count, &end, 1, MPIU_INT, MPI_SUM, communicator_of(mat)));
  std::vector<PetscInt> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), end - count);
  PetscCall(
      create_pattern(communicator_of(mat), count, own, std::move(rows), {elements, elements + count}, membership));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// matrix = left matrix, or matrix right; the other one is null.
PetscErrorCode multiply(Mat left, Mat right, Mat* matrix) {
  PetscFunctionBegin;
  Mat product = nullptr;
  PetscCall(MatMatMult(left == nullptr ? *matrix : left, left == nullptr ? right : *matrix, MAT_INITIAL_MATRIX,
                       PETSC_DEFAULT, &product));
  PetscCall(MatProductClear(product));  // which would keep both factors
  PetscCall(MatDestroy(matrix));
  *matrix = product;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Makes pairs of points those of all points of their elements, and of each element with itself.
PetscErrorCode grow(Mat of_targets, Mat of_sources, Mat* pattern) {
  PetscFunctionBegin;
  Mat transposed = nullptr;
  if (of_targets != nullptr) {
    PetscCall(MatTranspose(of_targets, MAT_INITIAL_MATRIX, &transposed));
    PetscCall(multiply(transposed, nullptr, pattern));
    PetscCall(MatDestroy(&transposed));
  }
  if (of_sources != nullptr) PetscCall(multiply(nullptr, of_sources, pattern));
  if (of_targets != nullptr && of_sources != nullptr) {
    PetscInt begin = 0, end = 0;
    PetscCall(MatGetOwnershipRange(*pattern, &begin, &end));
    std::vector<PetscInt> own(static_cast<std::size_t>(end - begin));
    std::iota(own.begin(), own.end(), begin);
    Mat identity = nullptr;
    PetscCall(create_pattern(communicator_of(*pattern), end - begin, end - begin, own, own, &identity));
    PetscCall(MatAXPY(*pattern, 1.0, identity, DIFFERENT_NONZERO_PATTERN));
    PetscCall(MatDestroy(&identity));
  }
  if (of_targets != nullptr) PetscCall(multiply(of_targets, nullptr, pattern));
  if (of_sources != nullptr) {
    PetscCall(MatTranspose(of_sources, MAT_INITIAL_MATRIX, &transposed));
    PetscCall(multiply(nullptr, transposed, pattern));
    PetscCall(MatDestroy(&transposed));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The columns of this rank's rows of a pattern, row by row.
PetscErrorCode get_columns(Mat pattern, std::vector<std::vector<PetscInt>>* columns) {
  PetscFunctionBegin;
  PetscInt begin = 0, end = 0;
  PetscCall(MatGetOwnershipRange(pattern, &begin, &end));
  for (PetscInt row = begin; row < end; ++row) {
    PetscInt size = 0;
    const PetscInt* places = nullptr;
    PetscCall(MatGetRow(pattern, row, &size, &places, nullptr));
    columns->emplace_back(places, places + size);
    PetscCall(MatRestoreRow(pattern, row, &size, &places, nullptr));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. The entries of those pairs and no others.
PetscErrorCode create_entries(Mat mat, const Operator& op, Mat pattern, Mat* pairs) {
  PetscFunctionBegin;
  std::vector<std::vector<PetscInt>> columns;
  PetscInt first = 0, begin = 0, end = 0;
  PetscCall(get_columns(pattern, &columns));
  PetscCall(MatGetOwnershipRange(pattern, &first, nullptr));
  PetscCall(MatGetOwnershipRangeColumn(pattern, &begin, &end));
  const auto num_values = static_cast<std::size_t>(op.kernel().num_values());
  const PetscInt num_strengths = op.kernel().num_strengths();
  std::vector<PetscInt> counts;
  LocalSums sums;
  for (const std::vector<PetscInt>& row : columns) {
    const auto own = static_cast<PetscInt>(
        std::count_if(row.begin(), row.end(), [&](PetscInt column) { return column >= begin && column < end; }));
    for (std::size_t value = 0; value < num_values; ++value)
      counts.insert(counts.end(), {own * num_strengths, (static_cast<PetscInt>(row.size()) - own) * num_strengths});
    sums.targets.push_back(first + static_cast<PetscInt>(sums.targets.size()));
    sums.sources.insert(sums.sources.end(), row.begin(), row.end());
  }
  std::sort(sums.sources.begin(), sums.sources.end());
  sums.sources.erase(std::unique(sums.sources.begin(), sums.sources.end()), sums.sources.end());
  PetscCall(sums.fetch(mat, op));
  PetscCall(create_sparse(mat, counts, pairs));
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].empty()) continue;
    places.clear();
    for (const PetscInt column : columns[i])
      places.push_back(static_cast<std::size_t>(std::lower_bound(sums.sources.begin(), sums.sources.end(), column) -
                                                sums.sources.begin()));
    // Columns [value] of [source][strength] are rows of what PETSc takes.
    const Matrix entries = sums.row(i, places);
    const auto target = static_cast<PetscInt>(sums.targets[i]);
    PetscCall(MatSetValuesBlocked(*pairs, 1, &target, static_cast<PetscInt>(places.size()), columns[i].data(),
                                  entries.entries.data(), INSERT_VALUES));
  }
  PetscCall(MatAssemblyBegin(*pairs, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*pairs, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. The operator, where all ranks gave the same distance and it is one.
PetscErrorCode begin_call(Mat mat, const char* call, PetscReal distance, Operator** op) {
  PetscFunctionBegin;
  // With all digits: ranks with different distances would make different trees, and wait for one another.
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s (%.17g)", call, distance);
  NEARFAR_CALL(mat, (void)on_all_ranks(communicator_of(mat), text.data(), true));
  PetscCheck(distance >= 0.0 && std::isfinite(distance), communicator_of(mat), PETSC_ERR_ARG_OUTOFRANGE,
             "the distance of pairs must be a number that is not negative, not %g", distance);
  PetscCall(get_ready(mat, call, op));
  PetscCall(require_entries(mat, **op));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Elements by the points of targets and of sources; null where each point is by itself.
struct Elements {
  const PetscInt* of_targets = nullptr;
  const PetscInt* of_sources = nullptr;
};

/// Collective. The pattern [target][source] of pairs that are near.
PetscErrorCode find_near(Mat mat, const char* call, const Operator& op, double distance, const Elements& elements,
                         Mat* pattern) {
  PetscFunctionBegin;
  Mat of_targets = nullptr, of_sources = nullptr;
  PetscInt num_targets = 0, num_sources = 0;
  PetscCall(count_elements(mat, call, op.targets(), elements.of_targets, &num_targets));
  PetscCall(count_elements(mat, call, op.sources(), elements.of_sources, &num_sources));
  const PetscInt num_elements = std::max(num_targets, num_sources);
  PetscCall(find_pairs(mat, op, distance, pattern));
  PetscCall(create_membership(mat, op.targets(), elements.of_targets, num_targets > 0, num_elements, &of_targets));
  PetscCall(create_membership(mat, op.sources(), elements.of_sources, num_sources > 0, num_elements, &of_sources));
  PetscCall(grow(of_targets, of_sources, pattern));
  for (Mat* membership : {&of_targets, &of_sources}) PetscCall(MatDestroy(membership));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode get_pairs(Mat mat, const char* call, PetscReal distance, Elements elements, Mat* pairs) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  Mat pattern = nullptr;
  PetscCall(begin_call(mat, call, distance, &op));
  if (op->targets_are_sources()) elements.of_sources = elements.of_targets;
  PetscCall(PetscOptionsPushGetViewerOff(PETSC_TRUE));  // -mat_view is for the matrices of the caller
  const PetscErrorCode failure = find_near(mat, call, *op, distance, elements, &pattern);
  PetscCall(PetscOptionsPopGetViewerOff());
  PetscCall(failure);
  PetscCall(create_entries(mat, *op, pattern, pairs));
  PetscCall(MatDestroy(&pattern));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The same, without exceptions.
PetscErrorCode get_pairs_from_c(Mat mat, const char* call, PetscReal distance, Elements elements, Mat* pairs) {
  PetscFunctionBegin;
  PetscErrorCode failure = PETSC_SUCCESS;
  PetscCall(require_arguments(mat, call, pairs != nullptr));
  NEARFAR_CALL(mat, failure = get_pairs(mat, call, distance, elements, pairs));
  PetscCall(failure);
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
}

PetscErrorCode MatNearfarGetPairsWithin(Mat A, PetscReal distance, Mat* pairs) {
  PetscFunctionBegin;
  PetscCall(nearfar::get_pairs_from_c(A, "MatNearfarGetPairsWithin", distance, {}, pairs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode MatNearfarGetPairsOfElements(Mat A, PetscReal distance, const PetscInt target_elements[],
                                            const PetscInt source_elements[], Mat* pairs) {
  PetscFunctionBegin;
  PetscCall(nearfar::get_pairs_from_c(A, "MatNearfarGetPairsOfElements", distance, {target_elements, source_elements},
                                      pairs));
  PetscFunctionReturn(PETSC_SUCCESS);
}
