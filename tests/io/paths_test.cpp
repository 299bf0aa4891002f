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
using testing_support::TemporaryDirectory;
using testing_support::write_text_file;

std::string reading(const std::string& path) {
  return complaint<InputError>([&] { require_readable(path); });
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
  EXPECT_THAT(reading(directory.file(".")), HasSubstr("is a directory and cannot be read"));
  EXPECT_THAT(reading("/dev/null"), HasSubstr("is a device and cannot be read"));
  EXPECT_THAT(reading(directory.file("a.csv/b")), HasSubstr("Not a directory"));
}

TEST(Paths, ANamedPipeIsRefusedWithoutWaitingForIt) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);

  EXPECT_THAT(reading(path), HasSubstr("is a named pipe and cannot be read"));
}

TEST(Paths, LinksAreFollowedToTheirEnd) {
  const TemporaryDirectory directory;
  write_text_file(directory.file("a.csv"), "1 2 3 4\n");
  std::filesystem::create_symlink("a.csv", directory.file("relative"));
  std::filesystem::create_symlink(directory.file("relative"), directory.file("absolute"));
  std::filesystem::create_symlink("nowhere", directory.file("dangling"));
  std::filesystem::create_symlink("circle", directory.file("circle"));

  EXPECT_EQ(follow_links(directory.file("a.csv")), directory.file("a.csv"));
  EXPECT_EQ(follow_links(directory.file("relative")), directory.file("a.csv"));
  EXPECT_EQ(follow_links(directory.file("absolute")), directory.file("a.csv"));
  EXPECT_EQ(follow_links(directory.file("dangling")), directory.file("nowhere"));
  EXPECT_EQ(follow_links(directory.file("missing")), directory.file("missing"));
  EXPECT_THAT(complaint<InputError>([&] { (void)follow_links(directory.file("circle")); }),
              HasSubstr("circle' is a symbolic link that never ends"));
}

}
}
