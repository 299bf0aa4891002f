// SPDX-License-Identifier: BSD-3-Clause
// PETSc objects of tests: destroyed at the end of their scope, and compared entry by entry.
#pragma once

#include <gtest/gtest.h>
#include <petscksp.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/petsc.hpp"
#include "nearfar/petsc.h"
#include "support/samples.hpp"

#define CALL(call) ::nearfar::check_petsc(call, #call)

namespace nearfar {

inline PetscErrorCode destroy(Mat* object) { return MatDestroy(object); }
inline PetscErrorCode destroy(Vec* object) { return VecDestroy(object); }
inline PetscErrorCode destroy(IS* object) { return ISDestroy(object); }
inline PetscErrorCode destroy(KSP* object) { return KSPDestroy(object); }

/// Owner of a PETSc object.
template <class T>
class Owned {
 public:
  Owned() = default;
  explicit Owned(T object) : object_(object) {}
  ~Owned() { (void)destroy(&object_); }
  Owned(Owned&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  operator T() const noexcept { return object_; }  // NOLINT: taken by all of PETSc's functions
  T* operator&() noexcept { return &object_; }     // NOLINT: as results of PETSc's functions

 private:
  T object_ = nullptr;
};

/// Errors are returned without being printed while one of these lives.
class QuietErrors {
 public:
  QuietErrors() { CALL(PetscPushErrorHandler(PetscReturnErrorHandler, nullptr)); }
  ~QuietErrors() { (void)PetscPopErrorHandler(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

/// An option of PETSc's database, for a scope.
class Option {
 public:
  Option(std::string name, const std::string& value) : name_(std::move(name)) {
    CALL(PetscOptionsSetValue(nullptr, name_.c_str(), value.c_str()));
  }
  ~Option() { (void)PetscOptionsClearValue(nullptr, name_.c_str()); }
  Option(const Option&) = delete;
  Option& operator=(const Option&) = delete;

 private:
  std::string name_;
};

[[nodiscard]] inline bool is_last_rank() {
  int rank = 0, size = 1;
  CALL(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  CALL(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  return rank == size - 1;
}

[[nodiscard]] inline bool is_one_rank() {
  int size = 1;
  CALL(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  return size == 1;
}

/// The name of a temporary file, the same on all ranks, and another one in each run.
[[nodiscard]] inline std::string temporary_name(const std::string& end) {
  int process = static_cast<int>(getpid());
  CALL(MPI_Bcast(&process, 1, MPI_INT, 0, PETSC_COMM_WORLD));
  return testing::TempDir() + "nearfar_" + std::to_string(process) + "_" + end;
}

/// A vector of these numbers of this rank.
[[nodiscard]] inline Owned<Vec> vector_of(const std::vector<double>& values, PetscInt block = 1) {
  Owned<Vec> vec;
  CALL(VecCreateMPI(PETSC_COMM_WORLD, static_cast<PetscInt>(values.size()), PETSC_DETERMINE, &vec));
  CALL(VecSetBlockSize(vec, block));
  PetscScalar* entries = nullptr;
  CALL(VecGetArrayWrite(vec, &entries));
  std::copy(values.begin(), values.end(), entries);
  CALL(VecRestoreArrayWrite(vec, &entries));
  return vec;
}

/// Points of a problem, dealt in blocks, and the matrix of its kernel in long double, the same on all ranks.
struct DenseProblem {
  std::string kernel;
  double lambda = 1.0;
  int source_dim = 1, target_dim = 1;
  Points all_sources, all_targets, sources, targets;
  bool same = true;

  DenseProblem(const std::string& name, std::size_t num_targets, std::size_t num_sources, bool targets_are_sources)
      : kernel(name), same(targets_are_sources) {
    source_dim = target_dim = name == "stokeslet" ? 3 : 1;
    all_targets = app::sample_points(app::Distribution::plummer, 5, 0, static_cast<std::int64_t>(num_targets));
    all_sources =
        same ? all_targets : app::sample_points(app::Distribution::cube, 6, 0, static_cast<std::int64_t>(num_sources));
    targets = take(all_targets, dealt(num_targets, Deal::blocks, PETSC_COMM_WORLD), 3);
    sources = same ? targets : take(all_sources, dealt(num_sources, Deal::blocks, PETSC_COMM_WORLD), 3);
  }

  /// Column by column.
  [[nodiscard]] std::vector<double> columns() const {
    const std::size_t num_columns = all_sources.size() / 3 * static_cast<std::size_t>(source_dim);
    std::vector<double> entries;
    std::vector<double> charges(num_columns, 0.0);
    const auto share = dealt(all_targets.size() / 3, Deal::blocks, PETSC_COMM_WORLD);
    const auto dim = static_cast<std::size_t>(target_dim);
    for (std::size_t j = 0; j < num_columns; ++j) {
      charges[j] = 1.0;
      const std::size_t source = j / static_cast<std::size_t>(source_dim);
      const Points one(all_sources.begin() + static_cast<std::ptrdiff_t>(3 * source),
                       all_sources.begin() + static_cast<std::ptrdiff_t>(3 * source + 3));
      const std::vector<double> charge(charges.begin() + static_cast<std::ptrdiff_t>(source * source_dim_()),
                                       charges.begin() + static_cast<std::ptrdiff_t>((source + 1) * source_dim_()));
      const auto own = direct_field(kernel, lambda, one, charge, targets).potentials;
      const auto column = collect(own, share, all_targets.size() / 3, dim, PETSC_COMM_WORLD);
      entries.insert(entries.end(), column.begin(), column.end());
      charges[j] = 0.0;
    }
    return entries;
  }

  [[nodiscard]] std::size_t source_dim_() const { return static_cast<std::size_t>(source_dim); }
  [[nodiscard]] PetscInt local_rows() const { return static_cast<PetscInt>(targets.size() / 3) * target_dim; }
  [[nodiscard]] PetscInt local_columns() const { return static_cast<PetscInt>(sources.size() / 3) * source_dim; }

  /// The matrix; its relative error is below `bound`.
  [[nodiscard]] Owned<Mat> nearfar(PetscInt order = 0, PetscInt points_per_leaf = 0) const {
    Owned<Mat> mat;
    CALL(MatCreateNearfar(PETSC_COMM_WORLD, local_rows(), local_columns(), PETSC_DETERMINE, PETSC_DETERMINE,
                          targets.data(), same ? nullptr : sources.data(), kernel.c_str(), &mat));
    CALL(MatNearfarSetLambda(mat, lambda));
    // Less for the kernel whose expansions take nine times as long.
    CALL(MatNearfarSetOrder(mat, order > 0 ? order : target_dim == 3 ? 4 : 6));
    CALL(MatNearfarSetPointsPerLeaf(mat, points_per_leaf > 0 ? points_per_leaf : target_dim == 3 ? 120 : 40));
    return mat;
  }

  [[nodiscard]] double bound() const { return kernel == "stokeslet" ? 1e-4 : 2e-6; }

  /// The same as a dense matrix.
  [[nodiscard]] Owned<Mat> dense() const {
    Owned<Mat> mat;
    CALL(MatCreateDense(PETSC_COMM_WORLD, local_rows(), local_columns(), PETSC_DETERMINE, PETSC_DETERMINE, nullptr,
                        &mat));
    const std::vector<double> entries = columns();
    PetscInt begin = 0, end = 0, rows = 0, num_columns = 0;
    CALL(MatGetOwnershipRange(mat, &begin, &end));
    CALL(MatGetSize(mat, &rows, &num_columns));
    for (PetscInt j = 0; j < num_columns; ++j)
      for (PetscInt i = begin; i < end; ++i)
        CALL(MatSetValue(mat, i, j, entries[static_cast<std::size_t>(j * rows + i)], INSERT_VALUES));
    CALL(MatAssemblyBegin(mat, MAT_FINAL_ASSEMBLY));
    CALL(MatAssemblyEnd(mat, MAT_FINAL_ASSEMBLY));
    return mat;
  }
};

/// A vector of the matrix's columns (or rows) with numbers in (-1, 1) that do not depend on the ranks.
inline Owned<Vec> some_vector(Mat mat, bool of_rows, int seed = 1) {
  Owned<Vec> vec;
  CALL(of_rows ? MatCreateVecs(mat, nullptr, &vec) : MatCreateVecs(mat, &vec, nullptr));
  PetscInt begin = 0, end = 0;
  CALL(VecGetOwnershipRange(vec, &begin, &end));
  for (PetscInt i = begin; i < end; ++i)
    CALL(VecSetValue(vec, i, std::sin(1.0 + 7.3 * static_cast<double>(i * seed)), INSERT_VALUES));
  CALL(VecAssemblyBegin(vec));
  CALL(VecAssemblyEnd(vec));
  return vec;
}

/// ||a - b|| / ||b||
inline double difference(Vec a, Vec b) {
  Owned<Vec> d;
  CALL(VecDuplicate(a, &d));
  CALL(VecWAXPY(d, -1.0, b, a));
  PetscReal error = 0.0, norm = 0.0;
  CALL(VecNorm(d, NORM_2, &error));
  CALL(VecNorm(b, NORM_2, &norm));
  return error / norm;
}

/// The same of matrices of any type, in Frobenius' norm, as dense matrices.
inline double difference(Mat a, Mat b) {
  Owned<Mat> dense_a, dense_b;
  CALL(MatComputeOperator(a, MATDENSE, &dense_a));
  CALL(MatComputeOperator(b, MATDENSE, &dense_b));
  CALL(MatAXPY(dense_a, -1.0, dense_b, SAME_NONZERO_PATTERN));
  PetscReal error = 0.0, norm = 0.0;
  CALL(MatNorm(dense_a, NORM_FROBENIUS, &error));
  CALL(MatNorm(dense_b, NORM_FROBENIUS, &norm));
  return error / norm;
}

/// to = the entries of `from` in a set.
inline void fetch(Vec from, IS set, Vec to) {
  VecScatter scatter = nullptr;
  CALL(VecScatterCreate(from, set, to, nullptr, &scatter));
  CALL(VecScatterBegin(scatter, from, to, INSERT_VALUES, SCATTER_FORWARD));
  CALL(VecScatterEnd(scatter, from, to, INSERT_VALUES, SCATTER_FORWARD));
  CALL(VecScatterDestroy(&scatter));
}

/// What is shown in a viewer.
template <class Show>
std::string shown_text(const Show& show) {
  const std::string name = temporary_name("mat_view.txt");
  PetscViewer viewer = nullptr;
  CALL(PetscViewerASCIIOpen(PETSC_COMM_WORLD, name.c_str(), &viewer));
  show(viewer);
  CALL(PetscViewerDestroy(&viewer));
  CALL(MPI_Barrier(PETSC_COMM_WORLD));
  std::ifstream file(name);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CALL(MPI_Barrier(PETSC_COMM_WORLD));
  if (is_last_rank()) std::remove(name.c_str());
  return text;
}

/// What MatView shows.
inline std::string view_text(Mat mat) {
  return shown_text([&](PetscViewer viewer) { CALL(MatView(mat, viewer)); });
}

}
