// SPDX-License-Identifier: BSD-3-Clause
#include "operators/mirror.hpp"

#include <algorithm>
#include <cmath>

#include "operators/kernel_matrix.hpp"

namespace nearfar {

namespace {

[[nodiscard]] OddAxes odd_axes_of(const std::vector<Component>& components, int dim) {
  OddAxes axes(usize(dim), 0);
  for (std::size_t i = 0; i < axes.size(); ++i)
    axes[i] = components.empty() ? (dim == 3 ? 1 << i : 0) : components[i].odd_axes;
  return axes;
}

}

OddAxes odd_axes_of_sources(const Kernel& kernel) { return odd_axes_of(kernel.source_components, kernel.source_dim); }
OddAxes odd_axes_of_targets(const Kernel& kernel) { return odd_axes_of(kernel.target_components, kernel.target_dim); }

bool is_mirror_symmetric(const Kernel& kernel) {
  const PointSet origin{{0.0}, {0.0}, {0.0}};
  // Distances as between the points of operators, in no special direction; then their mirror images.
  const PointSet points{{2.3, -0.7, 0.4}, {1.1, -3.3, 0.9}, {-0.2, 1.7, 2.1}};
  const OddAxes of_sources = odd_axes_of_sources(kernel), of_targets = odd_axes_of_targets(kernel);
  const Matrix values = kernel_matrix(kernel, points, origin);
  double largest = 0.0;
  for (const double value : values.entries) largest = std::max(largest, std::abs(value));
  for (int axis = 0; axis < 3; ++axis) {
    PointSet mirrored = points;
    for (double& coordinate : axis == 0 ? mirrored.x : axis == 1 ? mirrored.y : mirrored.z) coordinate = -coordinate;
    const Matrix images = kernel_matrix(kernel, mirrored, origin);
    for (int i = 0; i < values.rows; ++i) {
      for (int j = 0; j < values.columns; ++j) {
        const int odd_axes = of_targets[usize(i % kernel.target_dim)] ^ of_sources[usize(j)];
        if (std::abs(images(i, j) - mirror_sign(odd_axes, 1 << axis) * values(i, j)) > 1e-14 * largest) return false;
      }
    }
  }
  return true;
}

std::vector<int> mirror_images(const Surface& surface, int axes) {
  std::vector<int> images;
  for (std::array<std::uint8_t, 3> point : surface.grid) {
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (axes >> axis & 1) point[axis] = static_cast<std::uint8_t>(surface.points_per_edge - 1 - point[axis]);
    const auto found = std::lower_bound(surface.grid.begin(), surface.grid.end(), point);
    images.push_back(static_cast<int>(found - surface.grid.begin()));
  }
  return images;
}

}
