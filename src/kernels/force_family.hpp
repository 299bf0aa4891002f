// SPDX-License-Identifier: BSD-3-Clause
// What families of forces and velocities alone share: three components on each side, those of vectors.
#pragma once

#include <string>

#include "kernels/family.hpp"

namespace nearfar {

/// The family of one formula from forces to velocities, which is its own transpose.
[[nodiscard]] Family force_family(std::string name, std::string formula, const char* of_force,
                                  std::function<Kernel(const ParameterValues&)> make);

}
