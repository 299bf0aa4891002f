// SPDX-License-Identifier: BSD-3-Clause
// What sources and targets are to the expansions of one level. In units of the level's half width, as everything there
// (level_operators.hpp): a charge's component of degree d counts times h^d, a result of degree d is h^(degree + d)
// times what it is in these units.
#pragma once

#include <vector>

#include "nearfar/kernel.hpp"

namespace nearfar {

class PointOperators {
 public:
  /// Of a kernel in units of the level.
  explicit PointOperators(const Kernel& kernel);

  Kernel at_checks;       ///< P2L: charges to potentials of the expansions' kernel
  Kernel from_densities;  ///< M2P: densities of the expansions' kernel to results

  /// P2M: parts of each component of a density are a multiple of a charge's component.
  std::vector<Term> sources;
  /// [component of the density]: whether derivatives take part.
  std::vector<char> has_slopes;
  /// L2P.
  std::vector<Term> targets;  ///< sorted by component
  /// [component of the field]: derivatives up to this order are wanted, without gradients of the results.
  std::vector<int> num_derivatives;

  [[nodiscard]] int source_dim() const noexcept { return at_checks.source_dim; }
  [[nodiscard]] int target_dim() const noexcept { return from_densities.target_dim; }
  /// h^degree of a component of a charge.
  [[nodiscard]] double source_factor(int component, double half_width) const noexcept;
  /// h^(degree of the kernel and of a component of a result).
  [[nodiscard]] double target_factor(int component, double half_width) const noexcept;
  [[nodiscard]] bool has_source_degrees() const noexcept { return has_source_degrees_; }
  [[nodiscard]] bool has_target_degrees() const noexcept { return has_target_degrees_; }

 private:
  bool has_source_degrees_ = false, has_target_degrees_ = false;
};

/// h^degree for a small degree.
[[nodiscard]] double power(double h, int degree) noexcept;

/// Degree of a component relative to that of the kernel.
[[nodiscard]] int degree_of(const std::vector<Component>& components, int component) noexcept;

}
