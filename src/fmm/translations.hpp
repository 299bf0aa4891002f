// SPDX-License-Identifier: BSD-3-Clause
// The operators of a kernel at one order and precision: they know no points.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "geometry/root_cube.hpp"
#include "nearfar/options.hpp"
#include "operators/level_operators.hpp"
#include "operators/m2l_spectra.hpp"
#include "operators/point_operators.hpp"

namespace nearfar {

/// M2L by level, from 2 on, null above FarField::first_level; levels with equal kernels share them.
template <class Scalar>
using LevelSpectra = std::vector<std::shared_ptr<const M2lSpectra<Scalar>>>;

struct Translations {
  Kernel kernel;                          ///< in units of the root cube
  int order = 0;                          ///< of the largest boxes with a far field
  LevelOrders orders;                     ///< set by make() where they are not those of `order`
  Precision precision = Precision::full;  ///< full or mixed
  FarField far{.first_level = 2};
  AllOperators operators;                                           ///< by level
  std::vector<std::shared_ptr<const PointOperators>> points;        ///< by level
  std::variant<LevelSpectra<double>, LevelSpectra<float>> spectra;  ///< in float for mixed precision
  /// Half width of the root that they are for, in the caller's units; 1 where they are for any, 0 before they are made.
  double length = 0.0;
  double first_side = 0.0;  ///< of the root when the order was chosen, in the caller's units; 0 before

  /// For the levels down to `depth` of a root cube; what is there already is used again where it fits. Throws
  /// UsageError where the kernel oscillates and the cube is too large for the order.
  void make(const Kernel& caller_kernel, const RootCube& root, int depth);
};

/// Spectra that this process has built so far; those that are shared count once.
[[nodiscard]] std::int64_t num_spectra_built() noexcept;

}
