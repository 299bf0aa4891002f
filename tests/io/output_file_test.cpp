// SPDX-License-Identifier: BSD-3-Clause
#include "io/output_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <span>

#include "io/file_support.hpp"
#include "io/particles.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing_support::complaint;
using testing_support::content_of;
using testing_support::FullDisk;
using testing_support::numbers;
using testing_support::TemporaryDirectory;
using testing_support::write_text_file;

class OutputFiles : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }
  static std::string checking(const std::string& path) {
    return complaint<InputError>([&] { check_writable(MPI_COMM_SELF, path); });
  }
  static std::string writing(const std::string& path) {
    return complaint<InputError>([&] { write_text(MPI_COMM_SELF, path, "text"); });
  }
  static std::string writing_hdf5(const std::string& path) {
    const auto potentials = numbers(0, 10, 1, 1);
    return complaint<InputError>([&] { write_results(MPI_COMM_SELF, path, {{{"potentials", {}, potentials}}}); });
  }

  TemporaryDirectory directory_;
};

TEST_F(OutputFiles, TextIsWrittenWhole) {
  write_text(MPI_COMM_SELF, path("a.json"), "the first text");
  write_text(MPI_COMM_SELF, path("a.json"), "second");

  EXPECT_EQ(content_of(path("a.json")), "second");
  EXPECT_THAT(directory_.names(), ElementsAre("a.json"));
}

TEST_F(OutputFiles, RanksWriteToTheirPlaces) {
  const auto bytes_of = [](const std::string& text) { return std::as_bytes(std::span(text)); };
  OutputFile output(MPI_COMM_SELF, path("a"));
  output.append("........");
  {
    const PlainOutput one(output), another(output);
    one.write(6, bytes_of("gh"));
    another.write(1, bytes_of("bcd"));
    one.flush();
    const std::string sentence = complaint<InputError>([&] {
      const FullDisk full(4);
      another.write(4, bytes_of("ef"));
    });
    EXPECT_THAT(sentence, StartsWith("file '" + path("a") + "' cannot be written: "));
    EXPECT_THAT(sentence, HasSubstr("check that the disk is not full"));
  }
  output.commit();
  EXPECT_EQ(content_of(path("a")), ".bcd..gh");
}

TEST_F(OutputFiles, OnlyACommittedFileIsLeft) {
  write_text_file(path("a"), "old");
  {
    OutputFile file(MPI_COMM_SELF, path("a"));
    file.append("new");
    EXPECT_THAT(file.temporary(), StartsWith(path("a.")));
    EXPECT_EQ(content_of(file.temporary()), "new");
    EXPECT_EQ(content_of(path("a")), "old");
  }
  EXPECT_EQ(content_of(path("a")), "old");
  EXPECT_THAT(directory_.names(), ElementsAre("a"));
}

TEST_F(OutputFiles, TemporaryNamesCannotBeForeseen) {
  const OutputFile one(MPI_COMM_SELF, path("a")), other(MPI_COMM_SELF, path("a"));

  EXPECT_NE(one.temporary(), other.temporary());
  EXPECT_NE(one.temporary(), path("a.part"));
}

TEST_F(OutputFiles, AFileThatEndsInPartIsTheUsers) {
  write_text_file(path("victim"), "victim");
  write_text_file(path("a.part"), "the user's");
  fs::create_symlink("victim", path("b.part"));

  for (const char* name : {"a", "b"}) {
    EXPECT_EQ(checking(path(name)), "");
    EXPECT_EQ(writing(path(name)), "");
    EXPECT_EQ(writing_hdf5(path(name)), "");
  }

  EXPECT_EQ(content_of(path("a.part")), "the user's");
  EXPECT_EQ(content_of(path("victim")), "victim");
  EXPECT_TRUE(fs::is_symlink(path("b.part")));
  EXPECT_THAT(directory_.names(), ElementsAre("a", "a.part", "b", "b.part", "victim"));
}

TEST_F(OutputFiles, ANameThatIsTakenIsNotOpened) {
  write_text_file(path("file"), "old");
  fs::create_symlink("file", path("link"));
  fs::create_symlink("new", path("dangling"));

  for (const char* name : {"file", "link", "dangling"}) {
    EXPECT_LT(create_exclusively(path(name)), 0) << name;
    EXPECT_EQ(errno, EEXIST) << name;
  }

  EXPECT_EQ(content_of(path("file")), "old");
  EXPECT_THAT(directory_.names(), ElementsAre("dangling", "file", "link"));
}

