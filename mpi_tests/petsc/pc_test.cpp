// SPDX-License-Identifier: BSD-3-Clause
// PCNEARFAR: additive Schwarz by blocks of neighbouring points.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

/// A preconditioner of a matrix, set up.
class Preconditioner {
 public:
  Preconditioner(Mat mat, PetscInt block, PetscInt patch) {
    CALL(PCCreate(PETSC_COMM_WORLD, &pc_));
    CALL(PCSetOperators(pc_, mat, mat));
    CALL(PCSetType(pc_, PCNEARFAR));
    CALL(PCNearfarSetBlockSize(pc_, block));
    CALL(PCNearfarSetPatchSize(pc_, patch));
  }
  ~Preconditioner() { (void)PCDestroy(&pc_); }
  Preconditioner(const Preconditioner&) = delete;
  Preconditioner& operator=(const Preconditioner&) = delete;
  operator PC() const noexcept { return pc_; }  // NOLINT: as Owned

 private:
  PC pc_ = nullptr;
};

/// || M^-1 A x - x || / || x || for a dense matrix A, or of the transposes.
double error_of(PC pc, Mat dense, bool transposed) {
  const auto x = some_vector(dense, false), y = some_vector(dense, true), z = some_vector(dense, false);
  if (transposed) {
    CALL(MatMultTranspose(dense, x, y));
    CALL(PCApplyTranspose(pc, y, z));
  } else {
    CALL(MatMult(dense, x, y));
    CALL(PCApply(pc, y, z));
  }
  return difference(z, x);
}

TEST(PcNearfar, IsTheInverseWhereAllPointsAreAroundEachBlock) {
  for (const char* kernel : {"laplace", "stokeslet"}) {
    const DenseProblem problem(kernel, 60, 60, true);
    const auto mat = problem.nearfar(4, 20), dense = problem.dense();
    const auto left = some_vector(mat, true, 2), right = some_vector(mat, false, 3);
    CALL(VecShift(left, 3.0));
    CALL(VecShift(right, 2.0));
    for (const Mat a : {static_cast<Mat>(mat), static_cast<Mat>(dense)}) {
      CALL(MatShift(a, 20.0));
      CALL(MatDiagonalScale(a, left, right));
      CALL(MatScale(a, -3.0));
      CALL(MatDiagonalSet(a, right, ADD_VALUES));
    }
    const Preconditioner pc(mat, 21, 180);
    EXPECT_LT(error_of(pc, dense, false), 1e-5) << kernel;
    EXPECT_LT(error_of(pc, dense, true), 1e-5) << kernel;
    // Another patch size makes another one; another matrix as well.
    CALL(PCNearfarSetPatchSize(pc, 30));
    EXPECT_GT(error_of(pc, dense, false), 1e-3) << kernel;
    CALL(PCNearfarSetPatchSize(pc, 180));
    for (const Mat a : {static_cast<Mat>(mat), static_cast<Mat>(dense)}) CALL(MatShift(a, 7.0));
    EXPECT_LT(error_of(pc, dense, false), 1e-5) << kernel;
  }
}

/// A sparse matrix with two entries in each row.
Owned<Mat> two_of_each(PetscInt rows, PetscInt columns, PetscInt step) {
  Owned<Mat> mat;
  PetscInt begin = 0, end = 0, all = 0;
  CALL(MatCreateAIJ(PETSC_COMM_WORLD, rows, columns, PETSC_DETERMINE, PETSC_DETERMINE, 2, nullptr, 2, nullptr, &mat));
  CALL(MatGetOwnershipRange(mat, &begin, &end));
  CALL(MatGetSize(mat, nullptr, &all));
  for (PetscInt i = begin; i < end; ++i)
    for (const PetscInt k : {0, 1}) CALL(MatSetValue(mat, i, (i / step + k) % all, k == 0 ? 0.8 : 0.3, INSERT_VALUES));
  CALL(MatAssemblyBegin(mat, MAT_FINAL_ASSEMBLY));
  CALL(MatAssemblyEnd(mat, MAT_FINAL_ASSEMBLY));
  return mat;
}

/// W' K W + S of a Galerkin method, as a MATCOMPOSITE.
struct Galerkin {
  Owned<Mat> points, weights, transposed, product, correction, sum;

  Galerkin(const DenseProblem& problem, PetscInt unknowns) : points(problem.nearfar(4, 100)) {
    weights = two_of_each(problem.local_columns(), unknowns, 3);
    CALL(MatCreateTranspose(weights, &transposed));
    const std::array<Mat, 3> factors{weights, points, transposed};
    CALL(MatCreateComposite(PETSC_COMM_WORLD, 3, factors.data(), &product));
    CALL(MatCompositeSetType(product, MAT_COMPOSITE_MULTIPLICATIVE));
    correction = two_of_each(unknowns, unknowns, 1);
    CALL(MatScale(correction, 30.0));
    const std::array<Mat, 2> terms{product, correction};
    CALL(MatCreateComposite(PETSC_COMM_WORLD, 2, terms.data(), &sum));
  }
};

