// SPDX-License-Identifier: BSD-3-Clause
// Files that all ranks read and write together, for any number of ranks.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <limits>

#include "io/file_support.hpp"
#include "io/output_file.hpp"
#include "io/particles.hpp"
#include "io/paths.hpp"
#include "io/readers.hpp"
#include "io/rows.hpp"
#include "io/writers.hpp"

namespace nearfar {
namespace {

using testing_support::common_complaint;
using testing_support::content_of;
using testing_support::FullDisk;
using testing_support::my_numbers;
using testing_support::number;
using testing_support::numbers;
using testing_support::OddDataset;
using testing_support::TemporaryDirectory;
using testing_support::write_odd_file;
using testing_support::write_text_file;

const std::string sources_name = "/particle_data/sources";
const std::string charges_name = "/particle_data/source_densities";

void expect_particles(const Particles& particles, std::int64_t num_sources, std::int64_t num_targets) {
  EXPECT_EQ(particles.num_sources, num_sources);
  EXPECT_EQ(particles.sources, my_numbers(num_sources, 3, 0));
  EXPECT_EQ(particles.charges, my_numbers(num_sources, 2, 7));
  EXPECT_EQ(particles.num_targets, num_targets);
  EXPECT_EQ(particles.targets, my_numbers(num_targets, 3, 99));
}

TEST(Particles, EveryRankReadsItsBlock) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  for (const std::int64_t count : {0, 1, 2, 5, 1000}) {
    const auto rows = static_cast<hsize_t>(count);
    write_odd_file(path, {{.name = sources_name,
                           .extents = {rows, 3},
                           .values = numbers(0, count, 3, 0),
                           .type = H5T_IEEE_F32BE,
                           .chunk = {64, 2},
                           .gzip = true},
                          {.name = charges_name, .extents = {rows, 2}, .values = numbers(0, count, 2, 7)},
                          {.name = "/particle_data/targets", .extents = {333, 3}, .values = numbers(0, 333, 3, 99)}});
    for (const std::size_t slab_bytes : {100U, 1U << 20})
      expect_particles(read_hdf5(MPI_COMM_WORLD, path, {2}, slab_bytes), count, 333);
  }
}

TEST(Particles, WhatIsWrittenInUnevenPartsIsReadInEvenOnes) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  // Rank r has 10 r rows, so rank 0 has none.
  const std::int64_t rank = rank_of(MPI_COMM_WORLD);
  const std::int64_t size = size_of_communicator(MPI_COMM_WORLD);
  const std::int64_t before = 5 * rank * (rank - 1);
  const std::int64_t total = 5 * size * (size - 1);
  Particles particles;
  particles.num_sources = total;
  particles.targets_are_sources = false;
  particles.sources = numbers(before, before + 10 * rank, 3, 0);
  particles.charges = numbers(before, before + 10 * rank, 2, 7);
  particles.targets = numbers(7 * rank, 7 * rank + 7, 3, 99);
  particles.source_normals = numbers(before, before + 10 * rank, 3, 31);
  particles.target_normals = numbers(7 * rank, 7 * rank + 7, 3, 57);

  write_particles(MPI_COMM_WORLD, path, particles, {2, true, true});

  const Particles read = read_particles(MPI_COMM_WORLD, path, {2, true, true});
  expect_particles(read, total, 7 * size);
  EXPECT_EQ(read.source_normals, my_numbers(total, 3, 31));
  EXPECT_EQ(read.target_normals, my_numbers(7 * size, 3, 57));
  EXPECT_EQ(directory.names().size(), 1U);
}

TEST(Particles, ResultsAreWrittenInTheOrderOfTheRanks) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  const auto values = my_numbers(1000, 1, 5);
  // Attributes may differ between ranks, as times do: those of rank 0 count.
  const std::int64_t rank = rank_of(MPI_COMM_WORLD);

  FileContent content{.group = "/results", .columns = {}, .attributes = {{"rank", rank}}};
  const RowRange rows = rows_of_rank(1000, static_cast<int>(rank), size_of_communicator(MPI_COMM_WORLD));
  content.columns.push_back(
      {.name = "potentials", .row_shape = {}, .values = values, .first_row = rows.begin, .num_rows = 1000});
  for (const std::size_t slab_bytes : {1U, 100U, 1U << 20}) {
    write_file(MPI_COMM_WORLD, path, content, slab_bytes);

    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(file, "/results/potentials", H5P_DEFAULT);
    std::vector<double> whole(1000, -1.0);
    H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, whole.data());
    std::int64_t written_rank = -1;
    const hid_t attribute = H5Aopen_by_name(file, "/results", "rank", H5P_DEFAULT, H5P_DEFAULT);
    H5Aread(attribute, H5T_NATIVE_INT64, &written_rank);
    H5Aclose(attribute);
    H5Dclose(dataset);
    H5Fclose(file);
    EXPECT_EQ(whole, numbers(0, 1000, 1, 5));
    EXPECT_EQ(written_rank, 0);
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

