// SPDX-License-Identifier: BSD-3-Clause
// Files for ParaView: VTKHDF 1.0, unstructured grids, which ParaView 5.10 and later open as .hdf. One piece per rank.
#pragma once

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <mpi.h>

namespace nearfar {

/// A field: name, components of each value, and values, not owned.
struct VtkField {
  std::string name;
  int num_components = 1;
  std::span<const double> values;
};

/// Collective. Points as vertices, with fields of as many values. `points` is [point][3]. Throws InputError when the
/// file cannot be written, UsageError for fields of another length, on all ranks alike.
void write_vtk_points(MPI_Comm communicator, const std::string& path, std::span<const double> points,
                      const std::vector<VtkField>& fields);

/// A cube along the axes.
struct VtkBox {
  std::array<double, 3> lower{};
  double side = 0.0;
};

/// Collective. The same for cubes as voxels.
void write_vtk_boxes(MPI_Comm communicator, const std::string& path, std::span<const VtkBox> boxes,
                     const std::vector<VtkField>& fields);

}
