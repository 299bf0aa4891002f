// SPDX-License-Identifier: BSD-3-Clause
// MATNEARFAR when its points move, come as composed vectors, or have normals: products against dense matrices.
#include <gtest/gtest.h>

#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

void compose(Mat mat, const char* name, PetscObject object) {
  CALL(PetscObjectCompose(reinterpret_cast<PetscObject>(mat), name, object));
}
void compose(Mat mat, const char* name, Vec vec) { compose(mat, name, reinterpret_cast<PetscObject>(vec)); }

/// A matrix of type MATNEARFAR without anything.
[[nodiscard]] Owned<Mat> bare() {
  Owned<Mat> mat;
  CALL(MatNearfarRegister());
  CALL(MatCreate(PETSC_COMM_WORLD, &mat));
  CALL(MatSetType(mat, MATNEARFAR));
  return mat;
}

[[nodiscard]] Points scaled(const Points& points, double factor) {
  Points result = points;
  for (double& coordinate : result) coordinate *= factor;
  return result;
}

/// Directions of different lengths for those targets, which do not depend on the ranks.
[[nodiscard]] Points normals_of(const Points& targets) {
  Points normals(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) normals[i] = std::cos(5.0 * targets[i] + static_cast<double>(i % 3));
  return normals;
}

/// A problem with normals and its derivatives along them: rows of the dense matrix are plain sums.
struct NormalProblem : DenseProblem {
  Points normals = normals_of(targets);

  using DenseProblem::DenseProblem;

  [[nodiscard]] Owned<Vec> exact(Mat mat, Vec x) const {
    PetscInt size = 0;
    const PetscScalar* own = nullptr;
    CALL(VecGetLocalSize(x, &size));
    CALL(VecGetArrayRead(x, &own));
    const std::size_t count = all_sources.size() / 3;
    const auto charges = collect({own, static_cast<std::size_t>(size)}, dealt(count, Deal::blocks, PETSC_COMM_WORLD),
                                 count, source_dim_(), PETSC_COMM_WORLD);
    CALL(VecRestoreArrayRead(x, &own));
    const Field field = direct_field(kernel, lambda, all_sources, charges, targets);
    auto result = some_vector(mat, true);
    PetscScalar* values = nullptr;
    CALL(VecGetArray(result, &values));
    for (std::size_t i = 0; i < field.potentials.size(); ++i) {
      const double* n = &normals[3 * (i / static_cast<std::size_t>(target_dim))];
      const double* g = &field.gradients[3 * i];
      values[i] = n[0] * g[0] + n[1] * g[1] + n[2] * g[2];
    }
    CALL(VecRestoreArray(result, &values));
    return result;
  }

  void expect_derivatives(Mat mat, double factor, const std::string& what) const {
    const auto x = some_vector(mat, false), y = some_vector(mat, true);
    CALL(MatMult(mat, x, y));
    CALL(VecScale(y, 1.0 / factor));
    EXPECT_LT(difference(y, exact(mat, x)), 10.0 * bound()) << what;
  }
};

TEST(MatNormals, StayWhenPointsMove) {
  for (const char* kernel : {"laplace", "stokeslet"}) {
    const NormalProblem problem(kernel, 120, 90, false);
    const auto mat = problem.nearfar();
    CALL(MatNearfarSetTargetNormals(mat, problem.normals.data()));
    problem.expect_derivatives(mat, 1.0, "at first");
    CALL(MatNearfarUpdatePoints(mat, problem.targets.data(), problem.sources.data()));
    problem.expect_derivatives(mat, 1.0, "after a move to the same places");
    const Points targets = scaled(problem.targets, 2.0), sources = scaled(problem.sources, 2.0);
    CALL(MatNearfarUpdatePoints(mat, targets.data(), sources.data()));
    problem.expect_derivatives(mat, 0.25, "after a move");
    Owned<Mat> copy, other = problem.nearfar();
    CALL(MatDuplicate(mat, MAT_COPY_VALUES, &copy));
    problem.expect_derivatives(copy, 0.25, "a duplicate");
    CALL(MatCopy(mat, other, SAME_NONZERO_PATTERN));
    problem.expect_derivatives(other, 0.25, "a copy");
  }
}

