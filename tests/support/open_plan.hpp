// SPDX-License-Identifier: BSD-3-Clause
// A plan whose parts tests can look at.
#pragma once

#include "fmm/plan.hpp"

namespace nearfar {

struct OpenPlan {
  /// Collective.
  OpenPlan(MPI_Comm communicator, const Kernel& kernel, const CallerPoints& points, const Options& options,
           const PartitionOptions& partition = {})
      : geometry(std::make_shared<Geometry::Implementation>(communicator, points, Tuning{kernel, options, partition})),
        plan(Geometry(geometry), kernel, geometry->options(), true) {}

  std::shared_ptr<Geometry::Implementation> geometry;
  Plan::Implementation plan;

  [[nodiscard]] Layout& layout() noexcept { return geometry->layout; }
  [[nodiscard]] const TreeStatistics& statistics() const noexcept { return geometry->layout.statistics; }
  [[nodiscard]] Evaluation& evaluation() noexcept { return plan.evaluation.value(); }
};

}
