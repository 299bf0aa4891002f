// SPDX-License-Identifier: BSD-3-Clause
// Kernels that are C functions: their sums, and what they are, found by calling them.
#pragma once

#include "nearfar/kernel.hpp"
#include "nearfar/user_kernels.h"

namespace nearfar {

/// What a function says of itself by its values.
struct FoundProperties {
  bool homogeneous = false, symmetric = false;
  int degree = 0;
  std::vector<Component> sources, targets;
};

/// About the size of the domains that it is for.
[[nodiscard]] double length_of(const NearfarUserKernel& function);

/// Throws UsageError for a function whose values depend on what it is called with besides.
[[nodiscard]] FoundProperties find_properties(const NearfarUserKernel& function);

/// The kernel of a function, which is copied but for its strings.
[[nodiscard]] Kernel callback_kernel(const NearfarUserKernel& function, const FoundProperties& properties);

}
