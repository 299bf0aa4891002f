// SPDX-License-Identifier: BSD-3-Clause
// A file system may tell only at the end that what was written did not arrive, and may stay full.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <utility>

#include "io/file_support.hpp"
#include "io/particles.hpp"

namespace {

int syncs_until_failure = 0, writes_until_failure = 0, flushes_until_failure = 0;  ///< none fails at 0
/// Whose disk stays full, also when the program ends, which must not crash then.
std::set<MPI_File> full;

bool fails(MPI_File file, int& calls_until_failure) {
  if (calls_until_failure > 0 && --calls_until_failure == 0) full.insert(file);
  return full.contains(file);
}

}

// These take the place of MPI's own functions, by the profiling interface.

extern "C" int MPI_File_sync(MPI_File file) {
  const int code = PMPI_File_sync(file);
  return fails(file, syncs_until_failure) ? MPI_ERR_IO : code;
}

extern "C" int MPI_File_write_at(MPI_File file, MPI_Offset offset, const void* data, int count, MPI_Datatype type,
                                 MPI_Status* status) {
  return fails(file, writes_until_failure) ? MPI_ERR_IO : PMPI_File_write_at(file, offset, data, count, type, status);
}

/// The flushes of nearfar's own files; those of MPI-IO come here as well.
extern "C" int fsync(int descriptor) {
  static const auto of_system = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fsync"));
  if (flushes_until_failure > 0 && --flushes_until_failure == 0) {
    errno = EIO;
    return -1;
  }
  return of_system(descriptor);
}

extern "C" int MPI_File_close(MPI_File* file) {
  full.erase(*file);
  return PMPI_File_close(file);
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

/// Fails the first, second... call of a kind until no call is left to fail. Returns how many there are.
int fail_each(int& calls_until_failure) {
  const TemporaryDirectory directory;
  write_text_file(directory.file("a.h5"), "old");
  const auto potentials = numbers(0, 10, 1, 1);
  for (int count = 1;; ++count) {
    calls_until_failure = count;
    const std::string sentence = complaint<InputError>([&] {
      write_results(MPI_COMM_WORLD, directory.file("a.h5"), {{{"potentials", {}, potentials}}});
    });
    if (std::exchange(calls_until_failure, 0) > 0) {
      EXPECT_EQ(sentence, "");
      EXPECT_NE(content_of(directory.file("a.h5")), "old");
      return count - 1;
    }
    EXPECT_THAT(sentence, HasSubstr("check that the disk is not full")) << count;
    EXPECT_EQ(content_of(directory.file("a.h5")), "old");
    EXPECT_THAT(directory.names(), ElementsAre("a.h5"));
  }
}

TEST(FailedFlush, IsAFailedWrite) { EXPECT_GE(fail_each(syncs_until_failure), 1); }

/// The layout by MPI-IO, each rank's rows, and the whole file before it gets its name.
TEST(FailedFlush, OfEachPartIsAFailedWrite) { EXPECT_GE(fail_each(flushes_until_failure), 3); }

TEST(FailedFlush, SoIsAnyWriteWhereTheDiskStaysFull) { EXPECT_GE(fail_each(writes_until_failure), 3); }

}
}
