// SPDX-License-Identifier: BSD-3-Clause
// Keys in tests: random ones, and their names in messages.
#pragma once

#include <random>
#include <string>

#include "geometry/morton.hpp"

namespace nearfar {

/// 126 random bits.
[[nodiscard]] inline PointKey random_key(std::mt19937_64& random) {
  const PointKey high = random();
  return (high << 64 | random()) % point_key_end;
}

/// Octal digits: the children's numbers from the root on, behind the one in front.
[[nodiscard]] inline std::string name_of(OctantKey key) {
  std::string digits;
  for (; key != 0; key >>= 3) digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(key & 7)));
  return digits;
}

}
