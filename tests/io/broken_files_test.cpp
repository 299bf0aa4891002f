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

TEST(BrokenFiles, OfTextAreReadWholeOrRefused) {
  const TemporaryDirectory directory;
  Outcomes outcomes;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Choices choices(seed);
    const std::string path = directory.file("broken.csv");
    write_text_file(path, broken_text(choices));
    ASSERT_EQ(outcomes.add(path, 1), "") << "seed " << seed;
  }
  EXPECT_GT(outcomes.read, 100);
  EXPECT_GT(outcomes.sentences.size(), 100U);
}

TEST(BrokenFiles, OfNumpyAreReadWholeOrRefused) {
  const TemporaryDirectory directory;
  Outcomes outcomes;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Choices choices(seed);
    const std::string path = directory.file("broken.npy");
    write_text_file(path, broken_npy(choices));
    ASSERT_EQ(outcomes.add(path, 1), "") << "seed " << seed;
  }
  EXPECT_GT(outcomes.read, 100);
  EXPECT_GT(outcomes.sentences.size(), 8U);
}

#ifdef NEARFAR_LIBZIP
TEST(BrokenFiles, OfArchivesAreReadWholeOrRefused) {
  const TemporaryDirectory directory;
  Outcomes outcomes;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Choices choices(seed);
    const std::string path = directory.file("broken.npz");
    write_text_file(path, broken_npz(choices));
    ASSERT_EQ(outcomes.add(path, 1), "") << "seed " << seed;
  }
  EXPECT_GT(outcomes.read, 100);
  EXPECT_GT(outcomes.sentences.size(), 20U);
}
#endif

TEST(BrokenFiles, OfHdf5AreReadWholeOrRefused) {
  const TemporaryDirectory directory;
  Outcomes outcomes;
  for (std::uint64_t seed = 0; seed < 800; ++seed) {
    Choices choices(seed);
    const std::string path = directory.file("broken.h5");
    write_broken_hdf5(path, choices);
    ASSERT_EQ(outcomes.add(path, 1), "") << "seed " << seed;
  }
  EXPECT_GT(outcomes.read, 60);
  EXPECT_GT(outcomes.sentences.size(), 50U);
}

}
}
