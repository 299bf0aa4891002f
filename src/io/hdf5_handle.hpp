// SPDX-License-Identifier: BSD-3-Clause
// HDF5's identifiers as owners, and its error stack as a sentence.
#pragma once

#include <hdf5.h>

#include <string>
#include <utility>

namespace nearfar {

/// Owns an HDF5 identifier; a negative one is what HDF5 returns on failure.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, Close close_function) noexcept : id_(id), close_(close_function) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }
  [[nodiscard]] hid_t get() const noexcept { return id_; }
  [[nodiscard]] bool valid() const noexcept { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// While it lives, HDF5 does not print its error stack: we say what is wrong ourselves.
class SilentHdf5 {
 public:
  SilentHdf5();
  ~SilentHdf5();
  SilentHdf5(const SilentHdf5&) = delete;
  SilentHdf5& operator=(const SilentHdf5&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// Throws InputError with `sentence` and the innermost reason on HDF5's error stack.
[[noreturn]] void throw_hdf5(const std::string& sentence);

/// Returns the owner of `id`, or throws as above when it is negative.
[[nodiscard]] Hdf5Handle require_hdf5(hid_t id, Hdf5Handle::Close close, const std::string& sentence);

/// Opens an existing file to read it, on this rank alone.
[[nodiscard]] Hdf5Handle open_hdf5(const std::string& path);

/// The same to write to it. Only complete_hdf5 closes the file: HDF5 frees one that it fails to close, but keeps its
/// identifier.
[[nodiscard]] Hdf5Handle modify_hdf5(const std::string& path);

/// Creates a file, or empties it, on this rank alone; only complete_hdf5 closes it.
[[nodiscard]] Hdf5Handle create_hdf5(const std::string& path);

/// Flushes a file to the disk and closes it. Throws InputError with `sentence`, or what HDF5 says, where that fails.
void complete_hdf5(const Hdf5Handle& file, const std::string& sentence);

}