TEST(Particles, GradientsOfSomeRanksMakeADatasetOfAll) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  const bool is_last = rank_of(MPI_COMM_WORLD) == size_of_communicator(MPI_COMM_WORLD) - 1;
  const auto potentials = numbers(0, is_last ? 4 : 0, 1, 0);
  const auto gradients = numbers(0, is_last ? 4 : 0, 3, 0);

  write_results(MPI_COMM_WORLD, path, {{{"potentials", {}, potentials}, {"gradients", {3}, gradients}}});

  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  EXPECT_GT(H5Lexists(file, "/results/gradients", H5P_DEFAULT), 0);
  H5Fclose(file);
}

TEST(Particles, TextIsSharedOutByRows) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.txt");
  for (const std::int64_t count : {1, 2, 5, 500}) {
    // Remarks make the lines of some ranks many bytes and few rows.
    std::string text(static_cast<std::size_t>(count), '#');
    text += "\n";
    for (std::int64_t row = 0; row < count; ++row) {
      for (int column = 0; column < 3; ++column) text += std::to_string(number(row, column)) + ", ";
      text += std::to_string(number(row + 7, 0)) + "," + std::to_string(number(row + 7, 1));
      text += row % 3 == 0 ? "\n\n" : " # remark\n";
    }
    write_text_file(path, text);

    const Particles particles = read_particles(MPI_COMM_WORLD, path, {2});

    EXPECT_EQ(particles.num_sources, count);
    EXPECT_EQ(particles.num_targets, count);
    EXPECT_EQ(particles.sources, my_numbers(count, 3, 0));
    EXPECT_EQ(particles.charges, my_numbers(count, 2, 7));
  }
}

/// Lines of equal length put the borders between the ranks' bytes exactly at the beginnings of lines.
TEST(Particles, LinesThatBeginAtABorderAreReadOnce) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.txt");
  for (const std::int64_t lines_per_rank : {1, 2, 7}) {
    const std::int64_t count = lines_per_rank * size_of_communicator(MPI_COMM_WORLD);
    std::string text;
    for (std::int64_t row = 0; row < count; ++row) {
      const std::string number = std::to_string(1000 + row);
      text += number + " " + number + " " + number + " " + number + "\n";
    }
    write_text_file(path, text);

    const Particles particles = read_particles(MPI_COMM_WORLD, path, {1});

    EXPECT_EQ(particles.num_sources, count);
    std::vector<double> expected;
    for (std::int64_t i = 0; i < lines_per_rank; ++i)
      expected.push_back(static_cast<double>(1000 + rank_of(MPI_COMM_WORLD) * lines_per_rank + i));
    EXPECT_EQ(particles.charges, expected);
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

TEST(Particles, TheLineNumberIsRightOnEveryRank) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.csv");
  for (const int bad : {1, 2, 49, 50, 99, 100}) {
    std::string text;
    for (int line = 1; line <= 100; ++line) text += line == bad ? "1,2,three,4\n" : "1,2,3,4\n";
    write_text_file(path, text + "and,another,bad,line\n");

    const std::string sentence = common_complaint([&] { read_particles(MPI_COMM_WORLD, path, {1}); });

    EXPECT_NE(sentence.find("', line " + std::to_string(bad) + ": 'three' is not a number"), std::string::npos);
  }
}

