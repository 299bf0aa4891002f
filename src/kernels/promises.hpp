// SPDX-License-Identifier: BSD-3-Clause
// What a kernel says of itself against what its sums are.
#pragma once

#include "nearfar/kernel.hpp"

namespace nearfar {

/// Throws UsageError, with what is wrong and where, for a kernel that is not finite, not the same function each time it
/// is called, or not of the degree, symmetry, components, units, derivatives or precision that it claims: at some
/// displacements from 1e-3 to 1e3 times `length`.
void require_promises(const Kernel& kernel, double length = 1.0);

/// Throws UsageError for a homogeneous kernel that is another one in units of some of these lengths.
void require_homogeneous(const Kernel& kernel, const std::vector<double>& lengths);

/// Bytes that differ between kernels with other sums: some of their values.
[[nodiscard]] std::string signature_of(const Kernel& kernel);

}
