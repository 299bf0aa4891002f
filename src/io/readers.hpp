// SPDX-License-Identifier: BSD-3-Clause
// The two formats behind read_particles. Both are collective and expect a file that require_readable accepts.
#pragma once

#include "io/particles.hpp"

namespace nearfar {

/// HDF5; no transfer is larger than `slab_bytes`, or one row if that is larger.
[[nodiscard]] Particles read_hdf5(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs,
                                  std::size_t slab_bytes);

/// Text: every rank parses the lines that begin in its share of the bytes, then rows move to the rank they belong to.
[[nodiscard]] Particles read_text(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs);

}
