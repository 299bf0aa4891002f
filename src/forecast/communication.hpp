// SPDX-License-Identifier: BSD-3-Clause
// What one evaluation sends between ranks, counted from the graphs that it uses.
#pragma once

#include "fmm/layout.hpp"

namespace nearfar {

/// Of this rank, for one charge vector without gradients.
[[nodiscard]] CommunicationCounts count_communication(const Layout& layout, const Interactions& interactions,
                                                      const Kernel& kernel, int order);

}
