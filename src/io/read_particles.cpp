// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

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

/// `num_columns` numbers for each source; `what` says what they are.
void require_strengths(const Hdf5Dataset& strengths, std::int64_t num_sources, int num_columns,
                       const std::string& what) {
  const bool is_vector = strengths.extents.size() == 1 && num_columns == 1;
  const bool is_matrix = strengths.extents.size() == 2 && strengths.extents[1] == num_columns;
  if ((is_vector || is_matrix) && strengths.num_rows() == num_sources) return;
  throw InputError(strengths.where + ": shape " + strengths.shape() + " where (" + std::to_string(num_sources) + ", " +
                   std::to_string(num_columns) + ") is needed; store one row per source with " + what);
}

void require_normals(const Hdf5Dataset& normals, std::int64_t num_points, const char* point) {
  if (normals.extents.size() == 2 && normals.extents[1] == 3 && normals.num_rows() == num_points) return;
  throw InputError(normals.where + ": shape " + normals.shape() + " where (" + std::to_string(num_points) +
                   ", 3) is needed; store one row nx ny nz per " + point);
}

/// "charge (1), stresslet (3)".
[[nodiscard]] std::string description_of(const std::vector<Quantity>& kinds) {
  std::string text;
  for (const Quantity& kind : kinds)
    text += (text.empty() ? "" : ", ") + kind.name + " (" + std::to_string(kind.components) + ")";
  return text;
}

/// A file of particles that this rank reads its rows of; not collective.
class File {
 public:
  File(const Hdf5Handle& file, const std::string& path, const Reader& reader)
      : file_(file), path_(path), reader_(reader) {}

  [[nodiscard]] bool has(const std::string& name) const {
    return hdf5_object_exists(file_, path_, "/particle_data/" + name);
  }
  [[nodiscard]] Hdf5Dataset open(const std::string& name) const {
    return open_dataset(file_, path_, "/particle_data/" + name);
  }
  [[nodiscard]] std::vector<double> read(const Hdf5Dataset& dataset) const { return reader_.read(dataset); }

  [[nodiscard]] std::vector<double> read_strengths(std::int64_t num_sources, const ParticleNeeds& needs) const {
    const std::vector<Quantity>& kinds = needs.source_kinds;
    if (std::any_of(kinds.begin(), kinds.end(), [&](const Quantity& kind) { return has(kind.name); }))
      return read_kinds(num_sources, needs);
    const Hdf5Dataset strengths = open("source_densities");
    const std::string what = kinds.empty() ? "as many numbers as the kernel takes"
                                           : "the components of its source kinds: " + description_of(kinds);
    require_strengths(strengths, num_sources, needs.num_strengths, what);
    return read(strengths);
  }

  /// `role` is "source" or "target".
  [[nodiscard]] std::vector<double> read_normals(std::int64_t num_points, const std::string& role,
                                                 const std::string& why) const {
    const std::string name = role + "_normals";
    if (!has(name))
      throw InputError("file '" + path_ + "', dataset '/particle_data/" + name + "': missing; " + why +
                       ": store one row nx ny nz per " + role);
    const Hdf5Dataset normals = open(name);
    require_normals(normals, num_points, role.c_str());
    return read(normals);
  }

 private:
  /// From one dataset for each kind to [source][components of all kinds].
  [[nodiscard]] std::vector<double> read_kinds(std::int64_t num_sources, const ParticleNeeds& needs) const {
    std::vector<double> strengths;
    std::size_t first = 0;
    const std::size_t stride = usize(needs.num_strengths);
    for (const Quantity& kind : needs.source_kinds) {
      if (!has(kind.name))
        throw InputError("file '" + path_ + "', dataset '/particle_data/" + kind.name +
                         "': missing; store one dataset for each source kind, or all in source_densities alone");
      const Hdf5Dataset dataset = open(kind.name);
      require_strengths(dataset, num_sources, kind.components, "the components of the source kind " + kind.name);
      const std::vector<double> values = read(dataset);
      const std::size_t count = usize(kind.components);
      strengths.resize(values.size() / count * stride);
      for (std::size_t i = 0; i < values.size(); ++i) strengths[i / count * stride + first + i % count] = values[i];
      first += count;
    }
    return strengths;
  }

  const Hdf5Handle& file_;
  const std::string& path_;
  const Reader& reader_;
};

void read_all_normals(const File& file, const ParticleNeeds& needs, Particles& particles) {
  const auto read_sources = [&] {
    return file.read_normals(particles.num_sources, "source", "a source kind of this kernel needs normals");
  };
  if (needs.source_normals) particles.source_normals = read_sources();
  if (!needs.target_normals) return;
  if (!particles.targets_are_sources || file.has("target_normals") || !file.has("source_normals"))
    particles.target_normals =
        file.read_normals(particles.num_targets, "target", "a field of this kernel needs normals");
  else
    particles.target_normals = needs.source_normals ? particles.source_normals : read_sources();
}

}

Particles read_hdf5(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs,
                    std::size_t slab_bytes) {
  const SilentHdf5 silent;
  Hdf5Handle handle;
  agree(communicator, [&] { handle = open_hdf5(communicator, path); });
  const Reader reader{rank_of(communicator), size_of_communicator(communicator), slab_bytes};
  Particles particles;
  agree(communicator, [&] {
    const File file(handle, path, reader);
    const Hdf5Dataset sources = file.open("sources");
    require_points(sources);
    particles.num_sources = sources.num_rows();
    particles.num_targets = sources.num_rows();
    particles.sources = file.read(sources);
    particles.charges = file.read_strengths(sources.num_rows(), needs);
    particles.targets_are_sources = !file.has("targets");
    if (!particles.targets_are_sources) {
      const Hdf5Dataset targets = file.open("targets");
      require_points(targets);
      particles.num_targets = targets.num_rows();
      particles.targets = file.read(targets);
    }
    read_all_normals(file, needs, particles);
  });
  return particles;
}

ParticleNeeds needs_of(const Kernel& kernel) {
  return {kernel.num_strengths(), kernel.needs_source_normals(), kernel.needs_target_normals(), kernel.source_kinds};
}

Particles read_particles(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs) {
  agree(communicator, [&] { require_readable(path); });
  if (is_text_name(path)) return read_text(communicator, path, needs);
  return read_hdf5(communicator, path, needs, default_slab_bytes);
}

}
