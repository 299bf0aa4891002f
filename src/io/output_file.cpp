// SPDX-License-Identifier: BSD-3-Clause
#include "io/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <utility>

#include "comm/mpi.hpp"
#include "comm/together.hpp"
#include "io/paths.hpp"

namespace nearfar {
namespace {

namespace fs = std::filesystem;

constexpr const char* full_disk = "; check that the disk is not full";

[[nodiscard]] std::string random_name(const std::string& target) {
  std::random_device device;
  std::array<char, 9> digits{};
  std::snprintf(digits.data(), digits.size(), "%08x", static_cast<unsigned>(device()));
  return target + "." + digits.data() + ".part";
}

[[nodiscard]] std::string broadcast(MPI_Comm communicator, std::string text) {
  int length = static_cast<int>(text.size());
  check_mpi(MPI_Bcast(&length, 1, MPI_INT, 0, communicator), "MPI_Bcast");
  text.resize(usize(length));
  check_mpi(MPI_Bcast(text.data(), length, MPI_CHAR, 0, communicator), "MPI_Bcast");
  return text;
}

/// Writes all of the text; false, with errno, when the system does not take it.
[[nodiscard]] bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// False, with errno, when the system fails; some file systems have nothing to flush and say so.
[[nodiscard]] bool flush_to_disk(int descriptor) {
  return fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP;
}

}

int create_exclusively(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

OutputFile::OutputFile(MPI_Comm communicator, const std::string& path)
    : communicator_(communicator), where_("file '" + path + "'"), target_(path) {
  agree(communicator, [&] {
    if (rank_of(communicator) == 0) create();
  });
  temporary_ = broadcast(communicator, temporary_);
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void OutputFile::fail(const std::string& remedy) const {
  throw InputError(where_ + " cannot be written: " + std::strerror(errno) + remedy);
}

void OutputFile::create() {
  if (target_.empty()) throw InputError("the name of the file to write is empty; give a path");
  std::error_code ignored;
  const fs::file_status status = fs::status(target_, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw InputError(where_ + " is " + kind_of_file(status) + " and cannot be replaced; choose another name");
  target_ = follow_links(target_);
  const fs::path parent = fs::path(target_).parent_path();
  if (!parent.empty() && !fs::is_directory(fs::status(parent, ignored)))
    throw InputError(where_ + " cannot be written: there is no directory '" + parent.string() + "'; create it first");
  constexpr int most_attempts = 100;
  for (int attempt = 0; attempt < most_attempts && descriptor_ < 0; ++attempt) {
    temporary_ = random_name(target_);
    descriptor_ = create_exclusively(temporary_);
    if (descriptor_ < 0 && errno != EEXIST) break;
  }
  if (descriptor_ < 0) fail(" for '" + temporary_ + "'; check permissions or choose another name");
}

void OutputFile::reserve(std::int64_t bytes) {
  if (fallocate(descriptor_, 0, 0, bytes) == 0) return;
  // Some file systems do not reserve; at least the first pages, where HDF5 keeps its structure, can be tried.
  if ((errno == EOPNOTSUPP || errno == ENOSYS) && write_all(descriptor_, std::string(1 << 16, '\0'))) return;
  fail(" for " + std::to_string(bytes) + " bytes" + full_disk);
}

void OutputFile::append(std::string_view text) {
  if (!write_all(descriptor_, text)) fail(full_disk);
}

std::int64_t OutputFile::append_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::int64_t copied = 0;
  for (std::string block(1 << 20, ' '); file; copied += file.gcount()) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    append(std::string_view(block).substr(0, static_cast<std::size_t>(file.gcount())));
  }
  if (!file.eof()) throw InputError("file '" + path + "' cannot be copied; check permissions");
  return copied;
}

void OutputFile::rename_whole() {
  if (!flush_to_disk(descriptor_)) fail(full_disk);
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) fail("; check permissions");
  close(std::exchange(descriptor_, -1));
}

void OutputFile::commit() {
  agree(communicator_, [&] {
    if (rank_of(communicator_) == 0) rename_whole();
  });
}

PlainOutput::PlainOutput(const OutputFile& file)
    : file_(file), descriptor_(open(file.temporary().c_str(), O_WRONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) file.fail(" for '" + file.temporary() + "'; put it where all hosts can write");
}

PlainOutput::~PlainOutput() { close(descriptor_); }

void PlainOutput::write(std::int64_t place, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), place);
    if (written < 0 && errno != EINTR) file_.fail(full_disk);
    if (written <= 0) continue;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    place += written;
  }
}

void PlainOutput::flush() const {
  if (!flush_to_disk(descriptor_)) file_.fail(full_disk);
}

void check_writable(MPI_Comm communicator, const std::string& path, std::int64_t bytes) {
  together(communicator, [&] {
    OutputFile attempt(communicator, path);
    agree(communicator, [&] {
      if (bytes > 0 && rank_of(communicator) == 0) attempt.reserve(bytes);
    });
  });
}

void write_text(MPI_Comm communicator, const std::string& path, std::string_view text) {
  together(communicator, [&] {
    OutputFile file(communicator, path);
    agree(communicator, [&] {
      if (rank_of(communicator) == 0) file.append(text);
    });
    file.commit();
  });
}

}
