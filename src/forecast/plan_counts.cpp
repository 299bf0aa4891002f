// SPDX-License-Identifier: BSD-3-Clause
// What plans count of themselves.
#include "comm/together.hpp"
#include "fmm/memory.hpp"
#include "fmm/plan.hpp"
#include "forecast/communication.hpp"

namespace nearfar {

CommunicationCounts Plan::communication() const {
  const Implementation& plan = *implementation_;
  return together(plan.comm(), [&] {
    plan.shared().require_whole_on_all();
    return count_communication(plan.shared().layout, *plan.interactions, plan.kernel, plan.options.order);
  });
}

std::int64_t Plan::memory_estimate_bytes() const noexcept {
  const Implementation& plan = *implementation_;
  if (!plan.shared().is_whole) return 0;
  return estimate_memory(sizes_of(plan.shared().layout, *plan.interactions), plan.kernel, plan.options);
}

}