TEST(PcNearfar, TakesProductsWithSparseFactorsAndCorrections) {
  const DenseProblem problem("laplace", 90, 90, true);
  const Galerkin galerkin(problem, problem.local_columns() / 3);
  Owned<Mat> dense;
  CALL(MatComputeOperator(galerkin.sum, MATDENSE, &dense));
  const Preconditioner pc(galerkin.sum, 8, 100);
  EXPECT_LT(error_of(pc, dense, false), 1e-5);
}

TEST(PcNearfar, SolvesOfOptionsAlone) {
  const DenseProblem problem("laplace", 90, 90, true);
  const Galerkin galerkin(problem, problem.local_columns() / 3);
  const Option type("-pc_type", PCNEARFAR), block("-pc_nearfar_block_size", "5"), patch("-pc_nearfar_patch_size", "15");
  Owned<KSP> ksp;
  CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
  CALL(KSPSetOperators(ksp, galerkin.sum, galerkin.sum));
  CALL(KSPSetTolerances(ksp, 1e-9, PETSC_DEFAULT, PETSC_DEFAULT, 20));
  CALL(KSPSetPCSide(ksp, PC_RIGHT));
  CALL(KSPSetFromOptions(ksp));
  PC pc = nullptr;
  PetscInt size = 0;
  CALL(KSPGetPC(ksp, &pc));
  CALL(PCNearfarGetBlockSize(pc, &size));
  EXPECT_EQ(size, 5);
  CALL(PCNearfarGetPatchSize(pc, &size));
  EXPECT_EQ(size, 15);
  // Several right-hand sides at once.
  Owned<Mat> b, x, product;
  CALL(MatCreateDense(PETSC_COMM_WORLD, problem.local_columns() / 3, PETSC_DECIDE, PETSC_DETERMINE, 3, nullptr, &b));
  CALL(MatSetRandom(b, nullptr));
  CALL(MatDuplicate(b, MAT_DO_NOT_COPY_VALUES, &x));
  CALL(KSPMatSolve(ksp, b, x));
  Owned<Mat> dense;
  CALL(MatComputeOperator(galerkin.sum, MATDENSE, &dense));
  CALL(MatMatMult(dense, x, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &product));
  EXPECT_LT(difference(product, b), 1e-8);
  // The type may change, and back.
  CALL(PCSetType(pc, PCJACOBI));
  CALL(PCSetType(pc, PCNEARFAR));
  CALL(PCNearfarGetBlockSize(pc, &size));
  EXPECT_EQ(size, 0) << "chosen by the set-up";
}

/// Of GMRES, for points on a sphere with a self-term as large as the potential of a disk of each point's area.
[[nodiscard]] PetscInt iterations_for(std::size_t num_points, PCType type, PetscInt most) {
  const auto points = app::sample_points(app::Distribution::sphere, 3, 0, static_cast<std::int64_t>(num_points));
  const Points own = take(points, dealt(num_points, Deal::round_robin, PETSC_COMM_WORLD), 3);
  const auto count = static_cast<PetscInt>(own.size() / 3);
  Owned<Mat> mat;
  CALL(MatCreateNearfar(PETSC_COMM_WORLD, count, count, PETSC_DETERMINE, PETSC_DETERMINE, own.data(), nullptr,
                        "laplace", &mat));
  CALL(MatNearfarSetOrder(mat, 4));
  CALL(MatShift(mat, 10.0 * std::sqrt(static_cast<double>(num_points) / 1500.0)));
  Owned<KSP> ksp;
  PC pc = nullptr;
  PetscInt iterations = 0;
  CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
  CALL(KSPSetOperators(ksp, mat, mat));
  CALL(KSPGetPC(ksp, &pc));
  CALL(PCSetType(pc, type));
  CALL(KSPSetTolerances(ksp, 1e-5, PETSC_DEFAULT, PETSC_DEFAULT, most));
  const auto b = some_vector(mat, true), x = some_vector(mat, false);
  CALL(VecSet(b, 1.0));
  CALL(KSPSolve(ksp, b, x));
  CALL(KSPGetIterationNumber(ksp, &iterations));
  return iterations;
}

TEST(PcNearfar, NeedsFewIterationsOnAnyRanks) {
  const PetscInt few = iterations_for(1500, PCNEARFAR, 20), more = iterations_for(12000, PCNEARFAR, 20);
  EXPECT_LE(few, 7);
  EXPECT_LE(more, 9) << "with patches of 128 on both; they grow from 15,600 rows on";
  EXPECT_EQ(iterations_for(1500, PCNONE, 20), 20) << "it is not needed";
}

