// SPDX-License-Identifier: BSD-3-Clause
#include "io/paths.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "nearfar/error.hpp"

namespace nearfar {
namespace {

namespace fs = std::filesystem;

[[nodiscard]] fs::file_status status_of(const fs::path& path) {
  std::error_code ignored;
  return fs::status(path, ignored);
}

/// The words of the operating system for errno.
[[nodiscard]] std::string system_reason() { return std::strerror(errno); }

}

bool is_text_name(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension == ".csv" || extension == ".txt";
}

std::string temporary_name(const std::string& path) { return path + ".part"; }

void require_readable(const std::string& path) {
  const std::string file = "file '" + path + "'";
  if (path.empty()) throw InputError("the name of the file to read is empty; give a path");
  const int descriptor = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) throw InputError(file + " cannot be opened: " + system_reason() + "; check path and permissions");
  close(descriptor);
  if (fs::is_regular_file(status_of(path))) return;
  throw InputError(file + " is a directory or a device; give the path of a file of particles");
}

void require_writable(const std::string& path) {
  const std::string file = "file '" + path + "'";
  if (path.empty()) throw InputError("the name of the file to write is empty; give a path");
  if (is_text_name(path)) throw InputError(file + ": files are written as HDF5; choose a name that ends in .h5");
  const auto status = status_of(path);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw InputError(file + " is a directory or a device and cannot be replaced; choose another name");
  const fs::path directory = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  if (!fs::is_directory(status_of(directory)))
    throw InputError(file + " cannot be written: there is no directory '" + directory.string() + "'; create it first");
  // Only an attempt tells the truth about network and read-only file systems.
  const std::string attempt = temporary_name(path);
  const int descriptor = open(attempt.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor >= 0) {
    close(descriptor);
    unlink(attempt.c_str());
  } else if (errno != EEXIST || access(attempt.c_str(), W_OK) != 0 || !fs::is_regular_file(status_of(attempt))) {
    throw InputError(file + " cannot be written: " + system_reason() + " for '" + attempt +
                     "'; check permissions or choose another name");
  }
}

void require_room(const std::string& path, std::int64_t bytes) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  bool is_there = descriptor >= 0 && fallocate(descriptor, 0, 0, bytes) == 0;
  if (!is_there && descriptor >= 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) {
    // This file system does not reserve; at least the first pages, where HDF5 keeps its structure, can be tried.
    const std::string pages(1 << 16, '\0');
    is_there = write(descriptor, pages.data(), pages.size()) == static_cast<ssize_t>(pages.size());
  }
  const std::string reason = system_reason();
  if (descriptor >= 0) is_there = close(descriptor) == 0 && is_there;
  if (is_there) return;
  throw InputError("file '" + path + "' cannot be written: " + reason + " for " + std::to_string(bytes) +
                   " bytes; check that the disk is not full");
}

}
