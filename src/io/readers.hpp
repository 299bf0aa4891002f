// SPDX-License-Identifier: BSD-3-Clause
// The formats behind read_particles. All are collective and expect a file that require_readable accepts.
#pragma once

#include "io/particles.hpp"

namespace nearfar {

/// HDF5; no transfer is larger than `slab_bytes`, or one row if that is larger.
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

/// This rank's share of a file of datasets. Not collective: throws InputError on ranks that cannot read theirs.
[[nodiscard]] Particles particles_of_datasets(MPI_Comm communicator, const DatasetFile& datasets,
                                              const ParticleNeeds& needs);

/// Particles of rows x y z strength... [nx ny nz]; the numbers of all ranks' points are left to the caller.
[[nodiscard]] Particles particles_of_rows(std::span<const double> rows, const ParticleNeeds& needs);

/// Numbers in a row of that kind, and what they are: "x y z, the strength and the normal nx ny nz of the point".
[[nodiscard]] int row_length(const ParticleNeeds& needs);
[[nodiscard]] std::string row_description(const ParticleNeeds& needs);

}
