// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "base/types.hpp"
#include "comm/mpi.hpp"
#include "comm/together.hpp"
#include "io/hdf5_dataset.hpp"
#include "io/particles.hpp"
#include "io/paths.hpp"
#include "io/readers.hpp"
#include "io/table.hpp"

namespace nearfar {
namespace {

/// "charge (1), stresslet (3)".
[[nodiscard]] std::string description_of(const std::vector<Quantity>& kinds) {
  std::string text;
  for (const Quantity& kind : kinds)
    text += (text.empty() ? "" : ", ") + kind.name + " (" + std::to_string(kind.components) + ")";
  return text;
}

/// A file of particles of which a share is read; not collective.
class ParticleFile {
 public:
  ParticleFile(const DatasetFile& file, const Share& share) : file_(file), share_(share) {}

  /// Whether there is a dataset of the usual name.
  [[nodiscard]] bool has(const std::string& usual) const { return file_.has(file_.usual_name(usual)); }

  /// Points, with the number of all in `num_points`. `names` are the caller's; without any the usual name counts.
  [[nodiscard]] std::vector<double> read_points(const std::vector<std::string>& names, const std::string& usual,
                                                std::int64_t& num_points) const {
    const Table points(open(names, usual), 3, -1, "store one row x y z per point");
    num_points = points.num_rows();
    return read(points);
  }

  [[nodiscard]] std::vector<double> read_strengths(std::int64_t num_sources, const ParticleNeeds& needs) const {
    const std::vector<Quantity>& kinds = needs.source_kinds;
    const InputNames& names = needs.names;
    if (names.charge) return std::vector<double>(usize(share_(num_sources).size()), *names.charge);
    if (names.charges.empty() &&
        std::any_of(kinds.begin(), kinds.end(), [&](const Quantity& kind) { return has(kind.name); }))
      return read_kinds(num_sources, needs);
    const std::string what = kinds.empty() ? "as many numbers as the kernel takes"
                                           : "the components of its source kinds: " + description_of(kinds);
    return read(Table(open(names.charges, "source_densities"), needs.num_strengths, num_sources,
                      "store one row per source with " + what));
  }

  /// `role` is "source" or "target"; `why` says why they are needed.
  [[nodiscard]] std::vector<double> read_normals(const std::vector<std::string>& names, std::int64_t num_points,
                                                 const std::string& role, const std::string& why) const {
    const std::string advice = "store one row nx ny nz per " + role, usual = role + "_normals";
    if (names.empty() && !has(usual))
      throw InputError(file_.where(file_.usual_name(usual)) + ": missing; " + why + ": " + advice);
    return read(Table(open(names, usual), 3, num_points, advice));
  }

 private:
  [[nodiscard]] Table::Datasets open(const std::vector<std::string>& names, const std::string& usual) const {
    Table::Datasets datasets;
    if (names.empty()) datasets.push_back(file_.open(file_.usual_name(usual)));
    for (const std::string& name : names) datasets.push_back(file_.open(name));
    return datasets;
  }

  [[nodiscard]] std::vector<double> read(const Table& table) const { return table.read(share_(table.num_rows())); }

  /// From one dataset for each kind to [source][components of all kinds].
  [[nodiscard]] std::vector<double> read_kinds(std::int64_t num_sources, const ParticleNeeds& needs) const {
    Table::Datasets datasets;
    const std::string begin = "store one row per source with the components of the source kind ";
    for (const Quantity& kind : needs.source_kinds) {
      const std::string name = file_.usual_name(kind.name);
      if (!file_.has(name))
        throw InputError(file_.where(name) +
                         ": missing; store one dataset for each source kind, or all in source_densities alone");
      datasets.push_back(file_.open(name));
      require_shape(*datasets.back(), num_sources, kind.components, begin + kind.name);
    }
    return read(Table(std::move(datasets), needs.num_strengths, num_sources, begin + "each"));
  }

  const DatasetFile& file_;
  const Share& share_;
};

void read_all_normals(const ParticleFile& file, const ParticleNeeds& needs, Particles& particles) {
  const InputNames& names = needs.names;
  const auto read_sources = [&] {
    return file.read_normals(names.source_normals, particles.num_sources, "source",
                             "a source kind of this kernel needs normals");
  };
  if (needs.source_normals) particles.source_normals = read_sources();
  if (!needs.target_normals) return;
  const bool named = !names.target_normals.empty() ||
                     (names.source_normals.empty() && (file.has("target_normals") || !file.has("source_normals")));
  if (!particles.targets_are_sources || named)
    particles.target_normals = file.read_normals(names.target_normals, particles.num_targets, "target",
                                                 "a field of this kernel needs normals");
  else
    particles.target_normals = needs.source_normals ? particles.source_normals : read_sources();
}

/// Names of normals that nothing reads are a mistake: perhaps a source kind or a field is missing.
void require_names_in_use(const ParticleNeeds& needs) {
  const bool any = needs.source_normals || needs.target_normals;
  const bool sources_unused = !needs.names.source_normals.empty() && !any;
  const bool targets_unused = !needs.names.target_normals.empty() && !needs.target_normals;
  if (!sources_unused && !targets_unused) return;
  throw UsageError(std::string("the normals of ") + (sources_unused ? "sources" : "targets") +
                   " are named, but nothing that is computed needs them: leave them out, or choose a source kind or "
                   "field that does");
}

void require_one_strength(const ParticleNeeds& needs) {
  if (needs.names.charge && needs.num_strengths != 1)
    throw UsageError("one number for the charges of all sources goes with one strength a source, not with " +
                     std::to_string(needs.num_strengths) + "; name datasets");
}

}

Share share_of_rank(MPI_Comm communicator) {
  return [rank = rank_of(communicator), num_ranks = size_of_communicator(communicator)](std::int64_t num_rows) {
    return rows_of_rank(num_rows, rank, num_ranks);
  };
}

Particles particles_of_datasets(const DatasetFile& datasets, const ParticleNeeds& needs, const Share& share) {
  Particles particles;
  const ParticleFile file(datasets, share);
  const InputNames& names = needs.names;
  particles.sources = file.read_points(names.sources, "sources", particles.num_sources);
  particles.charges = file.read_strengths(particles.num_sources, needs);
  particles.targets_are_sources = names.targets.empty() && (!names.sources.empty() || !file.has("targets"));
  particles.num_targets = particles.num_sources;
  if (!particles.targets_are_sources)
    particles.targets = file.read_points(names.targets, "targets", particles.num_targets);
  read_all_normals(file, needs, particles);
  return particles;
}

ParticleNeeds needs_of(const Kernel& kernel, const InputNames& names) {
  return {kernel.num_strengths(), kernel.needs_source_normals(), kernel.needs_target_normals(), kernel.source_kinds,
          names};
}

Particles read_particles(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs) {
  return together(communicator, [&] {
    if (is_text_name(path) || is_npz_name(path)) agree(communicator, [&] { require_readable(path); });
    require_one_strength(needs);
    require_names_in_use(needs);
    if (is_npy_name(path)) return read_npy(communicator, path, needs);
    if (is_npz_name(path)) return read_npz(communicator, path, needs);
    if (is_text_name(path)) return read_text(communicator, path, needs);
    return read_hdf5(communicator, path, needs, default_slab_bytes);
  });
}

}
