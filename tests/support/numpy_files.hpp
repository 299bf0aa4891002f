// SPDX-License-Identifier: BSD-3-Clause
// Files as numpy.save and numpy.savez write them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nearfar::testing_support {

/// What numpy.save writes of an array of that type ("<f8"), shape ("(101, 4)") and fortran_order.
template <class T>
std::string npy(const std::string& type, const std::string& shape, const std::vector<double>& values,
                const std::string& order = "False") {
  std::string header = "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  while ((header.size() + 11) % 64 != 0) header += ' ';
  header += '\n';
  std::string text = "\x93NUMPY";
  text += {'\x01', '\0', static_cast<char>(header.size() % 256), static_cast<char>(header.size() / 256)};
  text += header;
  for (const double value : values) {
    const T number = static_cast<T>(value);
    text.append(reinterpret_cast<const char*>(&number), sizeof(T));
  }
  return text;
}

/// A ZIP archive of files: names and contents. They are stored as they are, or by the method deflate, whose blocks hold
/// them as they are too.
[[nodiscard]] std::string zip(const std::vector<std::pair<std::string, std::string>>& files, bool deflated = false);

}
