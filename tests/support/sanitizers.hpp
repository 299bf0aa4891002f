// SPDX-License-Identifier: BSD-3-Clause
// Whether AddressSanitizer watches the memory: g++ and clang say so in different ways.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define NEARFAR_WATCHED_MEMORY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NEARFAR_WATCHED_MEMORY
#endif
#endif
