// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "nearfar/version.h"

namespace nearfar {

/// Version of the library that runs, whose header may have been another, "major.minor.patch".
const char* version() noexcept;

/// Compiler that built the library, with its version.
const char* compiler() noexcept;

/// Widest vector instructions the library was built for, for example "AVX2 with FMA (256 bits)".
const char* instruction_set() noexcept;

}
