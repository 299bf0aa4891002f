// SPDX-License-Identifier: BSD-3-Clause
// What holds after any file, however broken, has been given to a reader.
#pragma once

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>

#include "comm/mpi.hpp"
#include "io/particles.hpp"
#include "io/rows.hpp"
#include "nearfar/error.hpp"

namespace nearfar::testing_support {

/// What is wrong with a sentence about a file; "" if nothing is.
[[nodiscard]] inline std::string fault_of_sentence(std::string_view sentence, const std::string& path) {
  const bool printable = std::all_of(sentence.begin(), sentence.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable) return "not printable: " + std::string(sentence);
  if (sentence.find(path) == std::string_view::npos) return "does not name the file: " + std::string(sentence);
  if (sentence.size() > path.size() + 400) return "too long: " + std::string(sentence);
  return "";
}

/// What is wrong with what was read, on this rank of the communicator; "" if nothing is.
[[nodiscard]] inline std::string fault_of_particles(MPI_Comm communicator, const Particles& particles,
                                                    int num_strengths) {
  const int rank = rank_of(communicator), num_ranks = size_of_communicator(communicator);
  const std::int64_t num_sources = rows_of_rank(particles.num_sources, rank, num_ranks).size();
  const std::int64_t num_targets = rows_of_rank(particles.num_targets, rank, num_ranks).size();
  const auto is = [](const std::vector<double>& values, std::int64_t size) {
    return static_cast<std::int64_t>(values.size()) == size &&
           std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  };
  if (!is(particles.sources, 3 * num_sources)) return "sources are not whole and finite";
  if (!is(particles.charges, num_strengths * num_sources)) return "charges are not whole and finite";
  if (!is(particles.targets, particles.targets_are_sources ? 0 : 3 * num_targets))
    return "targets are not whole and finite";
  if (particles.targets_are_sources && particles.num_targets != particles.num_sources) return "too few targets";
  return "";
}

/// What became of some files.
struct Outcomes {
  int read = 0;
  std::set<std::string> sentences{};  ///< of those that were refused

  /// Reads a file; returns what is wrong about the outcome, "" if nothing is.
  std::string add(const std::string& path, int num_strengths, MPI_Comm communicator = MPI_COMM_WORLD) {
    try {
      const Particles particles = read_particles(communicator, path, {num_strengths});
      ++read;
      return fault_of_particles(communicator, particles, num_strengths);
    } catch (const InputError& error) {
      sentences.insert(error.what());
      return fault_of_sentence(error.what(), path);
    } catch (const std::exception& error) {
      return std::string("not an InputError: ") + error.what();
    }
  }
};

}