TEST(PcNearfar, ChoosesLargerPatchesForMoreRows) {
  const auto sizes_of = [](PC pc) {
    std::array<PetscInt, 2> sizes{};
    CALL(PCNearfarGetBlockSize(pc, &sizes[0]));
    CALL(PCNearfarGetPatchSize(pc, &sizes[1]));
    return sizes;
  };
  using Sizes = std::array<PetscInt, 2>;
  for (const auto& [count, patch] : {std::pair{16200, 130}, {600, 128}}) {
    const auto mat = DenseProblem("laplace", static_cast<std::size_t>(count), 1, true).nearfar(2, 100);
    CALL(MatShift(mat, 1000.0));
    const Preconditioner pc(mat, 0, 0);
    const auto x = some_vector(mat, true), y = some_vector(mat, false);
    EXPECT_EQ(sizes_of(pc), (Sizes{0, 0})) << "nothing is chosen yet";
    CALL(PCApply(pc, x, y));
    EXPECT_EQ(sizes_of(pc), (Sizes{patch / 4, patch}));
    if (count > 1000) continue;
    CALL(PCNearfarSetPatchSize(pc, 60));
    EXPECT_EQ(sizes_of(pc), (Sizes{0, 60}));
    CALL(PCApply(pc, x, y));
    EXPECT_EQ(sizes_of(pc), (Sizes{15, 60}));
    CALL(PCNearfarSetPatchSize(pc, 0));
    CALL(PCNearfarSetBlockSize(pc, 10));
    CALL(PCApply(pc, x, y));
    EXPECT_EQ(sizes_of(pc), (Sizes{10, 40}));
  }
}

/// Equations of two parallel squares of points that differ as little as those of faces with a gap of that size.
TEST(PcNearfar, NamesFacesThatNearlyCoincide) {
  for (const double gap : {1e-4, 1e-10}) {
    DenseProblem problem("laplace", 32, 1, true);
    for (std::size_t i = 0; i < 32; ++i) {
      const std::array<double, 3> place{static_cast<double>(i % 4), static_cast<double>(i / 4 % 4),
                                        i < 16 ? 0.0 : 0.01};
      std::copy(place.begin(), place.end(), &problem.all_targets[3 * i]);
    }
    problem.all_sources = problem.all_targets;
    problem.sources = problem.targets = take(problem.all_targets, dealt(32, Deal::blocks, PETSC_COMM_WORLD), 3);
    const auto mat = problem.nearfar(4, 40);
    Owned<Mat> correction, sum;
    CALL(MatCreateAIJ(PETSC_COMM_WORLD, problem.local_rows(), problem.local_rows(), PETSC_DETERMINE, PETSC_DETERMINE,
                      32, nullptr, 32, nullptr, &correction));
    PetscInt begin = 0, end = 0;
    CALL(MatGetOwnershipRange(correction, &begin, &end));
    const auto dense = problem.dense();
    for (PetscInt i = begin; i < end; ++i) {
      const PetscScalar* row = nullptr;
      CALL(MatGetRow(dense, i, nullptr, nullptr, &row));
      for (PetscInt j = 0; j < 32; ++j) {
        const double distance = std::hypot(i % 4 - j % 4, i / 4 % 4 - j / 4 % 4);
        const double wanted = 1.0 / (0.3 + distance) + (i == j ? gap : 0.0);
        CALL(MatSetValue(correction, i, j, wanted - row[j], INSERT_VALUES));
      }
      CALL(MatRestoreRow(dense, i, nullptr, nullptr, &row));
    }
    CALL(MatAssemblyBegin(correction, MAT_FINAL_ASSEMBLY));
    CALL(MatAssemblyEnd(correction, MAT_FINAL_ASSEMBLY));
    const std::array<Mat, 2> terms{mat, correction};
    CALL(MatCreateComposite(PETSC_COMM_WORLD, 2, terms.data(), &sum));
    const Preconditioner pc(sum, 8, 32);
    CALL(PCSetUp(pc));
    const char* fault = nullptr;
    int first = -1, second = -1;
    CALL(PCNearfarGetFault(pc, &fault));
    if (gap > 1e-5) {
      EXPECT_EQ(std::string(fault), "");
      continue;
    }
    const std::string text = fault;
    const std::size_t place = text.find(": points ");
    ASSERT_NE(place, std::string::npos) << text;
    ASSERT_EQ(std::sscanf(text.c_str() + place, ": points %d and %d, 0.01 apart at ", &first, &second), 2) << text;
    EXPECT_EQ(second - first, 16) << text;
    EXPECT_NE(text.find("lie on faces that coincide"), std::string::npos) << text;
  }
}

