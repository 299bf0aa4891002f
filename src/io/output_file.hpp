// SPDX-License-Identifier: BSD-3-Clause
// Every output of the library and the program is written through this class, so that a name leads to the new file as a
// whole or to what was there before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <mpi.h>

namespace nearfar {

/// The descriptor of a new file with the permissions that the umask leaves. Negative, with errno, on an error and when
/// the name is taken, be it by a symbolic link.
[[nodiscard]] int create_exclusively(const std::string& path);

/// A file that takes its name only when it is whole. Until then it has an unpredictable temporary name in the same
/// directory, created exclusively by rank 0, so that no other file is overwritten. Symbolic links are followed: the
/// file that they lead to is replaced, and the links stay.
class OutputFile {
 public:
  /// Collective. Creates the empty temporary file. Throws InputError on every rank when `path` cannot be written or
  /// names something other than a regular file.
  OutputFile(MPI_Comm communicator, const std::string& path);
  /// Removes the temporary file unless it was committed. Not collective.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// The temporary name, on every rank.
  [[nodiscard]] const std::string& temporary() const noexcept { return temporary_; }
  /// Beginning of every error message about the file.
  [[nodiscard]] const std::string& where() const noexcept { return where_; }
  /// Throws InputError with what errno says.
  [[noreturn]] void fail(const std::string& remedy) const;

  /// On rank 0: throws InputError unless `bytes` fit on the disk and under the limits of this process. HDF5 cannot
  /// recover when it fails to write what completes a file.
  void reserve(std::int64_t bytes);
  /// On rank 0: appends to the file.
  void append(std::string_view text);
  /// On rank 0: appends the bytes of another file, and returns how many. Throws InputError.
  std::int64_t append_file(const std::string& path);
  /// Collective. Flushes the file to the disk and gives it its final name.
  void commit();

 private:
  void create();
  void rename_whole();

  MPI_Comm communicator_;
  std::string where_;
  std::string target_;
  std::string temporary_;
  int descriptor_ = -1;  ///< on rank 0 while the temporary file exists
};

/// The temporary file of an OutputFile, opened by this rank to write to places of its own.
class PlainOutput {
 public:
  /// Throws InputError.
  explicit PlainOutput(const OutputFile& file);
  ~PlainOutput();
  PlainOutput(const PlainOutput&) = delete;
  PlainOutput& operator=(const PlainOutput&) = delete;
  /// From `place` on, counted in bytes from the beginning. Throws InputError.
  void write(std::int64_t place, std::span<const std::byte> bytes) const;
  /// Flushes to the disk. Throws InputError.
  void flush() const;

 private:
  const OutputFile& file_;
  int descriptor_;
};

/// Collective. Throws InputError unless a file of that many bytes can be written at `path`, before hours of work;
/// leaves nothing behind.
void check_writable(MPI_Comm communicator, const std::string& path, std::int64_t bytes = 0);

/// Collective. Writes the text of rank 0 to a file.
void write_text(MPI_Comm communicator, const std::string& path, std::string_view text);

}
