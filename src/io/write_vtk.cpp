// SPDX-License-Identifier: BSD-3-Clause
#include <numeric>

#include "comm/mpi.hpp"
#include "comm/together.hpp"
#include "io/hdf5_dataset.hpp"
#include "io/vtk.hpp"
#include "io/writers.hpp"

namespace nearfar {
namespace {

constexpr double vertex_type = 1.0, voxel_type = 11.0;  ///< VTK_VERTEX, VTK_VOXEL

/// Equal cells of consecutive points that no two cells share.
struct Grid {
  std::span<const double> points;
  std::size_t points_per_cell;
  double cell_type;
  std::string fields_group;
};

[[nodiscard]] std::vector<double> count_up(std::size_t count, std::size_t step) {
  std::vector<double> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<double>(i * step);
  return numbers;
}

void write_grid(MPI_Comm communicator, const std::string& path, const Grid& grid, const std::vector<VtkField>& fields) {
  const std::size_t num_points = grid.points.size() / 3, num_cells = num_points / grid.points_per_cell;
  const std::array<double, 1> point_count{static_cast<double>(num_points)}, cell_count{static_cast<double>(num_cells)};
  // Counted within the piece.
  const std::vector<double> connectivity = count_up(num_points, 1);
  const std::vector<double> offsets = count_up(num_cells + 1, grid.points_per_cell);
  const std::vector<double> types(num_cells, grid.cell_type);
  agree(communicator, [&] {
    for (const VtkField& field : fields)
      if (field.values.size() != num_cells * usize(field.num_components))
        throw UsageError("field " + field.name + " has " + std::to_string(field.values.size()) + " numbers for " +
                         std::to_string(num_cells) + " points or boxes; pass one value for each");
  });
  FileContent content{.group = "/VTKHDF", .columns = {}, .attributes = {}, .vtk_type = "UnstructuredGrid"};
  const auto add = [&](std::string name, std::vector<std::int64_t> shape, std::span<const double> values,
                       Stored stored) {
    content.columns.push_back(make_column(communicator, std::move(name), std::move(shape), values, stored));
  };
  add("NumberOfPoints", {}, point_count, Stored::integer);
  add("NumberOfCells", {}, cell_count, Stored::integer);
  add("NumberOfConnectivityIds", {}, point_count, Stored::integer);
  add("Points", {3}, grid.points, Stored::real);
  add("Connectivity", {}, connectivity, Stored::integer);
  add("Offsets", {}, offsets, Stored::integer);
  add("Types", {}, types, Stored::byte);
  for (const VtkField& field : fields) {
    std::vector<std::int64_t> shape;
    if (field.num_components > 1) shape.push_back(field.num_components);
    add(grid.fields_group + field.name, shape, field.values, Stored::real);
  }
  write_file(communicator, path, content, default_slab_bytes);
}

}

void write_vtk_points(MPI_Comm communicator, const std::string& path, std::span<const double> points,
                      const std::vector<VtkField>& fields) {
  together(communicator, [&] { write_grid(communicator, path, {points, 1, vertex_type, "PointData/"}, fields); });
}

void write_vtk_boxes(MPI_Comm communicator, const std::string& path, std::span<const VtkBox> boxes,
                     const std::vector<VtkField>& fields) {
  together(communicator, [&] {
    std::vector<double> corners;
    corners.reserve(boxes.size() * 24);
    for (const VtkBox& box : boxes)
      for (int corner = 0; corner < 8; ++corner)  // x fastest, as voxels have them
        for (int axis = 0; axis < 3; ++axis)
          corners.push_back(box.lower[usize(axis)] + ((corner >> axis & 1) != 0 ? box.side : 0.0));
    write_grid(communicator, path, {corners, 8, voxel_type, "CellData/"}, fields);
  });
}

}