TEST(PcNearfar, NamesPointsThatCoincide) {
  DenseProblem problem("laplace", 60, 60, true);
  if (is_last_rank()) {  // the last point again, among all others
    std::copy(problem.targets.end() - 3, problem.targets.end(), problem.targets.end() - 9);
  }
  const auto mat = problem.nearfar(4, 20);
  const Preconditioner pc(mat, 16, 60);
  CALL(PCSetUp(pc));
  PCFailedReason failed = PC_NOERROR;
  CALL(PCGetFailedReason(pc, &failed));
  EXPECT_EQ(failed, PC_FACTOR_NUMERIC_ZEROPIVOT);
  const std::string text = shown_text([&](PetscViewer viewer) { CALL(PCView(pc, viewer)); });
  EXPECT_NE(text.find("points 57 and 59 are 0 apart"), std::string::npos) << text;
  const auto x = some_vector(mat, true), y = some_vector(mat, false);
  // Solvers end with a reason of PETSc's, until the matrix is another one.
  for (const bool shifted : {false, true}) {
    if (shifted) CALL(MatShift(mat, 20.0));
    Owned<KSP> ksp;
    KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
    CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
    CALL(KSPSetOperators(ksp, mat, mat));
    CALL(KSPSetPC(ksp, pc));
    CALL(KSPSolve(ksp, x, y));
    CALL(KSPGetConvergedReason(ksp, &reason));
    if (shifted) {
      EXPECT_GT(reason, 0);
    } else {
      EXPECT_EQ(reason, KSP_DIVERGED_PC_FAILED);
    }
  }
}

TEST(PcNearfar, KnowsOfChangedTermsAfterAssembly) {
  const DenseProblem problem("laplace", 60, 60, true);
  const auto mat = problem.nearfar(4, 100);
  Owned<Mat> sum;
  const auto correction = two_of_each(problem.local_rows(), problem.local_columns(), 1);
  const std::array<Mat, 2> terms{mat, correction};
  CALL(MatScale(correction, 30.0));
  CALL(MatCreateComposite(PETSC_COMM_WORLD, 2, terms.data(), &sum));
  const Preconditioner pc(sum, 8, 100);
  for (const double factor : {1.0, -2.0}) {
    CALL(MatScale(correction, factor));
    CALL(MatAssemblyBegin(sum, MAT_FINAL_ASSEMBLY));
    CALL(MatAssemblyEnd(sum, MAT_FINAL_ASSEMBLY));
    CALL(PCSetUp(pc));
    Owned<Mat> dense;
    CALL(MatComputeOperator(sum, MATDENSE, &dense));
    EXPECT_LT(error_of(pc, dense, false), 1e-5) << factor;
  }
}

TEST(PcNearfar, RefusesWhatItCannotTakeApart) {
  const DenseProblem problem("laplace", 20, 20, true);
  const auto mat = problem.nearfar(4, 20), dense = problem.dense();
  const Preconditioner pc(mat, 8, 20), of_dense(dense, 8, 20);
  const QuietErrors quiet;
  EXPECT_EQ(PCNearfarSetBlockSize(pc, -1), PETSC_ERR_ARG_OUTOFRANGE);
  EXPECT_EQ(PCNearfarSetPatchSize(pc, 20001), PETSC_ERR_ARG_OUTOFRANGE);
  EXPECT_EQ(PCSetUp(of_dense), PETSC_ERR_SUP);
  Owned<Mat> sparse;
  CALL(MatNearfarGetNearField(mat, &sparse));
  const Preconditioner without_points(sparse, 8, 20);
  EXPECT_EQ(PCSetUp(without_points), PETSC_ERR_SUP);
  CALL(MatAXPY(mat, 1.0, dense, DIFFERENT_NONZERO_PATTERN));
  EXPECT_EQ(PCSetUp(pc), PETSC_ERR_SUP) << "what has been added";
}

TEST(PcNearfar, RefusesPointsWithOtherNumbersOfRowsThanColumns) {
  // Potential and gradient of charges: four rows for each target, a column for each of four times as many sources.
  const DenseProblem problem("laplace", 80, 20, false);
  Owned<Mat> mat;
  CALL(MatNearfarCreateAtTargets(problem.nearfar(4, 20), static_cast<PetscInt>(problem.sources.size() / 12),
                                 problem.targets.data(), "potential,gradient", &mat));
  PetscBool congruent = PETSC_FALSE;
  CALL(MatHasCongruentLayouts(mat, &congruent));
  const Preconditioner pc(mat, 8, 20);
  const QuietErrors quiet;
  EXPECT_EQ(PCSetUp(pc), PETSC_ERR_SUP);
  const auto wide = DenseProblem("laplace", 20, 30, false).nearfar(4, 20);
  const Preconditioner of_wide(wide, 8, 20);
  EXPECT_EQ(PCSetUp(of_wide), PETSC_ERR_SUP);
}

}
}
