// SPDX-License-Identifier: BSD-3-Clause
// Phases of set-up and evaluation: wall-clock and CPU times, PETSc events with flops, and the threads.
#pragma once

#include <array>
#include <chrono>
#include <string_view>

#include "base/parallel.hpp"
#include "base/region.hpp"
#include "base/types.hpp"
#include "nearfar/reports.hpp"

namespace nearfar {

enum class Phase {
  partition,
  tree,
  lists,
  translations,
  expansions,  // set-up
  p2m,
  m2m,
  m2l,
  p2l,
  l2l,
  l2p,
  m2p,
  p2p,
  communication,  // evaluation
  count
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(Phase::count)> phase_names{
    "partition", "tree", "lists", "translations", "expansions", "P2M", "M2M",
    "M2L",       "P2L",  "L2L",   "L2P",          "M2P",        "P2P", "communication"};

/// Time of one run of some phases. Logs each as a PETSc event named "NfP2M" and so on.
class PhaseLog {
 public:
  /// body(i, thread) for i in [0, count), shared among the threads. Throws what one of them throws.
  /// `flops` is what all of them compute together, for PETSc's log.
  template <class Body>
  void parallel(Phase phase, Index count, double flops, Body&& body) {
    const Scope scope(*this, phase, flops);
    double cpu = 0.0;
    RegionErrors errors;
    Region region(usize(count));
#pragma omp parallel reduction(+ : cpu)
    {
      const double begin = thread_now();
      const int thread = this_thread();
#pragma omp for schedule(dynamic, 1) nowait
      for (Index i = 0; i < count; ++i) region.piece(usize(i), [&] { errors.run([&] { body(i, thread); }); });
      cpu += thread_now() - begin;
    }
    region.end();
    entry(phase).cpu_seconds += cpu;
    errors.rethrow();
  }

  /// Runs an action on the calling thread.
  template <class Action>
  auto serial(Phase phase, Action&& action) {
    const Scope scope(*this, phase, 0.0);
    return action();
  }

  void clear() noexcept { times_ = {}; }
  [[nodiscard]] const PhaseTime& time(Phase phase) const noexcept { return times_[static_cast<std::size_t>(phase)]; }
  /// Phases from `first` to `last` by name.
  [[nodiscard]] PhaseTimes times(Phase first, Phase last) const;

 private:
  class Scope {
   public:
    Scope(PhaseLog& log, Phase phase, double flops);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    PhaseLog& log_;
    Phase phase_;
    double flops_;
    double begin_;
    double in_regions_before_;
  };

  [[nodiscard]] static double now() noexcept {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  /// Processor time of the calling thread, which other processes on the same core do not lengthen.
  [[nodiscard]] static double thread_now() noexcept;
  [[nodiscard]] static int this_thread() noexcept;
  [[nodiscard]] PhaseTime& entry(Phase phase) noexcept { return times_[static_cast<std::size_t>(phase)]; }

  std::array<PhaseTime, static_cast<std::size_t>(Phase::count)> times_{};
};

/// Threads that a parallel phase will use.
[[nodiscard]] int num_threads() noexcept;

}
