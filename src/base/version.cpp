// SPDX-License-Identifier: BSD-3-Clause
#include "nearfar/version.hpp"

#define NEARFAR_TEXT(number) #number
#define NEARFAR_DOTTED(major, minor, patch) NEARFAR_TEXT(major) "." NEARFAR_TEXT(minor) "." NEARFAR_TEXT(patch)

namespace nearfar {

const char* version() noexcept {
  return NEARFAR_DOTTED(NEARFAR_VERSION_MAJOR, NEARFAR_VERSION_MINOR, NEARFAR_VERSION_PATCH);
}

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
