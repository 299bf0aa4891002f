// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "io/particle_datasets.hpp"
#include "io/readers.hpp"

namespace nearfar {
namespace {

using testing_support::add_dataset;
using testing_support::charges;
using testing_support::charges_name;
using testing_support::expect_points_and_charges;
using testing_support::num_points;
using testing_support::numbers;
using testing_support::OddDataset;
using testing_support::points;
using testing_support::sources_name;
using testing_support::targets_name;
using testing_support::TemporaryDirectory;
using testing_support::write_odd_file;

TEST(ReadHdf5, EveryNumericTypeAndByteOrderIsConverted) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  for (const hid_t type : {H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_STD_I16BE, H5T_STD_I32LE,
                           H5T_STD_I64BE, H5T_NATIVE_LDOUBLE}) {
    OddDataset odd_points = points();
    OddDataset odd_charges = charges();
    odd_points.type = odd_charges.type = type;
    write_odd_file(path, {odd_points, odd_charges});

    expect_points_and_charges(read_particles(MPI_COMM_WORLD, path, {1}), 1);
  }
}

TEST(ReadHdf5, ChunkedAndCompressedDatasetsAreRead) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  for (const bool gzip : {false, true}) {
    OddDataset odd_points = points();
    OddDataset odd_charges = charges({num_points, 2});
    odd_points.chunk = {64, 2};
    odd_charges.chunk = {37, 1};
    odd_points.gzip = odd_charges.gzip = gzip;
    write_odd_file(path, {odd_points, odd_charges});

    expect_points_and_charges(read_particles(MPI_COMM_WORLD, path, {2}), 2);
  }
}

TEST(ReadHdf5, SlabsOfAnySizeGiveTheSameNumbers) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  OddDataset odd_points = points();
  odd_points.type = H5T_IEEE_F32BE;
  odd_points.chunk = {64, 3};
  odd_points.gzip = true;
  write_odd_file(path, {odd_points, charges()});

  for (const std::size_t slab_bytes : {1U, 24U, 100U, 8192U, 23999U, 24000U})
    expect_points_and_charges(read_hdf5(MPI_COMM_WORLD, path, {1}, slab_bytes), 1);
}

TEST(ReadHdf5, NumbersBehindAnExternalLinkAreThoseOfTheOtherFile) {
  const TemporaryDirectory directory;
  write_odd_file(directory.file("geometry.h5"), {points()});
  const std::string path = directory.file("main.h5");
  // Large enough that the places of the other file lie in this one, too.
  write_odd_file(path, {charges({num_points, 8})}, [](hid_t file) {
    H5Lcreate_external("geometry.h5", sources_name.c_str(), file, sources_name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  });

  expect_points_and_charges(read_particles(MPI_COMM_WORLD, path, {8}), 8);
}

TEST(ReadHdf5, NumbersBehindAUserBlockAreRead) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_userblock(creation, 512);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
  for (const OddDataset& dataset : {points(), charges()}) add_dataset(file, dataset);
  H5Fclose(file);
  H5Pclose(creation);

  expect_points_and_charges(read_particles(MPI_COMM_WORLD, path, {1}), 1);
}

TEST(ReadHdf5, ChargesMayBeAVectorOrAMatrix) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");

  write_odd_file(path, {points(), charges({num_points})});
  expect_points_and_charges(read_particles(MPI_COMM_WORLD, path, {1}), 1);

  write_odd_file(path, {points(), charges({num_points, 1})});
  expect_points_and_charges(read_particles(MPI_COMM_WORLD, path, {1}), 1);

  write_odd_file(path, {points(), charges({num_points, 3})});
  expect_points_and_charges(read_particles(MPI_COMM_WORLD, path, {3}), 3);
}

TEST(ReadHdf5, TargetsOfTheirOwnAreRead) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  const OddDataset targets{.name = targets_name, .extents = {17, 3}, .values = numbers(0, 17, 3, 99)};
  write_odd_file(path, {points(), charges(), targets});

  const Particles particles = read_particles(MPI_COMM_WORLD, path, {1});

  EXPECT_FALSE(particles.targets_are_sources);
  EXPECT_EQ(particles.num_sources, 1000);
  EXPECT_EQ(particles.num_targets, 17);
  EXPECT_EQ(particles.targets, targets.values);
}

TEST(ReadHdf5, NothingAtAllCanBeRead) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.h5");
  const OddDataset no_targets{.name = targets_name, .extents = {0, 3}, .values = {}};
  write_odd_file(path, {points(0), charges({0}), no_targets});

  const Particles particles = read_particles(MPI_COMM_WORLD, path, {1});

  EXPECT_EQ(particles.num_sources, 0);
  EXPECT_EQ(particles.num_targets, 0);
  EXPECT_FALSE(particles.targets_are_sources);
  EXPECT_TRUE(particles.sources.empty());
}

}
}
