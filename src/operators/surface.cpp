// SPDX-License-Identifier: BSD-3-Clause
#include "operators/surface.hpp"

namespace nearfar {

Surface make_surface(int points_per_edge, double radius) {
  const int last = points_per_edge - 1;
  Surface surface;
  surface.points_per_edge = points_per_edge;
  surface.spacing = 2.0 * radius / last;
  // Coordinates of opposite points are exact negatives of each other.
  const auto coordinate = [last, radius](int i) { return radius * ((2.0 * i - last) / last); };
  for (int i = 0; i <= last; ++i) {
    for (int j = 0; j <= last; ++j) {
      const bool on_a_face = i == 0 || i == last || j == 0 || j == last;
      for (int k = 0; k <= last; k += on_a_face ? 1 : last) {
        surface.grid.push_back(
            {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j), static_cast<std::uint8_t>(k)});
        surface.x.push_back(coordinate(i));
        surface.y.push_back(coordinate(j));
        surface.z.push_back(coordinate(k));
      }
    }
  }
  return surface;
}

}
