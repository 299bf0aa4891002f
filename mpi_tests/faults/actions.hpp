// SPDX-License-Identifier: BSD-3-Clause
// What is done with faults: every phase of set-up, evaluation, updates, reading and writing, with few points.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace nearfar::faults {

struct Action {
  std::string name;
  /// Collective. Makes what the action needs and returns the action, which is collective too and throws where a result
  /// is wrong.
  std::function<std::function<void()>()> prepare;
  /// Collective. Throws unless the file that the action writes is whole, be it the old one or the new one.
  std::function<void()> check{};
};

[[nodiscard]] const std::vector<Action>& all_actions();

}
