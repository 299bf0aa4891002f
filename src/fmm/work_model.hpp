// SPDX-License-Identifier: BSD-3-Clause
// Predicted time of the phases of an evaluation, octant by octant: what the partition balances.
#pragma once

#include <array>

#include "domain/interactions.hpp"
#include "fmm/phase_log.hpp"
#include "nearfar/options.hpp"
#include "operators/oscillation.hpp"

namespace nearfar {

/// Nanoseconds of one core by phase of the evaluation, P2M to P2P.
struct PhaseWork {
  std::array<double, static_cast<std::size_t>(Phase::p2p) - static_cast<std::size_t>(Phase::p2m) + 1> ns{};

  [[nodiscard]] double& operator[](Phase phase) noexcept { return ns[place(phase)]; }
  [[nodiscard]] double operator[](Phase phase) const noexcept { return ns[place(phase)]; }
  [[nodiscard]] double total() const noexcept;
  PhaseWork& operator+=(const PhaseWork& other) noexcept;

 private:
  [[nodiscard]] static constexpr std::size_t place(Phase phase) noexcept {
    return static_cast<std::size_t>(phase) - static_cast<std::size_t>(Phase::p2m);
  }
};

/// Work of one own octant, where its expansions are.
struct OctantWork {
  OctantKey key = 0;
  PhaseWork work;
};

/// Of all octants that a rank owns, by their slots.
using OctantWorks = UnwrittenVector<OctantWork>;

/// Time of the near field on this processor, relative to the stored rates. Leaf sizes go by the stored rates alone, so
/// that trees are the same on all processors.
[[nodiscard]] double near_field_time_here();

/// From lists and stored rates, into memory that is there; each point counts as `point_weight` points.
void predict_work(const EssentialTree& essential, const TargetLists& lists, const Kernel& kernel,
                  const Options& options, const LevelOrders& orders, int point_weight, OctantWorks& octants);

[[nodiscard]] PhaseWork sum_of(const OctantWorks& octants) noexcept;

/// For the partition, in nanoseconds. Each phase counts `factors` times its prediction.
[[nodiscard]] WorkProfile make_profile(const OctantWorks& octants, const PhaseWork& factors);

/// Points are partitioned anew when their first partition leaves work more uneven than this.
inline constexpr double tolerated_imbalance = 1.03;

/// Factors of 1: the prediction itself.
[[nodiscard]] PhaseWork same_factors() noexcept;

/// CPU time of the phases of an evaluation.
[[nodiscard]] PhaseWork measured_work(const PhaseLog& log);

/// What turns predictions of this rank into what it has measured; 1 in phases without work.
[[nodiscard]] PhaseWork measured_factors(const PhaseWork& predicted, const PhaseWork& measured);

/// Collective. Largest over mean of the ranks; 1 when there is no work.
[[nodiscard]] double imbalance(MPI_Comm communicator, double work);

}
