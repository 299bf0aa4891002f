// SPDX-License-Identifier: BSD-3-Clause
// What a kernel says of itself against what its sums are.
#pragma once

#include "nearfar/kernel.hpp"

namespace nearfar {

/// Throws UsageError, with what is wrong and where, for a kernel that is not finite, not the same function each time it
/// is called, or not of the degree, symmetry, components, units, derivatives or precision that it claims: at some
/// displacements of lengths from 1e-3 to 1e3.
void require_promises(const Kernel& kernel);

/// Bytes that differ between kernels with other sums: some of their values.
[[nodiscard]] std::string signature_of(const Kernel& kernel);

}
