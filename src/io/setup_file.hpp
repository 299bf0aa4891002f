// SPDX-License-Identifier: BSD-3-Clause
// What setting up a plan has decided, in an HDF5 file: /setup with the datasets `choices` and `cuts`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <mpi.h>

#include "nearfar/options.hpp"

namespace nearfar {

struct SavedSetup {
  Options options;  ///< tolerance, order, points_per_leaf, root_scale and precision, with nothing left open
  std::int64_t num_sources = 0, num_targets = 0;
  std::uint64_t points = 0;          ///< checksum of the coordinates, in any order
  std::uint64_t kernel = 0;          ///< checksum of what describes it
  std::uint64_t tree = 0;            ///< TreeStatistics::checksum
  std::vector<std::int64_t> cuts{};  ///< Geometry::cuts
};

/// Collective. Writes what rank 0 has; throws InputError on all ranks where the file cannot be written.
void write_setup(MPI_Comm communicator, const std::string& path, const SavedSetup& setup);

/// Collective. Rank 0 reads. Throws InputError on all ranks unless write_setup has made the file.
[[nodiscard]] SavedSetup read_setup(MPI_Comm communicator, const std::string& path);

}
