// SPDX-License-Identifier: BSD-3-Clause
// Amounts of memory as people write and read them.
#pragma once

#include <cstdint>
#include <string>

namespace nearfar {

/// A number of bytes in the largest unit that keeps it at 1 or more, for example "1.50 GiB".
[[nodiscard]] std::string bytes_text(double bytes);

/// The bytes of "4G", "1.5g", "800M", "64K" or "1e9"; suffixes are powers of 1024. Throws UsageError for anything else
/// and for less than one byte.
[[nodiscard]] std::int64_t parse_bytes(const std::string& text);

}
