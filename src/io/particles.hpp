// SPDX-License-Identifier: BSD-3-Clause
// Particle files (HDF5, text, numpy) and files of results.
//
//   /particle_data/sources           (n, 3)          coordinates
//   /particle_data/source_densities  (n) or (n, k)   strengths: the components of all source kinds side by side
//   /particle_data/KIND              (n) or (n, c)   the same apart, one dataset for each source kind, named after it
//   /particle_data/targets           (m, 3)          optional; absent: the targets are the sources
//   /particle_data/source_normals    (n, 3)          read where a source kind needs normals
//   /particle_data/target_normals    (m, 3)          read where a field needs normals; absent: the sources' normals,
//                                                    if the targets are the sources
// If there is a dataset of any of the kinds asked for, all strengths are read from such datasets, otherwise from
// source_densities. Any numeric type, byte order, chunking and compression that HDF5 can convert is read.
//
// A name that ends in .csv or .txt is text: rows of `x y z strength... [nx ny nz]`, separated by commas or blanks, with
// the normal where sources or targets need one; # starts a comment. One that ends in .npy is an array of numpy with the
// same rows, one in .npz an archive of arrays named as the datasets above, without /particle_data/.
//
// Files of other programs have these under other names: see InputNames.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <mpi.h>

#include "nearfar/kernel.hpp"

namespace nearfar {

/// Names that a file has for what is read, in place of those above: datasets of HDF5 such as "PartType1/Coordinates",
/// arrays of .npz, or columns that the first line of a text file names. Datasets lie side by side until a row is
/// complete, the next ones are further rows: {"x", "y", "z"} are three columns, {"gas/xyz", "stars/xyz"} two groups of
/// points.
struct InputNames {
  std::vector<std::string> sources{};
  std::vector<std::string> targets{};  ///< empty: the targets are the sources, if `sources` has names
  std::vector<std::string> charges{};
  std::vector<std::string> source_normals{};
  std::vector<std::string> target_normals{};
  std::optional<double> charge{};  ///< of every source, instead of numbers in the file; for one strength a source

  [[nodiscard]] bool any() const noexcept {
    return charge.has_value() ||
           !(sources.empty() && targets.empty() && charges.empty() && source_normals.empty() && target_normals.empty());
  }
};

/// What a file has for an evaluation besides coordinates.
struct ParticleNeeds {
  int num_strengths = 1;  ///< for each source
  bool source_normals = false;
  bool target_normals = false;
  std::vector<Quantity> source_kinds{};  ///< what the strengths consist of; may be empty
  InputNames names{};
};

/// What that kernel needs.
[[nodiscard]] ParticleNeeds needs_of(const Kernel& kernel, const InputNames& names = {});

/// This rank's share of a file: a contiguous block of the rows, blocks in the order of the ranks.
struct Particles {
  std::int64_t num_sources = 0;  ///< in the whole file
  std::int64_t num_targets = 0;
  bool targets_are_sources = true;
  std::vector<double> sources;           ///< [source][3]
  std::vector<double> charges;           ///< [source][num_strengths]
  std::vector<double> targets;           ///< [target][3]; empty when the targets are the sources
  std::vector<double> source_normals{};  ///< [source][3]; empty unless needed
  std::vector<double> target_normals{};  ///< [target][3]; empty unless needed
};

/// Collective. Throws InputError, the same on every rank, when the file cannot be read, a dataset is missing or
/// misshaped, or a number is not finite; the sentence names file, dataset and row.
Particles read_particles(MPI_Comm communicator, const std::string& path, const ParticleNeeds& needs);

/// Collective. Writes particles as write_results does, so that they can be read with the same `needs`.
void write_particles(MPI_Comm communicator, const std::string& path, const Particles& particles,
                     const ParticleNeeds& needs);

using Attribute = std::pair<std::string, std::variant<std::int64_t, double, std::string>>;

/// One dataset of results: rows of `row_shape` (empty: one number) for this rank's targets.
struct ResultArray {
  std::string name;
  std::vector<std::int64_t> row_shape;
  std::span<const double> values;
};

/// Results of one evaluation: datasets GROUP/NAME, the same names on all ranks. The attributes become those of the
/// group, or of each dataset where the group is there already.
struct Results {
  std::vector<ResultArray> arrays;
  std::vector<Attribute> attributes{};
  std::string group = "/results";  ///< may be that of a group within others
  std::string copied{};            ///< an HDF5 file with which the new one begins; empty: none
};

/// Collective. Throws InputError, before hours of work, unless write_results can add its datasets to a copy of the
/// file.
void check_copy(MPI_Comm communicator, const Results& results);

/// Collective. Throws InputError unless an HDF5 file of that many numbers can be written at `path`, before hours of
/// work.
void check_hdf5_writable(MPI_Comm communicator, const std::string& path, std::int64_t num_values = 0);

/// Collective. Writes HDF5 by way of an OutputFile: on an error `path` is left as it was and InputError is thrown on
/// every rank.
void write_results(MPI_Comm communicator, const std::string& path, const Results& results);

}
