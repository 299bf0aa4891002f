// SPDX-License-Identifier: BSD-3-Clause
// A file system may tell only at the end that what was written did not arrive.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/file_support.hpp"
#include "io/particles.hpp"

namespace {

int syncs_until_failure = 0;  ///< none fails at 0

}

/// Takes the place of MPI's own function, by the profiling interface.
extern "C" int MPI_File_sync(MPI_File file) {
  const int code = PMPI_File_sync(file);
  return syncs_until_failure > 0 && --syncs_until_failure == 0 ? MPI_ERR_IO : code;
}

namespace nearfar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::complaint;
using testing_support::content_of;
using testing_support::numbers;
using testing_support::TemporaryDirectory;
using testing_support::write_text_file;

TEST(FailedFlush, IsAFailedWrite) {
  const TemporaryDirectory directory;
  write_text_file(directory.file("a.h5"), "old");
  const auto potentials = numbers(0, 10, 1, 1);
  // The file is flushed once without and once with its numbers.
  for (const int count : {1, 2}) {
    syncs_until_failure = count;
    const std::string sentence = complaint<InputError>([&] {
      write_results(MPI_COMM_WORLD, directory.file("a.h5"), {potentials, {}, 1, {}});
    });
    EXPECT_EQ(syncs_until_failure, 0);
    EXPECT_THAT(sentence, HasSubstr("check that the disk is not full")) << count;
    EXPECT_EQ(content_of(directory.file("a.h5")), "old");
    EXPECT_THAT(directory.names(), ElementsAre("a.h5"));
  }
  syncs_until_failure = 0;
  write_results(MPI_COMM_WORLD, directory.file("a.h5"), {potentials, {}, 1, {}});
  EXPECT_NE(content_of(directory.file("a.h5")), "old");
}

}
}