TEST(MatNormals, MayComeBeforeThePoints) {
  const NormalProblem problem("laplace", 120, 90, false);
  const auto count = [](const Points& points) { return static_cast<PetscInt>(points.size() / 3); };
  const auto sized = bare(), composed = bare();
  CALL(MatSetSizes(sized, problem.local_rows(), problem.local_columns(), PETSC_DETERMINE, PETSC_DETERMINE));
  CALL(MatNearfarSetTargetNormals(sized, problem.normals.data()));
  CALL(MatNearfarSetPoints(sized, count(problem.targets), problem.targets.data(), count(problem.sources),
                           problem.sources.data()));
  CALL(MatSetUp(sized));
  problem.expect_derivatives(sized, 1.0, "sizes, normals, points");
  compose(composed, "nearfar_targets", vector_of(problem.targets));
  compose(composed, "nearfar_sources", vector_of(problem.sources));
  CALL(MatNearfarSetTargetNormals(composed, problem.normals.data()));
  CALL(MatSetUp(composed));
  problem.expect_derivatives(composed, 1.0, "composed vectors, normals");
}

TEST(MatNormals, MustFitTheTargets) {
  const NormalProblem problem("laplace", 60, 60, true);
  const PetscInt own = problem.local_rows();
  const auto mat = bare(), without_sizes = bare();
  QuietErrors quiet;
  EXPECT_EQ(MatNearfarSetTargetNormals(without_sizes, problem.normals.data()), PETSC_ERR_ARG_WRONGSTATE);
  CALL(MatNearfarSetPoints(mat, own, problem.targets.data(), 0, nullptr));
  CALL(MatNearfarSetTargetNormals(mat, problem.normals.data()));
  const PetscInt fewer = is_last_rank() ? own - 1 : own;
  CALL(MatNearfarSetPoints(mat, fewer, problem.targets.data(), 0, nullptr));
  EXPECT_EQ(MatNearfarSetUp(mat), PETSC_ERR_ARG_SIZ);
  CALL(MatNearfarSetTargetNormals(mat, nullptr));
  CALL(MatNearfarSetUp(mat));
  if (is_one_rank()) return;
  { EXPECT_EQ(MatNearfarSetTargetNormals(mat, is_last_rank() ? nullptr : problem.normals.data()), PETSC_ERR_ARG_NULL); }
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  CALL(MatMult(mat, x, y));
}

TEST(MatNormals, GoIntoProductsWithGradientsToo) {
  for (const char* kernel : {"laplace", "stokeslet"}) {
    const NormalProblem problem(kernel, 100, 100, true);
    const auto mat = problem.nearfar(), values = problem.nearfar();
    CALL(MatNearfarSetTargetNormals(mat, problem.normals.data()));
    CALL(MatShift(mat, 3.0));
    const auto x = some_vector(mat, false), y = some_vector(mat, true), u = some_vector(mat, true);
    const auto g = vector_of(std::vector<double>(3 * static_cast<std::size_t>(problem.local_rows())));
    const auto exact_g = vector_of(std::vector<double>(3 * static_cast<std::size_t>(problem.local_rows())));
    CALL(MatNearfarMultGradient(mat, x, y, g));
    EXPECT_LT(difference(y, problem.exact(mat, x)), 10.0 * problem.bound()) << "without the shift";
    CALL(MatNearfarMultGradient(values, x, u, exact_g));
    EXPECT_LT(difference(g, exact_g), 1e-12) << "gradients of the potentials";
    CALL(MatMult(mat, x, y));
    CALL(VecAXPY(y, -3.0, x));
    EXPECT_LT(difference(y, problem.exact(mat, x)), 10.0 * problem.bound());
  }
}

