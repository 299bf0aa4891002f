// SPDX-License-Identifier: BSD-3-Clause
// What is behind a Plan: translations of its kernel, and an evaluation that joins them with a geometry.
#pragma once

#include <optional>

#include "fmm/geometry.hpp"
#include "fmm/vectors.hpp"
#include "nearfar/plan.hpp"

namespace nearfar {

/// What all ranks know of an apply.
struct Agreement {
  bool with_gradients = false;
  bool finite = true;          ///< all charges
  bool has_room = true;        ///< on all ranks
  std::vector<int> exponents;  ///< of the largest charge of each vector, where it is not of the order of 1
};

struct Plan::Implementation final : GeometryUser {
  /// Collective. `makes_geometry`: for this plan alone, whose times of set-up are then part of the plan's.
  Implementation(Geometry geometry, const Kernel& kernel, const Options& options, bool makes_geometry);
  ~Implementation() override;

  Geometry geometry;
  Options options;  ///< nothing left open
  Kernel kernel;
  bool makes_geometry;
  Translations translations;
  std::optional<Evaluation> evaluation;  ///< not with lists_only
  Interactions* interactions = nullptr;
  PhaseLog log;
  PhaseTimes setup_times, apply_times;

  [[nodiscard]] Geometry::Implementation& shared() const noexcept { return *geometry.implementation_; }
  [[nodiscard]] MPI_Comm comm() const noexcept { return shared().comm(); }

  /// Collective. Plan::apply.
  void apply(const CallerValues& values);
  /// Collective. Plan::multipoles and locals.
  [[nodiscard]] ExpansionBlocks blocks(Expansions Evaluation::*which, int components);

  [[nodiscard]] bool is_homogeneous() const override { return kernel.homogeneous; }
  [[nodiscard]] PhaseWork measured() const override;
  void release() override;
  void refresh() override;

 private:
  /// Throws UsageError where the values do not fit the plan.
  void check_sizes(const CallerValues& values) const;
  /// Collective, by one reduction; by one more where there are many vectors.
  [[nodiscard]] Agreement agree_on_apply(const CallerValues& values) const;
};

}
