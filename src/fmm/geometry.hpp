// SPDX-License-Identifier: BSD-3-Clause
// What is behind a Geometry: a layout, the interactions that its plans need, and these plans.
#pragma once

#include <map>

#include "fmm/layout.hpp"
#include "nearfar/geometry.hpp"

namespace nearfar {

/// A plan as the geometry sees it.
class GeometryUser {
 public:
  GeometryUser() = default;
  virtual ~GeometryUser() = default;
  GeometryUser(const GeometryUser&) = delete;
  GeometryUser& operator=(const GeometryUser&) = delete;

  /// Whether operators are of use for any side of the root cube.
  [[nodiscard]] virtual bool is_homogeneous() const = 0;
  /// Times of the last apply.
  [[nodiscard]] virtual PhaseWork measured() const = 0;
  /// Drops all references to the tree, which is about to change.
  virtual void release() = 0;
  /// Collective. Rebuilds everything that depends on the points.
  virtual void refresh() = 0;
};

struct Geometry::Implementation {
  /// Collective.
  Implementation(MPI_Comm communicator, const CallerPoints& points, Tuning tuning);

  Communicator communicator;
  Index num_sources;  ///< of the caller on this rank
  Index num_targets;
  Layout layout;
  std::map<Index, Interactions> interactions;  ///< by direct_limit
  std::vector<GeometryUser*> users;            ///< in the order in which they came, the same on all ranks
  PhaseLog log;
  PhaseTimes setup_times;
  bool is_whole = true;  ///< false once an update has failed on its way

  [[nodiscard]] MPI_Comm comm() const noexcept { return communicator.get(); }
  [[nodiscard]] const Options& options() const noexcept { return layout.tuning.options; }
  void require_whole() const;
  /// Collective.
  void require_whole_on_all() const;

  /// Collective. Those whose small lists become direct sums up to that limit; made at the first call.
  [[nodiscard]] Interactions& interactions_for(Index direct_limit);
  /// Collective. The points have moved; Geometry::update_points.
  void update(std::span<const double> sources, std::span<const double> targets, Balance balance);
  [[nodiscard]] std::vector<GlobalIndex> source_numbers();
  [[nodiscard]] std::vector<GlobalIndex> target_numbers();
  [[nodiscard]] PhaseTimes predicted_times() const;

 private:
  void take(TargetLists lists, Index direct_limit);
  [[nodiscard]] Motion motion(Balance balance) const;
};

}
