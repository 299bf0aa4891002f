// SPDX-License-Identifier: BSD-3-Clause
#include "comm/mpi.hpp"
#include "io/hdf5_dataset.hpp"
#include "io/particles.hpp"
#include "io/paths.hpp"
#include "io/readers.hpp"

namespace nearfar {
namespace {

struct Reader {
  int rank = 0;
  int num_ranks = 1;
  std::size_t slab_bytes = default_slab_bytes;

  [[nodiscard]] std::vector<double> read(const Hdf5Dataset& dataset) const {
    const RowRange rows = rows_of_rank(dataset.num_rows(), rank, num_ranks);
    require_rows_fit(dataset.where, rows.size(), dataset.row_length());
    std::vector<double> values(usize(rows.size() * dataset.row_length()));
    read_rows(dataset, rows, values, slab_bytes);
    require_finite(dataset.where, values, dataset.row_length(), rows.begin);
    return values;
  }
};

void require_points(const Hdf5Dataset& points) {
  if (points.extents.size() == 2 && points.extents[1] == 3) return;
  throw InputError(points.where + ": shape " + points.shape() +
                   " where (n, 3) is needed; store one row x y z per point");
}

void require_charges(const Hdf5Dataset& charges, std::int64_t num_sources, int source_dim) {
  const bool is_vector = charges.extents.size() == 1 && source_dim == 1;
  const bool is_matrix = charges.extents.size() == 2 && charges.extents[1] == source_dim;
  if ((is_vector || is_matrix) && charges.num_rows() == num_sources) return;
  throw InputError(charges.where + ": shape " + charges.shape() + " where (" + std::to_string(num_sources) + ", " +
                   std::to_string(source_dim) +
                   ") is needed; store one row per source with as many numbers as the kernel takes");
}

}

Particles read_hdf5(MPI_Comm communicator, const std::string& path, int source_dim, std::size_t slab_bytes) {
  const SilentHdf5 silent;
  Hdf5Handle file;
  agree(communicator, [&] { file = open_hdf5(communicator, path); });
  const Reader reader{rank_of(communicator), size_of_communicator(communicator), slab_bytes};
  Particles particles;
  agree(communicator, [&] {
    const Hdf5Dataset sources = open_dataset(file, path, "/particle_data/sources");
    const Hdf5Dataset charges = open_dataset(file, path, "/particle_data/source_densities");
    require_points(sources);
    require_charges(charges, sources.num_rows(), source_dim);
    particles.num_sources = sources.num_rows();
    particles.num_targets = sources.num_rows();
    particles.sources = reader.read(sources);
    particles.charges = reader.read(charges);
    const std::string targets_name = "/particle_data/targets";
    particles.targets_are_sources = !hdf5_object_exists(file, path, targets_name);
    if (particles.targets_are_sources) return;
    const Hdf5Dataset targets = open_dataset(file, path, targets_name);
    require_points(targets);
    particles.num_targets = targets.num_rows();
    particles.targets = reader.read(targets);
  });
  return particles;
}

Particles read_particles(MPI_Comm communicator, const std::string& path, int source_dim) {
  agree(communicator, [&] { require_readable(path); });
  if (is_text_name(path)) return read_text(communicator, path, source_dim);
  return read_hdf5(communicator, path, source_dim, default_slab_bytes);
}

}
