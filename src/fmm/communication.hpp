// SPDX-License-Identifier: BSD-3-Clause
// What one evaluation sends between ranks, counted from the graphs that it uses.
#pragma once

#include "fmm/engine.hpp"

namespace nearfar {

/// Collective. Of this rank, for one charge vector without gradients.
[[nodiscard]] CommunicationCounts count_communication(const Engine& engine);

}
