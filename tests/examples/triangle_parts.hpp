// SPDX-License-Identifier: BSD-3-Clause
// Triangles cut into small ones.
#pragma once

#include "examples/boundary/mesh.hpp"

namespace boundary {

/// Calls visit(a, b, c) with the barycentric corners of each of n^2 equal parts.
template <class Visit>
void for_each_part(int n, const Visit& visit) {
  const auto corner = [n](int i, int j) {
    return Vector{static_cast<double>(i) / n, static_cast<double>(j) / n, static_cast<double>(n - i - j) / n};
  };
  for (int i = 0; i < n; ++i)
    for (int j = 0; i + j < n; ++j) {
      visit(corner(i, j), corner(i + 1, j), corner(i, j + 1));
      if (i + j + 1 < n) visit(corner(i + 1, j + 1), corner(i, j + 1), corner(i + 1, j));
    }
}

}
