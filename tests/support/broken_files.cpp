// SPDX-License-Identifier: BSD-3-Clause
#include "support/broken_files.hpp"

#include <algorithm>
#include <limits>

#include "support/numpy_files.hpp"

namespace nearfar::testing_support {

std::size_t Choices::below(std::size_t count) {
  std::uint64_t value = 0;
  if (bytes_.empty()) {
    // Steele, Lea and Flood's SplitMix.
    value = state_ += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
    value ^= value >> 31;
  } else {
    const std::size_t num_bytes = std::min<std::size_t>(bytes_.size(), count > 256 ? 2 : 1);
    for (const std::uint8_t byte : bytes_.first(num_bytes)) value = 256 * value + byte;
    bytes_ = bytes_.subspan(num_bytes);
  }
  return static_cast<std::size_t>(value % count);
}

std::string broken_text(Choices& choices) {
  using namespace std::string_literals;
  static const std::vector<std::string> good{"0",    "1",  "-2.5",   "+.5", "1e-3",
                                             "7E+2", "0x", "1e-400", "-0",  "123456789012"};
  static const std::vector<std::string> bad{"nan",  "inf", "-",    "+",    "1e400", "1e", "0x1p3", "1,5", "\"1\"", "é",
                                            "1\0"s, "..",  "1e+-", "\x7F", "x",     ",",  ",,",    "#",   "1_0"};
  static const std::vector<std::string> separators{" ", ",", "\t", ", ", " ,", "  ", ";", "\v", "\r", ",,", ""};
  static const std::vector<std::string> ends{"\n", "\r\n", "\n\n", " \n", "#\n", ",\n", "\r", "\0\n"s, ""};
  static const std::vector<std::string> headers{
      "", "", "", "x,y,z,q\n", "# x y z q\n", "\xEF\xBB\xBF", "\"x\",\"y\"\n", "#\n"};
  std::string text = choices.of(headers);
  const std::size_t fault_in = 1 + choices.below(200);
  const std::size_t separator = choices.below(4);
  const std::size_t num_rows = choices.below(20);
  for (std::size_t row = 0; row < num_rows; ++row) {
    const std::size_t num_columns = choices.one_in(fault_in) ? choices.below(7) : 4;
    for (std::size_t column = 0; column < num_columns; ++column) {
      if (column > 0) text += choices.one_in(fault_in) ? choices.of(separators) : separators[separator];
      text += choices.one_in(fault_in) ? choices.of(bad) : good[choices.below(6)];
    }
    text += choices.one_in(fault_in) ? choices.of(ends) : ends[0];
  }
  if (choices.one_in(4)) damage(text, choices);
  return text;
}

std::string broken_npy(Choices& choices) {
  static const std::vector<std::string> types{"<f8", "<f4", "<i8", "<i4"};
  static const std::vector<std::string> odd_types{">f8", "<f2", "<c16", "|b1", "<U7", "'", "", "<f8<f8", "|O"};
  static const std::vector<std::string> orders{"True", "false", "", "0"};
  static const std::vector<std::string> counts{"0", "-1", "4L", "99999999999999999999", "4611686018427387904",
                                               "",  "1e3"};
  const std::size_t num_rows = choices.below(12);
  const std::size_t fault_in = 3 + choices.below(60);
  const std::string& type = choices.of(types);
  const auto number = [&](std::size_t value) {
    return choices.one_in(fault_in) ? choices.of(counts) : std::to_string(value);
  };
  std::string header = "{'descr': '" + (choices.one_in(fault_in) ? choices.of(odd_types) : type);
  header += "', 'fortran_order': " + (choices.one_in(fault_in) ? choices.of(orders) : "False") + ", 'shape': (";
  header += number(num_rows) + ", " + number(4) + (choices.one_in(fault_in) ? "" : ")") + ", }";
  header += choices.one_in(fault_in) ? "" : "\n";
  if (choices.one_in(fault_in)) damage(header, choices);
  const std::size_t version = choices.one_in(fault_in) ? choices.below(256) : 1 + choices.below(3);
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  std::size_t length = choices.one_in(fault_in) ? choices.below(65536) : header.size();
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i, length /= 256) bytes += static_cast<char>(length % 256);
  bytes += header;
  const std::size_t size = static_cast<std::size_t>(type.back() - '0') * 4 * num_rows;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(choices.one_in(fault_in) ? choices.below(256) : 0);
  if (choices.one_in(4)) damage(bytes, choices);
  return bytes;
}

std::string broken_npz(Choices& choices) {
  static const std::vector<std::string> names{"sources", "source_densities", "targets"};
  static const std::vector<std::string> odd_names{"", "sources.npy", "a/b", "charge", "\x1b[2J", "SOURCES"};
  const std::size_t num_rows = choices.below(12);
  const std::size_t fault_in = 2 + choices.below(40);
  std::vector<std::pair<std::string, std::string>> files;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (choices.one_in(i == 2 ? 2 : fault_in)) continue;
    const std::size_t rows = num_rows + (choices.one_in(fault_in) ? 1 : 0);
    const std::size_t columns = i == 1 ? 1 : 3;
    std::string shape("(");
    shape.append(std::to_string(rows)).append(columns == 1 ? ",)" : ", 3)");
    std::vector<double> values(rows * columns, 0.5);
    if (choices.one_in(fault_in) && !values.empty()) values.back() = std::numeric_limits<double>::infinity();
    std::string array = choices.one_in(2) ? npy<double>("<f8", shape, values) : npy<float>("<f4", shape, values);
    if (choices.one_in(fault_in)) array = broken_npy(choices);
    files.emplace_back((choices.one_in(fault_in) ? choices.of(odd_names) : names[i]) + ".npy", array);
  }
  std::string bytes = zip(files);
  if (choices.one_in(4)) damage(bytes, choices);
  return bytes;
}

void damage(std::string& bytes, Choices& choices) {
  for (std::size_t times = 1 + choices.below(3); times > 0 && !bytes.empty(); --times) {
    const std::size_t at = choices.below(bytes.size());
    const std::size_t count = std::min(bytes.size() - at, 1 + choices.below(64));
    switch (choices.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(choices.below(256));
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << choices.below(8)));
        break;
      case 2:
        bytes.erase(at, count);
        break;
      case 3:
        bytes.insert(at, bytes.substr(choices.below(bytes.size()), count));
        break;
      default:
        bytes.resize(at);
    }
  }
}

}
