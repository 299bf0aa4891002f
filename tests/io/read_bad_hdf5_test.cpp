// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "io/particle_datasets.hpp"

namespace nearfar {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using testing_support::charges;
using testing_support::charges_name;
using testing_support::complaint;
using testing_support::expect_points_and_charges;
using testing_support::num_points;
using testing_support::OddDataset;
using testing_support::points;
using testing_support::sources_name;
using testing_support::targets_name;
using testing_support::TemporaryDirectory;
using testing_support::write_odd_file;

class ReadBadHdf5 : public testing::Test {
 protected:
  template <class More>
  std::string complaint_of(const std::vector<OddDataset>& datasets, More&& more, int source_dim = 1) {
    write_odd_file(path_, datasets, more);
    return complaint_of_file(source_dim);
  }
  std::string complaint_of(const std::vector<OddDataset>& datasets, int source_dim = 1) {
    return complaint_of(
        datasets, [](hid_t) {}, source_dim);
  }
  /// What is said without the name of the file, which every sentence has to begin with.
  std::string complaint_of_file(int source_dim = 1) {
    const std::string sentence = complaint<InputError>([&] { read_particles(MPI_COMM_WORLD, path_, {source_dim}); });
    const std::string begin = "file '" + path_ + "'";
    EXPECT_EQ(sentence.substr(0, begin.size()), begin);
    EXPECT_EQ(sentence.find('\n'), std::string::npos);
    return sentence.size() < begin.size() ? "" : sentence.substr(begin.size());
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("bad.h5");
};

TEST_F(ReadBadHdf5, AMissingDatasetIsNamed) {
  EXPECT_THAT(complaint_of({}), HasSubstr("dataset '/particle_data/sources': missing"));
  EXPECT_THAT(complaint_of({points()}), HasSubstr("dataset '/particle_data/source_densities': missing"));
  EXPECT_THAT(complaint_of({{.name = "/particle_data", .extents = {1}, .values = {1}}}),
              HasSubstr("dataset '/particle_data/sources': '/particle_data/sources' cannot be looked up"));
}

/// A dangling link at the targets must not mean that the sources are the targets.
TEST_F(ReadBadHdf5, ALinkThatLeadsNowhereIsNamed) {
  for (const std::string& name : {sources_name, charges_name, targets_name}) {
    const auto soft = [&](hid_t file) {
      H5Ldelete(file, name.c_str(), H5P_DEFAULT);
      H5Lcreate_soft("/nowhere", file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    };
    const auto external = [&](hid_t file) {
      H5Ldelete(file, name.c_str(), H5P_DEFAULT);
      H5Lcreate_external("no.h5", "/there", file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    };
    const auto circle = [&](hid_t file) {
      H5Ldelete(file, name.c_str(), H5P_DEFAULT);
      H5Lcreate_soft(name.c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    };
    const OddDataset targets{.name = targets_name, .extents = {1, 3}, .values = {1, 2, 3}};
    const std::string begin = ", dataset '" + name + "': the link '" + name + "' leads to ";
    EXPECT_THAT(complaint_of({points(), charges(), targets}, soft),
                StartsWith(begin + "'/nowhere', which does not exist"));
    EXPECT_THAT(complaint_of({points(), charges(), targets}, external),
                StartsWith(begin + "'/there' of the file 'no.h5', which does not exist"));
    EXPECT_THAT(complaint_of({points(), charges(), targets}, circle), StartsWith(begin + "'" + name + "', which"));
  }
}

TEST_F(ReadBadHdf5, WhereALinkLeadsIsPrintable) {
  const auto odd = [](hid_t file) {
    H5Ldelete(file, charges_name.c_str(), H5P_DEFAULT);
    H5Lcreate_external("no\n.h5", "\x1B[31m", file, charges_name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  };
  EXPECT_THAT(complaint_of({points(), charges()}, odd), HasSubstr("leads to '?[31m' of the file 'no?.h5', which"));
}

TEST_F(ReadBadHdf5, AGroupThatIsADanglingLinkIsNamed) {
  const auto dangle = [](hid_t file) { H5Lcreate_soft("/nowhere", file, "/particle_data", H5P_DEFAULT, H5P_DEFAULT); };
  EXPECT_THAT(complaint_of({}, dangle), HasSubstr("the link '/particle_data' leads to '/nowhere', which does not"));
}

TEST_F(ReadBadHdf5, LinksThatLeadSomewhereAreFollowed) {
  const auto link = [](hid_t file) {
    H5Lmove(file, sources_name.c_str(), file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/elsewhere", file, sources_name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  };
  write_odd_file(path_, {points(), charges()}, link);
  expect_points_and_charges(read_particles(MPI_COMM_WORLD, path_, {1}), 1);
}

TEST_F(ReadBadHdf5, AGroupIsNotADataset) {
  const auto add_group = [](hid_t file) {
    H5Gclose(H5Gcreate2(file, charges_name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  };
  EXPECT_THAT(complaint_of({points()}, add_group),
              HasSubstr("dataset '/particle_data/source_densities': not a dataset but a group"));
}

TEST_F(ReadBadHdf5, TheShapeThatIsNeededIsSaid) {
  const auto shaped = [](const std::string& name, std::vector<hsize_t> extents) {
    return OddDataset{.name = name, .extents = std::move(extents), .values = {}};
  };
  EXPECT_THAT(complaint_of({shaped(sources_name, {10, 2}), charges()}),
              HasSubstr("/sources': shape (10, 2) where (n, 3) is needed"));
  EXPECT_THAT(complaint_of({shaped(sources_name, {30}), charges()}), HasSubstr("shape (30) where (n, 3) is needed"));
  EXPECT_THAT(complaint_of({shaped(sources_name, {10, 3, 1}), charges()}), HasSubstr("shape (10, 3, 1)"));
  EXPECT_THAT(complaint_of({points(), shaped(charges_name, {999})}),
              HasSubstr("/source_densities': shape (999) where (1000, 1) is needed"));
  EXPECT_THAT(complaint_of({points(), shaped(charges_name, {1000, 1})}, 3), HasSubstr("where (1000, 3) is needed"));
  EXPECT_THAT(complaint_of({points(), shaped(charges_name, {1000})}, 3), HasSubstr("where (1000, 3) is needed"));
  EXPECT_THAT(complaint_of({points(), charges(), shaped(targets_name, {3, 4})}),
              HasSubstr("/targets': shape (3, 4) where (n, 3) is needed"));
  // Columns that the kernel does not take are not left out.
  EXPECT_THAT(complaint_of({points(), shaped(charges_name, {1000, 3})}), HasSubstr("where (1000, 1) is needed"));
  EXPECT_THAT(complaint_of({points(), shaped(charges_name, {1000, 3})}, 2), HasSubstr("where (1000, 2) is needed"));
  EXPECT_THAT(complaint_of({points(), shaped(charges_name, {1000, 1, 2})}), HasSubstr("where (1000, 1) is needed"));
}

TEST_F(ReadBadHdf5, ASingleValueIsNotAnArray) {
  const auto add_scalar = [](hid_t file) {
    const hid_t space = H5Screate(H5S_SCALAR);
    H5Dclose(H5Dcreate2(file, charges_name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
  };
  EXPECT_THAT(complaint_of({points()}, add_scalar), HasSubstr("a single value where an array is needed"));
}

TEST_F(ReadBadHdf5, ANullDataspaceIsNotASingleValue) {
  const auto add_null = [](hid_t file) {
    const hid_t space = H5Screate(H5S_NULL);
    H5Dclose(H5Dcreate2(file, charges_name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
  };
  EXPECT_THAT(complaint_of({points()}, add_null), HasSubstr("/source_densities': empty, without a shape"));
}

TEST_F(ReadBadHdf5, ANumberOfManyBytesIsNotReadForever) {
  const hid_t wide = H5Tcopy(H5T_IEEE_F64LE);
  H5Tset_size(wide, std::size_t{1} << 31);
  const OddDataset odd{.name = charges_name, .extents = {1000}, .values = {}, .type = wide, .chunk = {1}};
  EXPECT_THAT(complaint_of({points(), odd}), HasSubstr("/source_densities': its numbers have 2147483648 bytes each"));
  H5Tclose(wide);
}

TEST_F(ReadBadHdf5, AnUnknownFilterWithoutANameHasItsNumber) {
  const auto add_filtered = [](hid_t file) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t count = num_points;
    H5Pset_chunk(creation, 1, &count);
    constexpr H5Z_filter_t unknown = 32999;
    H5Pset_filter(creation, unknown, H5Z_FLAG_OPTIONAL, 0, nullptr);
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    H5Dclose(H5Dcreate2(file, charges_name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(creation);
  };
  EXPECT_THAT(complaint_of({points()}, add_filtered),
              HasSubstr("compressed with filter 32999, which this HDF5 does not have"));
}

TEST_F(ReadBadHdf5, WhatIsNotANumberIsRefused) {
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 8);
  const hid_t triple = H5Tcreate(H5T_COMPOUND, 24);  // a pair would be a complex number
  for (const char* const name : {"x", "y", "z"})
    H5Tinsert(triple, name, static_cast<std::size_t>(name[0] - 'x') * 8, H5T_IEEE_F64LE);
  for (const hid_t type : {text, triple}) {
    const OddDataset odd{.name = charges_name, .extents = {1000}, .values = {}, .type = type};
    EXPECT_THAT(complaint_of({points(), odd}), HasSubstr("/source_densities': its elements are not numbers"));
  }
  H5Tclose(text);
  H5Tclose(triple);
}

TEST_F(ReadBadHdf5, ANumberThatIsNotFiniteIsFoundWhereverItIs) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  OddDataset bad_points = points();
  bad_points.values[3 * 617 + 2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(complaint_of({bad_points, charges()}), HasSubstr("/sources', row 617 (the first is 0), column 2: nan"));
  OddDataset bad_charges = charges();
  bad_charges.values[999] = -infinity;
  EXPECT_THAT(complaint_of({points(), bad_charges}), HasSubstr("/source_densities', row 999"));
  const OddDataset bad_targets{.name = targets_name, .extents = {1, 3}, .values = {0, infinity, 0}};
  EXPECT_THAT(complaint_of({points(), charges(), bad_targets}),
              HasSubstr("/targets', row 0 (the first is 0), column 1"));
}

TEST_F(ReadBadHdf5, ANumberTooLargeForADoubleIsNotFinite) {
  if (std::numeric_limits<long double>::max_exponent == std::numeric_limits<double>::max_exponent) GTEST_SKIP();
  const long double large = 2.0L * static_cast<long double>(std::numeric_limits<double>::max());
  const auto add_large = [large](hid_t file) {
    const hsize_t one = 1;
    const hid_t space = H5Screate_simple(1, &one, nullptr);
    const hid_t id =
        H5Dcreate2(file, charges_name.c_str(), H5T_NATIVE_LDOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(id, H5T_NATIVE_LDOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &large);
    H5Dclose(id);
    H5Sclose(space);
  };
  EXPECT_THAT(complaint_of({points(1)}, add_large), HasSubstr("row 0 (the first is 0), column 0: inf"));
}

TEST_F(ReadBadHdf5, AFileOfAnotherKindIsSaidToBeOne) {
  testing_support::write_text_file(path_, "1 2 3 4\n");
  EXPECT_THAT(complaint_of_file(), HasSubstr("is not an HDF5 file"));
  testing_support::write_text_file(path_, "");
  EXPECT_THAT(complaint_of_file(), HasSubstr("is not an HDF5 file"));
}

TEST_F(ReadBadHdf5, ATruncatedFileIsSaidToBeDamaged) {
  write_odd_file(path_, {points(), charges()});
  const auto size = std::filesystem::file_size(path_);
  for (const auto left : {size - 1, size / 2, std::uintmax_t{512}, std::uintmax_t{100}}) {
    write_odd_file(path_, {points(), charges()});
    std::filesystem::resize_file(path_, left);
    EXPECT_THAT(complaint_of_file(), HasSubstr("damaged or not written to its end")) << left;
  }
}

TEST_F(ReadBadHdf5, DamagedCompressedNumbersAreFound) {
  OddDataset odd_points = points();
  odd_points.chunk = {1000, 3};
  odd_points.gzip = true;
  write_odd_file(path_, {odd_points, charges()});
  haddr_t offset = 0;
  {
    const hid_t file = H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t id = H5Dopen2(file, sources_name.c_str(), H5P_DEFAULT);
    unsigned mask = 0;
    hsize_t size = 0;
    std::vector<hsize_t> place(2);
    const hid_t space = H5Dget_space(id);
    ASSERT_GE(H5Dget_chunk_info(id, space, 0, place.data(), &mask, &offset, &size), 0);
    H5Sclose(space);
    H5Dclose(id);
    H5Fclose(file);
  }
  std::fstream(path_, std::ios::binary | std::ios::in | std::ios::out).seekp(static_cast<std::streamoff>(offset) + 100)
      << "damage of about thirty characters";

  EXPECT_THAT(complaint_of_file(), HasSubstr("/sources': its numbers cannot be read"));
}

TEST_F(ReadBadHdf5, ASizeThatNoMachineHoldsIsRefused) {
  // Chunks that nobody wrote take no room in the file, so that it can claim any size.
  const hsize_t many = hsize_t{1} << 40;
  const OddDataset huge_points{.name = sources_name, .extents = {many, 3}, .values = {}, .chunk = {64, 3}};
  const OddDataset huge_charges{.name = charges_name, .extents = {many}, .values = {}, .chunk = {64}};
  EXPECT_THAT(complaint_of({huge_points, huge_charges}), HasSubstr("/sources': 1099511627776 rows of 3 numbers"));
  const OddDataset impossible{.name = sources_name, .extents = {hsize_t{1} << 62, 3}, .values = {}, .chunk = {64, 3}};
  EXPECT_THAT(complaint_of({impossible, huge_charges}), HasSubstr("/sources': its size is impossible"));
}

TEST_F(ReadBadHdf5, NumbersInAnotherFileAreRefused) {
  const auto add_external = [this](hid_t file) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(creation, directory_.file("elsewhere").c_str(), 0, 8000);
    const hsize_t count = num_points;
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    H5Dclose(H5Dcreate2(file, charges_name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(creation);
  };
  const std::string sentence = "/source_densities': its numbers lie in other files; copy them into one with h5repack";
  EXPECT_THAT(complaint_of({points()}, add_external), HasSubstr(sentence));
  const auto add_virtual = [](hid_t file) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t count = num_points;
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    H5Pset_virtual(creation, space, "elsewhere.h5", "/q", space);
    H5Dclose(H5Dcreate2(file, charges_name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(creation);
  };
  EXPECT_THAT(complaint_of({points()}, add_virtual), HasSubstr(sentence + " -l CONTI"));
}

TEST_F(ReadBadHdf5, OtherFilesOfTheFileSystemAreRefusedBeforeHdf5SeesThem) {
  const auto sentence = [](const std::string& path) {
    return complaint<InputError>([&] { read_particles(MPI_COMM_WORLD, path, {1}); });
  };
  EXPECT_THAT(sentence(""), HasSubstr("is empty"));
  EXPECT_THAT(sentence(directory_.file("no.h5")), AllOf(HasSubstr("no.h5'"), EndsWith("check path and permissions")));
  EXPECT_THAT(sentence(directory_.file(".")), HasSubstr("is a directory"));
}

TEST_F(ReadBadHdf5, NothingIsPrinted) {
  write_odd_file(path_, {points()});
  testing::internal::CaptureStderr();
  complaint_of_file();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}
}
