// SPDX-License-Identifier: BSD-3-Clause
// The formats behind read_particles. All are collective; each rank opens the file twice at most.
#pragma once

#include <functional>

#include "io/particles.hpp"
#include "io/rows.hpp"

namespace nearfar {

/// HDF5. Rank 0 finds out what the file holds; the others read their rows from where the numbers lie, and use HDF5
/// only where they do not lie as they are in one piece (compressed ones, big-endian ones). No transfer of HDF5 is
/// larger than `slab_bytes`, or one row if that is larger.
[[nodiscard]] Particles read_hdf5(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs,
                                  std::size_t slab_bytes);

/// Text: every rank parses the lines that begin in its share of the bytes, then rows move to the rank they belong to.
[[nodiscard]] Particles read_text(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs);

/// An array of numpy, [point][x y z strength... [nx ny nz]], which every rank reads its rows of.
[[nodiscard]] Particles read_npy(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs);

/// An archive of numpy with arrays named as the datasets of HDF5, without "/particle_data/". Every rank reads its rows;
/// of compressed arrays also those before them.
[[nodiscard]] Particles read_npz(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs);

class DatasetFile;

/// The rows of a dataset to read, of so many.
using Share = std::function<RowRange(std::int64_t num_rows)>;

[[nodiscard]] Share share_of_rank(MPI_Comm communicator);

/// A share of a file of datasets. Not collective: throws InputError on ranks that cannot read theirs. Asks the file the
/// same for any share.
[[nodiscard]] Particles particles_of_datasets(const DatasetFile& datasets, const ParticleNeeds& needs,
                                              const Share& share);

/// Particles of rows x y z strength... [nx ny nz]; the numbers of all ranks' points are left to the caller.
[[nodiscard]] Particles particles_of_rows(std::span<const double> rows, const ParticleNeeds& needs);

/// Numbers in a row of that kind, and what they are: "x y z, the strength and the normal nx ny nz of the point".
[[nodiscard]] int row_length(const ParticleNeeds& needs);
[[nodiscard]] std::string row_description(const ParticleNeeds& needs);

}
