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

}