TEST(Particles, BadInputIsTheSameSentenceOnAllRanks) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  const auto expect = [&](const std::string& part) {
    const std::string sentence = common_complaint([&] { read_particles(MPI_COMM_WORLD, path, {1}); });
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
  };
  OddDataset points{.name = sources_name, .extents = {100, 3}, .values = numbers(0, 100, 3, 0)};
  OddDataset charges{.name = charges_name, .extents = {100}, .values = numbers(0, 100, 1, 0)};
  expect("No such file");
  write_text_file(path, "not HDF5");
  expect("is not an HDF5 file");
  write_odd_file(path, {points, charges}, [](hid_t file) {
    H5Lcreate_external("no.h5", "/there", file, "/particle_data/targets", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect("the link '/particle_data/targets' leads to '/there' of the file 'no.h5'");
  write_odd_file(path, {points});
  expect("source_densities': missing");
  for (const std::size_t row : {0U, 50U, 99U}) {
    auto bad_points = points;
    bad_points.values[3 * row + 1] = std::numeric_limits<double>::quiet_NaN();
    bad_points.values[3 * 99 + 2] = std::numeric_limits<double>::infinity();
    write_odd_file(path, {bad_points, charges});
    expect("row " + std::to_string(row) + " (the first is 0), column 1: nan");
  }
  auto bad_charges = charges;
  bad_charges.extents = {50, 2};
  write_odd_file(path, {points, bad_charges});
  expect("shape (50, 2) where (100, 1) is needed");
  write_odd_file(path, {points, charges});
  if (rank_of(MPI_COMM_WORLD) == 0) std::filesystem::resize_file(path, 2500);
  MPI_Barrier(MPI_COMM_WORLD);
  expect("damaged or not written to its end");
}

TEST(Particles, WhatCannotBeWrittenIsTheSameSentenceOnAllRanks) {
  const TemporaryDirectory directory;
  const auto values = my_numbers(100, 1, 0);
  if (rank_of(MPI_COMM_WORLD) == 0) mkfifo(directory.file("pipe").c_str(), 0600);
  MPI_Barrier(MPI_COMM_WORLD);
  for (const std::string name : {"nowhere/a.h5", ".", "a.csv", "pipe"}) {
    const std::string path = directory.file(name);
    const auto checking = common_complaint([&] { check_hdf5_writable(MPI_COMM_WORLD, path); });
    const auto writing = common_complaint([&] { write_results(MPI_COMM_WORLD, path, {{{"potentials", {}, values}}}); });
    EXPECT_NE(checking, "");
    EXPECT_EQ(writing, checking);
  }
  EXPECT_NO_THROW(check_hdf5_writable(MPI_COMM_WORLD, directory.file("a.h5")));
  MPI_Barrier(MPI_COMM_WORLD);  // rank 0 removes the temporary file
  EXPECT_EQ(directory.names().size(), 1U);
}

TEST(Particles, AllRanksKnowTheTemporaryName) {
  const TemporaryDirectory directory;
  {
    const OutputFile output(MPI_COMM_WORLD, directory.file("a.json"));
    EXPECT_EQ(directory.names().size(), 1U);
    EXPECT_EQ(directory.file(directory.names().front()), output.temporary());
    MPI_Barrier(MPI_COMM_WORLD);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  EXPECT_EQ(directory.names().size(), 0U);
  MPI_Barrier(MPI_COMM_WORLD);
  write_text(MPI_COMM_WORLD, directory.file("a.json"), "of rank " + std::to_string(rank_of(MPI_COMM_WORLD)));
  EXPECT_EQ(directory.names(), std::vector<std::string>{"a.json"});
  EXPECT_EQ(content_of(directory.file("a.json")), "of rank 0");
}

TEST(Particles, ALinkToTheFileStays) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5"), link = directory.file("link.h5");
  const auto values = my_numbers(100, 1, 0);
  if (rank_of(MPI_COMM_WORLD) == 0) std::filesystem::create_symlink("a.h5", link);
  MPI_Barrier(MPI_COMM_WORLD);
  for (int i = 0; i < 2; ++i) {
    write_results(MPI_COMM_WORLD, link, {{{"potentials", {}, values}}});
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_TRUE(std::filesystem::is_regular_file(path));
    EXPECT_EQ(directory.names().size(), 2U);
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

TEST(Particles, ADiskThatIsFullForOneRankFailsOnAll) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  write_text_file(path, "old");
  const auto values = my_numbers(100000, 1, 0);
  const int last = size_of_communicator(MPI_COMM_WORLD) - 1;
  for (const int full_rank : {0, last / 2, last}) {
    std::string sentence;
    {
      const FullDisk full(rank_of(MPI_COMM_WORLD) == full_rank ? 5000 : RLIM_INFINITY);
      sentence = common_complaint([&] { write_results(MPI_COMM_WORLD, path, {{{"potentials", {}, values}}}); });
    }
    EXPECT_NE(sentence.find("check that the disk is not full"), std::string::npos) << sentence;
    EXPECT_EQ(directory.names().size(), 1U);
    EXPECT_EQ(content_of(path), "old");
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

TEST(Particles, TwoHalvesOfTheRanksWorkAtTheSameTime) {
  const TemporaryDirectory directory;
  const int rank = rank_of(MPI_COMM_WORLD);
  MPI_Comm half = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &half);
  const std::string path = directory.file(rank % 2 == 0 ? "even.h5" : "odd.h5");
  Particles written;
  written.sources = numbers(rank, rank + 2, 3, 0);
  written.charges = numbers(rank, rank + 2, 1, 7);

  write_particles(half, path, written, {1});
  const Particles read = read_particles(half, path, {1});

  EXPECT_EQ(read.sources, written.sources);
  EXPECT_EQ(read.charges, written.charges);
  MPI_Comm_free(&half);
}

}
}
