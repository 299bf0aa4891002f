// SPDX-License-Identifier: BSD-3-Clause
// The near field as a sparse matrix, and the points in tree order.
#include <algorithm>
#include <vector>

#include "petsc/mat.hpp"

namespace nearfar {
namespace {

/// Entries of each row, in and outside the columns of the rank that has the row, on that rank: [row][2].
PetscErrorCode count_entries(Mat mat, Plan& plan, int num_values, int num_strengths, std::vector<PetscInt>& counts) {
  PetscFunctionBegin;
  const PetscInt *row_ranges = nullptr, *column_ranges = nullptr;
  PetscMPIInt num_ranks = 1;
  PetscCallMPI(MPI_Comm_size(communicator_of(mat), &num_ranks));
  PetscCall(MatGetOwnershipRanges(mat, &row_ranges));
  PetscCall(MatGetOwnershipRangesColumn(mat, &column_ranges));
  PetscInt rows = 0;
  PetscCall(MatGetLocalSize(mat, &rows, nullptr));
  Vec totals = nullptr;
  PetscCall(VecCreateMPI(communicator_of(mat), rows / num_values * 2, PETSC_DETERMINE, &totals));
  std::vector<PetscInt> places;
  std::vector<PetscScalar> numbers;
  NEARFAR_CALL(mat, plan.visit_near_field(
                        [&](const NearRow& row) {
                          const auto owner = std::upper_bound(row_ranges, row_ranges + num_ranks,
                                                              static_cast<PetscInt>(row.target * num_values)) -
                                             row_ranges - 1;
                          const PetscInt begin = column_ranges[owner], end = column_ranges[owner + 1];
                          const auto own =
                              std::count_if(row.sources.begin(), row.sources.end(), [&](std::int64_t source) {
                                return source * num_strengths >= begin && source * num_strengths < end;
                              });
                          const auto place = static_cast<PetscInt>(2 * row.target);
                          places.insert(places.end(), {place, place + 1});
                          numbers.push_back(static_cast<PetscScalar>(own * num_strengths));
                          numbers.push_back(static_cast<PetscScalar>((std::ssize(row.sources) - own) * num_strengths));
                        },
                        false));
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

/// An empty MATAIJ with the layouts of `mat` and room for those entries.
PetscErrorCode create_sparse(Mat mat, const std::vector<PetscInt>& counts, Mat* sparse) {
  PetscFunctionBegin;
  PetscInt rows = 0, columns = 0;
  PetscCall(MatGetLocalSize(mat, &rows, &columns));
  std::vector<PetscInt> inside, outside, all;
  for (std::size_t i = 0; i < counts.size(); i += 2) {
    // A row has at least a place on the diagonal, which preconditioners want.
    inside.push_back(std::min(columns, counts[i] + 1));
    outside.push_back(counts[i + 1]);
    all.push_back(counts[i] + counts[i + 1] + 1);
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
  PetscCall(MatSetType(*sparse, MATAIJ));
  PetscCall(MatSeqAIJSetPreallocation(*sparse, 0, all.data()));
  PetscCall(MatMPIAIJSetPreallocation(*sparse, 0, inside.data(), 0, outside.data()));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode insert_values(Mat mat, Plan& plan, int num_values, int num_strengths, Mat sparse) {
  PetscFunctionBegin;
  std::vector<PetscInt> columns;
  PetscErrorCode failure = PETSC_SUCCESS;
  NEARFAR_CALL(mat, plan.visit_near_field([&](const NearRow& row) {
    if (failure != PETSC_SUCCESS) return;
    columns.clear();
    for (const std::int64_t source : row.sources)
      for (int j = 0; j < num_strengths; ++j) columns.push_back(static_cast<PetscInt>(source * num_strengths + j));
    for (int i = 0; i < num_values && failure == PETSC_SUCCESS; ++i) {
      const auto number = static_cast<PetscInt>(row.target * num_values + i);
      failure = MatSetValues(sparse, 1, &number, static_cast<PetscInt>(columns.size()), columns.data(),
                             row.values.data() + static_cast<std::size_t>(i) * columns.size(), INSERT_VALUES);
    }
  }));
  PetscCall(failure);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// A zero on the diagonal of each row of a square matrix: ILU needs the place.
PetscErrorCode insert_diagonal(Mat sparse) {
  PetscFunctionBegin;
  PetscInt begin = 0, end = 0, columns_begin = 0, columns_end = 0;
  PetscCall(MatGetOwnershipRange(sparse, &begin, &end));
  PetscCall(MatGetOwnershipRangeColumn(sparse, &columns_begin, &columns_end));
  if (begin == columns_begin && end == columns_end)
    for (PetscInt i = begin; i < end; ++i) PetscCall(MatSetValue(sparse, i, i, 0.0, INSERT_VALUES));
  PetscCall(MatAssemblyBegin(sparse, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(sparse, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode index_set(Mat mat, const std::vector<std::int64_t>& numbers, int components, IS* set) {
  PetscFunctionBegin;
  std::vector<PetscInt> indices;
  for (const std::int64_t number : numbers)
    for (int c = 0; c < components; ++c) indices.push_back(static_cast<PetscInt>(number * components + c));
  PetscCall(ISCreateGeneral(communicator_of(mat), static_cast<PetscInt>(indices.size()), indices.data(),
                            PETSC_COPY_VALUES, set));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// The coordinates, or the normals, of the points of those numbers, wherever they are.
PetscErrorCode fetch_points(Mat mat, std::span<const double> points, const std::vector<std::int64_t>& numbers,
                            std::vector<double>& fetched) {
  PetscFunctionBegin;
  Vec all = nullptr, own = nullptr;
  VecScatter scatter = nullptr;
  IS set = nullptr;
  PetscCall(VecCreateMPIWithArray(communicator_of(mat), 3, static_cast<PetscInt>(points.size()), PETSC_DETERMINE,
                                  points.data(), &all));
  PetscCall(index_set(mat, numbers, 3, &set));
  NEARFAR_CALL(mat, fetched.resize(3 * numbers.size()));
  PetscCall(VecCreateSeqWithArray(PETSC_COMM_SELF, 3, static_cast<PetscInt>(fetched.size()), fetched.data(), &own));
  PetscCall(VecScatterCreate(all, set, own, nullptr, &scatter));
  PetscCall(VecScatterBegin(scatter, all, own, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(scatter, all, own, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterDestroy(&scatter));
  PetscCall(ISDestroy(&set));
  PetscCall(VecDestroy(&own));
  PetscCall(VecDestroy(&all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// Collective. Normals for an operator whose points are those of these numbers, if there are any that fit.
PetscErrorCode copy_normals(Mat mat, const Operator& from, Role role, const std::vector<std::int64_t>& numbers,
                            Operator& to) {
  PetscFunctionBegin;
  bool fit = false;
  NEARFAR_CALL(mat, fit = on_all_ranks(communicator_of(mat), "MatNearfarGetNative",
                                       from.normals(role).size() == from.points(role).size()));
  if (!from.has_normals(role) || !fit) PetscFunctionReturn(PETSC_SUCCESS);
  std::vector<double> normals;
  PetscCall(fetch_points(mat, from.normals(role), numbers, normals));
  NEARFAR_CALL(mat, to.set_normals(communicator_of(mat), role, normals, true));
  PetscFunctionReturn(PETSC_SUCCESS);
}

}

PetscErrorCode drop_near_field(Mat mat) {
  return PetscObjectCompose(reinterpret_cast<PetscObject>(mat), "nearfar_near_field", nullptr);
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
  PetscCheck(op->rows().use != UseOfNormals::along_gradients, communicator_of(A), PETSC_ERR_SUP,
             "there is no near field of derivatives along target normals of %s", names_of(op->kernel().fields).c_str());
  const int num_strengths = op->kernel().num_strengths(), num_values = op->kernel().num_values();
  Plan* plan = nullptr;
  NEARFAR_CALL(A, plan = &op->plan(communicator_of(A)));
  std::vector<PetscInt> counts;
  PetscCall(count_entries(A, *plan, num_values, num_strengths, counts));
  PetscCall(create_sparse(A, counts, near_field));
  PetscCall(insert_values(A, *plan, num_values, num_strengths, *near_field));
  // Inserted entries of other ranks must have arrived before zeros are put beside them.
  PetscCall(MatAssemblyBegin(*near_field, MAT_FLUSH_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*near_field, MAT_FLUSH_ASSEMBLY));
  PetscCall(insert_diagonal(*near_field));
  Context* context = nullptr;
  PetscCall(MatShellGetContext(A, &context));
  PetscCall(apply_changes(*context, *near_field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode MatNearfarGetNative(Mat A, Mat* native, IS* rows, IS* columns) {
  using namespace nearfar;
  PetscFunctionBegin;
  Operator* op = nullptr;
  PetscCall(require_arguments(A, "MatNearfarGetNative", native != nullptr && rows != nullptr && columns != nullptr));
  PetscCall(get_ready(A, "MatNearfarGetNative", &op));
  std::vector<std::int64_t> target_numbers, source_numbers;
  NEARFAR_CALL(A, Plan& plan = op->plan(communicator_of(A)); target_numbers = plan.target_numbers();
               source_numbers = plan.source_numbers());
  PetscCall(index_set(A, target_numbers, op->kernel().num_values(), rows));
  PetscCall(index_set(A, source_numbers, op->kernel().num_strengths(), columns));
  std::vector<double> targets, sources;
  PetscCall(fetch_points(A, op->targets(), target_numbers, targets));
  if (!op->targets_are_sources()) PetscCall(fetch_points(A, op->sources(), source_numbers, sources));
  PetscCall(MatCreate(communicator_of(A), native));
  PetscCall(MatSetType(*native, MATNEARFAR));
  Operator* own = nullptr;
  PetscCall(get_operator(*native, &own));
  Settings settings = op->settings();
  const Options& chosen = op->made_plan().options();
  settings.options.points_per_leaf = chosen.points_per_leaf;  // the same tree
  settings.options.root_scale = chosen.root_scale;
  NEARFAR_CALL(A, own->set(settings); own->set_points(communicator_of(A), targets, sources, op->targets_are_sources()));
  PetscCall(copy_normals(A, *op, Role::targets, target_numbers, *own));
  PetscCall(copy_normals(A, *op, Role::sources, source_numbers, *own));
  PetscCall(MatSetUp(*native));
  PetscFunctionReturn(PETSC_SUCCESS);
}
