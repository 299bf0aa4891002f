// SPDX-License-Identifier: BSD-3-Clause
// A file that one rank opens once and reads piece by piece; see plain writes in output_file.hpp. Not collective.
#pragma once

#include <string>

#include "io/npy_array.hpp"

namespace nearfar {

class PlainInput : public NpyBytes {
 public:
  /// Throws InputError unless `path` is a regular file that can be opened.
  explicit PlainInput(const std::string& path);
  ~PlainInput() override;
  PlainInput(const PlainInput&) = delete;
  PlainInput& operator=(const PlainInput&) = delete;

  [[nodiscard]] std::int64_t size() const override { return size_; }
  void read(std::int64_t place, std::span<char> bytes) override;

 private:
  std::string where_;
  int descriptor_;
  std::int64_t size_;
};

}
