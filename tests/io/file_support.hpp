// SPDX-License-Identifier: BSD-3-Clause
// Files for the tests of io: a directory of their own, datasets of any type and storage, and what a call complains
// about.
#pragma once

#include <gtest/gtest.h>
#include <hdf5.h>
#include <mpi.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "comm/mpi.hpp"
#include "io/rows.hpp"
#include "nearfar/error.hpp"

namespace nearfar::testing_support {

/// A directory that all ranks see while the test runs. Collective.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : is_first_(rank_of(MPI_COMM_WORLD) == 0) {
    path_ = (std::filesystem::temp_directory_path() / "nearfar_io_XXXXXX").string();
    if (is_first_ && mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory");
    MPI_Bcast(path_.data(), static_cast<int>(path_.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
  }
  ~TemporaryDirectory() {
    MPI_Barrier(MPI_COMM_WORLD);
    std::error_code ignored;
    if (is_first_) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  std::string path_;
  bool is_first_;
};

/// A dataset as another program might have written it: the numbers are given as doubles and stored as `type`.
struct OddDataset {
  std::string name;
  std::vector<hsize_t> extents;
  std::vector<double> values;
  hid_t type = H5T_IEEE_F64LE;
  std::vector<hsize_t> chunk{};  ///< empty: contiguous
  bool gzip = false;
};

inline void add_dataset(hid_t file, const OddDataset& dataset) {
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if (!dataset.chunk.empty()) H5Pset_chunk(creation, static_cast<int>(dataset.chunk.size()), dataset.chunk.data());
  if (dataset.gzip) H5Pset_deflate(creation, 4);
  // Unlimited where it is chunked, so that a chunk may be larger than the data.
  const std::vector<hsize_t> largest(dataset.extents.size(), H5S_UNLIMITED);
  const hid_t space = H5Screate_simple(static_cast<int>(dataset.extents.size()), dataset.extents.data(),
                                       dataset.chunk.empty() ? nullptr : largest.data());
  const hid_t id = H5Dcreate2(file, dataset.name.c_str(), dataset.type, space, links, creation, H5P_DEFAULT);
  if (id < 0) throw std::runtime_error("cannot create " + dataset.name);
  if (!dataset.values.empty() &&
      H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, dataset.values.data()) < 0)
    throw std::runtime_error("cannot write " + dataset.name);
  H5Dclose(id);
  H5Sclose(space);
  H5Pclose(creation);
  H5Pclose(links);
}

/// By rank 0 alone, and seen by all ranks on return. Collective. `more` may add objects of other kinds.
template <class More>
void write_odd_file(const std::string& path, const std::vector<OddDataset>& datasets, More&& more) {
  agree(MPI_COMM_WORLD, [&] {
    if (rank_of(MPI_COMM_WORLD) != 0) return;
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    for (const OddDataset& dataset : datasets) add_dataset(file, dataset);
    more(file);
    H5Fclose(file);
  });
}

inline void write_odd_file(const std::string& path, const std::vector<OddDataset>& datasets) {
  write_odd_file(path, datasets, [](hid_t) {});
}

inline void write_text_file(const std::string& path, const std::string& text) {
  if (rank_of(MPI_COMM_WORLD) == 0) std::ofstream(path, std::ios::binary) << text;
  MPI_Barrier(MPI_COMM_WORLD);
}

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// While it lives, no file of this process grows beyond `bytes`: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : before_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, before_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*before_handler_)(int);
};

/// Numbers that every type of at least 16 bits holds exactly; different for every row and column nearby.
inline double number(std::int64_t row, std::int64_t column) {
  return static_cast<double>((row * 101 + column * 37) % 30011 - 15000);
}

/// Rows [begin, end) of such numbers; `salt` tells datasets apart.
inline std::vector<double> numbers(std::int64_t begin, std::int64_t end, std::int64_t row_length, std::int64_t salt) {
  std::vector<double> values;
  for (std::int64_t row = begin; row < end; ++row)
    for (std::int64_t column = 0; column < row_length; ++column) values.push_back(number(row + salt, column));
  return values;
}

/// The sentence of the Problem that the action throws; "" if it throws nothing. Anything else passes through.
template <class Problem, class Action>
std::string complaint(Action&& action) {
  try {
    action();
  } catch (const Problem& problem) {
    return problem.what();
  }
  return {};
}

/// The block of numbers that this rank is to have.
inline std::vector<double> my_numbers(std::int64_t num_rows, std::int64_t row_length, std::int64_t salt) {
  const RowRange rows = rows_of_rank(num_rows, rank_of(MPI_COMM_WORLD), size_of_communicator(MPI_COMM_WORLD));
  return numbers(rows.begin, rows.end, row_length, salt);
}

/// The sentence of an InputError, after checking that all ranks got the same one.
template <class Action>
std::string common_complaint(Action&& action) {
  const std::string sentence = complaint<InputError>(action);
  std::array<char, 1000> first{};
  sentence.copy(first.data(), first.size() - 1);
  MPI_Bcast(first.data(), static_cast<int>(first.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
  EXPECT_EQ(sentence, first.data());
  return sentence;
}

}
