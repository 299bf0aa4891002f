// SPDX-License-Identifier: BSD-3-Clause
#include "io/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "io/file_support.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

using testing::HasSubstr;
using testing_support::complaint;
using testing_support::content_of;
using testing_support::TemporaryDirectory;
using testing_support::write_text_file;

std::string reading(const std::string& path) {
  return complaint<InputError>([&] { require_readable(path); });
}

std::string writing(const std::string& path) {
  return complaint<InputError>([&] { require_writable(path); });
}

TEST(Paths, TextIsKnownByItsName) {
  EXPECT_TRUE(is_text_name("a.csv"));
  EXPECT_TRUE(is_text_name("dir.h5/a.TXT"));
  EXPECT_FALSE(is_text_name("a.h5"));
  EXPECT_FALSE(is_text_name("dir.csv/a"));
  EXPECT_FALSE(is_text_name("csv"));
}

TEST(Paths, WhatCannotBeReadIsSaid) {
  const TemporaryDirectory directory;
  write_text_file(directory.file("a.csv"), "1 2 3 4\n");

  EXPECT_EQ(reading(directory.file("a.csv")), "");
  EXPECT_THAT(reading(""), HasSubstr("is empty; give a path"));
  EXPECT_THAT(reading(directory.file("b.csv")), HasSubstr("b.csv' cannot be opened: No such file or directory"));
  EXPECT_THAT(reading(directory.file(".")), HasSubstr("is a directory or a device"));
  EXPECT_THAT(reading("/dev/null"), HasSubstr("is a directory or a device"));
  EXPECT_THAT(reading(directory.file("a.csv/b")), HasSubstr("Not a directory"));
}

TEST(Paths, ANamedPipeIsRefusedWithoutWaitingForIt) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);

  EXPECT_THAT(reading(path), HasSubstr("is a directory or a device"));
  EXPECT_THAT(writing(path), HasSubstr("is a directory or a device"));
}

TEST(Paths, WhatCannotBeWrittenIsSaid) {
  const TemporaryDirectory directory;

  EXPECT_THAT(writing(""), HasSubstr("is empty; give a path"));
  EXPECT_THAT(writing(directory.file("nowhere/a.h5")), HasSubstr("there is no directory"));
  EXPECT_THAT(writing(directory.file(".")), HasSubstr("is a directory or a device"));
  EXPECT_THAT(writing("/dev/null"), HasSubstr("is a directory or a device"));
  EXPECT_THAT(writing(directory.file("a.csv")), HasSubstr("choose a name that ends in .h5"));
  EXPECT_THAT(writing(directory.file(std::string(254, 'a'))), HasSubstr("File name too long"));
  EXPECT_THAT(writing("/proc/a.h5"), HasSubstr("cannot be written"));
  EXPECT_EQ(directory.names().size(), 0U);
}

TEST(Paths, AskingWhetherAFileCanBeWrittenChangesNothing) {
  const TemporaryDirectory directory;
  write_text_file(directory.file("old.h5"), "old");
  write_text_file(directory.file("left.h5.part"), "left by another run");

  EXPECT_EQ(writing(directory.file("new.h5")), "");
  EXPECT_EQ(writing(directory.file("old.h5")), "");
  EXPECT_EQ(writing(directory.file("left.h5")), "");

  EXPECT_EQ(directory.names().size(), 2U);
  EXPECT_EQ(content_of(directory.file("old.h5")), "old");
  EXPECT_EQ(content_of(directory.file("left.h5.part")), "left by another run");
}

}
}
