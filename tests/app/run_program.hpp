// SPDX-License-Identifier: BSD-3-Clause
// Runs the nearfar executable as a user would, in a directory of its own.
#pragma once

#include <hdf5.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace nearfar::testing_support {

namespace fs = std::filesystem;

inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string("set ") + name + ", as ctest does");
  return value;
}

/// This process is an MPI program itself; what its MPI left in the environment would confuse the one to be started.
inline std::string forget_own_mpi() {
  std::string words;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name(*entry, std::find(*entry, *entry + std::string(*entry).size(), '='));
    const bool is_mpi = name.starts_with("OMPI_") || name.starts_with("PMIX_") || name.starts_with("ORTE_") ||
                        name.starts_with("PMI_") || name.starts_with("HYDRA_");
    if (is_mpi && !name.starts_with("OMPI_ALLOW_RUN_AS_ROOT")) words += " -u " + name;
  }
  return words;
}

inline std::string whole_file(const fs::path& path) {
  std::stringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

inline herr_t add_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

struct RunResult {
  int exit_code = -1;
  std::string output;               ///< standard output
  std::vector<std::string> errors;  ///< lines of standard error that begin with "nearfar:"
  std::string standard_error;
};

/// A new empty directory, removed at the end.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  /// Runs the program with these words of a shell, under mpirun for `num_ranks` > 0, else directly. More than 60
  /// seconds end it with exit code 124.
  [[nodiscard]] RunResult run(const std::string& arguments, int num_ranks = 0, int num_threads = 1) const;

  /// No file of later runs, those of MPI among them, grows beyond so many bytes. Open MPI needs some 5e6.
  void limit_file_size(int bytes) { limit_ = "ulimit -f " + std::to_string(bytes / 512) + " && "; }

  [[nodiscard]] std::string path(const std::string& name) const { return (directory_ / name).string(); }
  void write(const std::string& name, const std::string& content) const;
  [[nodiscard]] std::string read(const std::string& name) const;
  /// Names of all files, sorted.
  [[nodiscard]] std::vector<std::string> files() const;

 private:
  std::filesystem::path directory_;
  std::string limit_;  ///< the beginning of a command
};

inline Workplace::Workplace() {
  std::string name = (fs::temp_directory_path() / "nearfar_test_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory for a test");
  directory_ = fs::path(name) / "work";
  fs::create_directory(directory_);
}

inline Workplace::~Workplace() {
  std::error_code ignored;
  fs::remove_all(directory_.parent_path(), ignored);
}

inline RunResult Workplace::run(const std::string& arguments, int num_ranks, int num_threads) const {
  // Beside the directory, whose content tests look at.
  const fs::path output = directory_.parent_path() / "out";
  const fs::path errors = directory_.parent_path() / "err";
  const std::string mpirun = num_ranks == 0 ? ""
                                            : environment("NEARFAR_MPIEXEC") + " --oversubscribe --bind-to none -n " +
                                                  std::to_string(num_ranks);
  const std::string command = limit_ + "cd '" + directory_.string() + "' && env" + forget_own_mpi() +
                              " OMP_NUM_THREADS=" + std::to_string(num_threads) + " timeout 60 " + mpirun + " '" +
                              environment("NEARFAR_PROGRAM") + "' " + arguments + " > '" + output.string() + "' 2> '" +
                              errors.string() + "' < /dev/null";
  const int status = std::system(command.c_str());
  RunResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  result.output = whole_file(output);
  result.standard_error = whole_file(errors);
  std::istringstream lines(result.standard_error);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("nearfar:")) result.errors.push_back(line);
  }
  return result;
}

inline void Workplace::write(const std::string& name, const std::string& content) const {
  std::ofstream(path(name), std::ios::binary) << content;
}

inline std::string Workplace::read(const std::string& name) const { return whole_file(path(name)); }

inline std::vector<std::string> Workplace::files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory_)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// All numbers of a dataset of doubles.
[[nodiscard]] inline std::vector<double> read_numbers(const std::string& path, const std::string& dataset) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t data = H5Dopen2(file, dataset.c_str(), H5P_DEFAULT);
  const hid_t space = H5Dget_space(data);
  std::vector<double> numbers(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  const herr_t code = H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data());
  H5Sclose(space);
  H5Dclose(data);
  H5Fclose(file);
  if (code < 0) throw std::runtime_error("cannot read " + dataset + " of " + path);
  return numbers;
}

/// Adds a soft link that leads to "/nowhere".
inline void add_dangling_link(const std::string& path, const std::string& name) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  H5Lcreate_soft("/nowhere", file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(file);
}

/// Whether a file has an object of that name in a group that it has.
[[nodiscard]] inline bool has_object(const std::string& path, const std::string& name) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const bool has = H5Lexists(file, name.c_str(), H5P_DEFAULT) > 0;
  H5Fclose(file);
  return has;
}

/// An attribute that is text of any length.
[[nodiscard]] inline std::string text_attribute(const std::string& path, const std::string& group,
                                                const std::string& name) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t attribute = H5Aopen_by_name(file, group.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  const hid_t type = H5Aget_type(attribute);
  char* text = nullptr;
  H5Aread(attribute, type, &text);
  const std::string value(text == nullptr ? "" : text);
  H5free_memory(text);
  H5Tclose(type);
  H5Aclose(attribute);
  H5Fclose(file);
  return value;
}

/// Names of the attributes of a group.
[[nodiscard]] inline std::vector<std::string> attribute_names(const std::string& path, const std::string& group) {
  std::vector<std::string> names;
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t opened = H5Gopen2(file, group.c_str(), H5P_DEFAULT);
  H5Aiterate2(opened, H5_INDEX_NAME, H5_ITER_INC, nullptr, add_name, &names);
  H5Gclose(opened);
  H5Fclose(file);
  return names;
}

}
