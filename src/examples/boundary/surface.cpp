// SPDX-License-Identifier: BSD-3-Clause
#include "examples/boundary/surface.hpp"

#include <cmath>
#include <numbers>

namespace boundary {

Surface::Surface(MPI_Comm comm, const Mesh& mesh, int num_points, double near_distance)
    : communicator(comm),
      numbers(mesh.surfaces),
      areas(static_cast<std::size_t>(num_surfaces(mesh)), 0.0),
      centres(areas.size()),
      rule(make_rule(num_points)),
      near(near_distance) {
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
    const Triangle& triangle = triangles.emplace_back(mesh, i);
    const auto surface = static_cast<std::size_t>(numbers[i]);
    areas[surface] += triangle.area;
    centres[surface] = centres[surface] + triangle.area * triangle.centroid;
  }
  for (std::size_t k = 0; k < areas.size(); ++k) centres[k] = (1.0 / areas[k]) * centres[k];
  int rank = 0, size = 1;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  begin = triangles.size() * static_cast<std::size_t>(rank) / static_cast<std::size_t>(size);
  end = triangles.size() * static_cast<std::size_t>(rank + 1) / static_cast<std::size_t>(size);
}

double Surface::radius_of(std::size_t surface) const { return std::sqrt(0.25 * std::numbers::inv_pi * areas[surface]); }

std::vector<double> Surface::inverse_radii() const {
  std::vector<double> inverse;
  for (std::size_t k = 0; k < areas.size(); ++k) inverse.push_back(1.0 / radius_of(k));
  return inverse;
}

}
