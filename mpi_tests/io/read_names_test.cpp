// SPDX-License-Identifier: BSD-3-Clause
// Files of other programs: datasets and columns under names of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/file_support.hpp"
#include "io/particles.hpp"

namespace nearfar {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing_support::common_complaint;
using testing_support::complaint;
using testing_support::my_numbers;
using testing_support::number;
using testing_support::numbers;
using testing_support::OddDataset;
using testing_support::TemporaryDirectory;
using testing_support::write_odd_file;
using testing_support::write_text_file;

/// Rows [begin, end) of numbers as a dataset of that many columns; one column is one-dimensional.
OddDataset rows(const std::string& name, std::int64_t begin, std::int64_t end, std::int64_t columns, std::int64_t salt,
                hid_t type = H5T_IEEE_F64LE) {
  std::vector<hsize_t> extents{static_cast<hsize_t>(end - begin)};
  if (columns > 1) extents.push_back(static_cast<hsize_t>(columns));
  return {.name = name, .extents = extents, .values = numbers(begin, end, columns, salt), .type = type};
}

/// One column of numbers(0, count, 3, salt).
OddDataset column(const std::string& name, std::int64_t count, std::int64_t which, std::int64_t salt) {
  OddDataset dataset = rows(name, 0, count, 1, salt);
  for (std::int64_t row = 0; row < count; ++row)
    dataset.values[static_cast<std::size_t>(row)] = number(row + salt, which);
  return dataset;
}

class ReadNames : public testing::Test {
 protected:
  Particles read(const ParticleNeeds& needs) const { return read_particles(MPI_COMM_WORLD, path, needs); }
  std::string complaint_of(const ParticleNeeds& needs) const {
    return common_complaint([&] { static_cast<void>(read(needs)); });
  }

