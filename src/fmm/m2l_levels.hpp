// SPDX-License-Identifier: BSD-3-Clause
// M2L of all levels, in double or in float.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "operators/level_operators.hpp"
#include "operators/m2l.hpp"

namespace nearfar {

/// M2L of one level: the children of the target parents, and of the parents around them.
struct M2lLevel {
  std::vector<std::array<const double*, 8>> sources;
  std::vector<std::array<double*, 8>> targets;
  std::vector<std::array<std::int32_t, 27>> neighbours;
};

template <class Scalar>
struct M2lLevels {
  /// By level, from 2 on; levels that share their operators share these.
  std::vector<std::shared_ptr<const M2lSpectra<Scalar>>> spectra;
  std::vector<M2lSweep<Scalar>> sweeps;  ///< by level, from 2 on
  M2lWorkspace<Scalar> workspace;

  /// For the levels of `operators` that have none yet.
  void make_spectra(const AllOperators& operators);
  /// `levels`, by level from 0 on, must outlive the sweeps.
  void make_sweeps(std::span<const M2lLevel> levels, int num_threads);
  void reserve(int num_threads);
};

using AnyM2lLevels = std::variant<M2lLevels<double>, M2lLevels<float>>;

}
