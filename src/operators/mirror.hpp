// SPDX-License-Identifier: BSD-3-Clause
// Mirroring coordinates, x -> -x and so on. Sets of axes are numbers of three bits.
//
// Most kernels stay as they are under it, up to the sign of that component of vectors. So do their operators, which
// saves work in set-up and evaluation.
#pragma once

#include <bit>
#include <vector>

#include "base/dense.hpp"
#include "operators/surface.hpp"

namespace nearfar {

/// [component]: axes that reverse its sign when mirrored.
using OddAxes = std::vector<int>;
[[nodiscard]] OddAxes odd_axes_of_sources(const Kernel& kernel);
[[nodiscard]] OddAxes odd_axes_of_targets(const Kernel& kernel);

/// What mirroring some axes does to a value that is odd along others.
[[nodiscard]] constexpr double mirror_sign(int odd_axes, int mirrored_axes) noexcept {
  return std::popcount(static_cast<unsigned>(odd_axes & mirrored_axes)) % 2 == 0 ? 1.0 : -1.0;
}

/// The kernel stays as it is.
[[nodiscard]] bool is_mirror_symmetric(const Kernel& kernel);

/// The mirror image of each point of a surface.
[[nodiscard]] std::vector<int> mirror_images(const Surface& surface, int axes);

}
