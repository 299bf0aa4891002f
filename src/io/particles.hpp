// SPDX-License-Identifier: BSD-3-Clause
// Particle files: HDF5 in the layout of the seed paper's program, or plain text.
//
//   /particle_data/sources           (n, 3)          coordinates
//   /particle_data/source_densities  (n) or (n, k)   charges, k = 1 or the kernel's source_dim
//   /particle_data/targets           (m, 3)          optional; absent: the targets are the sources
// Any numeric type, byte order, chunking and compression that HDF5 can convert is read. A name that ends in .csv or
// .txt is text: rows of `x y z charge...`, separated by commas or blanks, # starts a comment.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <mpi.h>

namespace nearfar {

/// This rank's share of a file: a contiguous block of the rows, blocks in the order of the ranks.
struct Particles {
  std::int64_t num_sources = 0;  ///< in the whole file
  std::int64_t num_targets = 0;
  bool targets_are_sources = true;
  std::vector<double> sources;  ///< [source][3]
  std::vector<double> charges;  ///< [source][source_dim]
  std::vector<double> targets;  ///< [target][3]; empty when the targets are the sources
};

/// Collective. Throws InputError, the same on every rank, when the file cannot be read, a dataset is missing or
/// misshaped, or a number is not finite; the sentence names file, dataset and row.
Particles read_particles(MPI_Comm communicator, const std::string& path, int source_dim);

/// Collective. Writes particles as write_results does.
void write_particles(MPI_Comm communicator, const std::string& path, const Particles& particles, int source_dim);

using Attribute = std::pair<std::string, std::variant<std::int64_t, double, std::string>>;

/// Results of one evaluation: /results/potentials (m) or (m, target_dim), and unless `gradients` is empty on all ranks
/// /results/gradients (m, 3) or (m, target_dim, 3); `attributes` become attributes of /results.
struct Results {
  std::span<const double> potentials;
  std::span<const double> gradients;
  int target_dim = 1;
  std::vector<Attribute> attributes;
};

/// Collective. Throws InputError unless an HDF5 file of that many numbers can be written at `path`, before hours of
/// work.
void check_hdf5_writable(MPI_Comm communicator, const std::string& path, std::int64_t num_values = 0);

/// Collective. Writes HDF5 by way of an OutputFile: on an error `path` is left as it was and InputError is thrown on
/// every rank.
void write_results(MPI_Comm communicator, const std::string& path, const Results& results);

}