TEST(MatNormals, OfContractedGradientsLeaveNoTransposeAndSolversKnow) {
  const NormalProblem problem("stokeslet", 100, 100, true);
  const auto mat = problem.nearfar();
  const auto has = [&](MatOperation operation) {
    PetscBool answer = PETSC_FALSE;
    CALL(MatHasOperation(mat, operation, &answer));
    return answer == PETSC_TRUE;
  };
  CALL(MatShift(mat, 30.0));
  EXPECT_TRUE(has(MATOP_MULT_TRANSPOSE) && has(MATOP_GET_DIAGONAL_BLOCK) && has(MATOP_MULT));
  CALL(MatNearfarSetTargetNormals(mat, problem.normals.data()));
  EXPECT_TRUE(has(MATOP_MULT));
  EXPECT_FALSE(has(MATOP_MULT_TRANSPOSE) || has(MATOP_GET_DIAGONAL_BLOCK));
  const auto b = some_vector(mat, true), x = some_vector(mat, false);
  {
    QuietErrors quiet;
    Owned<Mat> near_field;
    EXPECT_EQ(MatMultTranspose(mat, b, x), PETSC_ERR_SUP);
    EXPECT_EQ(MatNearfarGetNearField(mat, &near_field), PETSC_ERR_SUP);
  }
  Owned<KSP> ksp;  // whose default preconditioner wants the diagonal block where there is one
  CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
  CALL(KSPSetOperators(ksp, mat, mat));
  CALL(KSPSetFromOptions(ksp));
  CALL(KSPSolve(ksp, b, x));
  KSPConvergedReason reason = KSP_DIVERGED_NULL;
  CALL(KSPGetConvergedReason(ksp, &reason));
  EXPECT_GT(reason, 0);
  CALL(MatNearfarSetTargetNormals(mat, nullptr));
  EXPECT_TRUE(has(MATOP_MULT_TRANSPOSE) && has(MATOP_GET_DIAGONAL_BLOCK));
}

TEST(MatNormals, GoIntoTheDiagonalOfDistantPoints) {
  for (const double factor : {1e-3, 1.0, 1e3})
    for (const bool with_normals : {false, true}) {
      NormalProblem problem("yukawa", 50, 50, false);
      problem.lambda = 1.5 / factor;
      problem.targets = scaled(problem.targets, factor);
      problem.sources = scaled(problem.sources, factor);
      const auto mat = problem.nearfar();
      if (with_normals) CALL(MatNearfarSetTargetNormals(mat, problem.normals.data()));
      std::vector<double> exact;
      for (std::size_t i = 0; i < problem.targets.size(); i += 3) {
        const auto part = [i](const Points& all) { return Points(&all[i], &all[i] + 3); };
        const std::vector<double> one{1.0};
        const Field field = direct_field("yukawa", problem.lambda, part(problem.sources), one, part(problem.targets));
        const double* n = &problem.normals[i];
        exact.push_back(with_normals ? n[0] * field.gradients[0] + n[1] * field.gradients[1] + n[2] * field.gradients[2]
                                     : field.potentials[0]);
      }
      const auto diagonal = some_vector(mat, true);
      CALL(MatGetDiagonal(mat, diagonal));
      EXPECT_LT(difference(diagonal, vector_of(exact)), 1e-12) << factor << ' ' << with_normals;
    }
}

TEST(MatPoints, OfEqualNumberKeepTheirSidesInTheTranspose) {
  for (const char* kernel : {"laplace", "stokeslet"}) {
    const DenseProblem problem(kernel, 80, 80, false);
    const auto mat = problem.nearfar();
    Owned<Mat> transposed, exact;
    CALL(MatCreateTranspose(mat, &transposed));
    CALL(MatTranspose(problem.dense(), MAT_INITIAL_MATRIX, &exact));
    EXPECT_LT(difference(transposed, exact), problem.bound());
    // And when they have moved: K(2 r) = K(r) / 2.
    const Points targets = scaled(problem.targets, 2.0), sources = scaled(problem.sources, 2.0);
    CALL(MatNearfarUpdatePoints(mat, targets.data(), sources.data()));
    CALL(MatScale(exact, 0.5));
    EXPECT_LT(difference(transposed, exact), problem.bound());
    CALL(MatNearfarSetKernel(mat, "yukawa"));
    if (problem.source_dim == 1) {
      EXPECT_GT(difference(transposed, exact), 0.1);
    }
  }
}

