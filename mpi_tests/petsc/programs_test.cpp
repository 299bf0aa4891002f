// SPDX-License-Identifier: BSD-3-Clause
// Programs of boundary-integral users: equations on smooth surfaces, and PETSc's solvers made of several matrices.
#include <gtest/gtest.h>
#include <petscts.h>

#include <numbers>

#include "support/family_problem.hpp"

namespace nearfar {
namespace {

constexpr double tolerance = 1e-6;

/// A smooth closed surface with the midpoint rule, and the matrix of a layer between its points.
struct SurfaceProblem : FamilyProblem {
  std::vector<double> weights;  ///< of this rank's points

  SurfaceProblem(KernelChoice layer, bool is_torus, std::size_t n)
      : FamilyProblem(std::move(layer), 2 * n * n, 2 * n * n, true) {
    std::vector<double> all_weights;
    for (std::size_t k = 0; k < 2 * n * n; ++k) {
      const double u = std::numbers::pi * (static_cast<double>(k / n) + 0.5) / static_cast<double>(n),
                   v = (static_cast<double>(k % n) + 0.5) / static_cast<double>(n);
      const double w = (is_torus ? 2.0 : 1.0) * std::numbers::pi * v;
      const double cell = std::numbers::pi / static_cast<double>(n);
      std::array<double, 3> x{}, normal{};
      if (is_torus) {
        const double radius = 1.0 + 0.4 * std::cos(w);
        x = {radius * std::cos(u), radius * std::sin(u), 0.4 * std::sin(w)};
        normal = {std::cos(w) * std::cos(u), std::cos(w) * std::sin(u), std::sin(w)};
        all_weights.push_back(2.0 * cell * cell * 0.4 * radius);
      } else {
        const double a = 1.0, b = 0.7, c = 0.4;
        const std::array<double, 3> e{std::sin(w) * std::cos(u), std::sin(w) * std::sin(u), std::cos(w)};
        x = {a * e[0], b * e[1], c * e[2]};
        normal = {b * c * e[0], a * c * e[1], a * b * e[2]};
        const double size = std::hypot(normal[0], normal[1], normal[2]);
        for (double& component : normal) component /= size;
        all_weights.push_back(cell * cell * std::sin(w) * size);
      }
      std::copy(x.begin(), x.end(), &all_targets[3 * k]);
      std::copy(normal.begin(), normal.end(), &all_target_normals[3 * k]);
    }
    all_sources = all_targets;
    all_source_normals = all_target_normals;
    const auto own = dealt(all_weights.size(), Deal::blocks, PETSC_COMM_WORLD);
    sources = targets = take(all_targets, own, 3);
    source_normals = target_normals = take(all_target_normals, own, 3);
    weights = take(all_weights, own, 1);
  }
};

struct Solved {
  Owned<Vec> density;
  PetscInt iterations = 0;
};

[[nodiscard]] Solved solve(Mat mat, Vec right_side) {
  Owned<KSP> ksp;
  PC pc = nullptr;
  Solved solved;
  KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
  CALL(VecDuplicate(right_side, &solved.density));
  CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
  CALL(KSPSetType(ksp, KSPGMRES));
  CALL(KSPSetOperators(ksp, mat, mat));
  CALL(KSPSetTolerances(ksp, 0.1 * tolerance, PETSC_DEFAULT, PETSC_DEFAULT, 100));
  CALL(KSPGetPC(ksp, &pc));
  CALL(PCSetType(pc, PCNONE));
  CALL(KSPSolve(ksp, right_side, solved.density));
  CALL(KSPGetConvergedReason(ksp, &reason));
  EXPECT_GT(reason, 0);
  CALL(KSPGetIterationNumber(ksp, &solved.iterations));
  return solved;
}

/// The exterior equations: 1/2 + D + S, the transposed 1/2 + D', and 1/2 + D alone, whose constants are nearly open.
TEST(Programs, SolveEquationsOfTheSecondKindAsWithDenseMatrices) {
  for (const bool is_torus : {false, true})
    for (const auto& [kind, field] :
         {std::pair{"dipole", "potential"}, {"charge", "normal_derivative"}, {"dipole+charge", "potential"}}) {
      const SurfaceProblem problem({"laplace", {kind}, {field}, {}}, is_torus, 14);
      const auto mat = problem.nearfar(0, 0);
      // The oracle has single layers and double layers, but not both of one density.
      SurfaceProblem first = problem;
      const bool has_both = std::string(kind) == "dipole+charge";
      if (has_both) first.choice.source_kinds = {"dipole"};
      const auto dense = first.dense();
      if (has_both) {
        first.choice.source_kinds = {"charge"};
        CALL(MatAXPY(dense, 1.0, first.dense(), SAME_NONZERO_PATTERN));
      }
      CALL(MatNearfarSetTolerance(mat, tolerance));
      const auto weights = vector_of(problem.weights);
      std::vector<Solved> solved;
      const auto right_side = some_vector(mat, true);
      for (const Mat a : {static_cast<Mat>(mat), static_cast<Mat>(dense)}) {
        CALL(MatDiagonalScale(a, nullptr, weights));
        CALL(MatShift(a, std::string(kind) == "charge" ? -0.5 : 0.5));
        solved.push_back(solve(a, right_side));
      }
      const std::string name = std::string(kind) + (is_torus ? " on a torus" : " on an ellipsoid");
      EXPECT_LE(std::abs(solved[0].iterations - solved[1].iterations), 1) << name;
      EXPECT_GT(solved[1].iterations, 5) << name;
      EXPECT_LT(difference(solved[0].density, solved[1].density), 10.0 * tolerance) << name;
    }
}

/// The matrix between two parts of some points, of which the first has those on even places.
[[nodiscard]] Owned<Mat> between(const Points& targets, const Points& sources, bool same) {
  Owned<Mat> mat;
  CALL(MatCreateNearfar(PETSC_COMM_WORLD, static_cast<PetscInt>(targets.size() / 3),
                        static_cast<PetscInt>(sources.size() / 3), PETSC_DETERMINE, PETSC_DETERMINE, targets.data(),
                        same ? nullptr : sources.data(), "laplace", &mat));
  CALL(MatNearfarSetOrder(mat, 8));
  if (same) CALL(MatShift(mat, 60.0));
  return mat;
}

TEST(Programs, NestMatricesAndTakeSchurComplements) {
  const DenseProblem problem("laplace", 200, 200, true);
  Points first, second;
  for (std::size_t i = 0; i < problem.targets.size() / 3; ++i) {
    Points& part = i % 2 == 0 ? first : second;
    part.insert(part.end(), &problem.targets[3 * i], &problem.targets[3 * i] + 3);
  }
  const std::array parts{between(first, first, true), between(first, second, false), between(second, first, false),
                         between(second, second, true)};
  const std::array<Mat, 4> blocks{parts[0], parts[1], parts[2], parts[3]};
  Owned<Mat> nest, dense;
  CALL(MatCreateNest(PETSC_COMM_WORLD, 2, nullptr, 2, nullptr, blocks.data(), &nest));
  const auto right_side = some_vector(nest, true);
  Owned<Vec> x, product;
  CALL(VecDuplicate(right_side, &x));
  CALL(VecDuplicate(right_side, &product));
  const Option type("-nest_pc_type", "fieldsplit"), kind("-nest_pc_fieldsplit_type", "schur"),
      inverse("-nest_fieldsplit_0_pc_type", "none"), complement("-nest_fieldsplit_1_pc_type", "none"),
      inner("-nest_fieldsplit_0_ksp_rtol", "1e-9"), outer("-nest_fieldsplit_1_ksp_rtol", "1e-9");
  Owned<KSP> ksp;
  PC pc = nullptr;
  std::array<IS, 2> fields{};
  CALL(MatNestGetISs(nest, fields.data(), nullptr));
  CALL(KSPCreate(PETSC_COMM_WORLD, &ksp));
  CALL(KSPSetOptionsPrefix(ksp, "nest_"));
  CALL(KSPSetOperators(ksp, nest, nest));
  CALL(KSPSetType(ksp, KSPFGMRES));
  CALL(KSPSetTolerances(ksp, 1e-7, PETSC_DEFAULT, PETSC_DEFAULT, 10));
  CALL(KSPSetFromOptions(ksp));
  CALL(KSPGetPC(ksp, &pc));
  for (std::size_t k = 0; k < 2; ++k) CALL(PCFieldSplitSetIS(pc, std::to_string(k).c_str(), fields[k]));
  CALL(KSPSolve(ksp, right_side, x));
  PetscInt iterations = 0;
  CALL(KSPGetIterationNumber(ksp, &iterations));
  EXPECT_LE(iterations, 2) << "the whole Schur complement is there";
  CALL(MatComputeOperator(nest, MATDENSE, &dense));
  CALL(MatMult(dense, x, product));
  EXPECT_LT(difference(product, right_side), 1e-6);
}

/// du/dt = -K u by a method of Runge and Kutta.
TEST(Programs, StepInTime) {
  const DenseProblem problem("laplace", 150, 150, true);
  const auto mat = problem.nearfar(8), dense = problem.dense();
  std::vector<Owned<Vec>> ends;
  for (const Mat a : {static_cast<Mat>(mat), static_cast<Mat>(dense)}) {
    CALL(MatShift(a, 30.0));
    CALL(MatScale(a, -1.0));
    TS ts = nullptr;
    CALL(TSCreate(PETSC_COMM_WORLD, &ts));
    CALL(TSSetProblemType(ts, TS_LINEAR));
    CALL(TSSetType(ts, TSRK));
    CALL(TSSetRHSFunction(ts, nullptr, TSComputeRHSFunctionLinear, nullptr));
    CALL(TSSetRHSJacobian(ts, a, a, TSComputeRHSJacobianConstant, nullptr));
    CALL(TSSetTimeStep(ts, 0.005));
    CALL(TSSetMaxSteps(ts, 5));
    CALL(TSSetExactFinalTime(ts, TS_EXACTFINALTIME_STEPOVER));
    TSAdapt adapt = nullptr;
    CALL(TSGetAdapt(ts, &adapt));
    CALL(TSAdaptSetType(adapt, TSADAPTNONE));
    ends.push_back(some_vector(a, true));
    CALL(TSSolve(ts, ends.back()));
    CALL(TSDestroy(&ts));
  }
  EXPECT_LT(difference(ends[0], ends[1]), 1e-6);
  EXPECT_GT(difference(ends[0], some_vector(mat, true)), 0.5) << "something has happened";
}

}
}
