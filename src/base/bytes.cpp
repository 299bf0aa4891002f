// SPDX-License-Identifier: BSD-3-Clause
#include "base/bytes.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "nearfar/error.hpp"

namespace nearfar {

std::string bytes_text(double bytes) {
  static constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024.0 && unit + 1 < units.size()) {
    bytes /= 1024.0;
    ++unit;
  }
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.2f %s", bytes, units[unit]);
  return text.data();
}

std::int64_t parse_bytes(const std::string& text) {
  static const std::string suffixes = "KMGkmg";
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string suffix = end;
  const std::size_t place = suffix.empty() ? std::string::npos : suffixes.find(suffix);
  const bool is_known = suffix.empty() || (suffix.size() == 1 && place != std::string::npos);
  const double factor = suffix.empty() || !is_known ? 1.0 : std::pow(1024.0, 1.0 + static_cast<double>(place % 3));
  const double bytes = number * factor;
  if (end == text.c_str() || !is_known || !(bytes >= 1.0 && bytes < 0x1p62))
    throw UsageError("'" + text + "' is no amount of memory: give bytes, or a number with K, M or G, such as 4G");
  return static_cast<std::int64_t>(bytes);
}

}
