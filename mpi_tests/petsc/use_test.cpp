// SPDX-License-Identifier: BSD-3-Clause
// MATNEARFAR among its users: bad input, other people's messages, memory, what it prints.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <limits>

#include "fmm/translations.hpp"
#include "petsc/mat.hpp"
#include "support/mpi_counts.hpp"
#include "support/petsc_objects.hpp"

namespace nearfar {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(MatInput, RefusesCoordinatesThatAreNotFinite) {
  const DenseProblem problem("laplace", 20, 20, true);
  const auto mat = problem.nearfar();
  Points bad = problem.targets;
  if (is_last_rank()) bad.back() = nan;  // all ranks must fail
  QuietErrors quiet;
  EXPECT_EQ(MatNearfarUpdatePoints(mat, bad.data(), nullptr), PETSC_ERR_ARG_WRONG);
  EXPECT_EQ(MatNearfarSetTargetNormals(mat, bad.data()), PETSC_ERR_ARG_WRONG);
  Owned<Mat> other;
  EXPECT_EQ(MatCreateNearfar(PETSC_COMM_WORLD, problem.local_rows(), problem.local_columns(), PETSC_DETERMINE,
                             PETSC_DETERMINE, bad.data(), nullptr, "laplace", &other),
            PETSC_ERR_ARG_WRONG);
  const DenseProblem apart("laplace", 20, 15, false);
  Points bad_sources = apart.sources;
  if (is_last_rank()) bad_sources.back() = nan;
  Owned<Mat> rectangular;
  EXPECT_EQ(MatCreateNearfar(PETSC_COMM_WORLD, apart.local_rows(), apart.local_columns(), PETSC_DETERMINE,
                             PETSC_DETERMINE, apart.targets.data(), bad_sources.data(), "laplace", &rectangular),
            PETSC_ERR_ARG_WRONG);
}

TEST(MatInput, RefusesWhatDoesNotFit) {
  const DenseProblem problem("laplace", 20, 20, true);
  QuietErrors quiet;
  Owned<Mat> unknown, wrong_sizes, bare, other_type;
  EXPECT_EQ(MatCreateNearfar(PETSC_COMM_WORLD, problem.local_rows(), problem.local_columns(), PETSC_DETERMINE,
                             PETSC_DETERMINE, problem.targets.data(), nullptr, "lapalce", &unknown),
            PETSC_ERR_ARG_OUTOFRANGE);
  CALL(MatCreate(PETSC_COMM_WORLD, &wrong_sizes));
  CALL(MatSetSizes(wrong_sizes, problem.local_rows() + 1, problem.local_columns(), PETSC_DETERMINE, PETSC_DETERMINE));
  CALL(MatSetType(wrong_sizes, MATNEARFAR));
  CALL(MatNearfarSetPoints(wrong_sizes, problem.local_rows(), problem.targets.data(), 0, nullptr));
  EXPECT_EQ(MatSetUp(wrong_sizes), PETSC_ERR_ARG_SIZ);
  CALL(MatCreate(PETSC_COMM_WORLD, &bare));
  CALL(MatSetType(bare, MATNEARFAR));
  EXPECT_EQ(MatNearfarSetUp(bare), PETSC_ERR_ARG_WRONGSTATE);
  CALL(MatCreate(PETSC_COMM_WORLD, &other_type));
  CALL(MatSetType(other_type, MATAIJ));
  EXPECT_EQ(MatNearfarSetOrder(other_type, 4), PETSC_ERR_ARG_WRONG);
}

TEST(MatInput, OfTooManyRowsIsRefusedBeforeItIsMade) {
  QuietErrors quiet;
  int num_ranks = 1;
  CALL(MPI_Comm_size(PETSC_COMM_WORLD, &num_ranks));
  const PetscInt64 share = (std::int64_t{1} << 31) / num_ranks + 1;
  PetscInt64 sum = 0;
  EXPECT_EQ(check_global_size(PETSC_COMM_WORLD, share, "rows", 0x7fffffff, &sum), PETSC_ERR_ARG_OUTOFRANGE);
  EXPECT_EQ(check_global_size(PETSC_COMM_WORLD, share / 2, "rows", 0x7fffffff, &sum), 0);
  EXPECT_EQ(sum, share / 2 * num_ranks);
}

TEST(MatInput, NanGoesThroughAndSolversReportIt) {
  const DenseProblem problem("laplace", 50, 50, true);
  const auto mat = problem.nearfar();
  CALL(MatShift(mat, 10.0));
  const auto b = some_vector(mat, true), x = some_vector(mat, false);
  if (is_last_rank()) CALL(VecSetValue(b, 49, nan, INSERT_VALUES));
  CALL(VecAssemblyBegin(b));
  CALL(VecAssemblyEnd(b));
  CALL(MatMult(mat, b, x));
  PetscReal norm = 0.0;
  CALL(VecNorm(x, NORM_2, &norm));
  EXPECT_TRUE(std::isnan(norm));
  Owned<KSP> ksp;
  CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
  PC pc = nullptr;
  CALL(KSPGetPC(ksp, &pc));
  CALL(PCSetType(pc, PCNONE));
  CALL(KSPSetOperators(ksp, mat, mat));
  CALL(KSPSolve(ksp, b, x));
  KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
  CALL(KSPGetConvergedReason(ksp, &reason));
  EXPECT_EQ(reason, KSP_DIVERGED_NANORINF);
}

TEST(MatInput, NanGoesThroughAllProducts) {
  const DenseProblem problem("laplace", 50, 40, false);
  const auto mat = problem.nearfar();
  const auto x = some_vector(mat, false), y = some_vector(mat, true), u = some_vector(mat, true);
  const auto g = vector_of(std::vector<double>(3 * static_cast<std::size_t>(problem.local_rows())));
  const auto is_nan = [](Vec vec) {
    PetscReal norm = 0.0;
    CALL(VecNorm(vec, NORM_2, &norm));
    return std::isnan(norm);
  };
  if (is_last_rank()) CALL(VecSetValue(x, 39, nan, INSERT_VALUES));
  CALL(VecAssemblyBegin(x));
  CALL(VecAssemblyEnd(x));
  CALL(MatNearfarMultGradient(mat, x, y, g));
  EXPECT_TRUE(is_nan(y) && is_nan(g));
  Owned<Mat> b, c;
  CALL(MatCreateDense(PETSC_COMM_WORLD, problem.local_columns(), PETSC_DECIDE, PETSC_DETERMINE, 2, nullptr, &b));
  if (is_last_rank()) CALL(MatSetValue(b, 39, 1, nan, INSERT_VALUES));
  CALL(MatAssemblyBegin(b, MAT_FINAL_ASSEMBLY));
  CALL(MatAssemblyEnd(b, MAT_FINAL_ASSEMBLY));
  CALL(MatMatMult(mat, b, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &c));
  PetscReal norm = 0.0;
  CALL(MatNorm(c, NORM_FROBENIUS, &norm));
  EXPECT_TRUE(std::isnan(norm));
  CALL(MatMultTranspose(mat, y, x));
  EXPECT_TRUE(is_nan(x));
  CALL(MatMult(mat, some_vector(mat, false), u));
  EXPECT_FALSE(is_nan(u));
}

/// The first message of an error.
PetscErrorCode keep_message(MPI_Comm, int, const char*, const char*, PetscErrorCode code, PetscErrorType type,
                            const char* message, void* kept) {
  if (type == PETSC_ERROR_INITIAL) *static_cast<std::string*>(kept) = message;
  return code;
}

TEST(MatInput, ErrorsNameTheCallsThatDiffer) {
  if (is_one_rank()) GTEST_SKIP() << "needs two ranks";
  const DenseProblem problem("laplace", 20, 20, true);
  const auto mat = problem.nearfar();
  const auto diagonal = some_vector(mat, true);
  Owned<Mat> copy;
  std::string message;
  CALL(PetscPushErrorHandler(keep_message, &message));
  EXPECT_EQ(is_last_rank() ? MatDuplicate(mat, MAT_COPY_VALUES, &copy) : MatGetDiagonal(mat, diagonal),
            PETSC_ERR_ARG_OUTOFRANGE);
  CALL(PetscPopErrorHandler());
  EXPECT_NE(message.find("rank 0 calls MatGetDiagonal"), std::string::npos) << message;
}

TEST(MatUse, TakesTwoReductionsForAProduct) {
  const DenseProblem problem("laplace", 200, 200, true);
  const auto mat = problem.nearfar();
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  const auto product = [&] { return count_mpi([&] { CALL(MatMult(mat, x, y)); }).of("MPI_Allreduce"); };
  CALL(MatSetUp(mat));
  CALL(MatNearfarSetUp(mat));
  EXPECT_EQ(product(), 2) << "the first one too";
  EXPECT_EQ(product(), 2);
  CALL(VecSet(x, nan));
  EXPECT_LE(product(), 2);
  CALL(MatNearfarSetTargetNormals(mat, problem.targets.data()));
  CALL(MatMult(mat, some_vector(mat, false), y));  // makes room for gradients
  EXPECT_EQ(product(), 2);
}

TEST(PlanUse, TakesOneReductionForAnApply) {
  const DenseProblem problem("laplace", 200, 200, true);
  Plan plan(PETSC_COMM_WORLD, make_kernel("laplace"), problem.targets, {.order = 4});
  const std::size_t size = problem.targets.size() / 3;
  std::vector<double> in(9 * size, 1.0), out(9 * size), gradients(27 * size);
  const auto count = [&](int num_vectors, bool with_gradients) {
    const std::size_t num = usize(num_vectors) * size;
    const auto apply = [&] {
      plan.apply(std::span(in).first(num), std::span(out).first(num),
                 std::span(gradients).first(with_gradients ? 3 * num : 0), num_vectors);
    };
    return count_mpi(apply).of("MPI_Allreduce");
  };
  EXPECT_EQ(count(1, false), 1) << "the first one too";
  EXPECT_EQ(count(1, true), 2) << "makes room for gradients";
  EXPECT_EQ(count(1, true), 1);
  EXPECT_EQ(count(8, false), 2) << "makes room for several vectors";
  EXPECT_EQ(count(8, false), 1);
  EXPECT_EQ(count(9, false), 2) << "more magnitudes than travel with the rest";
  EXPECT_EQ(count(1, false), 1);
}

TEST(MatUse, LeavesPendingMessagesAlone) {
  const DenseProblem problem("laplace", 200, 200, true);
  int rank = 0, size = 1;
  CALL(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  CALL(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  double received = 0.0, sent = rank;
  MPI_Request requests[2];
  CALL(MPI_Irecv(&received, 1, MPI_DOUBLE, MPI_ANY_SOURCE, MPI_ANY_TAG, PETSC_COMM_WORLD, &requests[0]));
  const auto mat = problem.nearfar();
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  CALL(MatMult(mat, x, y));
  CALL(MPI_Isend(&sent, 1, MPI_DOUBLE, (rank + 1) % size, 5, PETSC_COMM_WORLD, &requests[1]));
  CALL(MatMult(mat, x, y));
  CALL(MPI_Waitall(2, requests, MPI_STATUSES_IGNORE));
  EXPECT_EQ(received, (rank + size - 1) % size);
}

TEST(MatUse, WorksOnPartsOfTheRanks) {
  int rank = 0;
  CALL(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  MPI_Comm half = MPI_COMM_NULL;
  CALL(MPI_Comm_split(PETSC_COMM_WORLD, rank % 2, 0, &half));
  {
    // Other kernels and sizes here and there.
    const Points points = app::sample_points(app::Distribution::sphere, 3, 10 * rank, 10 * rank + 10 + rank % 2);
    Owned<Mat> mat;
    const auto local = static_cast<PetscInt>(points.size() / 3) * (rank % 2 == 0 ? 1 : 3);
    CALL(MatCreateNearfar(half, local, local, PETSC_DETERMINE, PETSC_DETERMINE, points.data(), nullptr,
                          rank % 2 == 0 ? "laplace" : "stokeslet", &mat));
    const auto x = some_vector(mat, false), y = some_vector(mat, true);
    CALL(MatMult(mat, x, y));
    PetscReal norm = 0.0;
    CALL(VecNorm(y, NORM_2, &norm));
    EXPECT_GT(norm, 0.0);
  }
  CALL(MPI_Comm_free(&half));
}

/// Bytes that this process has now.
[[nodiscard]] double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0.0, resident = 0.0;
  file >> total >> resident;
  return resident * 4096.0;
}

TEST(MatUse, ThousandLivesLeaveNoMemoryBehind) {
  const DenseProblem problem("laplace", 100, 100, true);
  const auto live = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const auto mat = problem.nearfar(3, 30);
      const auto x = some_vector(mat, false), y = some_vector(mat, true);
      CALL(MatMult(mat, x, y));
      CALL(MatNearfarUpdatePoints(mat, problem.targets.data(), nullptr));
      CALL(MatMult(mat, x, y));
    }
  };
  live(100);
  const double before = resident_bytes();
  live(900);
  EXPECT_LT(resident_bytes() - before, 4e6) << "4 kB each";
}

TEST(MatUse, SecondMatrixSharesTheOperators) {
  const DenseProblem problem("stokeslet", 300, 300, true), other("stokeslet", 400, 250, false);
  const auto first = problem.nearfar(4, 20);
  CALL(MatNearfarSetUp(first));
  const std::int64_t num_operators = num_operators_built(), num_spectra = num_spectra_built();
  const auto second = problem.nearfar(4, 20), third = other.nearfar(4, 20);
  CALL(MatNearfarSetUp(second));
  CALL(MatNearfarSetUp(third));
  EXPECT_EQ(num_operators_built(), num_operators);
  EXPECT_EQ(num_spectra_built(), num_spectra);
  const auto x = some_vector(first, false), y = some_vector(first, true), again = some_vector(first, true);
  CALL(MatMult(first, x, y));
  CALL(MatMult(second, x, again));
  EXPECT_EQ(difference(again, y), 0.0);
}

TEST(MatUse, PointsMayBeComposedVectors) {
  const DenseProblem problem("laplace", 90, 60, false);
  Owned<Mat> mat;
  CALL(MatCreate(PETSC_COMM_WORLD, &mat));
  CALL(MatNearfarRegister());
  CALL(MatSetType(mat, MATNEARFAR));
  CALL(MatNearfarSetOrder(mat, 6));
  for (const auto& [name, points] :
       {std::pair{"nearfar_targets", &problem.targets}, std::pair{"nearfar_sources", &problem.sources}}) {
    Owned<Vec> vec;
    CALL(VecCreateMPIWithArray(PETSC_COMM_WORLD, 3, static_cast<PetscInt>(points->size()), PETSC_DETERMINE,
                               points->data(), &vec));
    CALL(PetscObjectCompose(reinterpret_cast<PetscObject>(static_cast<Mat>(mat)), name,
                            reinterpret_cast<PetscObject>(static_cast<Vec>(vec))));
  }
  CALL(MatSetUp(mat));
  EXPECT_LT(difference(mat, problem.dense()), problem.bound());
}

TEST(MatUse, ShowsWhatItIs) {
  const DenseProblem problem("laplace", 500, 500, true);
  const auto mat = problem.nearfar(5, 20);
  CALL(MatNearfarSetCheck(mat, 50));
  const auto x = some_vector(mat, false), y = some_vector(mat, true);
  CALL(MatMult(mat, x, y));
  PetscReal error = -1.0;
  CALL(MatNearfarGetError(mat, &error));
  EXPECT_GT(error, 1e-8);
  EXPECT_LT(error, 3e-5);
  const std::string text = view_text(mat);
  for (const char* word : {"type: nearfar", "kernel laplace", "500 targets, 500 sources", "order 5, 20 points per leaf",
                           "octants", "lists: U", "memory of a rank", "relative error"})
    EXPECT_NE(text.find(word), std::string::npos) << word << " in\n" << text;
}

TEST(MatUse, TakesRanksWithoutPointsAndNoPointsAtAll) {
  for (const PetscInt count : {0, 1, 5}) {
    const Points points = app::sample_points(app::Distribution::cube, 3, 0, count);
    const PetscInt own = is_last_rank() ? count : 0;
    Owned<Mat> mat;
    CALL(MatCreateNearfar(PETSC_COMM_WORLD, own, own, PETSC_DETERMINE, PETSC_DETERMINE,
                          own > 0 ? points.data() : nullptr, nullptr, "laplace", &mat));
    const auto x = some_vector(mat, false), y = some_vector(mat, true);
    CALL(MatMult(mat, x, y));
    PetscReal norm = -1.0;
    CALL(VecNorm(y, NORM_2, &norm));
    if (count < 2)
      EXPECT_EQ(norm, 0.0);
    else
      EXPECT_GT(norm, 0.0);
  }
}

}
}
