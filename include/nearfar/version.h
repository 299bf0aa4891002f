/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NEARFAR_VERSION_H
#define NEARFAR_VERSION_H

#define NEARFAR_VERSION_MAJOR 0
#define NEARFAR_VERSION_MINOR 2
#define NEARFAR_VERSION_PATCH 0

/* Whether this is that version or a later one. */
#define NEARFAR_VERSION_GE(major, minor, patch) \
  (NEARFAR_VERSION_MAJOR > (major) ||           \
   (NEARFAR_VERSION_MAJOR == (major) &&         \
    (NEARFAR_VERSION_MINOR > (minor) || (NEARFAR_VERSION_MINOR == (minor) && NEARFAR_VERSION_PATCH >= (patch)))))

#endif
