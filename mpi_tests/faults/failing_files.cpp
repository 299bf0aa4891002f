// SPDX-License-Identifier: BSD-3-Clause
// Calls of the system for files in FAULT_FOLDER, whoever makes them: nearfar, the C++ library, HDF5, MPI-IO. What
// fails does nothing and sets errno as a full disk, a broken one, or one without permission does.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "faults/fault.hpp"

namespace {

/// By descriptor: whether it is of a file in the folder.
std::array<std::atomic<bool>, 1024> ours{};

[[nodiscard]] bool is_ours(const char* path) {
  const char* const folder = std::getenv("FAULT_FOLDER");
  return folder != nullptr && path != nullptr && std::strncmp(path, folder, std::strlen(folder)) == 0 &&
         std::strstr(path, ".locktest.") == nullptr;  // by which Open MPI finds out whether there are locks
}

[[nodiscard]] bool is_ours(int descriptor) {
  return descriptor >= 0 && static_cast<std::size_t>(descriptor) < ours.size() &&
         ours[static_cast<std::size_t>(descriptor)];
}

int keep(int descriptor, bool own) {
  if (descriptor >= 0 && static_cast<std::size_t>(descriptor) < ours.size())
    ours[static_cast<std::size_t>(descriptor)] = own;
  return descriptor;
}

template <class File>
[[nodiscard]] bool fails(const char* function, File file, int error) {
  if (!is_ours(file) || !nearfar::faults::is_to_fail(nearfar::faults::Kind::files, function)) return false;
  errno = error;
  return true;
}

template <class Function>
[[nodiscard]] Function* next(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

int open_with_mode(int (*function)(const char*, int, ...), const char* name, const char* path, int flags, int mode) {
  return fails(name, path, EACCES) ? -1 : keep(function(path, flags, mode), is_ours(path));
}

std::FILE* open_stream(std::FILE* (*function)(const char*, const char*), const char* path, const char* mode) {
  if (fails("fopen", path, EACCES)) return nullptr;
  std::FILE* const stream = function(path, mode);
  if (stream != nullptr) keep(fileno(stream), is_ours(path));
  return stream;
}

}

// What follows takes the place of the C library's functions.
extern "C" {

int open(const char* path, int flags, ...) {
  static const auto others = next(&open, "open");
  va_list list;
  va_start(list, flags);
  const int mode = va_arg(list, int);
  va_end(list);
  return open_with_mode(others, "open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  static const auto others = next(&open64, "open64");
  va_list list;
  va_start(list, flags);
  const int mode = va_arg(list, int);
  va_end(list);
  return open_with_mode(others, "open64", path, flags, mode);
}

std::FILE* fopen(const char* path, const char* mode) {
  static const auto others = next(&fopen, "fopen");
  return open_stream(others, path, mode);
}

std::FILE* fopen64(const char* path, const char* mode) {
  static const auto others = next(&fopen64, "fopen64");
  return open_stream(others, path, mode);
}

// The C library's own calls do not come by here.
size_t fread(void* bytes, size_t size, size_t count, std::FILE* stream) {
  static const auto others = next(&fread, "fread");
  if (!fails("fread", fileno(stream), EIO)) return others(bytes, size, count, stream);
  stream->_flags |= _IO_ERR_SEEN;
  return 0;
}

ssize_t read(int descriptor, void* bytes, size_t count) {
  static const auto others = next(&read, "read");
  return fails("read", descriptor, EIO) ? -1 : others(descriptor, bytes, count);
}

ssize_t pread(int descriptor, void* bytes, size_t count, off_t offset) {
  static const auto others = next(&pread, "pread");
  return fails("pread", descriptor, EIO) ? -1 : others(descriptor, bytes, count, offset);
}

ssize_t preadv(int descriptor, const iovec* parts, int count, off_t offset) {
  static const auto others = next(&preadv, "preadv");
  return fails("preadv", descriptor, EIO) ? -1 : others(descriptor, parts, count, offset);
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  static const auto others = next(&write, "write");
  return fails("write", descriptor, ENOSPC) ? -1 : others(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  static const auto others = next(&pwrite, "pwrite");
  return fails("pwrite", descriptor, ENOSPC) ? -1 : others(descriptor, bytes, count, offset);
}

ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
  static const auto others = next(&pwritev, "pwritev");
  return fails("pwritev", descriptor, ENOSPC) ? -1 : others(descriptor, parts, count, offset);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  static const auto others = next(&fallocate, "fallocate");
  return fails("fallocate", descriptor, ENOSPC) ? -1 : others(descriptor, mode, offset, length);
}

int ftruncate(int descriptor, off_t length) noexcept {
  static const auto others = next(&ftruncate, "ftruncate");
  return fails("ftruncate", descriptor, ENOSPC) ? -1 : others(descriptor, length);
}

int fsync(int descriptor) {
  static const auto others = next(&fsync, "fsync");
  return fails("fsync", descriptor, EIO) ? -1 : others(descriptor);
}

int rename(const char* from, const char* to) noexcept {
  static const auto others = next(&rename, "rename");
  return fails("rename", to, EACCES) ? -1 : others(from, to);
}

int close(int descriptor) {
  static const auto others = next(&close, "close");
  keep(descriptor, false);
  return others(descriptor);
}
// As programs with large files call them.
ssize_t pread64(int, void*, size_t, off64_t) __attribute__((alias("pread")));
ssize_t preadv64(int, const iovec*, int, off64_t) __attribute__((alias("preadv")));
ssize_t pwrite64(int, const void*, size_t, off64_t) __attribute__((alias("pwrite")));
ssize_t pwritev64(int, const iovec*, int, off64_t) __attribute__((alias("pwritev")));
int fallocate64(int, int, off64_t, off64_t) __attribute__((alias("fallocate")));
int ftruncate64(int, off64_t) noexcept __attribute__((alias("ftruncate")));
}
