// SPDX-License-Identifier: BSD-3-Clause
// Arrays as numpy.save writes them: a header that is a Python dictionary, then the numbers (numpy.lib.format, versions
// 1 to 3). Nothing here is collective.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/rows.hpp"

namespace nearfar {

/// The bytes of an array, in a file of its own or in an archive.
class NpyBytes {
 public:
  virtual ~NpyBytes() = default;
  [[nodiscard]] virtual std::int64_t size() const = 0;
  /// Fills `bytes` with those from `place` on. Throws InputError when they cannot be read.
  virtual void read(std::int64_t place, std::span<char> bytes) = 0;
};

struct NpyArray {
  std::string type;                   ///< such as "<f8"
  std::vector<std::int64_t> extents;  ///< rows first; of complex numbers the last one is 2
  std::int64_t begin = 0;             ///< of the numbers, in bytes
};

/// Throws InputError, beginning with `where`, unless the bytes are a whole array of numbers whose rows lie one after
/// the other.
[[nodiscard]] NpyArray read_npy_header(NpyBytes& bytes, const std::string& where);

/// Reads rows into `values`, of as many numbers. Throws InputError.
void read_npy_rows(NpyBytes& bytes, const NpyArray& array, RowRange rows, std::span<double> values);

}
