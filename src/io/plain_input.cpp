// SPDX-License-Identifier: BSD-3-Clause
#include "io/plain_input.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "io/paths.hpp"
#include "nearfar/error.hpp"

namespace nearfar {
namespace {

[[nodiscard]] std::int64_t size_of_file(const std::string& where, int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) == 0) return status.st_size;
  const std::string reason = std::strerror(errno);
  close(descriptor);
  throw InputError(where + " does not tell its size: " + reason + "; check the disk");
}

}

PlainInput::PlainInput(const std::string& path)
    : where_("file '" + path + "'"), descriptor_(open_readable(path)), size_(size_of_file(where_, descriptor_)) {}

PlainInput::~PlainInput() { close(descriptor_); }

void PlainInput::read(std::int64_t place, std::span<char> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = pread(descriptor_, bytes.data(), bytes.size(), place);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw InputError(where_ + " cannot be read: " + std::strerror(errno) + "; check the disk");
    if (count == 0) throw InputError(where_ + " ends before its numbers do; write it again");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    place += count;
  }
}

}
