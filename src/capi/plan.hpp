// SPDX-License-Identifier: BSD-3-Clause
// What is behind a plan of the C interface.
#pragma once

#include <optional>

#include "capi/session.hpp"
#include "nearfar/nearfar.h"
#include "nearfar/plan.hpp"

struct nearfar_plan final : nearfar::capi::Perishable {
  std::optional<nearfar::Plan> plan;
  nearfar_plan_info info{};

  void release() noexcept override { plan.reset(); }
};

namespace nearfar::capi {

/// For sources and targets of this rank.
[[nodiscard]] nearfar_plan_info info_of(const Plan& plan, const Kernel& kernel, std::int64_t num_sources,
                                        std::int64_t num_targets);

/// Empty where there is no array: the library then finds that numbers are missing, on all ranks.
template <class Number>
[[nodiscard]] std::span<Number> span_of(Number* values, std::int64_t points, int components, int num_vectors = 1) {
  if (values == nullptr || num_vectors < 1) return {};
  return {values, static_cast<std::size_t>(points) * static_cast<std::size_t>(components) *
                      static_cast<std::size_t>(num_vectors)};
}

}
