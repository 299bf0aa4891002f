// SPDX-License-Identifier: BSD-3-Clause
// Strengths of several source kinds, and normals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/particle_datasets.hpp"

namespace nearfar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::charges;
using testing_support::complaint;
using testing_support::num_points;
using testing_support::numbers;
using testing_support::OddDataset;
using testing_support::points;
using testing_support::targets_name;
using testing_support::TemporaryDirectory;
using testing_support::write_odd_file;
using testing_support::write_text_file;

OddDataset dataset(const std::string& name, std::vector<hsize_t> extents, std::int64_t salt) {
  const auto rows = static_cast<std::int64_t>(extents[0]);
  const auto columns = extents.size() > 1 ? static_cast<std::int64_t>(extents[1]) : 1;
  return {.name = "/particle_data/" + name, .extents = extents, .values = numbers(0, rows, columns, salt)};
}

OddDataset source_normals() { return dataset("source_normals", {num_points, 3}, 31); }
OddDataset target_normals() { return dataset("target_normals", {num_points, 3}, 57); }
OddDataset targets() { return {.name = targets_name, .extents = {17, 3}, .values = numbers(0, 17, 3, 99)}; }

class ReadKinds : public testing::Test {
 protected:
  Particles read(const std::vector<OddDataset>& datasets, const ParticleNeeds& needs) {
    write_odd_file(path_, datasets);
    return read_particles(MPI_COMM_WORLD, path_, needs);
  }
  std::string complaint_of(const std::vector<OddDataset>& datasets, const ParticleNeeds& needs) {
    return complaint<InputError>([&] { static_cast<void>(read(datasets, needs)); });
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("a.h5");
};

const ParticleNeeds two_kinds{.num_strengths = 4, .source_kinds = {{"charge", 1}, {"force", 3}}};

TEST_F(ReadKinds, OneDatasetHoldsAllStrengthsSideBySide) {
  EXPECT_EQ(read({points(), charges({num_points, 4})}, two_kinds).charges, numbers(0, 1000, 4, 7));
}

TEST_F(ReadKinds, ComplexNumbersArePairs) {
  const auto write = [&](const char* second, hid_t number_type) {
    write_odd_file(path_, {points()}, [&](hid_t file) {
      const hid_t pair = H5Tcreate(H5T_COMPOUND, 2 * sizeof(double));
      H5Tinsert(pair, "r", 0, H5T_NATIVE_DOUBLE);
      H5Tinsert(pair, second, sizeof(double), H5T_NATIVE_DOUBLE);
      const hid_t stored = H5Tcreate(H5T_COMPOUND, 20);
      H5Tinsert(stored, "r", 3, number_type);
      H5Tinsert(stored, second, 12, number_type);
      const hid_t space = H5Screate_simple(1, &num_points, nullptr);
      const hid_t id = H5Dcreate2(file, "/particle_data/charge", stored, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      const std::vector<double> values = numbers(0, num_points, 2, 5);
      H5Dwrite(id, pair, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
      H5Dclose(id);
      H5Sclose(space);
      H5Tclose(stored);
      H5Tclose(pair);
    });
  };
  const ParticleNeeds needs{.num_strengths = 2, .source_kinds = {{"charge", 2}}};
  write("i", H5T_IEEE_F32BE);
  EXPECT_EQ(read_particles(MPI_COMM_WORLD, path_, needs).charges, numbers(0, 1000, 2, 5));
  const auto sentence = [&] {
    return complaint<InputError>([&] { static_cast<void>(read_particles(MPI_COMM_WORLD, path_, needs)); });
  };
  write("i", H5T_STD_I32LE);
  EXPECT_THAT(sentence(), HasSubstr("its elements are not numbers"));
  write("mass", H5T_IEEE_F32LE);
  EXPECT_THAT(sentence(), HasSubstr("its elements are not numbers"));
  EXPECT_THAT(complaint<InputError>([&] {
                write("i", H5T_IEEE_F32LE);
                static_cast<void>(read_particles(MPI_COMM_WORLD, path_, {.source_kinds = {{"charge", 1}}}));
              }),
              HasSubstr("shape (1000, 2) where (1000, 1) is needed"));
}

TEST_F(ReadKinds, OrOneDatasetForEachKind) {
  const OddDataset charge = dataset("charge", {num_points}, 3), force = dataset("force", {num_points, 3}, 11);
  std::vector<double> expected;
  for (std::size_t i = 0; i < num_points; ++i) {
    expected.push_back(charge.values[i]);
    expected.insert(expected.end(), &force.values[3 * i], &force.values[3 * i] + 3);
  }
  EXPECT_EQ(read({points(), charge, force}, two_kinds).charges, expected);
  EXPECT_EQ(read({points(), charge, force, charges({num_points, 4})}, two_kinds).charges, expected)
      << "which comes first";
  EXPECT_EQ(read({points(), force}, {.num_strengths = 3, .source_kinds = {{"force", 3}}}).charges, force.values);
  // A dataset of a kind that is not asked for says nothing.
  EXPECT_EQ(read({points(), force, charges()}, {.source_kinds = {{"charge", 1}}}).charges, charges().values);
  EXPECT_TRUE(read({points(0), dataset("charge", {0}, 0), dataset("force", {0, 3}, 0)}, two_kinds).charges.empty());
}

TEST_F(ReadKinds, StrengthsThatDoNotFitAreNamed) {
  EXPECT_THAT(complaint_of({points(), charges({num_points, 3})}, two_kinds),
              HasSubstr("a.h5', dataset '/particle_data/source_densities': shape (1000, 3) where (1000, 4) is needed; "
                        "store one row per source with the components of its source kinds: charge (1), force (3)"));
  EXPECT_THAT(complaint_of({points(), charges(), dataset("force", {num_points, 3}, 0)}, two_kinds),
              HasSubstr("dataset '/particle_data/charge': missing; store one dataset for each source kind, or all in "
                        "source_densities alone"));
  const OddDataset charge = dataset("charge", {num_points}, 3);
  EXPECT_THAT(complaint_of({points(), charge, dataset("force", {num_points, 2}, 0)}, two_kinds),
              HasSubstr("dataset '/particle_data/force': shape (1000, 2) where (1000, 3) is needed"));
  EXPECT_THAT(complaint_of({points(), charge, dataset("force", {10, 3}, 0)}, two_kinds),
              HasSubstr("dataset '/particle_data/force': shape (10, 3) where (1000, 3) is needed"));
  OddDataset bad = charge;
  bad.values[5] = INFINITY;
  EXPECT_THAT(complaint_of({points(), bad, dataset("force", {num_points, 3}, 0)}, two_kinds),
              HasSubstr("dataset '/particle_data/charge', row 5"));
}

TEST_F(ReadKinds, NormalsAreReadWhereTheyAreNeeded) {
  const std::vector<OddDataset> all{points(), charges(), source_normals(), target_normals()};
  const Particles none = read(all, {});
  EXPECT_TRUE(none.source_normals.empty());
  EXPECT_TRUE(none.target_normals.empty());
  const Particles of_sources = read(all, {.source_normals = true});
  EXPECT_EQ(of_sources.source_normals, source_normals().values);
  EXPECT_TRUE(of_sources.target_normals.empty());
  const Particles of_targets = read(all, {.target_normals = true});
  EXPECT_TRUE(of_targets.source_normals.empty());
  EXPECT_EQ(of_targets.target_normals, target_normals().values);
  const Particles both = read(all, {.source_normals = true, .target_normals = true});
  EXPECT_EQ(both.source_normals, source_normals().values);
  EXPECT_EQ(both.target_normals, target_normals().values);
}

TEST_F(ReadKinds, NormalsOfTheSourcesServeTargetsThatAreTheSources) {
  for (const bool of_sources : {false, true}) {
    const ParticleNeeds needs{.source_normals = of_sources, .target_normals = true};
    const Particles particles = read({points(), charges(), source_normals()}, needs);
    EXPECT_EQ(particles.target_normals, source_normals().values);
    EXPECT_EQ(particles.source_normals.empty(), !of_sources);
    EXPECT_THAT(complaint_of({points(), charges(), source_normals(), targets()}, needs),
                HasSubstr("dataset '/particle_data/target_normals': missing"));
  }
}

TEST_F(ReadKinds, MissingAndMisshapenNormalsAreNamed) {
  EXPECT_THAT(complaint_of({points(), charges()}, {.source_normals = true}),
              HasSubstr("a.h5', dataset '/particle_data/source_normals': missing; a source kind of this kernel needs "
                        "normals: store one row nx ny nz per source"));
  EXPECT_THAT(complaint_of({points(), charges(), target_normals()}, {.source_normals = true}),
              HasSubstr("source_normals': missing"));
  EXPECT_THAT(complaint_of({points(), charges()}, {.target_normals = true}),
              HasSubstr("dataset '/particle_data/target_normals': missing; a field of this kernel needs normals: store "
                        "one row nx ny nz per target"));
  EXPECT_THAT(
      complaint_of({points(), charges(), dataset("source_normals", {num_points}, 0)}, {.source_normals = true}),
      HasSubstr("dataset '/particle_data/source_normals': shape (1000) where (1000, 3) is needed; store one row "
                "nx ny nz per source"));
  EXPECT_THAT(complaint_of({points(), charges(), target_normals(), targets()}, {.target_normals = true}),
              HasSubstr("dataset '/particle_data/target_normals': shape (1000, 3) where (17, 3) is needed"));
  OddDataset bad = source_normals();
  bad.values[10] = NAN;
  EXPECT_THAT(complaint_of({points(), charges(), bad}, {.source_normals = true}),
              HasSubstr("dataset '/particle_data/source_normals', row 3"));
}

TEST_F(ReadKinds, TextHasTheNormalsAfterTheStrengths) {
  path_ = directory_.file("a.txt");
  write_text_file(path_, "1 2 3  4 5  0 0 1\n6 7 8  9 10  1 0 0\n");
  const auto read_as = [&](const ParticleNeeds& needs) { return read_particles(MPI_COMM_WORLD, path_, needs); };
  const Particles both = read_as({.num_strengths = 2, .source_normals = true, .target_normals = true});
  EXPECT_THAT(both.sources, ElementsAre(1, 2, 3, 6, 7, 8));
  EXPECT_THAT(both.charges, ElementsAre(4, 5, 9, 10));
  EXPECT_THAT(both.source_normals, ElementsAre(0, 0, 1, 1, 0, 0));
  EXPECT_EQ(both.target_normals, both.source_normals);
  const Particles of_targets = read_as({.num_strengths = 2, .target_normals = true});
  EXPECT_TRUE(of_targets.source_normals.empty());
  EXPECT_THAT(of_targets.target_normals, ElementsAre(0, 0, 1, 1, 0, 0));
  const Particles none = read_as({.num_strengths = 5});
  EXPECT_THAT(none.charges, ElementsAre(4, 5, 0, 0, 1, 9, 10, 1, 0, 0));
  EXPECT_TRUE(none.source_normals.empty());
  EXPECT_THAT(
      complaint<InputError>([&] { static_cast<void>(read_as({.num_strengths = 1, .source_normals = true})); }),
      HasSubstr("line 1: 8 numbers where 7 are needed; write x y z, the strength and the normal nx ny nz of the "
                "point"));
  EXPECT_THAT(complaint<InputError>([&] { static_cast<void>(read_as({.num_strengths = 3})); }),
              HasSubstr("line 1: 8 numbers where 6 are needed; write x y z, 3 strengths of the point"));
}

TEST_F(ReadKinds, NeedsAreThoseOfTheKernel) {
  for (const std::string& name : kernel_names()) {
    const Kernel kernel = make_kernel(name);
    const ParticleNeeds needs = needs_of(kernel);
    EXPECT_EQ(needs.num_strengths, kernel.num_strengths());
    EXPECT_EQ(needs.source_normals, kernel.needs_source_normals());
    EXPECT_EQ(needs.target_normals, kernel.needs_target_normals());
    EXPECT_EQ(needs.source_kinds.size(), kernel.source_kinds.size());
  }
}

}
}
