// SPDX-License-Identifier: BSD-3-Clause
// GMRES for one matrix and several right-hand sides.
#pragma once

#include <petscksp.h>

#include <string>

namespace boundary {

class Solver {
 public:
  /// Both matrices must outlive the solver. With `near` a sparse part of the matrix preconditions: its incomplete
  /// factors, and where those fail its diagonal. With `blocks`, and unless options say otherwise, blocks of the matrix
  /// itself do, and where one is singular the diagonal of `near`. Without either, nothing does.
  explicit Solver(Mat matrix, Mat near = nullptr, bool blocks = false)
      : matrix_(matrix), near_(near), blocks_(blocks) {}
  ~Solver() { KSPDestroy(&ksp_); }
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  /// Adds to `iterations`; sets `note` where the factors or blocks failed, `failure` where nothing was found.
  PetscErrorCode solve(Vec b, Vec x, PetscInt* iterations, std::string* note, std::string* failure);

 private:
  PetscErrorCode create(PCType type, PetscInt limit);
  PetscErrorCode attempt(Vec b, Vec x, PetscInt* iterations, KSPConvergedReason* reason);

  Mat matrix_ = nullptr, near_ = nullptr;
  KSP ksp_ = nullptr;
  bool blocks_ = false, has_blocks_ = false, has_factors_ = false;
};

}