TEST(MatPoints, OfTheirOwnMustMoveWithTheOthers) {
  const DenseProblem problem("laplace", 60, 60, false);
  const auto mat = problem.nearfar();
  QuietErrors quiet;
  EXPECT_EQ(MatNearfarUpdatePoints(mat, problem.targets.data(), nullptr), PETSC_ERR_ARG_WRONG);
  EXPECT_LT(difference(mat, problem.dense()), problem.bound());
}

TEST(MatPoints, FollowTheComposedVectors) {
  const DenseProblem problem("laplace", 90, 60, false);
  const auto mat = bare();
  CALL(MatNearfarSetOrder(mat, 6));
  const auto targets = vector_of(problem.targets);
  compose(mat, "nearfar_targets", targets);
  compose(mat, "nearfar_sources", vector_of(problem.sources, 3));
  CALL(MatSetUp(mat));
  const auto dense = problem.dense();
  EXPECT_LT(difference(mat, dense), problem.bound());
  CALL(VecScale(targets, 2.0));  // the same vector with other values
  EXPECT_GT(difference(mat, dense), 0.1);
  compose(mat, "nearfar_sources", vector_of(scaled(problem.sources, 2.0)));
  CALL(MatScale(dense, 0.5));
  EXPECT_LT(difference(mat, dense), problem.bound());
  compose(mat, "nearfar_targets", vector_of(problem.targets));
  compose(mat, "nearfar_sources", vector_of(problem.sources));
  CALL(MatScale(dense, 2.0));
  const auto x = some_vector(mat, true), y = some_vector(mat, false), exact = some_vector(mat, false);
  CALL(MatMultTranspose(mat, x, y));
  CALL(MatMultTranspose(dense, x, exact));
  EXPECT_LT(difference(y, exact), problem.bound());
  // Points given later win, also over a vector that has not been used yet; duplicates have the latest.
  compose(mat, "nearfar_targets", vector_of(problem.sources));
  const Points moved_targets = scaled(problem.targets, 4.0), moved_sources = scaled(problem.sources, 4.0);
  CALL(MatNearfarUpdatePoints(mat, moved_targets.data(), moved_sources.data()));
  CALL(MatScale(dense, 0.25));
  EXPECT_LT(difference(mat, dense), problem.bound());
  compose(mat, "nearfar_targets", vector_of(problem.targets));
  Owned<Mat> copy;
  CALL(MatDuplicate(mat, MAT_COPY_VALUES, &copy));
  CALL(MatScale(dense, 4.0));
  EXPECT_LT(difference(copy, dense), problem.bound());
}

TEST(MatPoints, OfACopyAreNewerThanItsComposedVectors) {
  const DenseProblem problem("laplace", 90, 90, true);
  const auto mat = problem.nearfar(), copy = bare();
  const auto dense = problem.dense();
  compose(copy, "nearfar_targets", vector_of(scaled(problem.targets, 3.0)));
  CALL(MatSetUp(copy));
  for (const Mat a : {static_cast<Mat>(mat), static_cast<Mat>(copy)}) {
    CALL(MatAssemblyBegin(a, MAT_FINAL_ASSEMBLY));
    CALL(MatAssemblyEnd(a, MAT_FINAL_ASSEMBLY));
  }
  compose(copy, "nearfar_targets", vector_of(scaled(problem.targets, 2.0)));
  CALL(MatCopy(mat, copy, SAME_NONZERO_PATTERN));
  EXPECT_LT(difference(copy, dense), problem.bound());
  compose(copy, "nearfar_targets", vector_of(scaled(problem.targets, 2.0)));
  CALL(MatScale(dense, 0.5));
  EXPECT_LT(difference(copy, dense), problem.bound()) << "composed after the copy";
}

