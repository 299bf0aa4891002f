// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/file_support.hpp"
#include "io/particles.hpp"
#include "io/writers.hpp"

namespace nearfar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::complaint;
using testing_support::content_of;
using testing_support::FullDisk;
using testing_support::numbers;
using testing_support::TemporaryDirectory;
using testing_support::write_text_file;

class WriteResults : public testing::Test {
 protected:
  /// What Python's h5py says about the file that it knows as f.
  std::string python(const std::string& expression) const {
    const std::string output = directory_.file("python_output");
    const std::string command = "/usr/bin/python3 -c \"import h5py; f = h5py.File('" + path_ + "', 'r'); print(" +
                                expression + ")\" > " + output + " 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::string text = content_of(output);
    std::filesystem::remove(output);
    return text.substr(0, text.find_last_not_of('\n') + 1);
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("a.h5");
};

TEST_F(WriteResults, PythonReadsWhatWasWritten) {
  const auto potentials = numbers(0, 5, 1, 1);
  const auto gradients = numbers(0, 5, 3, 2);
  const Results results{.arrays = {{"potentials", {}, potentials}, {"gradients", {3}, gradients}},
                        .attributes = {{"order", std::int64_t{1} << 40}, {"error", 0.1}, {"kernel", "Lapl\u00e4ce"}}};

  write_results(MPI_COMM_WORLD, path_, results);

  EXPECT_EQ(python("sorted(f), sorted(f['results'])"), "['results'] ['gradients', 'potentials']");
  EXPECT_EQ(python("f['results/potentials'].dtype, f['results/potentials'].shape, f['results/gradients'].shape"),
            "float64 (5,) (5, 3)");
  EXPECT_EQ(python("f['results/potentials'][:].tolist()"), "[-14899.0, -14798.0, -14697.0, -14596.0, -14495.0]");
  EXPECT_EQ(python("f['results/gradients'][4].tolist()"), "[-14394.0, -14357.0, -14320.0]");
  EXPECT_EQ(python("sorted(f['results'].attrs)"), "['error', 'kernel', 'order']");
  EXPECT_EQ(python("f['results'].attrs['order'], f['results'].attrs['error']"), "1099511627776 0.1");
  EXPECT_EQ(python("ascii(f['results'].attrs['kernel'])"), "'Lapl\\xe4ce'");
}

TEST_F(WriteResults, SeveralComponentsAddADimension) {
  const auto potentials = numbers(0, 4, 3, 1);
  const auto gradients = numbers(0, 4, 9, 2);

  write_results(MPI_COMM_WORLD, path_, {{{"potentials", {3}, potentials}, {"gradients", {3, 3}, gradients}}});

  EXPECT_EQ(python("f['results/potentials'].shape, f['results/gradients'].shape"), "(4, 3) (4, 3, 3)");
  EXPECT_EQ(python("f['results/gradients'][3,2,1] == " + std::to_string(gradients[34])), "True");
}

TEST_F(WriteResults, NothingAtAllCanBeWritten) {
  write_results(MPI_COMM_WORLD, path_, {{{"potentials", {}, {}}}});
  EXPECT_EQ(python("list(f['results']), f['results/potentials'].shape"), "['potentials'] (0,)");
}

TEST_F(WriteResults, EqualResultsGiveEqualBytes) {
  const auto potentials = numbers(0, 100, 1, 1);
  write_results(MPI_COMM_WORLD, path_, {{{"potentials", {}, potentials}}, {{"order", std::int64_t{6}}}});
  const std::string first = content_of(path_);
  write_results(MPI_COMM_WORLD, path_, {{{"potentials", {}, potentials}}, {{"order", std::int64_t{6}}}});
  EXPECT_EQ(content_of(path_), first);
}

TEST_F(WriteResults, NoTimesAreStored) {
  write_results(MPI_COMM_WORLD, path_, {{{"potentials", {}, numbers(0, 10, 1, 1)}}});
  const hid_t file = H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  for (const char* name : {"/results", "/results/potentials"}) {
    H5O_info_t info{};
    ASSERT_GE(H5Oget_info_by_name2(file, name, &info, H5O_INFO_TIME, H5P_DEFAULT), 0) << name;
    for (const time_t time : {info.atime, info.mtime, info.ctime, info.btime}) EXPECT_EQ(time, 0) << name;
  }
  H5Fclose(file);
}

TEST_F(WriteResults, OnlyTheWholeFileIsLeft) {
  write_text_file(path_, "old");

  write_results(MPI_COMM_WORLD, path_, {{{"potentials", {}, numbers(0, 100, 1, 1)}}});

  EXPECT_THAT(directory_.names(), ElementsAre("a.h5"));
  EXPECT_EQ(python("f['results/potentials'].shape"), "(100,)");
}

TEST_F(WriteResults, GroupsMayLieWithinOthers) {
  write_results(MPI_COMM_WORLD, path_,
                {.arrays = {{"potential", {}, numbers(0, 10, 1, 1)}},
                 .attributes = {{"order", std::int64_t{6}}},
                 .group = "/run 1/fields"});
  EXPECT_EQ(python("f['run 1/fields/potential'].shape, dict(f['run 1/fields'].attrs)['order']"), "(10,) 6");
}

TEST_F(WriteResults, ACopyOfTheInputKeepsAllThatItHad) {
  const std::string input = directory_.file("input.h5");
  Particles particles;
  particles.sources = numbers(0, 10, 3, 1);
  particles.charges = numbers(0, 10, 1, 2);
  particles.targets_are_sources = true;
  write_particles(MPI_COMM_WORLD, input, particles, {});
  const std::string before = content_of(input);
  const auto potentials = numbers(0, 10, 1, 1);
  for (const std::string group : {"/results", "/particle_data"}) {
    const Results results{.arrays = {{"potential", {}, potentials}},
                          .attributes = {{"order", std::int64_t{6}}},
                          .group = group,
                          .copied = input};
    check_copy(MPI_COMM_WORLD, results);
    write_results(MPI_COMM_WORLD, path_, results);
    EXPECT_EQ(python("f['particle_data/sources'].shape, f['" + group + "/potential'][:2].tolist()"),
              "(10, 3) [-14899.0, -14798.0]");
    // The group's own attributes stay what they were.
    const std::string holder = group == "/results" ? group : group + "/potential";
    EXPECT_EQ(python("len(f['particle_data'].attrs), f['" + holder + "'].attrs['order']"), "0 6");
  }
  EXPECT_EQ(content_of(input), before);

  Results again{.arrays = {{"potential", {}, potentials}}, .group = "/particle_data", .copied = path_};
  const auto sentence = [&] { return complaint<UsageError>([&] { check_copy(MPI_COMM_WORLD, again); }); };
  EXPECT_THAT(sentence(), HasSubstr("has '/particle_data/potential' already; choose another group"));
  again.group = "/particle_data/sources";
  EXPECT_THAT(sentence(), HasSubstr("'/particle_data/sources' is not a group of this file; choose another"));
  again.group = "/elsewhere/results";
  {
    const hid_t file = H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    H5Lcreate_external("input.h5", "/particle_data", file, "elsewhere", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
  }
  EXPECT_THAT(sentence(), HasSubstr("'/elsewhere' is not a group of this file; choose another"));
  again.copied = directory_.file("points.csv");
  EXPECT_THAT(sentence(), HasSubstr("is not HDF5, and results cannot be added to it"));
}

TEST_F(WriteResults, ADiskThatIsFullLeavesTheOldFileAndNothingElse) {
  write_text_file(path_, "old");
  const auto potentials = numbers(0, 100000, 1, 1);
  // From no room for the first byte to all but the last number.
  for (const rlim_t bytes : {0U, 100U, 1000U, 4096U, 400000U, 802000U}) {
    std::string sentence;
    {
      const FullDisk full(bytes);
      sentence = complaint<InputError>([&] {
        write_results(MPI_COMM_WORLD, path_, {{{"potentials", {}, potentials}}, {{"order", std::int64_t{6}}}});
      });
    }
    EXPECT_THAT(sentence, HasSubstr("check that the disk is not full")) << bytes;
    EXPECT_EQ(content_of(path_), "old") << bytes;
    EXPECT_THAT(directory_.names(), ElementsAre("a.h5")) << bytes;
  }

  write_results(MPI_COMM_WORLD, path_, {{{"potentials", {}, potentials}}});
  EXPECT_EQ(python("f['results/potentials'].shape"), "(100000,)");
}

TEST_F(WriteResults, WhatCannotBeWrittenIsSaid) {
  const auto potentials = numbers(0, 10, 1, 1);
  const auto sentence = [&](const std::string& path) {
    return complaint<InputError>([&] { write_results(MPI_COMM_WORLD, path, {{{"potentials", {}, potentials}}}); });
  };
  EXPECT_THAT(sentence(directory_.file("nowhere/a.h5")), HasSubstr("there is no directory"));
  EXPECT_THAT(sentence(directory_.file(".")), HasSubstr("is a directory"));
  EXPECT_THAT(sentence(""), HasSubstr("is empty"));
  EXPECT_THAT(directory_.names(), ElementsAre());
}

TEST_F(WriteResults, RowsThatDoNotFitTogetherAreTheCallersMistake) {
  const auto values = numbers(0, 10, 1, 1);
  const auto sentence = [&](const Results& results) {
    return complaint<UsageError>([&] { write_results(MPI_COMM_WORLD, path_, results); });
  };
  EXPECT_EQ(sentence({{{"potentials", {3}, values}}}), "potentials: 10 numbers are not rows of 3; pass whole rows");
  EXPECT_EQ(sentence({{{"potentials", {}, values}, {"gradients", {3}, std::span(values).first(9)}}}),
            "gradients has 3 rows and potentials has 10; pass one row of each per point");
}

}
}
