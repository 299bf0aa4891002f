// SPDX-License-Identifier: BSD-3-Clause
// Sort of point records by key.
#pragma once

#include <vector>

#include "base/types.hpp"
#include "geometry/morton.hpp"

namespace nearfar {

/// A point as it travels: its key, and where the caller keeps it.
struct PointRecord {
  PointKey key = 0;
  std::int32_t rank = 0;
  Index index = 0;
};

/// Sorts by key, then by rank and index, with all threads.
void radix_sort(std::vector<PointRecord>& records);

}
