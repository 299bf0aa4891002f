// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/version.hpp"

// The build system defines it for this file from the project's version.
#ifndef NEARFAR_VERSION
#define NEARFAR_VERSION "0.0.0"
#endif

namespace nearfar {

const char* version() noexcept { return NEARFAR_VERSION; }

const char* compiler() noexcept {
#ifdef __clang__
  return __VERSION__;
#else
  return "g++ " __VERSION__;
#endif
}

const char* instruction_set() noexcept {
#if defined(__AVX512F__)
  return "AVX-512 (512 bits)";
#elif defined(__AVX2__) && defined(__FMA__)
  return "AVX2 with FMA (256 bits)";
#elif defined(__AVX__)
  return "AVX (256 bits)";
#elif defined(__SSE2__)
  return "SSE2 (128 bits)";
#elif defined(__ARM_NEON)
  return "NEON (128 bits)";
#else
  return "compiler's default";
#endif
}

}
