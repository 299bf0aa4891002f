// SPDX-License-Identifier: BSD-3-Clause
#include "io/paths.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "nearfar/error.hpp"

namespace nearfar {
namespace {

namespace fs = std::filesystem;

[[nodiscard]] std::string lower_extension(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension;
}

}

bool is_text_name(const std::string& path) {
  const std::string extension = lower_extension(path);
  return extension == ".csv" || extension == ".txt";
}

bool is_npy_name(const std::string& path) { return lower_extension(path) == ".npy"; }

bool is_npz_name(const std::string& path) { return lower_extension(path) == ".npz"; }

std::string kind_of_file(const fs::file_status& status) {
  switch (status.type()) {
    case fs::file_type::regular:
      return "a regular file";
    case fs::file_type::directory:
      return "a directory";
    case fs::file_type::fifo:
      return "a named pipe";
    case fs::file_type::socket:
      return "a socket";
    default:
      return "a device";
  }
}

std::string follow_links(const std::string& path) {
  constexpr int most_links = 40;  // as the kernel of Linux
  fs::path target = path;
  std::error_code ignored;
  for (int i = 0; fs::is_symlink(fs::symlink_status(target, ignored)); ++i) {
    if (i == most_links) throw InputError("file '" + path + "' is a symbolic link that never ends; remove it");
    // An absolute path replaces the directory of the link.
    target = target.parent_path() / fs::read_symlink(target, ignored);
  }
  return target.string();
}

int open_readable(const std::string& path) {
  const std::string file = "file '" + path + "'";
  if (path.empty()) throw InputError("the name of the file to read is empty; give a path");
  const int descriptor = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0)
    throw InputError(file + " cannot be opened: " + std::strerror(errno) + "; check path and permissions");
  struct stat found {};
  if (fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode)) return descriptor;
  close(descriptor);
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  throw InputError(file + " is " + kind_of_file(status) + " and cannot be read; give the path of a regular file");
}

void require_readable(const std::string& path) { close(open_readable(path)); }

}
