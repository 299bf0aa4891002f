// SPDX-License-Identifier: BSD-3-Clause
#include "examples/boundary/solver.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "examples/boundary/problem.hpp"
#include "nearfar/petsc.h"

namespace boundary {
namespace {

/// Unless -ksp_max_it says otherwise.
constexpr PetscInt most_iterations = 1000;
/// Incomplete factors of the near integrals take 17 iterations for 196,608 triangles of a cube, blocks 10. The factors
/// are not stable where surfaces are much closer to each other than their triangles are large.
constexpr PetscInt most_with_factors = 50;
constexpr PetscInt no_limit = std::numeric_limits<PetscInt>::max();

}

/// Takes no more than `limit` iterations, whatever the options allow.
PetscErrorCode Solver::create(PCType type, PetscInt limit) {
  PetscFunctionBegin;
  PC pc = nullptr;
  PetscCall(KSPDestroy(&ksp_));
  PetscCall(KSPCreate(PetscObjectComm(reinterpret_cast<PetscObject>(matrix_)), &ksp_));
  PetscCall(KSPSetOperators(ksp_, matrix_, near_ == nullptr || blocks_ ? matrix_ : near_));
  PetscCall(KSPSetType(ksp_, KSPGMRES));
  PetscCall(KSPGMRESSetRestart(ksp_, 100));
  PetscCall(KSPSetPCSide(ksp_, PC_RIGHT));  // so that the residual is that of the equation itself
  PetscCall(KSPSetTolerances(ksp_, 1e-6, PETSC_DEFAULT, PETSC_DEFAULT, most_iterations));
  PetscCall(KSPGetPC(ksp_, &pc));
  PetscCall(PCSetType(pc, type));
  PetscCall(KSPSetFromOptions(ksp_));
  PetscReal relative = 0.0, absolute = 0.0, divergence = 0.0;
  PetscInt wanted = 0;
  PetscCall(KSPGetTolerances(ksp_, &relative, &absolute, &divergence, &wanted));
  PetscCall(KSPSetTolerances(ksp_, relative, absolute, divergence, std::min(wanted, limit)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode Solver::attempt(Vec b, Vec x, PetscInt* iterations, KSPConvergedReason* reason) {
  PetscFunctionBegin;
  PetscInt taken = 0;
  PetscCall(KSPSolve(ksp_, b, x));
  PetscCall(KSPGetConvergedReason(ksp_, reason));
  PetscCall(KSPGetIterationNumber(ksp_, &taken));
  *iterations += taken;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode Solver::solve(Vec b, Vec x, PetscInt* iterations, std::string* note, std::string* failure) {
  PetscFunctionBegin;
  KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
  if (ksp_ == nullptr) {
    std::array<char, 64> chosen{};
    PetscBool is_chosen = PETSC_FALSE;
    PetscCall(PetscOptionsGetString(nullptr, nullptr, "-pc_type", chosen.data(), chosen.size(), &is_chosen));
    if (is_chosen) blocks_ = std::string(chosen.data()) == PCNEARFAR;
    has_factors_ = near_ != nullptr && !blocks_ && !is_chosen;
    has_blocks_ = blocks_ && !is_chosen;
    const PCType type = blocks_ ? PCNEARFAR : near_ == nullptr ? PCNONE : PCASM;
    PetscCall(create(type, has_factors_ ? most_with_factors : no_limit));
  }
  PetscInt taken = 0;
  std::string fault;
  PetscCall(attempt(b, x, &taken, &reason));
  if (reason == KSP_DIVERGED_PC_FAILED && blocks_) {
    PC pc = nullptr;
    const char* text = nullptr;
    PetscCall(KSPGetPC(ksp_, &pc));
    PetscCall(PCNearfarGetFault(pc, &text));
    fault = ": " + std::string(text) + " (points are the solver's triangles, from 0, in its unit)";
  }
  if (reason < 0 && has_factors_) {
    *note = "with the factors of the near entries the solver did not converge in " + std::to_string(taken) +
            " iterations; their diagonal preconditions instead";
    has_factors_ = false;
    taken = 0;
    PetscCall(create(PCJACOBI, no_limit));
    PetscCall(attempt(b, x, &taken, &reason));
  }
  if (reason == KSP_DIVERGED_PC_FAILED && has_blocks_) {
    *note = near_ == nullptr ? "the equations of some neighbouring triangles have no unique solution, so that nothing "
                               "preconditions (-info says which)"
                             : "the equations of some neighbouring triangles have no unique solution (-info says "
                               "which); the diagonal of the near entries preconditions instead of blocks";
    blocks_ = has_blocks_ = false;
    PetscCall(create(near_ == nullptr ? PCNONE : PCJACOBI, no_limit));
    PetscCall(attempt(b, x, &taken, &reason));
  }
  *iterations += taken;
  if (reason < 0)
    *failure =
        "no density was found (" + std::string(KSPConvergedReasons[reason]) + " after " + std::to_string(taken) +
        " iterations)" +
        (fault.empty() ? ": take smaller triangles where surfaces are close to each other, or try -ksp_max_it 5000"
                       : fault);
  PetscFunctionReturn(PETSC_SUCCESS);
}

}
