// SPDX-License-Identifier: BSD-3-Clause
// One writer behind write_particles and write_results: a group of datasets whose rows are spread over the ranks.
#pragma once

#include "io/particles.hpp"

namespace nearfar {

/// What numbers are in the file; in memory they are doubles.
enum class Stored { real, integer, byte };

/// A dataset: rows [first_row, first_row + values.size() / row length) of num_rows are this rank's.
struct Column {
  std::string name;                     ///< may begin with the name of a subgroup and a slash
  std::vector<std::int64_t> row_shape;  ///< extents after the first
  std::span<const double> values;
  std::int64_t first_row = 0;
  std::int64_t num_rows = 0;  ///< over all ranks
  Stored stored = Stored::real;

  [[nodiscard]] std::int64_t row_length() const noexcept;
};

struct FileContent {
  std::string group;
  std::vector<Column> columns;
  std::vector<Attribute> attributes;  ///< those of rank 0 are written
  std::string vtk_type{};             ///< of a VTKHDF group; empty for other groups
  std::string copied{};               ///< HDF5 file with which the new one begins; empty: none
};

/// Collective. The rows of this rank follow those of the lower ranks. Throws UsageError unless `values` are whole rows.
[[nodiscard]] Column make_column(MPI_Comm communicator, std::string name, std::vector<std::int64_t> row_shape,
                                 std::span<const double> values, Stored stored = Stored::real);

/// Collective. Writes an HDF5 file by way of an OutputFile; no transfer is larger than `slab_bytes`, or one row if that
/// is larger.
void write_file(MPI_Comm communicator, const std::string& path, const FileContent& content, std::size_t slab_bytes);

}
