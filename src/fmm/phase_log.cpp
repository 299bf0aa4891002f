// SPDX-License-Identifier: BSD-3-Clause
#include "fmm/phase_log.hpp"

#include <omp.h>
#include <petscsys.h>
#include <time.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "base/petsc.hpp"

namespace nearfar {
namespace {

/// No blank, and no more than the 16 characters of the column of -log_view.
[[nodiscard]] std::string event_name(std::string_view phase) {
  std::string name = "Nf" + std::string(phase);
  name[2] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[2])));
  return name;
}

/// PETSc's number of a phase's event; registered when first asked for.
[[nodiscard]] PetscLogEvent event_of(Phase phase) {
  static const auto events = [] {
    PetscClassId id = 0;
    check_petsc(PetscClassIdRegister("nearfar", &id), "PetscClassIdRegister");
    std::array<PetscLogEvent, phase_names.size()> registered{};
    for (std::size_t i = 0; i < phase_names.size(); ++i)
      check_petsc(PetscLogEventRegister(event_name(phase_names[i]).c_str(), id, &registered[i]),
                  "PetscLogEventRegister");
    return registered;
  }();
  return events[static_cast<std::size_t>(phase)];
}

}

PhaseLog::Scope::Scope(PhaseLog& log, Phase phase, double flops)
    : log_(log), phase_(phase), flops_(flops), begin_(now()), in_regions_before_(region_times().wall) {
  (void)PetscLogEventBegin(event_of(phase), nullptr, nullptr, nullptr, nullptr);
  (void)PetscLogFlops(flops);
}

PhaseLog::Scope::~Scope() {
  PhaseTime& time = log_.entry(phase_);
  const double seconds = now() - begin_;
  time.seconds += seconds;
  time.serial_seconds += std::max(0.0, seconds - (region_times().wall - in_regions_before_));
  time.flops += flops_;
  (void)PetscLogEventEnd(event_of(phase_), nullptr, nullptr, nullptr, nullptr);
}

PhaseTimes PhaseLog::times(Phase first, Phase last) const {
  PhaseTimes named;
  for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i)
    named[std::string(phase_names[i])] = times_[i];
  return named;
}

double PhaseLog::thread_now() noexcept {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

int PhaseLog::this_thread() noexcept { return omp_get_thread_num(); }

int num_threads() noexcept { return omp_get_max_threads(); }

}
