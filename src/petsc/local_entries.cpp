// SPDX-License-Identifier: BSD-3-Clause
#include "petsc/local_entries.hpp"

#include <algorithm>

#include "comm/mpi.hpp"

namespace nearfar {
namespace {

/// The points that columns belong to, rising.
[[nodiscard]] std::vector<std::int64_t> points_of(const SparseRows& rows, int components) {
  std::vector<std::int64_t> points;
  for (const PetscInt column : rows.columns) points.push_back(column / components);
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

/// Places of numbers among rising ones that have them all.
[[nodiscard]] std::size_t place_in(const std::vector<std::int64_t>& rising, std::int64_t number) {
  return static_cast<std::size_t>(std::lower_bound(rising.begin(), rising.end(), number) - rising.begin());
}

/// Columns become [place of the point among `points`][component].
void number_by_places(SparseRows& rows, const std::vector<std::int64_t>& points, int components) {
  for (PetscInt& column : rows.columns)
    column = static_cast<PetscInt>(place_in(points, column / components)) * components + column % components;
}

/// The entries of a vector in those rows.
PetscErrorCode fetch_entries(Vec vec, const std::vector<PetscInt>& rows, std::vector<double>& entries) {
  PetscFunctionBegin;
  IS set = nullptr;
  Vec own = nullptr;
  VecScatter scatter = nullptr;
  entries.resize(rows.size());
  PetscCall(ISCreateGeneral(PETSC_COMM_SELF, static_cast<PetscInt>(rows.size()), rows.data(), PETSC_COPY_VALUES, &set));
  PetscCall(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, static_cast<PetscInt>(rows.size()), entries.data(), &own));
  PetscCall(VecScatterCreate(vec, set, own, nullptr, &scatter));
  PetscCall(VecScatterBegin(scatter, vec, own, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(scatter, vec, own, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterDestroy(&scatter));
  PetscCall(VecDestroy(&own));
  PetscCall(ISDestroy(&set));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/// For some rows of a factor: the points that they take, and entries in columns counted among those.
struct Chosen {
  std::vector<std::size_t> points;
  SparseRows factor;

  Chosen(bool has_factor, const SparseRows& rows, std::span<const std::size_t> chosen, int components) {
    const auto dim = usize(components);
    if (!has_factor) {
      for (std::size_t i = 0; i < chosen.size(); i += dim) points.push_back(chosen[i] / dim);
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        factor.columns.push_back(static_cast<PetscInt>(i));
        factor.values.push_back(1.0);
        factor.begin.push_back(i + 1);
      }
      return;
    }
    for (const std::size_t row : chosen)
      for (std::size_t k = rows.begin[row]; k < rows.begin[row + 1]; ++k)
        points.push_back(usize(rows.columns[k]) / dim);
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    for (const std::size_t row : chosen) {
      for (std::size_t k = rows.begin[row]; k < rows.begin[row + 1]; ++k) {
        const auto place =
            std::lower_bound(points.begin(), points.end(), usize(rows.columns[k]) / dim) - points.begin();
        factor.columns.push_back(static_cast<PetscInt>(place) * components + rows.columns[k] % components);
        factor.values.push_back(rows.values[k]);
      }
      factor.begin.push_back(factor.columns.size());
    }
  }
};

}

PetscErrorCode LocalEntries::set_up(Mat mat, const std::vector<Part>& parts, const std::vector<std::int64_t>& points,
                                    int components) {
  PetscFunctionBegin;
  components_ = components;
  points_ = points;
  rows_.clear();
  for (const std::int64_t point : points)
    for (int c = 0; c < components; ++c) rows_.push_back(static_cast<PetscInt>(point * components + c));
  for (const Part& part : parts) {
    if (part.kernel != nullptr) {
      PetscCall(add_kernel(part));
      continue;
    }
    SparseRows rows;
    PetscCall(fetch_rows(part.sparse, rows_, true, &rows));
    NEARFAR_CALL(mat, sparse_.push_back(std::move(rows)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode LocalEntries::add_kernel(const Part& part) {
  PetscFunctionBegin;
  Operator* op = nullptr;
  Context* context = nullptr;
  const Mat mat = part.kernel;
  PetscCall(get_ready(mat, "PCSetUp", &op));
  PetscCall(require_entries(mat, *op));
  PetscCall(MatShellGetContext(mat, &context));
  const int num_values = op->kernel().num_values(), num_strengths = op->kernel().num_strengths();
  LocalKernel local;
  local.has_left = part.left != nullptr;
  local.has_right = part.right != nullptr;
  PetscCheck((local.has_left || components_ == num_values) && (local.has_right || components_ == num_strengths),
             communicator_of(mat), PETSC_ERR_SUP,
             "the preconditioner \"%s\" takes as many rows and columns a point, %d here, from each MATNEARFAR without "
             "sparse factors on both sides, not %d values and %d strengths",
             PCNEARFAR, components_, num_values, num_strengths);
  PetscCheck(!context->has_added, communicator_of(mat), PETSC_ERR_SUP,
             "the preconditioner \"%s\" does not know what MatAXPY has added to a MATNEARFAR: add it by MATCOMPOSITE",
             PCNEARFAR);
  const bool has_changes = !context->changes.empty();
  PetscCheck(!has_changes || (!local.has_left && !local.has_right), communicator_of(mat), PETSC_ERR_SUP,
             "the preconditioner \"%s\" cannot take shifts and scalings of a MATNEARFAR in a product: give them to the "
             "sparse factors, or to a matrix beside the product",
             PCNEARFAR);
  local.targets = points_;
  local.sources = points_;
  if (local.has_left) {
    PetscCall(fetch_rows(part.left, rows_, false, &local.left));
    local.targets = points_of(local.left, num_values);
    number_by_places(local.left, local.targets, num_values);
  }
  if (local.has_right) {
    Mat columns = nullptr;
    PetscCall(MatTranspose(part.right, MAT_INITIAL_MATRIX, &columns));
    PetscCall(fetch_rows(columns, rows_, false, &local.right));
    PetscCall(MatDestroy(&columns));
    local.sources = points_of(local.right, num_strengths);
    number_by_places(local.right, local.sources, num_strengths);
  }
  PetscCall(local.fetch(mat, *op));
  if (has_changes) {
    ChangesAsVectors changes;
    PetscCall(get_changes(mat, &changes));
    PetscCall(fetch_entries(changes.left, rows_, local.scale_rows));
    PetscCall(fetch_entries(changes.right, rows_, local.scale_columns));
    PetscCall(fetch_entries(changes.added, rows_, local.added));
    PetscCall(destroy(&changes));
  }
  NEARFAR_CALL(mat, kernels_.push_back(std::move(local)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

Matrix LocalEntries::block(std::span<const std::size_t> points) const {
  std::vector<std::size_t> rows;
  for (const std::size_t point : points)
    for (std::size_t c = 0; c < usize(components_); ++c) rows.push_back(point * usize(components_) + c);
  Matrix block(static_cast<int>(rows.size()), static_cast<int>(rows.size()));
  for (const LocalKernel& kernel : kernels_) add_sums(kernel, rows, block);
  for (const SparseRows& sparse : sparse_) add_sparse(sparse, rows, block);
  return block;
}

void LocalEntries::add_sums(const LocalKernel& local, std::span<const std::size_t> rows, Matrix& block) const {
  const Chosen targets(local.has_left, local.left, rows, local.kernel.num_values());
  const Chosen sources(local.has_right, local.right, rows, local.kernel.num_strengths());
  if (targets.points.empty() || sources.points.empty()) return;
  const Matrix sums = local.block(targets.points, sources.points);
  // At each target row, the sums of columns of the right factor.
  Matrix of_columns(block.columns, sums.columns);
  for (int target = 0; target < sums.columns; ++target)
    for (int j = 0; j < block.columns; ++j) {
      double sum = 0.0;
      for (std::size_t k = sources.factor.begin[usize(j)]; k < sources.factor.begin[usize(j) + 1]; ++k)
        sum += sources.factor.values[k] * sums(static_cast<int>(sources.factor.columns[k]), target);
      of_columns(j, target) = sum;
    }
  for (int i = 0; i < block.rows; ++i)
    for (std::size_t k = targets.factor.begin[usize(i)]; k < targets.factor.begin[usize(i) + 1]; ++k) {
      const double factor = targets.factor.values[k] * (local.added.empty() ? 1.0 : local.scale_rows[rows[usize(i)]]);
      const auto target = static_cast<int>(targets.factor.columns[k]);
      for (int j = 0; j < block.columns; ++j)
        block(i, j) +=
            factor * (local.added.empty() ? 1.0 : local.scale_columns[rows[usize(j)]]) * of_columns(j, target);
    }
  if (!local.added.empty())
    for (int i = 0; i < block.rows; ++i) block(i, i) += local.added[rows[usize(i)]];
}

void LocalEntries::add_sparse(const SparseRows& sparse, std::span<const std::size_t> rows, Matrix& block) const {
  std::vector<std::pair<std::size_t, int>> places;  // of rows in the block
  for (std::size_t j = 0; j < rows.size(); ++j) places.emplace_back(rows[j], static_cast<int>(j));
  std::sort(places.begin(), places.end());
  for (int i = 0; i < block.rows; ++i)
    for (std::size_t k = sparse.begin[rows[usize(i)]]; k < sparse.begin[rows[usize(i)] + 1]; ++k) {
      const auto column = usize(sparse.columns[k]);
      const auto place = std::lower_bound(places.begin(), places.end(), std::pair{column, 0});
      if (place != places.end() && place->first == column) block(i, place->second) += sparse.values[k];
    }
}

}
