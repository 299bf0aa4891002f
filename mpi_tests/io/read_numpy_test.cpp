// SPDX-License-Identifier: BSD-3-Clause
// Arrays of numpy, alone (.npy) and in archives (.npz).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "io/file_support.hpp"
#include "io/particles.hpp"
#include "support/numpy_files.hpp"

namespace nearfar {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing_support::common_complaint;
using testing_support::my_numbers;
using testing_support::npy;
using testing_support::number;
using testing_support::numbers;
using testing_support::TemporaryDirectory;
using testing_support::write_text_file;
using testing_support::zip;

class ReadNumpy : public testing::Test {
 protected:
  Particles read(const ParticleNeeds& needs) const { return read_particles(MPI_COMM_WORLD, path, needs); }
  std::string complaint_of(const ParticleNeeds& needs) const {
    return common_complaint([&] { static_cast<void>(read(needs)); });
  }

  TemporaryDirectory directory;
  std::string path = directory.file("a.npz");
};

TEST_F(ReadNumpy, ArraysAlone) {
  path = directory.file("a.npy");
  std::vector<double> all;
  for (std::int64_t row = 0; row < 101; ++row)
    for (const auto& [columns, salt] : {std::pair{3, 5}, {1, 7}})
      for (int which = 0; which < columns; ++which) all.push_back(number(row + salt, which));
  for (const std::string& text :
       {npy<double>("<f8", "(101, 4)", all), npy<float>("<f4", "(101, 4)", all),
        npy<std::int64_t>("<i8", "(101, 4)", all), npy<std::int32_t>("<i4", "(101,4)", all)}) {
    write_text_file(path, text);
    const Particles particles = read({});
    EXPECT_EQ(particles.num_sources, 101);
    EXPECT_EQ(particles.sources, my_numbers(101, 3, 5));
    EXPECT_EQ(particles.charges, my_numbers(101, 1, 7));
  }
  const auto expect = [&](const std::string& text, const std::string& part) {
    write_text_file(path, text);
    EXPECT_THAT(complaint_of({}), HasSubstr(part));
  };
  const std::string good = npy<double>("<f8", "(101, 4)", all);
  expect("x,y,z\n1,2,3", "is not an array of numpy");
  expect(good.substr(0, good.size() - 1), "not of the size that its header tells");
  expect(good + '\0', "not of the size that its header tells");
  expect(npy<double>("<f8", "(100, 4)", all), "not of the size that its header tells");
  expect(npy<double>("<f8", "(404,)", all), "does not have shape (n, 4); store one row per point: x y z, the strength");
  expect(npy<double>("<f8", "(101, 4)", all, "True"), "is stored by columns");
  expect(npy<double>(">f8", "(101, 4)", all), "numbers of the type '>f8'");
  expect(npy<double>(std::string("\x1b[2J\0<f8", 8), "(101, 4)", all), "numbers of the type '?[2J?<f8'");
  expect(npy<double>("<f8", "(101, 4)", all, "Maybe"), "has a damaged header");
  all[9] = std::numeric_limits<double>::quiet_NaN();
  expect(npy<double>("<f8", "(101, 4)", all), "row 2 (the first is 0), column 1: nan");
}

/// numbers(0, num_rows, columns, salt) as an array of double precision.
std::string rows(std::int64_t num_rows, std::int64_t columns, std::int64_t salt) {
  const std::string count = std::to_string(num_rows);
  const std::string shape = columns == 1 ? "(" + count + ",)" : "(" + count + ", " + std::to_string(columns) + ")";
  return npy<double>("<f8", shape, numbers(0, num_rows, columns, salt));
}

#ifdef NEARFAR_LIBZIP

TEST_F(ReadNumpy, ArchivesByTheUsualNames) {
  write_text_file(path, zip({{"sources.npy", rows(101, 3, 5)},
                             {"source_densities.npy", rows(101, 1, 7)},
                             {"targets.npy", rows(13, 3, 11)},
                             {"source_normals.npy", rows(101, 3, 9)},
                             {"target_normals.npy", rows(13, 3, 17)}}));
  const Particles particles = read({.source_normals = true, .target_normals = true});
  EXPECT_EQ(particles.num_sources, 101);
  EXPECT_EQ(particles.num_targets, 13);
  EXPECT_EQ(particles.sources, my_numbers(101, 3, 5));
  EXPECT_EQ(particles.charges, my_numbers(101, 1, 7));
  EXPECT_EQ(particles.targets, my_numbers(13, 3, 11));
  EXPECT_EQ(particles.source_normals, my_numbers(101, 3, 9));
  EXPECT_EQ(particles.target_normals, my_numbers(13, 3, 17));
}

TEST_F(ReadNumpy, ArchivesByOtherNamesAndTypes) {
  std::vector<std::pair<std::string, std::string>> files;
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<double> column;
    for (std::int64_t row = 0; row < 101; ++row) column.push_back(number(row + 5, axis));
    files.emplace_back(std::string(1, static_cast<char>('x' + axis)) + ".npy", npy<float>("<f4", "(101,)", column));
  }
  // Complex charges are two numbers a row.
  files.emplace_back("waves/q.npy", npy<double>("<c16", "(101,)", numbers(0, 101, 2, 7)));
  files.emplace_back("m.npy", npy<std::int32_t>("<i4", "(101,)", numbers(0, 101, 1, 9)));
  write_text_file(path, zip(files));
  const Particles waves = read({.num_strengths = 2, .names = {.sources = {"x", "y", "z"}, .charges = {"waves/q"}}});
  EXPECT_EQ(waves.sources, my_numbers(101, 3, 5));
  EXPECT_EQ(waves.charges, my_numbers(101, 2, 7));
  EXPECT_TRUE(waves.targets_are_sources);
  EXPECT_EQ(read({.names = {.sources = {"x", "y", "z"}, .charges = {"m"}}}).charges, my_numbers(101, 1, 9));
  EXPECT_THAT(read({.names = {.sources = {"x", "y", "z"}, .charge = 0.5}}).charges, Each(0.5));
}