TEST_F(OutputFiles, PermissionsAreThoseOfTheUmask) {
  for (const mode_t mask : {022U, 027U, 077U}) {
    const mode_t before = umask(mask);
    write_text(MPI_COMM_SELF, path("a.json"), "text");
    EXPECT_EQ(writing_hdf5(path("a.h5")), "");
    umask(before);
    for (const char* name : {"a.json", "a.h5"}) {
      struct stat status {};
      ASSERT_EQ(stat(path(name).c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 0777U, 0666U & ~mask) << name;
    }
  }
}

TEST_F(OutputFiles, WhatIsNotARegularFileIsRefusedAndStays) {
  fs::create_directory(path("directory"));
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // From within the directory: an address holds no long path.
  std::string("socket").copy(address.sun_path, sizeof address.sun_path - 1);
  const fs::path before = fs::current_path();
  fs::current_path(path("."));
  const int bound = bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  fs::current_path(before);
  ASSERT_EQ(bound, 0);
  std::vector<std::pair<std::string, std::string>> kinds{
      {"directory", "a directory"}, {"pipe", "a named pipe"}, {"socket", "a socket"}};
  // The numbers of /dev/null; only root may make one.
  if (mknod(path("device").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0) kinds.emplace_back("device", "a device");

  for (const auto& [name, kind] : kinds) {
    fs::create_symlink(name, path("link"));
    const auto type = fs::status(path(name)).type();
    for (const std::string& target : {path(name), path("link")}) {
      const std::string sentence = "file '" + target + "' is " + kind + " and cannot be replaced; choose another name";
      EXPECT_EQ(checking(target), sentence);
      EXPECT_EQ(writing(target), sentence);
      EXPECT_EQ(writing_hdf5(target), sentence);
    }
    EXPECT_EQ(fs::status(path(name)).type(), type);
    fs::remove(path("link"));
  }
  EXPECT_EQ(directory_.names().size(), kinds.size());
  close(listener);
}

TEST_F(OutputFiles, ASymbolicLinkStaysAndItsFileIsReplaced) {
  fs::create_directory(path("elsewhere"));
  write_text_file(path("elsewhere/old"), "old");
  fs::create_symlink("elsewhere/old", path("link"));
  fs::create_symlink(path("elsewhere/new"), path("dangling"));

  EXPECT_EQ(writing(path("link")), "");
  EXPECT_EQ(writing(path("dangling")), "");

  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_TRUE(fs::is_symlink(path("dangling")));
  EXPECT_EQ(content_of(path("elsewhere/old")), "text");
  EXPECT_EQ(content_of(path("elsewhere/new")), "text");
  EXPECT_THAT(directory_.names(), ElementsAre("dangling", "elsewhere", "link"));

  EXPECT_EQ(writing_hdf5(path("link")), "");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_THAT(content_of(path("elsewhere/old")), HasSubstr("HDF"));
}

TEST_F(OutputFiles, WhatCannotBeWrittenIsSaid) {
  EXPECT_THAT(checking(""), HasSubstr("is empty; give a path"));
  EXPECT_THAT(checking(path("nowhere/a.h5")), HasSubstr("there is no directory"));
  EXPECT_THAT(checking(path(std::string(254, 'a'))), HasSubstr("File name too long"));
  EXPECT_THAT(checking("/proc/a.h5"), HasSubstr("cannot be written"));
  EXPECT_THAT(complaint<InputError>([&] { check_hdf5_writable(MPI_COMM_SELF, path("a.csv")); }),
              HasSubstr("choose a name that ends in .h5"));
  EXPECT_THAT(writing_hdf5(path("a.csv")), HasSubstr("choose a name that ends in .h5"));
  EXPECT_THAT(directory_.names(), IsEmpty());
}

TEST_F(OutputFiles, AskingWhetherAFileCanBeWrittenChangesNothing) {
  write_text_file(path("old.h5"), "old");

  EXPECT_EQ(checking(path("new.h5")), "");
  EXPECT_EQ(checking(path("old.h5")), "");

  EXPECT_THAT(directory_.names(), ElementsAre("old.h5"));
  EXPECT_EQ(content_of(path("old.h5")), "old");
}

TEST_F(OutputFiles, ADiskThatIsFullLeavesTheOldText) {
  write_text_file(path("a.json"), "old");
  {
    const FullDisk full(2);
    EXPECT_THAT(writing(path("a.json")), HasSubstr("a.json' cannot be written: File too large; check that the disk"));
  }
  EXPECT_EQ(content_of(path("a.json")), "old");
  EXPECT_THAT(directory_.names(), ElementsAre("a.json"));
}

}
}
