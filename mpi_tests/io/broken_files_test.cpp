// SPDX-License-Identifier: BSD-3-Clause
// Broken files are read or refused by all ranks alike, and as one rank alone does it.
#include <gtest/gtest.h>

#include "io/file_support.hpp"
#include "support/broken_files.hpp"
#include "support/reader_checks.hpp"

namespace nearfar {
namespace {

using testing_support::Choices;
using testing_support::common_complaint;
using testing_support::complaint;
using testing_support::TemporaryDirectory;

/// This rank's block of rows.
[[nodiscard]] std::vector<double> own_rows(const std::vector<double>& all, std::int64_t num_rows, std::int64_t length) {
  const RowRange rows = rows_of_rank(num_rows, rank_of(MPI_COMM_WORLD), size_of_communicator(MPI_COMM_WORLD));
  return {all.begin() + rows.begin * length, all.begin() + rows.end * length};
}

/// Returns the sentence of a refusal.
std::string expect_same_outcome(const std::string& path) {
  Particles particles, alone;
  const std::string sentence = common_complaint([&] { particles = read_particles(MPI_COMM_WORLD, path, {1}); });
  const std::string sentence_alone = complaint<InputError>([&] { alone = read_particles(MPI_COMM_SELF, path, {1}); });
  EXPECT_EQ(sentence.empty(), sentence_alone.empty()) << sentence << sentence_alone;
  if (!sentence.empty() || !sentence_alone.empty()) return sentence;
  EXPECT_EQ(testing_support::fault_of_particles(MPI_COMM_WORLD, particles, 1), "");
  EXPECT_EQ(particles.num_sources, alone.num_sources);
  EXPECT_EQ(particles.sources, own_rows(alone.sources, alone.num_sources, 3));
  EXPECT_EQ(particles.charges, own_rows(alone.charges, alone.num_sources, 1));
  return "";
}

/// `write(path, choices)` is for rank 0.
template <class Write>
void expect_same_outcomes(const std::string& end, std::uint64_t num_files, const Write& write) {
  const TemporaryDirectory directory;
  for (std::uint64_t seed = 10000; seed < 10000 + num_files && !testing::Test::HasFailure(); ++seed) {
    Choices choices(seed);
    const std::string path = directory.file("broken" + end);
    agree(MPI_COMM_WORLD, [&] {
      if (rank_of(MPI_COMM_WORLD) == 0) write(path, choices);
    });
    EXPECT_EQ(testing_support::fault_of_sentence(expect_same_outcome(path) + path, path), "") << "seed " << seed;
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

TEST(BrokenFiles, OfTextAreTheSameOnAnyNumberOfRanks) {
  expect_same_outcomes(".csv", 200, [](const std::string& path, Choices& choices) {
    std::ofstream(path, std::ios::binary) << broken_text(choices);
  });
}

TEST(BrokenFiles, OfNumpyAreTheSameOnAnyNumberOfRanks) {
  expect_same_outcomes(".npy", 100, [](const std::string& path, Choices& choices) {
    std::ofstream(path, std::ios::binary) << broken_npy(choices);
  });
}

TEST(BrokenFiles, OfArchivesAreTheSameOnAnyNumberOfRanks) {
  expect_same_outcomes(".npz", 100, [](const std::string& path, Choices& choices) {
    std::ofstream(path, std::ios::binary) << broken_npz(choices);
  });
}

TEST(BrokenFiles, OfHdf5AreTheSameOnAnyNumberOfRanks) {
  expect_same_outcomes(
      ".h5", 100, [](const std::string& path, Choices& choices) { testing_support::write_broken_hdf5(path, choices); });
}

}
}
