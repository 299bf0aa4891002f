// SPDX-License-Identifier: BSD-3-Clause
// Strengths of several source kinds, and normals, that all ranks read together.
#include <gtest/gtest.h>

#include <limits>

#include "io/file_support.hpp"
#include "io/particles.hpp"

namespace nearfar {
namespace {

using testing_support::common_complaint;
using testing_support::my_numbers;
using testing_support::number;
using testing_support::numbers;
using testing_support::OddDataset;
using testing_support::TemporaryDirectory;
using testing_support::write_odd_file;
using testing_support::write_text_file;

OddDataset points() { return {.name = "/particle_data/sources", .extents = {101, 3}, .values = numbers(0, 101, 3, 0)}; }

TEST(ReadKinds, KindsAndNormalsOfTextGoToTheRankOfTheirRow) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.txt");
  std::string text;
  for (std::int64_t row = 0; row < 100; ++row) {
    for (const auto& [columns, salt] : {std::pair{3, 0}, {2, 7}, {3, 31}})
      for (int column = 0; column < columns; ++column) text += std::to_string(number(row + salt, column)) + " ";
    text += "\n";
  }
  write_text_file(path, text);

  const Particles particles = read_particles(MPI_COMM_WORLD, path, {2, true, true});

  EXPECT_EQ(particles.sources, my_numbers(100, 3, 0));
  EXPECT_EQ(particles.charges, my_numbers(100, 2, 7));
  EXPECT_EQ(particles.source_normals, my_numbers(100, 3, 31));
  EXPECT_EQ(particles.target_normals, particles.source_normals);
}

TEST(ReadKinds, DatasetsOfKindsAreJoinedOnEveryRank) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  write_odd_file(path, {points(),
                        {.name = "/particle_data/one", .extents = {101}, .values = numbers(0, 101, 1, 7)},
                        {.name = "/particle_data/two", .extents = {101, 2}, .values = numbers(0, 101, 2, 9)}});

  const Particles particles =
      read_particles(MPI_COMM_WORLD, path, {.num_strengths = 3, .source_kinds = {{"two", 2}, {"one", 1}}});

  const auto one = my_numbers(101, 1, 7), two = my_numbers(101, 2, 9);
  std::vector<double> expected;
  for (std::size_t i = 0; i < one.size(); ++i)
    for (const double value : {two[2 * i], two[2 * i + 1], one[i]}) expected.push_back(value);
  EXPECT_EQ(particles.charges, expected);
}

TEST(ReadKinds, TargetsThatAreSourcesHaveTheirNormals) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  write_odd_file(path,
                 {points(),
                  {.name = "/particle_data/one", .extents = {101}, .values = numbers(0, 101, 1, 7)},
                  {.name = "/particle_data/source_normals", .extents = {101, 3}, .values = numbers(0, 101, 3, 31)}});
  const Particles particles =
      read_particles(MPI_COMM_WORLD, path, {.target_normals = true, .source_kinds = {{"one", 1}}});
  EXPECT_EQ(particles.target_normals, my_numbers(101, 3, 31));
  EXPECT_TRUE(particles.source_normals.empty());
}

TEST(ReadKinds, WhatIsMissingIsTheSameSentenceOnAllRanks) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  const OddDataset one{.name = "/particle_data/one", .extents = {101}, .values = numbers(0, 101, 1, 7)};
  const auto expect = [&](const ParticleNeeds& needs, const std::string& part) {
    const std::string sentence = common_complaint([&] { read_particles(MPI_COMM_WORLD, path, needs); });
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
  };
  write_odd_file(path, {points(), one});
  const std::vector<Quantity> kinds{{"one", 1}};
  expect({.source_normals = true, .source_kinds = kinds}, "source_normals': missing");
  expect({.target_normals = true, .source_kinds = kinds}, "target_normals': missing");
  expect({.num_strengths = 2, .source_kinds = {{"one", 1}, {"other", 1}}}, "other': missing");
  OddDataset normals{.name = "/particle_data/source_normals", .extents = {101, 3}, .values = numbers(0, 101, 3, 31)};
  normals.values[302] = std::numeric_limits<double>::infinity();
  write_odd_file(path, {points(), one, normals});
  expect({.source_normals = true, .source_kinds = kinds}, "source_normals', row 100 (the first is 0), column 2: inf");
}

}
}