TEST_F(ReadNumpy, SourceKindsApart) {
  write_text_file(path, zip({{"sources.npy", rows(20, 3, 5)}, {"dipole.npy", rows(20, 1, 7)}}));
  const ParticleNeeds needs{.source_kinds = {{"dipole", 1}}};
  EXPECT_EQ(read(needs).charges, my_numbers(20, 1, 7));
  EXPECT_THAT(complaint_of({.num_strengths = 2, .source_kinds = {{"charge", 1}, {"dipole", 1}}}),
              HasSubstr("array 'charge': missing; store one dataset for each source kind"));
}

TEST_F(ReadNumpy, WhatIsWrongWithAnArchiveIsSaid) {
  const auto expect = [&](const std::string& text, const std::string& part) {
    write_text_file(path, text);
    EXPECT_THAT(complaint_of({}), HasSubstr(part));
  };
  const std::string points = rows(20, 3, 5), charges = rows(20, 1, 7);
  const std::string good = zip({{"sources.npy", points}, {"source_densities.npy", charges}});
  expect("x,y,z\n1,2,3", "a.npz' is not an archive of numpy: Not a zip archive");
  expect(good.substr(0, good.size() / 2), "is not an archive of numpy");
  expect(zip({{"sources.npy", points}}), "array 'source_densities': missing; add it");
  expect(zip({{"sources.npy", charges}, {"source_densities.npy", charges}}), "'sources': shape (20) where (n, 3)");
  expect(zip({{"sources.npy", points}, {"source_densities.npy", rows(19, 1, 7)}}), "shape (19) where (20, 1)");
  expect(zip({{"sources.npy", npy<double>("<f8", "()", {1})}}), "'sources' is a single value");
  expect(zip({{"sources.npy", "hello"}}), "'sources' is not an array of numpy");
  expect(zip({{"sources.npy", npy<double>("<f8", "(3, 0, 1125899906842624, 1024)", {})}}),
         "is a single value or damaged");
}

TEST_F(ReadNumpy, DeflatedArchives) {
  // More than one block of deflate, so that ranks skip some.
  write_text_file(path, zip({{"sources.npy", rows(5000, 3, 5)}, {"source_densities.npy", rows(5000, 1, 7)}}, true));
  const Particles particles = read({});
  EXPECT_EQ(particles.sources, my_numbers(5000, 3, 5));
  EXPECT_EQ(particles.charges, my_numbers(5000, 1, 7));
}

TEST_F(ReadNumpy, ChecksumsOfWhatOneRankReads) {
  if (size_of_communicator(MPI_COMM_WORLD) > 1) return;  // each rank reads a part
  for (const bool deflated : {false, true}) {
    std::string damaged = zip({{"sources.npy", rows(20, 3, 5)}, {"source_densities.npy", rows(20, 1, 7)}}, deflated);
    damaged[damaged.find("NUMPY") + 200] ^= 1;
    write_text_file(path, damaged);
    EXPECT_THAT(complaint_of({}), HasSubstr("array 'sources' cannot be read: CRC error")) << deflated;
  }
}

#else

TEST_F(ReadNumpy, ArchivesNeedLibzip) {
  write_text_file(path, zip({{"sources.npy", rows(20, 3, 5)}}));
  EXPECT_THAT(complaint_of({}), HasSubstr("built without libzip"));
}

#endif

}
}
