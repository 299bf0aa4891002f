// SPDX-License-Identifier: BSD-3-Clause
// Points with normals, dealt to the ranks, and the matrix of a kernel of any family on them: as MATNEARFAR, and dense
// from independent sums.
#pragma once

#include <ostream>

#include "support/direct_fields.hpp"
#include "support/petsc_objects.hpp"

namespace nearfar {

/// For messages of tests.
inline void PrintTo(const KernelChoice& choice, std::ostream* out) { *out << name_of(choice); }

/// Unit vectors that do not depend on the ranks.
[[nodiscard]] inline Points some_unit_vectors(std::size_t count, double seed) {
  Points vectors;
  for (std::size_t i = 0; i < count; ++i) {
    const double z = std::sin(seed + 12.9898 * static_cast<double>(i)), angle = seed + 78.233 * static_cast<double>(i);
    const double radius = std::sqrt(1.0 - z * z);
    vectors.insert(vectors.end(), {radius * std::cos(angle), radius * std::sin(angle), z});
  }
  return vectors;
}

/// The names with commas between them.
[[nodiscard]] inline std::string with_commas(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

struct FamilyProblem {
  KernelChoice choice;
  bool same;
  Points all_targets, all_sources, all_target_normals, all_source_normals;
  Points targets, sources, target_normals, source_normals;  ///< of this rank

  FamilyProblem(KernelChoice of, std::size_t num_targets, std::size_t num_sources, bool targets_are_sources)
      : choice(std::move(of)), same(targets_are_sources) {
    all_targets = app::sample_points(app::Distribution::cube, 5, 0, static_cast<std::int64_t>(num_targets));
    all_sources =
        same ? all_targets : app::sample_points(app::Distribution::cube, 6, 0, static_cast<std::int64_t>(num_sources));
    all_target_normals = some_unit_vectors(num_targets, 0.3);
    all_source_normals = some_unit_vectors(all_sources.size() / 3, 0.7);
    const auto own_targets = dealt(num_targets, Deal::blocks, PETSC_COMM_WORLD);
    const auto own_sources = dealt(all_sources.size() / 3, Deal::blocks, PETSC_COMM_WORLD);
    targets = take(all_targets, own_targets, 3);
    target_normals = take(all_target_normals, own_targets, 3);
    sources = take(all_sources, own_sources, 3);
    source_normals = take(all_source_normals, own_sources, 3);
  }

  [[nodiscard]] PetscInt num_targets() const { return static_cast<PetscInt>(targets.size() / 3); }
  [[nodiscard]] PetscInt num_sources() const { return static_cast<PetscInt>(sources.size() / 3); }
  [[nodiscard]] PetscInt local_rows() const { return num_targets() * make_kernel(choice).num_values(); }
  [[nodiscard]] PetscInt local_columns() const { return num_sources() * make_kernel(choice).num_strengths(); }

  /// With the normals that the choice needs, and those of sources in any case.
  [[nodiscard]] Owned<Mat> nearfar(PetscInt order = 5, PetscInt points_per_leaf = 30) const {
    Owned<Mat> mat;
    CALL(MatNearfarRegister());
    CALL(MatCreate(PETSC_COMM_WORLD, &mat));
    CALL(MatSetType(mat, MATNEARFAR));
    CALL(MatNearfarSetKernel(mat, choice.name.c_str()));
    CALL(MatNearfarSetSourceKind(mat, with_commas(choice.source_kinds).c_str()));
    CALL(MatNearfarSetFields(mat, with_commas(choice.fields).c_str()));
    for (const auto& [name, value] : choice.parameters) CALL(MatNearfarSetParameter(mat, name.c_str(), value));
    CALL(MatNearfarSetOrder(mat, order));
    CALL(MatNearfarSetPointsPerLeaf(mat, points_per_leaf));
    CALL(MatNearfarSetPoints(mat, num_targets(), targets.data(), same ? 0 : num_sources(),
                             same ? nullptr : sources.data()));
    CALL(MatNearfarSetSourceNormals(mat, source_normals.data()));
    if (make_kernel(choice).needs_target_normals()) CALL(MatNearfarSetTargetNormals(mat, target_normals.data()));
    CALL(MatSetUp(mat));
    return mat;
  }

  /// Entries of one target and one source, by their global numbers.
  [[nodiscard]] std::vector<double> block(std::size_t target, std::size_t source) const {
    const auto of = [](const Points& all, std::size_t i) {
      return std::array<double, 3>{all[3 * i], all[3 * i + 1], all[3 * i + 2]};
    };
    return direct_block(choice, {of(all_targets, target), of(all_sources, source), of(all_target_normals, target),
                                 of(all_source_normals, source)});
  }

  /// 0 where they coincide.
  [[nodiscard]] double inverse_distance_cubed(std::size_t target, std::size_t source) const {
    const double *x = &all_targets[3 * target], *y = &all_sources[3 * source];
    const double distance = std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
    return distance == 0.0 ? 0.0 : std::pow(distance, -3.0);
  }

  [[nodiscard]] Owned<Mat> dense() const {
    Owned<Mat> mat;
    CALL(MatCreateDense(PETSC_COMM_WORLD, local_rows(), local_columns(), PETSC_DETERMINE, PETSC_DETERMINE, nullptr,
                        &mat));
    const auto rows = static_cast<std::size_t>(make_kernel(choice).num_values()),
               columns = static_cast<std::size_t>(make_kernel(choice).num_strengths());
    PetscInt begin = 0, stride = 0;
    PetscScalar* entries = nullptr;
    CALL(MatGetOwnershipRange(mat, &begin, nullptr));
    CALL(MatDenseGetLDA(mat, &stride));
    CALL(MatDenseGetArrayWrite(mat, &entries));
    for (std::size_t t = 0; t < targets.size() / 3; ++t) {
      for (std::size_t s = 0; s < all_sources.size() / 3; ++s) {
        const std::vector<double> values = block(static_cast<std::size_t>(begin) / rows + t, s);
        for (std::size_t i = 0; i < rows; ++i)
          for (std::size_t j = 0; j < columns; ++j)
            entries[(s * columns + j) * static_cast<std::size_t>(stride) + t * rows + i] = values[i * columns + j];
      }
    }
    CALL(MatDenseRestoreArrayWrite(mat, &entries));
    CALL(MatAssemblyBegin(mat, MAT_FINAL_ASSEMBLY));
    CALL(MatAssemblyEnd(mat, MAT_FINAL_ASSEMBLY));
    return mat;
  }
};

}
