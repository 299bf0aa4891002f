// SPDX-License-Identifier: BSD-3-Clause
// A plan, and several on one geometry, whose parts tests can look at.
#pragma once

#include "fmm/plan.hpp"

namespace nearfar {

struct OpenPlan {
  /// Collective.
  OpenPlan(MPI_Comm communicator, const Kernel& kernel, const CallerPoints& points, const Options& options,
           const PartitionOptions& partition = {})
      : geometry(std::make_shared<Geometry::Implementation>(communicator, points, Tuning{kernel, options, partition})),
        plan(Geometry(geometry), kernel, geometry->options(), options, true) {}

  std::shared_ptr<Geometry::Implementation> geometry;
  Plan::Implementation plan;

  [[nodiscard]] Layout& layout() noexcept { return geometry->layout; }
  [[nodiscard]] const TreeStatistics& statistics() const noexcept { return geometry->layout.statistics; }
  [[nodiscard]] Evaluation& evaluation() noexcept { return plan.evaluation.value(); }
};

/// A geometry for any number of plans.
struct OpenGeometry {
  /// Collective.
  OpenGeometry(MPI_Comm communicator, const Kernel& tuned_for, const CallerPoints& points, const Options& options)
      : shared(std::make_shared<Geometry::Implementation>(communicator, points, Tuning{tuned_for, options})) {}

  std::shared_ptr<Geometry::Implementation> shared;

  [[nodiscard]] Layout& layout() const noexcept { return shared->layout; }

  /// Collective. Order and precision are given.
  [[nodiscard]] std::unique_ptr<Plan::Implementation> plan(const Kernel& kernel, Options options) const {
    options.points_per_leaf = shared->options().points_per_leaf;
    options.root_scale = shared->options().root_scale;
    return std::make_unique<Plan::Implementation>(Geometry(shared), kernel, options, options, false);
  }
};

}
