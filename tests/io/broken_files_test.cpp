// SPDX-License-Identifier: BSD-3-Clause
// Hundreds of broken files of each kind, the same in every run: what is read is whole and finite, and what is not
// read is refused in one printable sentence that begins with the file's name. scripts/fuzz makes others.
#include "support/broken_files.hpp"

#include <gtest/gtest.h>

#include "io/file_support.hpp"
#include "support/reader_checks.hpp"

namespace nearfar {
namespace {

using testing_support::Choices;
using testing_support::Outcomes;
using testing_support::TemporaryDirectory;
using testing_support::write_text_file;

/// write(path, choices) makes a file, whose name ends in `end`, of each of so many seeds.
template <class Write>
[[nodiscard]] Outcomes outcomes_of(const std::string& end, std::uint64_t num_files, const Write& write) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("broken" + end);
  Outcomes outcomes;
  for (std::uint64_t seed = 0; seed < num_files && !testing::Test::HasFailure(); ++seed) {
    Choices choices(seed);
    write(path, choices);
    EXPECT_EQ(outcomes.add(path, 1), "") << "seed " << seed;
  }
  return outcomes;
}

TEST(BrokenFiles, OfTextAreReadWholeOrRefused) {
  const Outcomes outcomes = outcomes_of(
      ".csv", 1000, [](const std::string& path, Choices& choices) { write_text_file(path, broken_text(choices)); });
  EXPECT_GT(outcomes.read, 100);
  EXPECT_GT(outcomes.sentences.size(), 100U);
}

TEST(BrokenFiles, OfNumpyAreReadWholeOrRefused) {
  const Outcomes outcomes = outcomes_of(
      ".npy", 1000, [](const std::string& path, Choices& choices) { write_text_file(path, broken_npy(choices)); });
  EXPECT_GT(outcomes.read, 100);
  EXPECT_GT(outcomes.sentences.size(), 8U);
}

#ifdef NEARFAR_LIBZIP
TEST(BrokenFiles, OfArchivesAreReadWholeOrRefused) {
  const Outcomes outcomes = outcomes_of(
      ".npz", 1000, [](const std::string& path, Choices& choices) { write_text_file(path, broken_npz(choices)); });
  EXPECT_GT(outcomes.read, 100);
  EXPECT_GT(outcomes.sentences.size(), 20U);
}
#endif

TEST(BrokenFiles, OfHdf5AreReadWholeOrRefused) {
  const Outcomes outcomes =
      outcomes_of(".h5", 800, [](const std::string& path, Choices& choices) { write_broken_hdf5(path, choices); });
  EXPECT_GT(outcomes.read, 60);
  EXPECT_GT(outcomes.sentences.size(), 50U);
}

}
}