TEST(MatPoints, MayBeTargetsWithoutSourcesThatMove) {
  const Points points = app::sample_points(app::Distribution::cube, 3, 0, 20);
  Owned<Mat> mat;
  CALL(MatCreateNearfar(PETSC_COMM_WORLD, 20, 0, PETSC_DETERMINE, PETSC_DETERMINE, points.data(), &points[3], "laplace",
                        &mat));
  for (const PetscReal* sources : {&points[6], static_cast<const PetscReal*>(nullptr), points.data()}) {
    CALL(MatNearfarUpdatePoints(mat, points.data(), sources));
    const auto x = some_vector(mat, false), y = some_vector(mat, true);
    CALL(MatMult(mat, x, y));
    PetscReal norm = -1.0;
    CALL(VecNorm(y, NORM_INFINITY, &norm));
    EXPECT_EQ(norm, 0.0);
  }
}

TEST(MatPoints, ComposedLaterMakeNewPreconditioners) {
  const DenseProblem problem("laplace", 90, 90, true);
  const auto mat = problem.nearfar();
  Mat block = nullptr, moved_block = nullptr;
  CALL(MatGetDiagonalBlock(mat, &block));
  Owned<Mat> before;
  CALL(MatDuplicate(block, MAT_COPY_VALUES, &before));
  compose(mat, "nearfar_targets", vector_of(scaled(problem.targets, 2.0)));
  CALL(MatGetDiagonalBlock(mat, &moved_block));
  CALL(MatScale(before, 0.5));
  CALL(MatAXPY(before, -1.0, moved_block, SAME_NONZERO_PATTERN));
  PetscReal norm = 1.0;
  CALL(MatNorm(before, NORM_FROBENIUS, &norm));
  EXPECT_LT(norm, 1e-10);
}

TEST(MatPoints, RefuseWhatIsNoVectorOfPoints) {
  const DenseProblem problem("laplace", 60, 60, true);
  QuietErrors quiet;
  for (const char* name : {"nearfar_targets", "nearfar_sources"}) {
    Points cut = problem.targets;
    if (is_last_rank()) cut.pop_back();
    const auto with_cut = bare(), in_pairs = bare(), with_set = bare();
    Owned<IS> set;
    CALL(ISCreateStride(PETSC_COMM_WORLD, 30, 0, 1, &set));
    for (const Mat mat : {static_cast<Mat>(with_cut), static_cast<Mat>(in_pairs), static_cast<Mat>(with_set)})
      compose(mat, "nearfar_targets", vector_of(problem.targets));
    compose(with_cut, name, vector_of(cut));
    EXPECT_EQ(MatSetUp(with_cut), PETSC_ERR_ARG_WRONG) << "no triples on the last rank";
    compose(in_pairs, name, vector_of(std::vector<double>(60), 2));
    EXPECT_EQ(MatSetUp(in_pairs), PETSC_ERR_ARG_WRONG) << "blocks of two";
    compose(with_set, name, reinterpret_cast<PetscObject>(static_cast<IS>(set)));
    EXPECT_EQ(MatNearfarSetUp(with_set), PETSC_ERR_ARG_WRONG) << "an index set";
    compose(with_set, "nearfar_targets", vector_of(problem.targets));
    compose(with_set, "nearfar_sources", vector_of(problem.targets));
    CALL(MatNearfarSetUp(with_set));  // after a repair
  }
  if (is_one_rank()) return;
  const auto differing = bare();
  compose(differing, "nearfar_targets", vector_of(problem.targets));
  const auto sources = vector_of(problem.targets);
  if (is_last_rank()) compose(differing, "nearfar_sources", sources);
  { EXPECT_EQ(MatSetUp(differing), PETSC_ERR_ARG_OUTOFRANGE); }
}

}
}
