// SPDX-License-Identifier: BSD-3-Clause
#include "base/types.hpp"
#include "comm/mpi.hpp"
#include "io/plain_input.hpp"
#include "io/readers.hpp"

namespace nearfar {
Particles read_npy(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs) {
  const std::string where = "file '" + path + "'";
  Particles particles;
  std::int64_t num_points = 0;
  agree(communicator, [&] {
    if (needs.names.any()) throw UsageError(where + ": an array of numpy has no names; leave out those of its parts");
    PlainInput file(path);
    const NpyArray array = read_npy_header(file, where);
    const std::int64_t columns = row_length(needs);
    if (array.extents.size() != 2 || array.extents.back() != columns)
      throw InputError(where + " does not have shape (n, " + std::to_string(columns) +
                       "); store one row per point: " + row_description(needs));
    num_points = array.extents.front();
    const RowRange rows = rows_of_rank(num_points, rank_of(communicator), size_of_communicator(communicator));
    require_rows_fit(where, rows.size(), columns);
    std::vector<double> values(usize(rows.size() * columns));
    read_npy_rows(file, array, rows, values);
    require_finite(where, values, columns, rows.begin);
    particles = particles_of_rows(values, needs);
  });
  particles.num_sources = particles.num_targets = num_points;
  return particles;
}

}