  TemporaryDirectory directory;
  std::string path = directory.file("a.h5");
};

TEST_F(ReadNames, CoordinatesByColumn) {
  write_odd_file(path, {column("/Step#0/x", 101, 0, 5), column("/Step#0/y", 101, 1, 5), column("/Step#0/z", 101, 2, 5),
                        rows("/Step#0/q", 0, 101, 1, 7)});
  const Particles particles =
      read({.names = {.sources = {"Step#0/x", "Step#0/y", "/Step#0/z"}, .charges = {"Step#0/q"}}});
  EXPECT_EQ(particles.num_sources, 101);
  EXPECT_EQ(particles.sources, my_numbers(101, 3, 5));
  EXPECT_EQ(particles.charges, my_numbers(101, 1, 7));
  EXPECT_TRUE(particles.targets_are_sources);
}

TEST_F(ReadNames, NamedSourcesDoNotHaveTheUsualTargets) {
  write_odd_file(path, {rows("/Step#0/points", 0, 101, 3, 5), rows("/Step#0/q", 0, 101, 1, 7),
                        rows("/particle_data/targets", 0, 13, 3, 11)});
  const Particles particles = read({.names = {.sources = {"Step#0/points"}, .charges = {"Step#0/q"}}});
  EXPECT_TRUE(particles.targets_are_sources);
  EXPECT_EQ(particles.num_targets, 101);
}

TEST_F(ReadNames, GroupsOfAnySizeAreJoined) {
  // Single precision, as in snapshots; the rows of a rank begin and end anywhere.
  write_odd_file(
      path, {rows("/PartType0/Coordinates", 0, 40, 3, 5, H5T_IEEE_F32LE), rows("/PartType1/Coordinates", 40, 41, 3, 5),
             rows("/PartType4/Coordinates", 41, 101, 3, 5), rows("/PartType0/Masses", 0, 40, 1, 7),
             rows("/PartType1/Masses", 40, 41, 1, 7), rows("/PartType4/Masses", 41, 101, 1, 7, H5T_STD_I32LE)});
  InputNames names;
  for (const char* group : {"PartType0", "PartType1", "PartType4"}) {
    names.sources.push_back(std::string(group) + "/Coordinates");
    names.charges.push_back(std::string(group) + "/Masses");
  }
  const Particles particles = read({.names = names});
  EXPECT_EQ(particles.num_sources, 101);
  EXPECT_EQ(particles.sources, my_numbers(101, 3, 5));
  EXPECT_EQ(particles.charges, my_numbers(101, 1, 7));
}

TEST_F(ReadNames, GroupsOfColumns) {
  // Two groups of points, each of three columns.
  std::vector<OddDataset> datasets{rows("/q", 0, 20, 1, 7)};
  InputNames names{.charges = {"q"}};
  for (const char* group : {"/a/", "/b/"}) {
    for (std::int64_t axis = 0; axis < 3; ++axis) {
      names.sources.push_back(group + std::to_string(axis));
      datasets.push_back(column(names.sources.back(), 10, axis, group[1] == 'a' ? 5 : 15));
    }
  }
  write_odd_file(path, datasets);
  EXPECT_EQ(read({.names = names}).sources, my_numbers(20, 3, 5));
}

TEST_F(ReadNames, TargetsNormalsAndAConstantCharge) {
  write_odd_file(path, {rows("/p", 0, 50, 3, 5), rows("/n", 0, 50, 3, 9), rows("/probes", 0, 13, 3, 11),
                        rows("/up", 0, 13, 3, 17)});
  const Particles particles = read({.source_normals = true,
                                    .target_normals = true,
                                    .names = {.sources = {"p"},
                                              .targets = {"probes"},
                                              .source_normals = {"n"},
                                              .target_normals = {"up"},
                                              .charge = 0.25}});
  EXPECT_EQ(particles.num_targets, 13);
  EXPECT_EQ(particles.targets, my_numbers(13, 3, 11));
  EXPECT_EQ(particles.source_normals, my_numbers(50, 3, 9));
  EXPECT_EQ(particles.target_normals, my_numbers(13, 3, 17));
  EXPECT_EQ(particles.charges.size(), particles.sources.size() / 3);
  EXPECT_THAT(particles.charges, Each(0.25));
}

TEST_F(ReadNames, WhatDoesNotFitIsNamed) {
  write_odd_file(path, {{.name = "/empty", .extents = {50, 0}, .values = {}},
                        rows("/p", 0, 50, 3, 5),
                        rows("/two", 0, 50, 2, 5),
                        rows("/q", 0, 50, 1, 7),
                        rows("/short", 0, 49, 1, 7)});
  const auto complaint_about = [&](std::vector<std::string> sources, std::vector<std::string> charges) {
    return complaint_of({.names = {.sources = std::move(sources), .charges = std::move(charges)}});
  };
  EXPECT_THAT(complaint_about({"none"}, {"q"}), HasSubstr("dataset '/none': missing"));
  EXPECT_THAT(complaint_about({"two"}, {"q"}), HasSubstr("'/two': shape (50, 2) where (n, 3) is needed"));
  EXPECT_THAT(complaint_about({"p", "two"}, {"q"}), HasSubstr("'/two': shape (50, 2) where 1 more columns are needed"));
  EXPECT_THAT(complaint_about({"two", "two"}, {"q"}), HasSubstr("shape (50, 2) where at most 1 columns complete"));
  EXPECT_THAT(complaint_about({"two", "short"}, {"q"}),
              HasSubstr("'/short': shape (49) where the dataset before it has shape (50, 2)"));
  EXPECT_THAT(complaint_about({"empty", "p"}, {"q"}), HasSubstr("'/empty': shape (50, 0) where at most 3 columns"));
  EXPECT_THAT(complaint_about({"p"}, {"short"}), HasSubstr("shape (49) where (50, 1) is needed"));
  EXPECT_THAT(complaint_about({"p"}, {"q", "short"}),
              HasSubstr("'/short': with the datasets before it 99 rows where 50 are needed"));
  EXPECT_THAT(complaint_about({"two", "q"}, {}), HasSubstr("source_densities': missing"));
  const auto charge_of_two = [&] { static_cast<void>(read({.num_strengths = 2, .names = {.charge = 1.0}})); };
  EXPECT_THAT(complaint<UsageError>(charge_of_two), HasSubstr("one strength a source, not with 2"));
}

TEST_F(ReadNames, NormalsThatNothingNeedsAreRefused) {
  write_odd_file(path, {rows("/p", 0, 50, 3, 5), rows("/n", 0, 50, 3, 9)});
  const auto complaint_about = [&](ParticleNeeds needs) {
    needs.names.sources = {"p"};
    needs.names.charge = 1.0;
    return complaint<UsageError>([&] { static_cast<void>(read(needs)); });
  };
  EXPECT_THAT(complaint_about({.names = {.source_normals = {"n"}}}), HasSubstr("the normals of sources are named"));
  EXPECT_THAT(complaint_about({.source_normals = true, .names = {.source_normals = {"n"}, .target_normals = {"n"}}}),
              HasSubstr("the normals of targets are named"));
  EXPECT_EQ(complaint_about({.target_normals = true, .names = {.source_normals = {"n"}}}), "");
}

TEST_F(ReadNames, ColumnsOfTextByHeader) {
  path = directory.file("stars.csv");
  std::string text = "\xEF\xBB\xBFname, z,mass ,x,note,y\r\n";
  for (std::int64_t row = 0; row < 101; ++row) {
    const auto at = [&](std::int64_t salt, std::int64_t which) { return std::to_string(number(row + salt, which)); };
    text += "star " + std::to_string(row) + "," + at(5, 2) + ", " + at(7, 0) + "," + at(5, 0) + ",," + at(5, 1) + "\n";
    if (row == 50) text += "\n# a remark\n";
  }
  write_text_file(path, text);
  const Particles particles = read({.names = {.sources = {"x", "y", "z"}, .charges = {"mass"}}});
  EXPECT_EQ(particles.num_sources, 101);
  EXPECT_EQ(particles.sources, my_numbers(101, 3, 5));
  EXPECT_EQ(particles.charges, my_numbers(101, 1, 7));

  EXPECT_THAT(complaint_of({.names = {.sources = {"x", "y", "zz"}, .charges = {"mass"}}}),
              HasSubstr("stars.csv', line 1: no column is called 'zz'"));
  EXPECT_THAT(complaint_of({.names = {.sources = {"x", "y", "z"}, .charges = {"note"}}}),
              HasSubstr("line 2: the column 'note' is empty"));
  EXPECT_THAT(complaint_of({.names = {.sources = {"x", "y", "z"}, .charges = {"name"}}}),
              HasSubstr("line 2: 'star 0' is not a number"));
}

TEST_F(ReadNames, ColumnsBetweenBlanksAndAConstantCharge) {
  path = directory.file("a.txt");
  write_text_file(path, "# x y z nx ny nz\n1 2 3 4 5 6\n 7  8 9 10\t11 12 \n1 2 3\n");
  const ParticleNeeds needs{.source_normals = true,
                            .names = {.sources = {"x", "y", "z"}, .source_normals = {"nx", "ny", "nz"}, .charge = 2.0}};
  EXPECT_THAT(complaint_of(needs), HasSubstr("line 4: 3 columns where the first line names 6"));
  write_text_file(path, "# x y z nx ny nz\n1 2 3 4 5 6\n 7  8 9 10\t11 12 \n");
  const Particles particles = read(needs);
  EXPECT_EQ(particles.num_sources, 2);
  const auto of_all = [](const std::vector<double>& own) { return all_gather_lists(MPI_COMM_WORLD, own); };
  EXPECT_THAT(of_all(particles.sources), testing::ElementsAre(1, 2, 3, 7, 8, 9));
  EXPECT_THAT(of_all(particles.charges), testing::ElementsAre(2, 2));
  EXPECT_THAT(of_all(particles.source_normals), testing::ElementsAre(4, 5, 6, 10, 11, 12));
  const auto two_names = [&] { static_cast<void>(read({.names = {.sources = {"x", "y"}, .charge = 2.0}})); };
  EXPECT_THAT(complaint<UsageError>(two_names), HasSubstr("the names of 3 columns for the sources, not 2"));
  const auto no_charges = [&] { static_cast<void>(read({.names = {.sources = {"x", "y", "z"}}})); };
  EXPECT_THAT(
      complaint<UsageError>(no_charges),
      HasSubstr("none for the charges: add --charges COLUMN, or --charges 1; the columns are 'x y z nx ny nz'"));
}

TEST_F(ReadNames, HeadersWithRemarksAndQuotationMarks) {
  path = directory.file("a.csv");
  write_text_file(path, "\"x\",\"y\",\"z\",m # masses\n1,2,3,4\n");
  const ParticleNeeds needs{.names = {.sources = {"x", "y", "z"}, .charges = {"m"}}};
  EXPECT_EQ(read(needs).num_sources, 1);
  write_text_file(path, "x,y,z,m,x\n1,2,3,4,5\n");
  EXPECT_THAT(complaint_of(needs), HasSubstr("line 1: several columns are called 'x'"));
  write_text_file(path, "");
  EXPECT_THAT(complaint_of(needs), HasSubstr("line 1: no names of columns"));
  write_text_file(path, "x,y,z,m,a,b,c\n1,2,3,4,5,6,7\n");
  const auto two_normals = [&] {
    static_cast<void>(read({.source_normals = true,
                            .target_normals = true,
                            .names = {.sources = {"x", "y", "z"},
                                      .charges = {"m"},
                                      .source_normals = {"a", "b", "c"},
                                      .target_normals = {"c", "b", "a"}}}));
  };
  EXPECT_THAT(complaint<UsageError>(two_normals), HasSubstr("a row of text has one normal"));
}

}
}
