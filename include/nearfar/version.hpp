// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "nearfar/version.h"

namespace nearfar {

/// Version of the library that runs, whose header may have been another, "major.minor.patch".
const char* version() noexcept;

/// Compiler that built the library, with its version.
const char* compiler() noexcept;

/// Vector instructions that the loops of kernels and operators use, for example "x86-64-v3 (AVX2 with FMA, 256 bits)":
/// the best that this processor has, unless the environment variable NEARFAR_SIMD (v2, v3 or v4) says otherwise.
const char* instruction_set() noexcept;

}
